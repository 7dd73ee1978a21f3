"""Settings of the translate task."""

from typing import ClassVar, Literal

from pydantic import Field

from seqtasks.settings.sections import (
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
    """How both sides become ids."""

    cuts: ClassVar[bool] = True
    source: Text = Text()
    target: Text = Text()
    max_length: Count = Field(100, description="pieces of a side at most; longer input is cut")


class TranslateModel(Recurrence):
    """An encoder-decoder with attention; the decoder's one layer has as many units as a layer of the encoder."""

    attention: Literal["bahdanau", "none"] = Field(
        "bahdanau", description="none: the encoder's last state is all that the decoder sees"
    )
    attention_units: Count = Field(256, description="size of the alignment model's hidden layer")


class Settings(Section):
    """All settings of the translate task."""

    task: Literal["translate"] = "translate"
    seed: CountFromZero = Field(1, description="of weights, order of examples and dropout")
    corpus: ParallelCorpus = ParallelCorpus()
    text: TranslateText = TranslateText()
    model: TranslateModel = TranslateModel()
    training: SupervisedTraining = SupervisedTraining()
    search: Search = Search()
