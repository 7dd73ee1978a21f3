"""Sections of settings that tasks share; every default stands here, once."""

from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from seqtasks.limits import MOST, MOST_BEAMS

Count = Annotated[int, Field(ge=1, le=MOST, strict=True)]
CountFromZero = Annotated[int, Field(ge=0, strict=True)]
Share = Annotated[float, Field(ge=0, lt=1)]
# A name of something, perhaps of a file, which no zero can be in.
Name = Annotated[str, Field(pattern=r"^[^\x00]*$")]
ShareHeldOut = Annotated[float, Field(gt=0, lt=0.5)]
# Strict, or YAML's `no`, the code of Norwegian, would be read as false and then as 0.
Column = Annotated[int, Field(strict=True)]

RESUMABLE = "resumable"
_Value = TypeVar("_Value")
# What may change when a run is resumed; everything else decides the text, the shapes or the order of the data.
Resumable = Annotated[_Value, RESUMABLE]


class Section(BaseModel):
    """A group of settings: unknown keys are refused, values cannot change after checking."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    # Of a section `text`: whether what is longer than its limit is cut, so that it is worth counting in a corpus.
    cuts: ClassVar[bool] = False


# The context in which settings are read that were let through before: what is idle is left out in place of refused.
FORGIVING = "forgiving"

_SEED_OF_SPLITS = Field(13, description="seed of the split where a corpus has none; apart from the seed of training")


_FAULTS = Field("refuse", description="what is done with faulty examples: refused with file:line, or left out and told")


class ParallelCorpus(Section):
    """Where pairs of sentences come from."""

    kind: ClassVar[str] = "parallel"
    name: Name = Field("tatoeba_es_en", description="a named corpus, a folder or file, or tfds:NAME")
    source: str | Column | None = Field(None, description="language suffix, column, key or feature of the source side")
    target: str | Column | None = Field(None, description="the same of the target side")
    seed: CountFromZero = _SEED_OF_SPLITS
    dev: Count = Field(2000, description="source sentences of the dev split, where it has to be made")
    test: Count = Field(2000, description="source sentences of the test split, where it has to be made")
    faults: Literal["refuse", "skip"] = _FAULTS


class LabelledCorpus(Section):
    """Where texts with a class each come from."""

    kind: ClassVar[str] = "labelled"
    name: Name = Field("movie_reviews", description="a named corpus, a folder or file, or tfds:NAME")
    text: str | Column | None = Field(None, description="column, key or feature of the text")
    label: str | Column | None = Field(None, description="the same of its class")
    seed: CountFromZero = _SEED_OF_SPLITS
    dev: Count = Field(2500, description="texts of the dev split, where it has to be made")
    test: Count = Field(2500, description="texts of the test split, where it has to be made")
    faults: Literal["refuse", "skip"] = _FAULTS


class TaggedCorpus(Section):
    """Where sentences with a tag for each word come from."""

    kind: ClassVar[str] = "tagged"
    name: Name = Field("conll2003", description="a named corpus, a folder or file, or tfds:NAME")
    words: str | Column | None = Field(None, description="column, key or feature of the words; by default the first")
    tags: str | Column | None = Field(
        None, description="the same of the tags; by default the last; of conll2003: ner, chunk or pos"
    )
    seed: CountFromZero = _SEED_OF_SPLITS
    dev: Count = Field(2000, description="sentences of the dev split, where it has to be made")
    test: Count = Field(2000, description="sentences of the test split, where it has to be made")
    faults: Literal["refuse", "skip"] = _FAULTS


class TextCorpus(Section):
    """Where running text comes from."""

    kind: ClassVar[str] = "text"
    name: Name = Field("shakespeare", description="a named corpus, a folder or file, or tfds:NAME")
    text: str | Column | None = Field(None, description="key or feature of the text; by default text")
    dev: ShareHeldOut = Field(
        0.05,
        description="share of the characters in the dev split, where it has to be cut off; the beginning of the text",
    )
    test: ShareHeldOut = Field(0.1, description="the same of the test split, which is the end of the text")
    faults: Literal["refuse", "skip"] = _FAULTS


class Text(Section):
    """How strings of one side become ids."""

    kind: Literal["subwords", "words", "characters"] = Field("subwords", description="what a piece is")
    size: Annotated[int, Field(ge=8, le=MOST, strict=True)] = Field(
        4000, description="pieces in the vocabulary at most, marks included"
    )
    normalization: Literal["nfc", "nfkc"] = Field("nfc", description="Unicode normalisation form")
    lowercase: bool = Field(False, description="fold case with Unicode rules; a lowercase target stays lowercase")


class Recurrence(Section):
    """A recurrent encoder."""

    cell: Literal["lstm", "gru", "rnn"] = Field("lstm", description="rnn is the vanilla (Elman) cell")
    activation: Literal["tanh", "relu"] = Field("tanh", description="of the vanilla cell")
    units: Count = Field(256, description="units of a direction of a layer")
    layers: Annotated[Count, Field(le=100)] = Field(1, description="stacked layers of the encoder")
    bidirectional: bool = Field(True, description="read the input in both directions")
    embedding: Count = Field(256, description="size of an embedding")
    embedding_scale: Annotated[float, Field(gt=0)] = Field(
        1.0, description="standard deviation of its entries at the start; 1 learns soonest, 0.1 better from little text"
    )
    dropout: Resumable[Share] = Field(0.2, description="between layers, never along time")

    def idle(self):
        """Returns the settings that do nothing beside the others, each with what it is for: {name: words}."""
        return {} if self.cell == "rnn" else {"activation": "is for the vanilla cell; set model.cell to rnn"}

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


class Training(Section):
    """How a model is fitted. Epochs end it, or patience; time is measured, not a stopping rule."""

    epochs: Resumable[Count] = Field(4, description="passes over the train split")
    batch_size: Count = Field(128, description="examples in a batch")
    optimizer: Literal["adam", "rmsprop", "adagrad", "sgd"] = Field("adam")
    learning_rate: Resumable[Annotated[float, Field(gt=0)]] = Field(
        2e-3, description="before warm-up and schedule scale it"
    )
    warmup: Resumable[CountFromZero] = Field(0, description="steps over which the learning rate rises from 0")
    schedule: Resumable[Literal["constant", "linear", "cosine"]] = Field(
        "constant", description="how it falls from the first step towards 0 at the end"
    )
    clip_norm: Resumable[Annotated[float, Field(gt=0)] | None] = Field(
        1.0, description="bound on the global norm of the gradient"
    )
    clip_value: Resumable[Annotated[float, Field(gt=0)] | None] = Field(
        None, description="bound on each entry of the gradient"
    )
    ema: Share | None = Field(None, description="decay of an exponential moving average of the weights, for answers")
    patience: Resumable[Count | None] = Field(None, description="epochs without a better dev score before stopping")
    save_every: Resumable[Count] = Field(500, description="steps between two savings of the training state")
    tensorboard: Resumable[bool] = Field(
        False, description="also write TensorBoard logs (extra: seqtasks[tensorboard])"
    )

    @property
    def sums_loss(self):
        """Whether the loss of a batch is minimised as a sum, not as a mean."""
        return False

    @property
    def dev_samples(self):
        """Dev examples shown after each epoch."""
        return 0

    def samples_at(self, step):
        """Tells whether a sample of what the model writes is shown after a step."""
        return False


class SupervisedTraining(Training):
    """How a model is fitted to right answers."""

    label_smoothing: Resumable[Share] = Field(0.0, description="probability spread evenly over what may be answered")
    samples: Resumable[CountFromZero] = Field(3, description="dev examples shown after each epoch")

    @property
    def dev_samples(self):
        return self.samples


class Search(Section):
    """How a sequence is decoded."""

    beam: Resumable[Annotated[Count, Field(le=MOST_BEAMS)]] = Field(
        5, description="hypotheses kept; 1 is greedy search"
    )
    length_penalty: Resumable[Annotated[float, Field(ge=0, le=5)]] = Field(
        1.0, description="a hypothesis scores log p / length ** length_penalty"
    )
    max_length: Resumable[Count] = Field(
        100, description="pieces in an answer at most; never more than twice the source + 10"
    )
    batch_size: Resumable[Count] = Field(64, description="examples decoded together")
