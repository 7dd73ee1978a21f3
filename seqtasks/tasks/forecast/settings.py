"""Settings of the forecast task."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from seqtasks.limits import MOST
from seqtasks.settings.sections import (
    RECURRENT_DROPOUT,
    Column,
    Count,
    CountFromZero,
    Model,
    Name,
    Resumable,
    Section,
    Share,
    ShareHeldOut,
    Training,
    idle_beside,
)


class TableCorpus(Section):
    """The corpus of rows in the order of their time."""

    kind: ClassVar[str] = "table"
    name: Name = Field("nyse", description="a named corpus, a folder or a file")
    time: str | Column | None = Field(
        None, description="column of the time; null looks for time, date, datetime or timestamp"
    )
    values: str | Column | tuple[str | Column, ...] | None = Field(
        None, description="columns to forecast; null takes the corpus' own, of a file all numbers not named otherwise"
    )
    inputs: str | Column | tuple[str | Column, ...] | None = Field(
        None,
        description="further columns of numbers, known once they happened; null takes the corpus' own, if any",
    )
    future: str | Column | tuple[str | Column, ...] | None = Field(
        None,
        description="columns known beforehand, of numbers or words; weekday, hour and month may be made of the time; "
        "null takes the corpus' own, if any",
    )
    dev: ShareHeldOut = Field(0.1, description="share of the rows in the dev split, between train and test")
    test: ShareHeldOut = Field(0.15, description="share of the rows in the test split, cut off the end")
    faults: Literal["refuse", "skip"] = Field(
        "refuse", description="faulty rows: refuse stops at file:line; skip leaves them out, counted"
    )


class ForecastText(Section):
    """How a line becomes steps."""

    max_length: Count = Field(
        1000, description="most steps of a line that are read, the last ones, steps to come included"
    )


class ForecastModel(Model):
    """A network that reads forwards and predicts the next vector at each step."""

    cell: Literal["lstm", "gru", "rnn", "mingru", "minlstm", "indrnn"] = Field(
        "lstm", description="rnn is the vanilla (Elman) cell; the last three have no matrix product between steps"
    )
    activation: Literal["tanh", "relu"] = Field("tanh", description="activation of the vanilla cell")
    units: Count = Field(32, description="units of each layer")
    layers: Annotated[Count, Field(le=100)] = Field(1, description="stacked layers")
    bidirectional: bool = Field(False, description="always false: a network that reads backwards would read the answer")
    embedding: Count = Field(32, description="size of the layer that makes a vector of the numbers of a step")
    embedding_scale: Annotated[float, Field(gt=0)] = Field(
        1.0, description="standard deviation of what this layer makes of standardized numbers at first"
    )
    quantiles: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = Field(
        (),
        description="further outputs, such as [0.1, 0.9]: values below which these shares of what comes should lie, "
        "learned with the quantile loss; evaluate reports how much of it does",
    )
    residual: bool = Field(False, description="predict the change from the value now, not the next value")
    dropout: Resumable[Share] = Field(
        0.0, description="dropout rate on embeddings, between layers and on outputs; never applied along time"
    )
    recurrent_dropout: Resumable[Share] = RECURRENT_DROPOUT

    def idle(self):
        return idle_beside(self.cell)

    @field_validator("quantiles")
    @classmethod
    def _ascend(cls, value):
        if list(value) != sorted(set(value)):
            raise ValueError("model.quantiles must ascend, each once, as in [0.1, 0.5, 0.9]")
        return value

    @field_validator("bidirectional")
    @classmethod
    def _reads_forwards(cls, value):
        if value:
            raise ValueError(
                "model.bidirectional: a forecast cannot be bidirectional, as the half that reads backwards would read "
                "the answer; leave it false"
            )
        return value


class ForecastTraining(Training):
    """How a forecaster is fitted: along streams, in chunks."""

    loss: Literal["mse", "mae"] = Field(
        "mse", description="mean squared or mean absolute error of standardized values; also the main score"
    )
    chunk: Count = Field(
        64,
        description="steps that gradients flow back through in truncated backpropagation through time, while the state "
        "is carried on",
    )
    batch_size: Count = Field(16, description="parallel streams, each an equal part of the table")
    rollout: CountFromZero = Field(
        0,
        description="steps behind each chunk that are predicted by feeding back the network's own answers, and learned "
        "too; for a horizon of more than a step",
    )
    weight_of_inputs: Annotated[float, Field(ge=0, le=MOST)] = Field(
        1.0,
        description="weight in the loss of corpus.inputs, which are predicted too, to be fed back; 0 is for a horizon "
        "of one step",
    )


class ForecastSearch(Section):
    """How far is forecast, and against what it is measured."""

    horizon: Resumable[Count] = Field(
        1, description="steps to forecast; those behind the first by feeding back the network's own answers"
    )
    season: Count | None = Field(
        None, description="rows after which values are alike, for baselines and MASE; null takes the corpus' own, or 1"
    )
    batch_size: Resumable[Count] = Field(64, description="lines answered in a batch")


class Settings(Section):
    """All settings of the forecast task."""

    shared: ClassVar[tuple[str, ...]] = ("corpus.values", "corpus.inputs", "corpus.future")
    task: Literal["forecast"] = "forecast"
    seed: CountFromZero = Field(1, description="random seed of weights and dropout")
    corpus: TableCorpus = TableCorpus()
    text: ForecastText = ForecastText()
    model: ForecastModel = ForecastModel()
    training: ForecastTraining = ForecastTraining()
    search: ForecastSearch = ForecastSearch()

    @model_validator(mode="after")
    def _inputs_are_fed_back(self):
        if self.search.horizon > 1 and not self.training.weight_of_inputs:
            raise ValueError(
                f"search.horizon {self.search.horizon} feeds predicted inputs back, but training.weight_of_inputs is "
                "0; set it above 0, or search.horizon to 1"
            )
        return self
