"""Settings of the translate task."""

from typing import ClassVar, Literal

from pydantic import Field

from seqtasks.settings.sections import (
    TIED,
    Count,
    CountFromZero,
    ParallelCorpus,
    Recurrence,
    Search,
    Section,
    SupervisedTraining,
    Text,
)


class TranslateText(Section):
    """How the two sides become ids."""

    cuts: ClassVar[bool] = True
    source: Text = Text()
    target: Text = Text()
    max_length: Count = Field(100, description="longest source or target, in pieces; longer text is cut")


class TranslateModel(Recurrence):
    """An encoder-decoder with attention; the decoder is one layer with `units` units."""

    attention: Literal["bahdanau", "none"] = Field(
        "bahdanau", description="none: the decoder sees only the encoder's last state"
    )
    attention_units: Count = Field(256, description="size of the alignment model's hidden layer")
    tied: bool = TIED


class Settings(Section):
    """All settings of the translate task."""

    task: Literal["translate"] = "translate"
    seed: CountFromZero = Field(1, description="random seed of weights, example order and dropout")
    corpus: ParallelCorpus = ParallelCorpus()
    text: TranslateText = TranslateText()
    model: TranslateModel = TranslateModel()
    training: SupervisedTraining = SupervisedTraining()
    search: Search = Search()
