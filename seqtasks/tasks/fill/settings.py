"""Settings of the fill task."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from seqtasks.limits import MOST
from seqtasks.settings.corpora import TextCorpus
from seqtasks.settings.sections import (
    Count,
    CountFromZero,
    Name,
    Recurrence,
    Resumable,
    Section,
    Share,
    ShareHeldOut,
    Text,
    Training,
)


class FillCorpus(TextCorpus):
    """The corpus of sentences, one a line."""

    name: Name = Field("tatoeba_en", description="a named corpus, a folder or file, or tfds:NAME")
    dev: ShareHeldOut = Field(
        0.02,
        description="share of the characters in the dev split, cut off the beginning of a text without splits; of "
        "tatoeba_en of the sentences",
    )
    test: ShareHeldOut = Field(
        0.05, description="share of the characters in the test split, cut off the end; of tatoeba_en of the sentences"
    )


class FillText(Text):
    """How a sentence becomes words; a mark of punctuation is a word."""

    cuts: ClassVar[bool] = True
    kind: Literal["words"] = Field("words", description="always words: what is missing is a word")
    size: Annotated[int, Field(ge=8, le=MOST, strict=True)] = Field(
        8000, description="maximum vocabulary size in words, special marks included; no other word is filled in"
    )
    max_length: Count = Field(
        200, description="longest sentence, in words; the rest of a longer one is neither learned nor filled"
    )


class FillModel(Recurrence):
    """Two recurrent networks, one up to the gap and one back to it, and a softmax over the words."""

    bidirectional: Literal[False] = Field(
        False, description="always false: no layer reads both sides, or a word would see itself; see reading"
    )
    reading: Literal["both", "left", "right"] = Field("both", description="the sides of a gap that are read")
    embedding: Count = Field(128, description="embedding size")
    hidden: Count = Field(
        128, description="units of the layer between the states around a gap and the softmax over the words"
    )
    dropout: Resumable[Share] = Field(
        0.2, description="dropout rate on embeddings, between layers and on states; never applied along time"
    )
    gaps: Resumable[Share] = Field(
        0.1, description="probability that a word is read as a gap in training, so that sentences may have several"
    )


class Settings(Section):
    """All settings of the fill task."""

    task: Literal["fill"] = "fill"
    seed: CountFromZero = Field(1, description="random seed of weights, sentence order and dropout")
    corpus: FillCorpus = FillCorpus()
    text: FillText = FillText()
    model: FillModel = FillModel()
    training: Training = Training()
