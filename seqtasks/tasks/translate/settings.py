"""Settings of the translate task."""

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from seqtasks.settings.corpora import ParallelCorpus
from seqtasks.settings.sections import (
    TIED,
    Count,
    CountFromZero,
    Recurrence,
    Resumable,
    Search,
    Section,
    Share,
    SupervisedTraining,
    Text,
)


class TranslateText(Section):
    """How the two sides become ids."""

    cuts: ClassVar[bool] = True
    source: Text = Text()
    target: Text = Text()
    joint: bool = Field(
        False,
        description="whether both sides have one vocabulary, learned from both, and one matrix of embeddings; with "
        "model.tied it is that of the output layer too",
    )
    max_length: Count = Field(100, description="longest source or target, in pieces; longer text is cut")

    @model_validator(mode="after")
    def _one_vocabulary_is_learned_in_one_way(self):
        if self.joint and self.source != self.target:
            differing = [name for name in Text.model_fields if getattr(self.source, name) != getattr(self.target, name)]
            raise ValueError(
                f"text.joint has one vocabulary for both sides, but text.source.{differing[0]} is "
                f"{getattr(self.source, differing[0])} and text.target.{differing[0]} is "
                f"{getattr(self.target, differing[0])}; set both alike, or text.joint to false"
            )
        return self


class TranslateModel(Recurrence):
    """An encoder-decoder with attention; the decoder is one layer with `units` units."""

    cell: Literal["lstm", "gru", "rnn"] = Field("lstm", description="rnn is the vanilla (Elman) cell")
    attention: Literal["bahdanau", "none"] = Field(
        "bahdanau", description="none: the decoder sees only the encoder's last state"
    )
    attention_units: Count = Field(256, description="size of the alignment model's hidden layer")
    tied: bool = TIED
    subword_dropout: Resumable[Share] = Field(
        0.0,
        description="probability that a subword of the source is read as two shorter ones in training, and each of "
        "these likewise",
    )


class Settings(Section):
    """All settings of the translate task."""

    shared: ClassVar[tuple[str, ...]] = ("model.attention",)
    task: Literal["translate"] = "translate"
    seed: CountFromZero = Field(1, description="random seed of weights, example order and dropout")
    corpus: ParallelCorpus = ParallelCorpus()
    text: TranslateText = TranslateText()
    model: TranslateModel = TranslateModel()
    training: SupervisedTraining = SupervisedTraining()
    search: Search = Search()

    @model_validator(mode="after")
    def _subwords_are_read(self):
        if self.model.subword_dropout and self.text.source.kind != "subwords":
            raise ValueError(
                f"model.subword_dropout is of subwords, but text.source.kind is {self.text.source.kind}; set "
                "text.source.kind to subwords, or model.subword_dropout to 0"
            )
        return self
