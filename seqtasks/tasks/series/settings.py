"""Settings of the series task."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from seqtasks.settings.sections import (
    Column,
    Count,
    CountFromZero,
    Name,
    Recurrence,
    Resumable,
    Section,
    Share,
    SupervisedTraining,
)


class SeriesCorpus(Section):
    """The corpus of series of vectors with labels."""

    kind: ClassVar[str] = "vectors"
    name: Name = Field("digit_strings", description="a named corpus, a folder or file, or tfds:NAME")
    steps: Name | list[Name] | None = Field(
        None,
        description="key, array or feature of the vectors; of a .csv file the list of the columns of channels, null "
        "takes all others",
    )
    label: str | Column | None = Field(None, description="column, key, array or feature of the labels")
    series: str | Column | None = Field(None, description="column of a .csv file that tells the series of a step")
    group: str | Column | None = Field(
        None, description="column, key or array of groups, such as persons; series of one stay in one split"
    )
    seed: CountFromZero = Field(
        13, description="random seed for splitting a corpus without splits; not the training seed"
    )
    dev: Count = Field(300, description="series in the dev split, if the corpus has none")
    test: Count = Field(300, description="series in the test split, if the corpus has none")
    faults: Literal["refuse", "skip"] = Field(
        "refuse", description="faulty examples: refuse stops at file:line; skip leaves them out, counted"
    )


class SeriesText(Section):
    """How a series becomes vectors."""

    cuts: ClassVar[bool] = True
    max_length: Count = Field(5000, description="longest series, in steps; the rest of a longer one is not read")


class SeriesModel(Recurrence):
    """A vector for each step, a recurrent encoder, a label for each step or for the whole."""

    output: Literal["steps", "sequence"] = Field("steps", description="a label for each step, or one for the series")
    pooling: Literal["last", "average", "max", "attention", "concat"] = Field(
        "max",
        description="how the outputs become one vector, for output sequence; last takes the last relevant output; "
        "concat puts last, max and average side by side",
    )
    crf: bool = Field(
        False,
        description="for output steps: a conditional random field, with a score for each pair of adjacent labels, in "
        "place of a softmax at each step",
    )
    units: Count = Field(128, description="units in each direction of each layer")
    embedding: Count = Field(128, description="size of the vector that the values of a step become")
    embedding_scale: float = Field(
        1.0, gt=0, description="standard deviation of these vectors at first, of standardized values"
    )
    noise: Resumable[Annotated[float, Field(ge=0)]] = Field(
        0.0, description="standard deviation of what is added at random to the standardized values in training"
    )
    dropout: Resumable[Share] = Field(
        0.2, description="dropout rate on the vectors, between layers and on outputs; never applied along time"
    )
    word_dropout: Resumable[Share] = Field(
        0.0, description="probability that the vector of a step is read as zeros in training"
    )

    def idle(self):
        idle = super().idle()
        if self.output == "steps":
            idle["pooling"] = "is for one label for the series; set model.output to sequence"
        else:
            idle["crf"] = "is for a label for each step; set model.output to steps"
        return idle


class Settings(Section):
    """All settings of the series task."""

    shared: ClassVar[tuple[str, ...]] = ("model.output", "model.crf")
    task: Literal["series"] = "series"
    seed: CountFromZero = Field(1, description="random seed of weights, order of series and dropout")
    corpus: SeriesCorpus = SeriesCorpus()
    text: SeriesText = SeriesText()
    model: SeriesModel = SeriesModel()
    training: SupervisedTraining = SupervisedTraining()

    @model_validator(mode="after")
    def _smoothing_fits(self):
        if self.training.label_smoothing and self.model.crf:
            raise ValueError("training.label_smoothing needs a softmax; set model.crf to false")
        return self
