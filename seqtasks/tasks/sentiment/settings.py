"""Settings of the sentiment task."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from seqtasks.settings.corpora import LabelledCorpus
from seqtasks.settings.sections import Count, CountFromZero, Resumable, Section, Text, WordModel, WordTraining

Weight = Annotated[float, Field(gt=0)]


class SentimentText(Text):
    """How a text becomes ids."""

    cuts: ClassVar[bool] = True
    max_length: Count = Field(400, description="longest text, in pieces; the rest of a longer one is not read")


class SentimentModel(WordModel):
    """An encoder, a pooling over its steps, a softmax over the classes."""

    encoder: Literal["recurrent", "windows", "none"] = Field(
        "recurrent",
        description="windows: convolutions over 3, 4 and 5 pieces with `units` filters each; none: only embeddings",
    )
    pooling: Literal["last", "average", "max", "attention", "concat"] = Field(
        "max",
        description="how the encoder's outputs become one vector; last takes the last relevant output; concat puts "
        "last, max and average side by side",
    )

    ngrams: Annotated[CountFromZero, Field(le=5)] = Field(
        0,
        description="longest n-grams of a linear classifier beside the network, naive Bayes with corrected weights "
        "(NBSVM); 0 for none",
    )

    def idle(self):
        if self.encoder == "recurrent":
            return super().idle()
        recurrent = ("cell", "activation", "layers", "bidirectional", "recurrent_dropout")
        idle = {name: words for name, words in super().idle().items() if name not in recurrent}
        return idle | dict.fromkeys(recurrent, "is for a recurrent encoder; set model.encoder to recurrent")

    @model_validator(mode="after")
    def _pooling_fits(self):
        if self.pooling in ("last", "concat") and self.encoder != "recurrent":
            raise ValueError(
                f"model.pooling '{self.pooling}' takes the state of a recurrent encoder; choose another pooling"
            )
        if self.pooling != "max" and self.encoder == "windows":
            raise ValueError("model.encoder 'windows' takes the maximum over time; model.pooling must be 'max'")
        return self


class SentimentTraining(WordTraining):
    """How a classifier is fitted."""

    class_weights: Resumable[Literal["balanced"] | dict[str, Weight] | None] = Field(
        None, description="weight of each class in the loss; balanced gives every class the same total weight"
    )


class Settings(Section):
    """All settings of the sentiment task."""

    task: Literal["sentiment"] = "sentiment"
    seed: CountFromZero = Field(1, description="random seed of weights, example order and dropout")
    corpus: LabelledCorpus = LabelledCorpus()
    text: SentimentText = SentimentText()
    model: SentimentModel = SentimentModel()
    training: SentimentTraining = SentimentTraining()

    @model_validator(mode="after")
    def _vectors_are_of_words(self):
        if self.model.vectors and self.text.kind != "words":
            raise ValueError(f"model.vectors are of words, but text.kind is {self.text.kind}; set text.kind to words")
        return self
