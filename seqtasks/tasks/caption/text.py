"""The text of the caption task: pieces of captions, how images become pixels, and the things whose places are known."""

import hashlib
import re

from seqtasks.errors import CorpusError
from seqtasks.tasks.caption.scorer import Scorer
from seqtasks.tasks.text import FittedText
from seqtasks.text.pieces import Pieces, fit_pieces

_SIDES = re.compile(r"\b(left|right)\b", re.IGNORECASE)


class Text(FittedText):
    """Pieces of captions; `known` has their language and the nouns of things that are known in the images."""

    file = Scorer.file

    def __init__(self, captions, known, settings):
        """Takes Pieces, `known`, and the task's settings."""
        self.captions, self._known = captions, known
        self.most, self.images = settings.text.max_length, settings.images

    @classmethod
    def fit(cls, corpus, settings):
        rows = corpus.split("train")
        captions = [caption for row in rows for caption in row["captions"]]
        sided = (
            next((caption for caption in captions if _SIDES.search(caption)), None) if settings.images.flip else None
        )
        if sided:
            raise CorpusError(
                f"images.flip mirrors images, but captions of {corpus.name} say left and right, as in '{sided}'; set "
                "images.flip to false"
            )
        things = sorted({noun for row in rows for noun in row.get("things", ())})
        known = {"language": (corpus.languages or ("",))[-1], "things": things}
        if settings.model.recall:
            known["images"] = len(rows)
        return cls(fit_pieces(captions, settings.text), known, settings)

    @classmethod
    def load(cls, folder, settings):
        known = cls.read_known(folder)
        keys = ("language", "things", *(["images"] if settings.model.recall else []))
        return cls(Pieces.load(folder / "captions"), {key: known[key] for key in keys}, settings)

    def save(self, folder):
        (folder / "captions").mkdir()
        self.captions.save(folder / "captions")
        self.save_known(folder)

    @property
    def fingerprint(self):
        content = f"{self.captions.fingerprint}{self.most}{self.images.size}{self.images.fit}"
        return hashlib.sha256(content.encode()).hexdigest()

    @property
    def description(self):
        return f"{self.captions.size:,} {self.captions.kind}, images of {self.images.size} x {self.images.size} pixels"

    @property
    def known(self):
        return self._known

    @property
    def modules(self):
        return [self.captions]
