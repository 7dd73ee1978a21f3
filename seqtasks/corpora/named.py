"""The corpora that come with a name."""

from collections.abc import Callable
from dataclasses import dataclass

from seqtasks.corpora import synthetic, tatoeba


@dataclass(frozen=True)
class Named:
    """What is known of a corpus before it is fetched, and the function that reads it."""

    summary: str
    size: str
    licence: str
    origin: str
    languages: tuple[str, str]
    read: Callable


NAMED = {
    "tatoeba_es_en": Named(
        summary="Spanish to English, short everyday sentences",
        size="140,868 pairs, 38 MB to fetch",
        licence=tatoeba.LICENCE,
        origin=tatoeba.ORIGIN,
        languages=("es", "en"),
        read=tatoeba.read,
    ),
    "tatoeba_en_es": Named(
        summary="English to Spanish, the same sentences",
        size="140,868 pairs, 38 MB to fetch",
        licence=tatoeba.LICENCE,
        origin=tatoeba.ORIGIN,
        languages=("en", "es"),
        read=tatoeba.read,
    ),
    "reverse": Named(
        summary="digit strings to be written backwards, to see attention at work within minutes",
        size="11,000 pairs, nothing to fetch",
        licence=synthetic.LICENCE,
        origin=synthetic.ORIGIN,
        languages=("source", "target"),
        read=synthetic.read_reverse,
    ),
}
