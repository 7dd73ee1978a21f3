"""Settings of the ner task."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from seqtasks.limits import MOST
from seqtasks.settings.corpora import TaggedCorpus
from seqtasks.settings.sections import Count, CountFromZero, Resumable, Section, Share, WordModel, WordTraining


class NerText(Section):
    """How a sentence becomes words and characters."""

    size: Annotated[int, Field(ge=8, le=MOST, strict=True)] = Field(
        30_000, description="maximum vocabulary size in words"
    )
    max_length: Annotated[int, Field(ge=8, le=MOST, strict=True)] = Field(
        128, description="words tagged at once; a longer sentence is tagged in overlapping windows"
    )


class NerModel(WordModel):
    """Words and their characters, a recurrent encoder, a tag for each word."""

    units: Count = Field(200, description="units in each direction of each layer")
    embedding: Count = Field(100, description="word embedding size")
    characters: Literal["none", "cnn", "lstm"] = Field("cnn", description="network that reads the characters of a word")
    character_units: Count = Field(50, description="character features of a word")
    output: Literal["softmax", "constrained", "crf"] = Field(
        "crf",
        description="softmax tags each word independently; constrained does too, but decodes only legal sequences; "
        "crf also learns a score for each pair of adjacent tags",
    )
    dropout: Resumable[Share] = Field(
        0.5, description="dropout rate on word features, between layers and on outputs; never applied along time"
    )
    word_dropout: Resumable[Share] = Field(
        0.5, description="probability that a word seen once is replaced by the unknown word in training"
    )

    def idle(self):
        idle = super().idle()
        if self.characters == "none":
            idle["character_units"] = "is for a network that reads characters; set model.characters to cnn or lstm"
        return idle


class Settings(Section):
    """All settings of the ner task."""

    shared: ClassVar[tuple[str, ...]] = ("model.output",)
    task: Literal["ner"] = "ner"
    seed: CountFromZero = Field(1, description="random seed of weights, example order and dropout")
    corpus: TaggedCorpus = TaggedCorpus()
    text: NerText = NerText()
    model: NerModel = NerModel()
    training: WordTraining = WordTraining()

    @model_validator(mode="after")
    def _smoothing_fits(self):
        if self.training.label_smoothing and self.model.output == "crf":
            raise ValueError("training.label_smoothing needs a softmax; set model.output to softmax or constrained")
        return self
