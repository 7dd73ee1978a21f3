"""Settings of the caption task."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from seqtasks.limits import MOST_BEAMS
from seqtasks.settings.corpora import CaptionedCorpus
from seqtasks.settings.sections import (
    RECURRENT_DROPOUT,
    TIED,
    WORD_DROPOUT,
    Count,
    CountFromZero,
    Model,
    Resumable,
    Search,
    Section,
    Share,
    SupervisedTraining,
    Text,
    idle_beside,
)


class Images(Section):
    """How images become pixels."""

    size: Annotated[int, Field(ge=32, le=1024, multiple_of=8, strict=True)] = Field(
        64, description="height and width in pixels that images are brought to, a multiple of 8"
    )
    fit: Literal["pad", "crop", "stretch"] = Field(
        "pad", description="an image that is not square: pad adds white, crop cuts it off, stretch distorts it"
    )
    flip: bool = Field(
        False, description="mirror half of the images in training; not where captions say left and right"
    )


class CaptionText(Text):
    """How captions become ids."""

    kind: Literal["subwords", "words", "characters"] = Field("words", description="unit that text is split into")
    lowercase: bool = Field(True, description="fold case by the Unicode rules; captions are then written in lower case")
    max_length: Count = Field(30, description="longest caption to learn from, in pieces; the rest is not read")


class CaptionModel(Model):
    """A convolutional network that reads and a recurrent decoder that writes."""

    image: Literal["attention", "first_step"] = Field(
        "attention",
        description="attention: look at cells of the image at each step; first_step: the image enters the decoder once",
    )
    cnn: Literal["small", "efficientnet-lite0"] = Field(
        "small",
        description="small: trained here from nothing; efficientnet-lite0: has learned from ImageNet, is not trained",
    )
    recall: bool = Field(
        False,
        description="start from the training images that look most alike, which the model keeps; where there are few "
        "images of each thing",
    )
    channels: Annotated[Count, Field(ge=4, multiple_of=4)] = Field(128, description="features of each cell of an image")
    coverage: bool = Field(True, description="the attention knows where it has been before")
    word_detector: bool = Field(
        True, description="also learn which words the cells of an image show; for training only"
    )
    cell: Literal["lstm", "gru", "rnn"] = Field("lstm", description="rnn is the vanilla (Elman) cell")
    activation: Literal["tanh", "relu"] = Field("tanh", description="activation of the vanilla cell")
    units: Count = Field(256, description="units of the decoder")
    embedding: Count = Field(128, description="embedding size")
    embedding_scale: Annotated[float, Field(gt=0)] = Field(
        1.0, description="standard deviation of the initial embeddings"
    )
    tied: bool = TIED
    attention_units: Count = Field(128, description="size of the alignment model's hidden layer")
    dropout: Resumable[Share] = Field(0.2, description="dropout rate; never applied along time")
    recurrent_dropout: Resumable[Share] = RECURRENT_DROPOUT
    word_dropout: Resumable[Share] = WORD_DROPOUT

    def idle(self):
        idle = idle_beside(self.cell)
        if self.image == "first_step":
            idle = idle | dict.fromkeys(
                ("coverage", "attention_units"), "is for attention; set model.image to attention"
            )
        return idle

    @model_validator(mode="after")
    def _recalls_what_is_fixed(self):
        needed = {"cnn": "efficientnet-lite0", "image": "first_step", "word_detector": False}
        others = [f"model.{name} to {value}" for name, value in needed.items() if getattr(self, name) != value]
        if self.recall and others:
            raise ValueError(
                f"model.recall compares whole images by what a fixed network finds; set {', '.join(others).lower()}"
            )
        return self


class CaptionTraining(SupervisedTraining):
    """How a captioner is fitted: in each epoch to one caption of each image, another one each time."""

    batch_size: Count = Field(64, description="images in a batch")
    augment: Resumable[Annotated[float, Field(ge=0, le=10)]] = Field(
        1.0, description="strength of random moves, scales, turns and tints of the images; 0 for none"
    )


class CaptionSearch(Search):
    """How a caption is decoded."""

    beam: Resumable[Annotated[Count, Field(le=MOST_BEAMS)]] = Field(3, description="beam width; 1 is greedy search")
    max_length: Resumable[Count] = Field(30, description="longest caption, in pieces")


class Settings(Section):
    """All settings of the caption task."""

    shared: ClassVar[tuple[str, ...]] = ("model.image", "model.cnn", "model.recall")
    task: Literal["caption"] = "caption"
    seed: CountFromZero = Field(1, description="random seed of weights, example order and dropout")
    corpus: CaptionedCorpus = CaptionedCorpus()
    images: Images = Images()
    text: CaptionText = CaptionText()
    model: CaptionModel = CaptionModel()
    training: CaptionTraining = CaptionTraining()
    search: CaptionSearch = CaptionSearch()

    @model_validator(mode="after")
    def _fits_the_cnn(self):
        if self.model.cnn == "small":
            return self
        if self.images.size % 32 or self.images.size < 64:
            raise ValueError(
                f"images.size {self.images.size} is no size for model.cnn {self.model.cnn}, which needs a multiple of "
                "32, at least 64; 224 is usual"
            )
        if self.training.augment or self.images.flip:
            raise ValueError(
                f"model.cnn {self.model.cnn} reads each image once, so it cannot be changed at random; set "
                "training.augment to 0 and images.flip to false"
            )
        return self
