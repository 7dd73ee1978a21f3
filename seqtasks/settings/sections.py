"""Sections of settings that tasks share, each default written once."""

from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from seqtasks.limits import MOST, MOST_BEAMS

Count = Annotated[int, Field(ge=1, le=MOST, strict=True)]
CountFromZero = Annotated[int, Field(ge=0, strict=True)]
Share = Annotated[float, Field(ge=0, lt=1)]
# The name of something, perhaps of a file, so it has no zero byte.
Name = Annotated[str, Field(pattern=r"^[^\x00]*$")]
ShareHeldOut = Annotated[float, Field(gt=0, lt=0.5)]
# Strict, or YAML's `no`, the code of Norwegian, would be read as false and then as 0.
Column = Annotated[int, Field(strict=True)]

RESUMABLE = "resumable"
_Value = TypeVar("_Value")
# Marks a setting that may change when a run is resumed; the others determine the text, the shapes or the data order.
Resumable = Annotated[_Value, RESUMABLE]


class Section(BaseModel):
    """A group of settings: unknown keys are refused, values cannot change after checking."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    # For a section `text`: whether longer texts are cut at its limit, so that a corpus report should count them.
    cuts: ClassVar[bool] = False
    # For the settings of a task: those that runs of one text must share to answer as an ensemble.
    shared: ClassVar[tuple[str, ...]] = ()


# Validation context for settings that were accepted earlier: settings without effect are reset, not refused.
FORGIVING = "forgiving"


class Text(Section):
    """How strings of one side become ids."""

    kind: Literal["subwords", "words", "characters"] = Field("subwords", description="unit that text is split into")
    size: Annotated[int, Field(ge=8, le=MOST, strict=True)] = Field(
        4000, description="maximum vocabulary size in pieces, special marks included"
    )
    normalization: Literal["nfc", "nfkc"] = Field("nfc", description="Unicode normalisation form")
    lowercase: bool = Field(False, description="fold case by the Unicode rules; output of such a target is lowercase")


class Model(Section):
    """A network, of whose settings some may have no effect beside others; such a one is refused."""

    def idle(self):
        """Returns the settings that have no effect given the others, with the reason: {name: words}."""
        return {}

    @model_validator(mode="after")
    def _nothing_is_idle(self, info: ValidationInfo):
        idle, fields = self.idle(), type(self).model_fields
        if info.context == FORGIVING:
            return self.model_copy(update={name: fields[name].default for name in idle})
        for name, purpose in idle.items():
            value, default = getattr(self, name), fields[name].default
            if value != default:
                raise ValueError(f"model.{name} {value!r} {purpose}, or model.{name} to {default}")
        return self


# For models that read what they write.
TIED = Field(
    False,
    description="whether the pieces written are read by the matrix of the output layer, times the root of its width",
)

# For models that read pieces.
WORD_DROPOUT: Share = Field(0.0, description="probability that a piece is read as a vector of zeros in training")

# For recurrent networks.
RECURRENT_DROPOUT: Share = Field(
    0.0, description="dropout rate along time: units of the previous output that no step of a sequence multiplies"
)


def idle_beside(cell):
    """Returns the settings of a model that have no effect beside a cell, and why; see `Section.idle`."""
    unused = {} if cell == "rnn" else {"activation": "is for the vanilla cell; set model.cell to rnn"}
    if cell in ("mingru", "minlstm", "indrnn"):
        unused["recurrent_dropout"] = "is for cells that multiply their state by a matrix; set model.cell to lstm"
    return unused


class Recurrence(Model):
    """A recurrent encoder."""

    cell: Literal["lstm", "gru", "rnn", "mingru", "minlstm", "indrnn"] = Field(
        "lstm",
        description="rnn is the vanilla (Elman) cell; the last three have no matrix product between steps, which makes "
        "training faster where a batch is small and the processor multiplies fast",
    )
    activation: Literal["tanh", "relu"] = Field("tanh", description="activation of the vanilla cell")
    units: Count = Field(256, description="units in each direction of each layer")
    layers: Annotated[Count, Field(le=100)] = Field(1, description="stacked layers of the encoder")
    bidirectional: bool = Field(True, description="read the input in both directions")
    embedding: Count = Field(256, description="embedding size")
    embedding_scale: Annotated[float, Field(gt=0)] = Field(
        1.0,
        description="standard deviation of the initial embeddings; with 1 the loss falls fastest at first, with 0.1 to "
        "0.3 the model answers better in the end",
    )
    dropout: Resumable[Share] = Field(0.2, description="dropout rate between layers; never applied along time")
    recurrent_dropout: Resumable[Share] = RECURRENT_DROPOUT
    word_dropout: Resumable[Share] = WORD_DROPOUT

    def idle(self):
        return idle_beside(self.cell)


class WordModel(Recurrence):
    """A recurrent encoder of words, which may start from word vectors that were learned elsewhere."""

    vectors: Name | None = Field(
        None,
        description="word vectors to start from: glove-50d, glove-100d, or a file of GloVe, word2vec or fastText; of "
        "the length model.embedding",
    )
    vectors_learned: bool = Field(
        True, description="also learn the vectors of words of train; false keeps them as given"
    )
    vectors_more: CountFromZero = Field(
        400_000, description="words that train does not have but the vectors do, the first ones, to know in answers"
    )

    def idle(self):
        names, why = ("vectors_learned", "vectors_more"), "is for word vectors; set model.vectors"
        return super().idle() | ({} if self.vectors else dict.fromkeys(names, why))


class Training(Section):
    """How a model is fitted. Training ends after `epochs`, or earlier by `patience`; never by elapsed time."""

    epochs: Resumable[Count] = Field(4, description="passes over the train split")
    batch_size: Count = Field(128, description="examples in a batch")
    shares: Count | None = Field(
        None,
        description="parts of a batch that cores or workers compute side by side; null takes the number of cores when "
        "the run begins, at most 4. The weights depend on this number, not on that of cores or workers",
    )
    precision: Resumable[Literal["float32", "mixed_bfloat16"]] = Field(
        "float32",
        description="of matrix products in training; mixed_bfloat16 rounds their factors to bfloat16, which is faster "
        "on processors with AMX, which multiply such matrices, and slower on others",
    )
    accumulate: Resumable[Count] = Field(1, description="batches whose gradients are added up for one step")
    optimizer: Literal["adam", "rmsprop", "adagrad", "sgd"] = Field("adam", description="optimization algorithm")
    learning_rate: Resumable[Annotated[float, Field(gt=0)]] = Field(
        2e-3, description="peak learning rate, which warmup and schedule scale"
    )
    weight_decay: Resumable[Annotated[float, Field(ge=0)]] = Field(
        0.0,
        description="share of each kernel that a step takes away, times the learning rate, apart from the gradient "
        "(AdamW); not of biases and embeddings. For adam and sgd",
    )
    warmup: Resumable[CountFromZero] = Field(0, description="steps over which the learning rate rises from 0")
    schedule: Resumable[Literal["constant", "linear", "cosine", "slanted"]] = Field(
        "constant",
        description="how the learning rate decays to 0 over the training, if it does; slanted rises over the first "
        "tenth of the steps and then falls, both in a line",
    )
    clip_norm: Resumable[Annotated[float, Field(gt=0)] | None] = Field(
        1.0, description="maximum global norm of the gradient; null does not clip it"
    )
    clip_value: Resumable[Annotated[float, Field(gt=0)] | None] = Field(
        None, description="maximum absolute value of each entry of the gradient; null does not clip them"
    )
    ema: Share | None = Field(
        None, description="decay of an exponential moving average of the weights, which then answers; null for none"
    )
    patience: Resumable[Count | None] = Field(
        None, description="epochs without a better dev score before training stops; null never stops early"
    )
    save_every: Resumable[Count] = Field(500, description="steps between two saves of the training state")
    tensorboard: Resumable[bool] = Field(
        False, description="also write TensorBoard logs (extra: seqtasks[tensorboard])"
    )

    @model_validator(mode="after")
    def _decay_fits(self):
        if self.weight_decay and self.optimizer not in {"adam", "sgd"}:
            raise ValueError(
                f"training.weight_decay is for the optimizers adam and sgd, not {self.optimizer}; set "
                "training.optimizer to adam, or training.weight_decay to 0"
            )
        return self

    @property
    def sums_loss(self):
        """Whether the loss of a batch is minimised as a sum, not as a mean."""
        return False

    @property
    def dev_samples(self):
        """Number of dev examples shown after each epoch."""
        return 0

    def factor(self, level, epoch):
        """Returns the factor of the learning rate of a layer in an epoch, both from 0; 0 is a frozen one.

        `level` is the number of layers above it; all that is no layer of `Task.layers_below_head` is at level 0.
        """
        return 1.0

    def samples_at(self, step):
        """Returns whether a sample of the model's text is shown after a step."""
        return False


