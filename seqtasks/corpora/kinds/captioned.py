"""Images with captions: tables, JSON objects a line, and the files of Flickr8k, of Karpathy's splits and of COCO."""

import hashlib
import json
import logging
from collections import Counter
from dataclasses import dataclass

from seqtasks.corpora.faults import collecting, text_faults
from seqtasks.corpora.kinds import counts
from seqtasks.corpora.kinds.counts import SplitReport
from seqtasks.corpora.kinds.kind import Column, Kind
from seqtasks.corpora.sources import caption_files
from seqtasks.corpora.sources.image_files import ImageFiles
from seqtasks.images.image import Image, size_of

_log = logging.getLogger("seqtasks")
# Images whose sizes are looked at for a report, from the inside of equal parts.
_SIZES = 200
_NAMED = 3


@dataclass(frozen=True)
class ImagesReport(SplitReport):
    """A SplitReport with the sizes of some images, {"64 x 64": number}, and the number of images that came before."""

    sizes: dict[str, int]
    copies: int


class Captioned(Kind):
    """Rows `{"image": Image, "captions": (str, ...)}`.

    Where they are known, rows also have `things`, {noun: boxes}, a box as (left, top, right, bottom) in shares of the
    image's sides, and `part`, the name of a slice to be scored apart.
    """

    name = "captioned"
    what = "images with captions"
    parts = {"image": Image, "captions": tuple}
    columns = {
        "image": Column(("image",), images=True),
        "caption": Column(("captions", "caption", "text"), sequence=None),
    }
    held_out = {"dev": 1000, "test": 2000}
    forms = "a folder of images with captions.txt, or the files of Flickr8k, Karpathy or COCO; .tsv, .jsonl: images"
    suffixes = (".tsv", ".jsonl", ".json", ".txt")
    inputs, outputs = "images", "captions"
    packs = False
    has_language = True

    def input(self, row):
        return row["image"].name

    def answers(self, row):
        return row["captions"]

    def texts(self, row):
        return {"caption": row["captions"]}

    def sentence_keys(self, row):
        """Equal images are kept in one split; equal captions may be in several."""
        return {"image": [row["image"].digest]}

    def read_file(self, path, *, image=None, caption=None, faults=None, known=()):
        """Returns the rows of a file, one for each image, in order of first appearance; see `Kind.read_file`.

        `.tsv`: an image and a caption on each line, an image on as many lines as it has captions; `image` and `caption`
        are columns by number from 1 (1 and 2 by default), or names that the first line must hold. `.jsonl`: an object a
        line with the keys "image" and "captions" or "caption", and perhaps "things", {noun: boxes}. `.json`: Karpathy's
        or COCO's. `.txt`: Flickr8k's. Images are looked for beside the file and in folders there.
        """
        with collecting(faults) as faults:
            return [row for _, row in self._rows(path, caption_files.read(path, image, caption, faults), faults)]

    def read_folder(self, folder, *, faults, image=None, caption=None):
        """Returns the rows of a folder by split, as `caption_files.of_folder` finds them, or as of other kinds."""
        found = caption_files.of_folder(folder)
        if found is None:
            return super().read_folder(folder, faults=faults, image=image, caption=caption)
        splits = {}
        for path, split_of in found:
            for split, row in self._rows(path, caption_files.read(path, image, caption, faults), faults, split_of):
                splits.setdefault(split, []).append(row)
        faults.refuse()
        return {split: splits[split] for split in caption_files.in_order(splits)}

    def _rows(self, path, entries, faults, split_of=None):
        """Yields (split, row) of each image from (place, name, captions, things, split) entries of a file."""
        files, rows, splits = ImageFiles(path), {}, {}
        for place, name, captions, things, split in entries:
            image, wrong = files.image(name)
            messages = [f"{place}: {wrong}"] if wrong else []
            messages += text_faults(captions, place, "a caption")
            if not captions:
                messages.append(f"{place}: image '{name}' has no caption; write one or remove the image")
            if messages:
                faults.add(place, *messages)
                continue
            row = rows.setdefault(name, {"image": image, "captions": ()})
            row["captions"] += tuple(captions)
            if things:
                row["things"] = things
            splits[name] = split if split_of is None else split_of(name, split)
        if spare := files.without_caption(rows.keys() | splits) if rows else []:
            more = f" and {len(spare) - _NAMED:,} more" if len(spare) > _NAMED else ""
            _log.warning("%s: images without a caption are left out: %s%s", path, ", ".join(spare[:_NAMED]), more)
        for name, row in rows.items():
            if splits[name] is not None or split_of is None:
                yield splits[name], row

    def rows_of_examples(self, examples, split):
        rows = super().rows_of_examples(examples, split)
        return [
            {**row, "image": Image.of_bytes(f"{split}-{number}", row["image"])}
            for number, row in enumerate(rows, start=1)
        ]

    def fingerprint(self, splits):
        digest = hashlib.sha256()
        for name, rows in splits.items():
            digest.update(f"{json.dumps(name)}\n".encode())
            for row in rows:
                digest.update(json.dumps({**row, "image": row["image"].digest}, sort_keys=True).encode())
        return digest.hexdigest()

    # Reports

    def count(self, rows, *, limit=None, count_pieces=None):
        found = counts.count_examples(self, rows, limit, count_pieces)
        some = rows[:: max(1, len(rows) // _SIZES)][:_SIZES]
        sizes = Counter(" x ".join(map(str, size_of(row["image"].read()) or ("?",))) for row in some)
        copies = len(rows) - len({row["image"].digest for row in rows})
        facts = {**vars(found), "conflicts": 0, "classes": dict(self.count_things(rows).most_common())}
        return ImagesReport(**facts, sizes=dict(sizes.most_common()), copies=copies)

    def count_things(self, rows):
        """Returns the Counter of the things that are known in the images of rows, by the number of images."""
        return Counter(noun for row in rows for noun in row.get("things", ()))

    def facts(self, counted, limit):
        found = counts.facts(self, counted, limit)
        found[0] = ("", f"{counted.rows:,} images, {counted.answers:,} captions")
        found = [("things", value) if label == "classes" else (label, value) for label, value in found]
        sizes = ", ".join(f"{size} ({count:,})" for size, count in list(counted.sizes.items())[:_NAMED])
        more = len(counted.sizes) - _NAMED
        looked = f" of {sum(counted.sizes.values()):,} looked at"
        return [*found[:1], ("sizes", f"{sizes}{f' and {more:,} others' if more > 0 else ''}{looked}"), *found[1:]]

    def problems(self, name, rows, counted):
        found = []
        if counted.duplicates:
            found.append(f"{name}: {counts.number_of('repeated captions', counted.duplicates)} of one image")
        if counted.copies:
            found.append(f"{name}: {counts.number_of('images', counted.copies)} that came before under another name")
        return found
