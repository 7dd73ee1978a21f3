"""Settings of the ner task."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from seqtasks.limits import MOST
from seqtasks.settings.sections import (
    Count,
    CountFromZero,
    Name,
    Recurrence,
    Resumable,
    Section,
    Share,
    SupervisedTraining,
    TaggedCorpus,
)


class NerText(Section):
    """How a sentence becomes words and characters."""

    size: Annotated[int, Field(ge=8, le=MOST, strict=True)] = Field(
        30_000, description="words in the vocabulary at most"
    )
    max_length: Annotated[int, Field(ge=8, le=MOST, strict=True)] = Field(
        128, description="words that are tagged together; longer sentences go through in windows that overlap"
    )


class NerModel(Recurrence):
    """Words and their characters, a recurrent encoder, a tag for each word."""

    units: Count = Field(200, description="units of a direction of a layer")
    embedding: Count = Field(100, description="size of a word's embedding")
    vectors: Name | None = Field(
        None, description="pretrained word vectors to start from, a text file as GloVe and word2vec write it"
    )
    characters: Literal["none", "cnn", "lstm"] = Field("cnn", description="what reads the characters of a word")
    character_units: Count = Field(50, description="features of a word that its characters give")
    output: Literal["softmax", "constrained", "crf"] = Field(
        "crf",
        description="softmax: each word for itself; constrained: the same, but no illegal sequence; "
        "crf: a score for each pair of tags in a row is learned",
    )
    dropout: Resumable[Share] = Field(
        0.5, description="of word features, between layers, and of outputs, never along time"
    )
    word_dropout: Resumable[Share] = Field(
        0.5, description="share of the words seen once that are made unknown in training"
    )

    def idle(self):
        found = super().idle()
        if self.characters == "none":
            found["character_units"] = "is for what reads characters; set model.characters to cnn or lstm"
        return found


class Settings(Section):
    """All settings of the ner task."""

    task: Literal["ner"] = "ner"
    seed: CountFromZero = Field(1, description="of weights, order of examples and dropout")
    corpus: TaggedCorpus = TaggedCorpus()
    text: NerText = NerText()
    model: NerModel = NerModel()
    training: SupervisedTraining = SupervisedTraining()

    @model_validator(mode="after")
    def _smoothing_fits(self):
        if self.training.label_smoothing and self.model.output == "crf":
            raise ValueError("training.label_smoothing needs a softmax; set model.output to softmax or constrained")
        return self
