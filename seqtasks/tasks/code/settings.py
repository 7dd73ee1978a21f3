"""Settings of the code task."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from seqtasks.settings.corpora import CodeCorpus
from seqtasks.settings.sections import (
    Count,
    CountFromZero,
    Recurrence,
    Resumable,
    Search,
    Section,
    Share,
    SupervisedTraining,
)


class CodeText(Section):
    """How sentences and programs become ids."""

    cuts: ClassVar[bool] = True
    max_length: Annotated[Count, Field(le=1000)] = Field(
        60, description="longest sentence, in words; longer ones are cut"
    )
    least: Count = Field(
        5,
        description="times that a word, or a name, number or string of programs, must occur in train to be known; "
        "others are only copied. What its sentence does not have is known anyway",
    )


class CodeModel(Recurrence):
    """An encoder-decoder with attention; the decoder is one layer with `units` units."""

    cell: Literal["lstm", "gru", "rnn"] = Field("lstm", description="rnn is the vanilla (Elman) cell")
    attention_units: Count = Field(128, description="size of the alignment model's hidden layer")
    word_dropout: Resumable[Share] = Field(
        0.0, description="probability that a word of the sentence is read as an unknown one in training"
    )
    characters: bool = Field(
        False, description="a word is read with its characters too, by a convolution over its bytes"
    )
    father: bool = Field(
        True, description="a step reads the father, the action that opened its slot, and the state that chose it"
    )
    frontier: bool = Field(True, description="a step reads which slot is to be filled")
    copies: bool = Field(
        True,
        description="words of the sentence are copied; false leaves out of training what only copying can write",
    )


class CodeSearch(Search):
    """How a program is written."""

    length_penalty: Resumable[Annotated[float, Field(ge=0, le=1)]] = Field(
        0.0, description="a program scores log p / actions ** length_penalty"
    )
    grammar: bool = Field(
        True,
        description="a step takes only what the grammar allows, in training and in search; false lets it take any "
        "action, to see how many programs then parse",
    )
    # Within it no program nests deeper than Python's parser does.
    max_length: Resumable[Annotated[Count, Field(ge=3, le=150)]] = Field(
        80,
        description="longest program, in actions, the end included; none is longer than three times the words of the "
        "sentence + 20",
    )


class Settings(Section):
    """All settings of the code task."""

    shared: ClassVar[tuple[str, ...]] = ("search.grammar", "search.max_length")
    task: Literal["code"] = "code"
    seed: CountFromZero = Field(1, description="random seed of weights, example order and dropout")
    corpus: CodeCorpus = CodeCorpus()
    text: CodeText = CodeText()
    model: CodeModel = CodeModel()
    training: SupervisedTraining = SupervisedTraining()
    search: CodeSearch = CodeSearch()
