"""Settings of the language-model task."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from seqtasks.limits import MOST
from seqtasks.settings.sections import (
    Count,
    CountFromZero,
    Recurrence,
    Resumable,
    Section,
    Share,
    Text,
    TextCorpus,
    Training,
)


class LanguageModelText(Text):
    """How lines become ids; a mark ends each line."""

    kind: Literal["characters", "words", "subwords"] = Field("characters", description="what a piece is")
    max_length: Count = Field(
        1000,
        description="pieces of a prompt at most, of a longer one the last are read; where training.chunk is null, also "
        "of a line that is learned from, whose rest then begins anew",
    )


class LanguageModelModel(Recurrence):
    """A recurrent network that reads forwards and tells the next piece."""

    bidirectional: Literal[False] = Field(False, description="the next piece is not known, so there is one direction")
    embedding: Count | None = Field(64, description="size of an embedding; null: pieces are given as one-hot vectors")
    initialization: Literal["orthogonal", "identity", "normal"] = Field(
        "orthogonal",
        description="of the recurrent weights; the others are Glorot's, or with normal from the same N(0, scale^2)",
    )
    initialization_scale: Annotated[float, Field(gt=0)] = Field(
        0.01, description="standard deviation of the normal initialization"
    )
    dropout: Resumable[Share] = Field(
        0.0, description="of embeddings, between layers, and of outputs, never along time"
    )

    def idle(self):
        found = super().idle()
        if self.initialization != "normal":
            found["initialization_scale"] = "is for the normal initialization; set model.initialization to normal"
        return found

    @model_validator(mode="after")
    def _initialization_fits(self):
        if self.initialization == "identity" and self.cell != "rnn":
            raise ValueError("model.initialization 'identity' is for the vanilla cell; set model.cell to rnn")
        return self


class LanguageModelTraining(Training):
    """How a language model is fitted: along streams, in chunks, or line by line."""

    chunk: Count | None = Field(
        64,
        description="truncated backpropagation through time: pieces that a gradient flows through, while the state "
        "goes on; null: each line for itself, from a state of zero",
    )
    batch_size: Count = Field(32, description="streams side by side, each an equal part of the text; or lines")
    loss: Literal["mean", "sum"] = Field("mean", description="over the pieces of a batch")
    sample_every: Resumable[CountFromZero] = Field(200, description="steps between two samples that are shown; 0: none")

    @property
    def sums_loss(self):
        return self.loss == "sum"

    def samples_at(self, step):
        return bool(self.sample_every) and step % self.sample_every == 0


class Sampling(Section):
    """How text is drawn from the model."""

    length: Resumable[Count] = Field(200, description="pieces that follow a prompt")
    temperature: Resumable[Annotated[float, Field(ge=1e-4, le=1e4)]] = Field(
        1.0, description="below 1 the likely becomes likelier"
    )
    top_k: Resumable[Count | None] = Field(
        None, description="only the most probable so many pieces are drawn; 1: always the best"
    )
    seed: Resumable[Annotated[CountFromZero, Field(le=MOST)]] = Field(1, description="of the draws")


class Settings(Section):
    """All settings of the language-model task."""

    task: Literal["language-model"] = "language-model"
    seed: CountFromZero = Field(1, description="of weights, order of lines and dropout")
    corpus: TextCorpus = TextCorpus()
    text: LanguageModelText = LanguageModelText()
    model: LanguageModelModel = LanguageModelModel()
    training: LanguageModelTraining = LanguageModelTraining()
    sampling: Sampling = Sampling()
