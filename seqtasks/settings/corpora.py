"""Sections `corpus` of settings, one for each kind of corpus that tasks share."""

from typing import ClassVar, Literal

from pydantic import Field

from seqtasks.settings.sections import Column, Count, CountFromZero, Name, Section, ShareHeldOut

_SEED_OF_SPLITS = Field(13, description="random seed for splitting a corpus without splits; not the training seed")
_FAULTS = Field("refuse", description="faulty examples: refuse stops at file:line; skip leaves them out, counted")


def _held_out(number, what, split):
    return Field(number, description=f"{what} in the {split} split, if the corpus has none")


class ParallelCorpus(Section):
    """The corpus of sentence pairs."""

    kind: ClassVar[str] = "parallel"
    name: Name = Field("tatoeba_es_en", description="a named corpus, a folder or file, or tfds:NAME")
    source: str | Column | None = Field(None, description="language suffix, column, key or feature of the source side")
    target: str | Column | None = Field(None, description="language suffix, column, key or feature of the target side")
    more: Name | None = Field(
        None,
        description="a folder or file with more pairs for train; those connected with dev or test are left out",
    )
    seed: CountFromZero = _SEED_OF_SPLITS
    dev: Count = _held_out(2000, "source sentences", "dev")
    test: Count = _held_out(2000, "source sentences", "test")
    faults: Literal["refuse", "skip"] = _FAULTS


class LabelledCorpus(Section):
    """The corpus of texts with class labels."""

    kind: ClassVar[str] = "labelled"
    name: Name = Field("movie_reviews", description="a named corpus, a folder or file, or tfds:NAME")
    text: str | Column | None = Field(None, description="column, key or feature of the text")
    label: str | Column | None = Field(None, description="column, key or feature of the class label")
    seed: CountFromZero = _SEED_OF_SPLITS
    dev: Count = _held_out(2500, "texts", "dev")
    test: Count = _held_out(2500, "texts", "test")
    faults: Literal["refuse", "skip"] = _FAULTS


class TaggedCorpus(Section):
    """The corpus of sentences with a tag for each word."""

    kind: ClassVar[str] = "tagged"
    name: Name = Field("conll2003", description="a named corpus, a folder or file, or tfds:NAME")
    words: str | Column | None = Field(None, description="column, key or feature of the words; null takes the first")
    tags: str | Column | None = Field(
        None,
        description="column, key or feature of the tags; null takes the last; ner, chunk or pos for conll2003",
    )
    seed: CountFromZero = _SEED_OF_SPLITS
    dev: Count = _held_out(2000, "sentences", "dev")
    test: Count = _held_out(2000, "sentences", "test")
    faults: Literal["refuse", "skip"] = _FAULTS


class TextCorpus(Section):
    """The corpus of running text."""

    kind: ClassVar[str] = "text"
    name: Name = Field("shakespeare", description="a named corpus, a folder or file, or tfds:NAME")
    text: str | Column | None = Field(None, description="key or feature of the text; null takes 'text'")
    dev: ShareHeldOut = Field(
        0.05,
        description="share of the characters in the dev split, cut off the beginning of a text without splits",
    )
    test: ShareHeldOut = Field(
        0.1, description="share of the characters in the test split, cut off the end of a text without splits"
    )
    faults: Literal["refuse", "skip"] = _FAULTS


class CaptionedCorpus(Section):
    """The corpus of images with captions."""

    kind: ClassVar[str] = "captioned"
    name: Name = Field("emoji_scenes", description="a named corpus, a folder or file, or tfds:NAME")
    image: str | Column | None = Field(None, description="column, key or feature of the image; null takes 'image'")
    caption: str | Column | None = Field(
        None, description="column, key or feature of the captions; null takes 'captions' or 'caption'"
    )
    language: str | None = Field(None, description="language of the names in the corpus emoji; null takes en")
    seed: CountFromZero = _SEED_OF_SPLITS
    dev: Count = _held_out(1000, "images", "dev")
    test: Count = _held_out(2000, "images", "test")
    faults: Literal["refuse", "skip"] = _FAULTS


class CodeCorpus(Section):
    """The corpus of sentences with code."""

    kind: ClassVar[str] = "code"
    name: Name = Field("phrases", description="a named corpus, a folder or file, or tfds:NAME")
    source: str | Column | None = Field(None, description="suffix, column, key or feature of the sentences")
    target: str | Column | None = Field(None, description="suffix, column, key or feature of the code")
    language: Literal["python", "shell"] | None = Field(None, description="null is a named corpus' own, else python")
    seed: CountFromZero = _SEED_OF_SPLITS
    dev: Count = _held_out(1000, "sentences", "dev")
    test: Count = _held_out(1000, "sentences", "test")
    faults: Literal["refuse", "skip"] = _FAULTS
