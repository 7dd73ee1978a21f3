"""The forms that files of captions have: (place, image, captions, things, split) of each entry.

The place is `file:line`, or for a JSON file that is not divided into lines the number of the entry.
"""

import csv
import json
import re
from functools import partial

from seqtasks.corpora.sources.columns import two_columns
from seqtasks.corpora.sources.reading import read_json_lines, read_lines, read_utf8
from seqtasks.corpora.sources.split_names import in_order, plain_name, split_name, splits_in
from seqtasks.errors import CorpusError, listing

__all__ = ["in_order", "of_folder", "read"]

_SETTINGS = ("image", "caption")
# An image and the number of its caption, as Flickr8k's files have them.
_NUMBERED = re.compile(r"(.+)#(\d+)")
_KARPATHY = {"restval": "train"}


def read(path, image, caption, faults):
    """Yields the entries of a file; `image` and `caption` are those of `Captioned.read_file`."""
    plain = plain_name(path.name)
    if plain.endswith(".tsv"):
        return _table(path, image, caption, faults)
    if plain.endswith(".jsonl"):
        return _objects(path, image, caption, faults)
    if image or caption:
        raise CorpusError(f"{path} has no columns to choose; leave corpus.image and corpus.caption out")
    return _json(path) if plain.endswith(".json") else _flickr(path, faults)


def of_folder(folder):
    """Returns the files of captions in a folder that bring their splits along: [(path, function), ...], or None.

    The function returns the split of an image from its name and the split that the file gives it, None for one that is
    in no split. These are Flickr8k's captions.txt or token file, with lists of images where they are there, Karpathy's
    dataset file, and COCO's files of captions.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and len(path.relative_to(folder).parts) <= 2)
    names = {path.name.lower(): path for path in files}
    if karpathy := [path for name, path in names.items() if re.fullmatch(r"dataset_.*\.json", name)]:
        return [(karpathy[0], lambda _, split: split)]
    if coco := [path for name, path in names.items() if re.fullmatch(r"captions_.*\.json", name)]:
        return [(path, partial(_same, split=next(iter(splits_in(path.stem)), None))) for path in coco]
    tables = [path for name, path in names.items() if name == "captions.txt" or name.endswith("token.txt")]
    if not tables:
        return None
    lists = {}
    for name, path in names.items():
        if (match := re.fullmatch(r"flickr_?8k\.(train|dev|test)images\.txt", name)) is not None:
            lists |= dict.fromkeys((line.strip() for line in read_lines(path)), match[1])
    return [(tables[0], lambda name, _: lists.get(name) if lists else "train")]


def _same(name, given, *, split):
    return split


def _table(path, image, caption, faults):
    lines = read_lines(path)
    if not image and not caption and lines[0].split("\t")[:2] == list(_SETTINGS):
        image, caption = _SETTINGS
    for here, (name, text) in two_columns(path, lines, (image or 1, caption or 2), _SETTINGS, faults):
        yield here, name.strip(), (text,), None, "train"


def _objects(path, image, caption, faults):
    for number, record in read_json_lines(path, (image or "image", caption or "captions"), faults):
        here = f"{path}:{number}"
        key = caption or next((name for name in ("captions", "caption") if name in record), "captions")
        name, captions = record.get(image or "image"), record.get(key)
        captions = [captions] if isinstance(captions, str) else captions
        if not isinstance(name, str) or not isinstance(captions, list) or not all(isinstance(c, str) for c in captions):
            faults.add(
                here,
                f"{here}: '{image or 'image'}' must be a string and '{key}' a string or a list of strings; it has "
                f"{listing(record)}",
            )
            continue
        try:
            things = _things(record.get("things") or {})
        except (TypeError, ValueError, AttributeError):
            faults.add(
                here,
                f"{here}: 'things' must be {{noun: [[left, top, right, bottom], ...]}}, each from 0 to 1, left below "
                "right and top below bottom",
            )
            continue
        yield here, name, tuple(captions), things, "train"


def _things(record):
    things = {str(noun): tuple(tuple(map(float, box)) for box in boxes) for noun, boxes in record.items()}
    for left, top, right, bottom in (box for boxes in things.values() for box in boxes):
        if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
            raise ValueError
    return things


def _json(path):
    """Yields the entries of Karpathy's file or of COCO's."""
    try:
        record = json.loads(read_utf8(path))
    except (ValueError, RecursionError) as error:
        where = f":{error.lineno}" if hasattr(error, "lineno") else ""
        raise CorpusError(f"{path}{where}: not JSON: {getattr(error, 'msg', error)}") from None
    try:
        entries = list(_coco(path, record) if "annotations" in record else _karpathy(path, record))
    except (KeyError, TypeError, AttributeError) as error:
        raise CorpusError(
            f"{path}: neither Karpathy's form, images with filename, split and sentences, nor COCO's, images with id "
            f"and file_name and annotations with image_id and caption ({type(error).__name__}: {error})"
        ) from None
    yield from entries


def _karpathy(path, record):
    for number, image in enumerate(record["images"], start=1):
        name = "/".join(part for part in (image.get("filepath"), image["filename"]) if part)
        captions = tuple(sentence["raw"] for sentence in image["sentences"])
        split = split_name(image.get("split", "train"))
        yield f"{path}: image {number}", name, captions, None, _KARPATHY.get(split, split)


def _coco(path, record):
    captions = {image["id"]: [] for image in record["images"]}
    for annotation in record["annotations"]:
        captions[annotation["image_id"]].append(annotation["caption"])
    for number, image in enumerate(record["images"], start=1):
        yield f"{path}: image {number}", image["file_name"], tuple(captions[image["id"]]), None, "train"


def _flickr(path, faults):
    """Yields the entries of captions.txt, commas with a header, or of a token file, name#number, a tab, a caption."""
    lines = read_lines(path)
    if "\t" in lines[0] and _NUMBERED.fullmatch(lines[0].split("\t")[0]):
        for number, line in enumerate(lines, start=1):
            here, (name, tab, caption) = f"{path}:{number}", line.partition("\t")
            if match := _NUMBERED.fullmatch(name) if tab else None:
                yield here, match[1], (caption,), None, "train"
            else:
                faults.add(here, f"{here}: expected an image, # and a number, a tab and a caption")
        return
    if lines[0].replace(" ", "").lower() != "image,caption":
        raise CorpusError(
            f"{path}:1: expected the header 'image,caption', or an image, # and a number, a tab and a caption; "
            f"received '{lines[0][:60]}'"
        )
    reader = csv.reader(f"{line}\n" for line in lines)
    for fields in reader:
        here = f"{path}:{reader.line_num}"
        if reader.line_num == 1:
            continue
        if len(fields) < 2:
            faults.add(here, f"{here}: expected an image, a comma and a caption")
        else:
            # Some captions have commas without quotation marks.
            yield here, fields[0].strip(), (",".join(fields[1:]),), None, "train"