class SupervisedTraining(Training):
    """How a model is fitted to reference answers."""

    label_smoothing: Resumable[Share] = Field(
        0.0, description="probability mass spread evenly over all possible answers in the loss"
    )
    samples: Resumable[CountFromZero] = Field(3, description="number of dev examples shown after each epoch")

    @property
    def dev_samples(self):
        return self.samples


class WordTraining(SupervisedTraining):
    """How a model is fitted whose embedding and encoder may be those of a language model."""

    unfreeze: Resumable[Literal["all", "gradual"]] = Field(
        "all",
        description="gradual fits only what is above the encoder in the first epoch, and with each epoch one layer "
        "more, the embedding last",
    )
    layer_decay: Resumable[Annotated[float, Field(ge=1)]] = Field(
        1.0, description="what the learning rate is divided by from each layer to the one below"
    )

    def factor(self, level, epoch):
        frozen = self.unfreeze == "gradual" and level > epoch
        return 0.0 if frozen else self.layer_decay**-level


class Search(Section):
    """How a sequence is decoded."""

    beam: Resumable[Annotated[Count, Field(le=MOST_BEAMS)]] = Field(5, description="beam width; 1 is greedy search")
    length_penalty: Resumable[Annotated[float, Field(ge=0, le=5)]] = Field(
        1.0, description="a hypothesis scores log p / length ** length_penalty"
    )
    max_length: Resumable[Count] = Field(
        100, description="longest answer, in pieces; an answer is never longer than twice the source + 10"
    )
    batch_size: Resumable[Count] = Field(64, description="examples decoded in a batch")
