"""Settings of the language-model task."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from seqtasks.limits import MOST
from seqtasks.settings.corpora import TextCorpus
from seqtasks.settings.sections import TIED, Count, CountFromZero, Recurrence, Resumable, Section, Share, Text, Training


class LanguageModelText(Text):
    """How lines become ids; a mark ends each line."""

    kind: Literal["characters", "words", "subwords"] = Field("characters", description="unit that text is split into")
    max_length: Count = Field(
        1000,
        description="longest prompt, in pieces; of a longer one the end is read. With training.chunk=null also the "
        "longest training line; the rest of a longer one starts from a zero state",
    )


class LanguageModelModel(Recurrence):
    """A network that reads forwards and predicts the next piece."""

    encoder: Literal["recurrent", "gated-convolution"] = Field(
        "recurrent",
        description="gated-convolution has model.layers layers, each of which sees the last model.width steps, and no "
        "recurrence (Dauphin et al., 2017)",
    )
    width: Annotated[Count, Field(ge=2, le=100)] = Field(4, description="steps that a gated convolution sees")
    bidirectional: Literal[False] = Field(False, description="always false: later pieces must not be seen")
    embedding: Count | None = Field(64, description="embedding size; null feeds one-hot vectors instead")
    tied: bool = TIED
    initialization: Literal["orthogonal", "identity", "normal"] = Field(
        "orthogonal",
        description="initialization of the recurrent weights; the other weights are Glorot-initialized, or with normal "
        "drawn from the same N(0, initialization_scale^2)",
    )
    initialization_scale: Annotated[float, Field(gt=0)] = Field(
        0.01, description="standard deviation of the normal initialization"
    )
    dropout: Resumable[Share] = Field(
        0.0, description="dropout rate on embeddings, between layers and on outputs; never applied along time"
    )
    sampled: Resumable[Count | None] = Field(
        None,
        description="in training, estimate the softmax from so many pieces that a share of a batch draws by their "
        "frequency: much faster where there are many words; the loss shown is then too low. null computes all of it",
    )

    def idle(self):
        idle = super().idle()
        if self.encoder == "recurrent":
            idle["width"] = "is for gated convolutions; set model.encoder to gated-convolution"
        else:
            recurrent = ("cell", "activation", "recurrent_dropout")
            idle |= dict.fromkeys(recurrent, "is for a recurrent encoder; set model.encoder to recurrent")
        if self.initialization != "normal":
            idle["initialization_scale"] = "is for the normal initialization; set model.initialization to normal"
        return idle

    @model_validator(mode="after")
    def _initialization_fits(self):
        if self.initialization == "identity" and (self.cell != "rnn" or self.encoder != "recurrent"):
            raise ValueError("model.initialization 'identity' is for the vanilla cell; set model.cell to rnn")
        return self

    @model_validator(mode="after")
    def _tied_is_as_wide(self):
        if self.tied and self.embedding != self.units:
            raise ValueError(
                f"model.tied needs embeddings as wide as the outputs, but model.embedding is {self.embedding} and "
                f"model.units is {self.units}; set model.embedding to {self.units}"
            )
        return self


class LanguageModelTraining(Training):
    """How a language model is fitted: along streams, in chunks, or line by line."""

    chunk: Count | None = Field(
        64,
        description="pieces that gradients flow back through in truncated backpropagation through time, while the "
        "state is carried on; null reads each line by itself, from a zero state",
    )
    batch_size: Count = Field(
        32, description="parallel streams, each an equal part of the text; with chunk=null, lines in a batch"
    )
    loss: Literal["mean", "sum"] = Field("mean", description="mean or sum of the loss over the pieces of a batch")
    sample_every: Resumable[CountFromZero] = Field(200, description="steps between two printed samples; 0 prints none")

    @property
    def sums_loss(self):
        return self.loss == "sum"

    def samples_at(self, step):
        return bool(self.sample_every) and step % self.sample_every == 0


class Sampling(Section):
    """How text is sampled from the model."""

    length: Resumable[Count] = Field(200, description="pieces to write after a prompt")
    temperature: Resumable[Annotated[float, Field(ge=1e-4, le=1e4)]] = Field(
        1.0, description="sampling temperature; below 1 makes likely text likelier"
    )
    top_k: Resumable[Count | None] = Field(
        None, description="sample from the k most probable pieces only; 1 always takes the best"
    )
    seed: Resumable[Annotated[CountFromZero, Field(le=MOST)]] = Field(1, description="random seed of the sampling")


class Settings(Section):
    """All settings of the language-model task."""

    shared: ClassVar[tuple[str, ...]] = ("training.chunk",)
    task: Literal["language-model"] = "language-model"
    seed: CountFromZero = Field(1, description="random seed of weights, line order and dropout")
    corpus: TextCorpus = TextCorpus()
    text: LanguageModelText = LanguageModelText()
    model: LanguageModelModel = LanguageModelModel()
    training: LanguageModelTraining = LanguageModelTraining()
    sampling: Sampling = Sampling()
