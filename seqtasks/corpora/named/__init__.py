"""The corpora that come with a name."""

from collections.abc import Callable
from dataclasses import dataclass, field

from seqtasks.corpora.named import (
    conll2003,
    phrases,
    python_code,
    reviews,
    shakespeare,
    shoulder,
    spoken_digits,
    synthetic,
    tables,
    tatoeba,
    tldr,
)
from seqtasks.corpora.named.emoji import names, scenes


@dataclass(frozen=True)
class Named:
    """What is known of a corpus before it is fetched, and the function that reads it.

    `columns` holds what the settings of its columns may be, the default first; others than these cannot be set, unless
    the kind has `free_columns`.
    """

    kind: str
    summary: str
    size: str
    licence: str
    origin: str
    read: Callable
    columns: dict[str, tuple] = field(default_factory=dict)


NAMED = {
    "tatoeba_es_en": Named(
        kind="parallel",
        summary="Spanish to English, short everyday sentences",
        size="140,868 pairs, 38 MB to fetch",
        licence=tatoeba.LICENCE,
        origin=tatoeba.ORIGIN,
        read=tatoeba.read,
        columns={"source": ("es",), "target": ("en",)},
    ),
    "tatoeba_en_es": Named(
        kind="parallel",
        summary="English to Spanish, the same sentences",
        size="140,868 pairs, 38 MB to fetch",
        licence=tatoeba.LICENCE,
        origin=tatoeba.ORIGIN,
        read=tatoeba.read,
        columns={"source": ("en",), "target": ("es",)},
    ),
    "reverse": Named(
        kind="parallel",
        summary="digit strings to be written backwards, to see attention at work within minutes",
        size="11,000 pairs, nothing to fetch",
        licence=synthetic.LICENCE,
        origin=synthetic.ORIGIN,
        read=synthetic.read_reverse,
        columns={"source": ("source",), "target": ("target",)},
    ),
    "movie_reviews": Named(
        kind="labelled",
        summary="sentences of English film reviews, positive or negative (MR)",
        size="10,650 sentences, 16 MB to fetch",
        licence=reviews.MR_LICENCE,
        origin=reviews.MR_ORIGIN,
        read=reviews.read_movie_reviews,
    ),
    "imdb": Named(
        kind="labelled",
        summary="whole English film reviews, positive or negative (IMDb)",
        size="24,903 reviews, 13 MB to fetch",
        licence=reviews.IMDB_LICENCE,
        origin=reviews.IMDB_ORIGIN,
        read=reviews.read_imdb,
    ),
    "order": Named(
        kind="labelled",
        summary="made-up words with left and right among them; the class is which of the two comes last",
        size="11,000 texts, nothing to fetch",
        licence=synthetic.LICENCE,
        origin=synthetic.ORIGIN,
        read=synthetic.read_order,
    ),
    "conll2003": Named(
        kind="tagged",
        summary="English newswire with people, organizations, locations and others (CoNLL-2003)",
        size="20,744 sentences, 27 MB to fetch",
        licence=conll2003.LICENCE,
        origin=conll2003.ORIGIN,
        read=conll2003.read,
        columns={"tags": conll2003.TAGS},
    ),
    "brackets": Named(
        kind="tagged",
        summary="made-up words, those in brackets to be tagged, to see a tagger at work within minutes",
        size="11,000 sentences, nothing to fetch",
        licence=synthetic.LICENCE,
        origin=synthetic.ORIGIN,
        read=synthetic.read_brackets,
    ),
    "shakespeare": Named(
        kind="text",
        summary="the works of Shakespeare in modern spelling, 42 of them",
        size="187,182 lines, 5.1 million characters, 5 MB to fetch",
        licence=shakespeare.LICENCE,
        origin=shakespeare.ORIGIN,
        read=shakespeare.read,
    ),
    "imdb_text": Named(
        kind="text",
        summary="the reviews of imdb's train split as running text, for a language model to start a classifier from",
        size="19,903 lines, 26.0 million characters, 13 MB to fetch",
        licence=reviews.IMDB_LICENCE,
        origin=reviews.IMDB_ORIGIN,
        read=reviews.read_imdb_text,
    ),
    "tatoeba_en": Named(
        kind="text",
        summary="English sentences, short and everyday, those of tatoeba_en_es",
        size="119,339 sentences, a line each, 38 MB to fetch",
        licence=tatoeba.LICENCE,
        origin=tatoeba.ORIGIN,
        read=tatoeba.read_sentences,
    ),
    "python_code": Named(
        kind="text",
        summary="program text: modules of the standard library of the Python that runs",
        size="some 160 modules, 4.7 million characters in Python 3.11, nothing to fetch",
        licence=python_code.LICENCE,
        origin=python_code.ORIGIN,
        read=python_code.read,
    ),
    "quotes": Named(
        kind="text",
        summary="made-up words, some between quotation marks and nested brackets, to see what a cell remembers",
        size="2,000 lines, 86,000 characters, nothing to fetch",
        licence=synthetic.LICENCE,
        origin=synthetic.ORIGIN_OF_QUOTES,
        read=synthetic.read_quotes,
    ),
    "emoji_scenes": Named(
        kind="captioned",
        summary="scenes of one to four emoji, real drawings by two teams, with five sentences each by a grammar",
        size="23,000 images, 66 MB to fetch",
        licence=scenes.LICENCE,
        origin=scenes.ORIGIN,
        read=scenes.read,
    ),
    "emoji": Named(
        kind="captioned",
        summary="single emoji and their names in 14 languages; learned from one team's drawings, tested on another's",
        size="1,791 emoji, each drawn twice, 67 MB to fetch",
        licence=names.LICENCE,
        origin=names.ORIGIN,
        read=names.read,
        columns={"language": names.LANGUAGES},
    ),
    "phrases": Named(
        kind="code",
        summary="sentences about Python and a line of it, by 79 idioms over names; test has names that train has not",
        size="12,000 pairs, nothing to fetch",
        licence=phrases.LICENCE,
        origin=phrases.ORIGIN,
        read=phrases.read_phrases,
        columns={"source": ("sentence",), "target": ("code",)},
    ),
    "tldr": Named(
        kind="code",
        summary="what a shell command does, and the command: the examples of tldr-pages",
        size="30,435 pairs, 1.1 MB to fetch",
        licence=tldr.LICENCE,
        origin=tldr.ORIGIN,
        read=tldr.read,
        columns={"source": ("sentence",), "target": ("command",), "language": ("shell",)},
    ),
    "tldr_pages": Named(
        kind="code",
        summary="the same, split by page: test has commands that train has not",
        size="30,435 pairs, 1.1 MB to fetch",
        licence=tldr.LICENCE,
        origin=tldr.ORIGIN,
        read=tldr.read_by_page,
        columns={"source": ("sentence",), "target": ("command",), "language": ("shell",)},
    ),
    "nyse": Named(
        kind="table",
        summary="trading days of the New York Stock Exchange: volume, return and volatility (ISLR)",
        size="6,051 days, 17 MB to fetch",
        licence=tables.NYSE_LICENCE,
        origin=tables.NYSE_ORIGIN,
        read=tables.read_nyse,
        columns=tables.NYSE_COLUMNS,
    ),
    "traffic": Named(
        kind="table",
        summary="cars an hour on a motorway, Interstate 94 westbound near Minneapolis, with the weather",
        size="17,520 hours, 2 MB to fetch",
        licence=tables.TRAFFIC_LICENCE,
        origin=tables.TRAFFIC_ORIGIN,
        read=tables.read_traffic,
        columns=tables.TRAFFIC_COLUMNS,
    ),
    "digit_strings": Named(
        kind="vectors",
        summary="spoken digits, three to seven recordings end to end, as vectors; each frame labelled with its digit",
        size="2,040 strings of 3,000 recordings, 4.5 MB to fetch",
        licence=spoken_digits.LICENCE,
        origin=spoken_digits.ORIGIN_OF_STRINGS,
        read=spoken_digits.read_strings,
    ),
    "spoken_digits": Named(
        kind="vectors",
        summary="spoken digits as vectors, each recording labelled with its digit",
        size="3,000 recordings, 4.5 MB to fetch",
        licence=spoken_digits.LICENCE,
        origin=spoken_digits.ORIGIN,
        read=spoken_digits.read_recordings,
    ),
    "shoulder_exercises": Named(
        kind="vectors",
        summary="shoulder exercises, four seconds of a watch's motion each; persons of dev and test are not in train",
        size="some 2,000 stretches of 140 recordings, 11 MB to fetch",
        licence=shoulder.LICENCE,
        origin=shoulder.ORIGIN,
        read=shoulder.read,
    ),
}
