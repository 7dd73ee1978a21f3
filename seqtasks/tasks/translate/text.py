"""The texts of the translate task: pieces of the source and of the target."""

import hashlib

from seqtasks.tasks.text import FittedText
from seqtasks.tasks.translate.scorer import Scorer
from seqtasks.text.pieces import Pieces, fit_pieces


class Text(FittedText):
    """Pieces of both sides, and the names of their languages."""

    file = Scorer.file

    def __init__(self, source, target, languages, *, most):
        """Takes Pieces of both sides, the names (source, target), and the maximum number of pieces of a text."""
        self.source, self.target, self.languages, self.most = source, target, languages, most

    @classmethod
    def fit(cls, corpus, settings):
        rows, text = corpus.split("train"), settings.text
        sources = [row["source"] for row in rows]
        targets = [target for row in rows for target in row["targets"]]
        if text.joint:
            source = target = fit_pieces([*sources, *targets], text.source)
        else:
            source, target = fit_pieces(sources, text.source), fit_pieces(targets, text.target)
        return cls(source, target, tuple(corpus.languages), most=text.max_length)

    @classmethod
    def load(cls, folder, settings):
        source, target = Pieces.load(folder / "source"), Pieces.load(folder / "target")
        here, there = cls.read_known(folder)
        return cls(source, target, (str(here), str(there)), most=settings.text.max_length)

    def save(self, folder):
        for side in ("source", "target"):
            (folder / side).mkdir()
            getattr(self, side).save(folder / side)
        self.save_known(folder, ensure_ascii=True)

    @property
    def fingerprint(self):
        return hashlib.sha256(f"{self.source.fingerprint}{self.target.fingerprint}{self.most}".encode()).hexdigest()

    @property
    def description(self):
        sides = zip((self.source, self.target), self.languages, strict=True)
        return ", ".join(f"{side.size:,} {side.kind} of {language}" for side, language in sides)

    @property
    def known(self):
        return self.languages

    @property
    def modules(self):
        return [self.source, self.target]

    def counters(self):
        return self.source.count, self.target.count
