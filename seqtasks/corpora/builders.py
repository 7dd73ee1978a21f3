"""The named corpora as tensorflow-datasets builders.

After `import seqtasks.corpora.builders`, `tfds.load("tatoeba_es_en")` gives the rows that
`corpora.load("tatoeba_es_en")` gives, in the same splits and order: `source` is a text, `targets` a sequence of texts;
`text` and `label` are texts; `words` and `tags` are sequences of texts; of running text each line is an example, a
`text`; `series` is a text, a line of vectors, and `labels` a sequence of texts; of a table each row is an example, its
cells sequences of texts by what the columns are for; `image` is an image and `captions` a sequence of texts. conll2003
is left out: tensorflow-datasets has one of its own. So is python_code, which differs between versions of Python, since
what is prepared is kept; and tldr and tldr_pages, as code of datasets is read as Python.
"""

import io

import tensorflow_datasets as tfds

from seqtasks import corpora
from seqtasks.images.image import Image

_TEXT = tfds.features.Text()
# By the type of a part of a row.
_FEATURES = {
    str: _TEXT,
    tuple: tfds.features.Sequence(_TEXT),
    Image: tfds.features.Image(shape=(None, None, 3), encoding_format="png"),
}


class _Packaged(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    """Writes the rows of the named corpus that has the builder's name."""

    VERSION = tfds.core.Version("1.0.0")
    HOMEPAGE = None
    CITATION = None

    def _info(self):
        named = corpora.NAMED[self.name]
        parts = {part: _FEATURES[type_] for part, type_ in corpora.KINDS[named.kind].parts.items()}
        return tfds.core.DatasetInfo(
            builder=self,
            description=f"{named.summary} ({named.size}). {named.origin}. Licence: {named.licence}.",
            features=tfds.features.FeaturesDict(parts),
            supervised_keys=tuple(parts) if len(parts) == 2 else None,
            homepage=self.HOMEPAGE,
            citation=self.CITATION,
            license=named.licence,
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager):
        splits = corpora.load(self.name).splits
        return {name: self._generate_examples(rows) for name, rows in splits.items()}

    def _generate_examples(self, rows):
        parts = corpora.KINDS[corpora.NAMED[self.name].kind].parts
        for number, row in enumerate(rows):
            yield number, {part: _encodable(row[part]) for part in parts}


def _encodable(value):
    return io.BytesIO(value.read()) if isinstance(value, Image) else value


class _Tatoeba(_Packaged, skip_registration=True):
    HOMEPAGE = "https://tatoeba.org"
    CITATION = "Tatoeba: a collection of sentences and translations. https://tatoeba.org. CC BY 2.0 FR."


class TatoebaEsEn(_Tatoeba):
    """Spanish to English."""


class TatoebaEnEs(_Tatoeba):
    """English to Spanish."""


class TatoebaEn(_Tatoeba):
    """English sentences, line by line."""


class Reverse(_Packaged):
    """Digit strings to be written backwards."""


class Phrases(_Packaged):
    """Sentences about Python with a line of it."""


class Order(_Packaged):
    """Texts whose class hangs on the order of two words."""


class Brackets(_Packaged):
    """Sentences whose words in brackets are tagged."""


class MovieReviews(_Packaged):
    """Sentences of film reviews with their class."""

    CITATION = "B. Pang and L. Lee (2005): Seeing stars. ACL."


class Imdb(_Packaged):
    """Whole film reviews with their class."""

    CITATION = "A. Maas et al. (2011): Learning word vectors for sentiment analysis. ACL."


class ImdbText(Imdb):
    """Reviews of the train split of imdb, line by line."""


class Shakespeare(_Packaged):
    """The works of Shakespeare, line by line."""


class Quotes(_Packaged):
    """Made-up words between quotation marks and brackets, line by line."""


class Nyse(_Packaged):
    """Trading days of the New York Stock Exchange, in order."""

    CITATION = "G. James et al. (2021): An Introduction to Statistical Learning."


class Traffic(_Packaged):
    """Hours of traffic on a motorway, in order."""

    CITATION = "J. Hogue (2019): Metro Interstate Traffic Volume. UCI Machine Learning Repository."


class DigitStrings(_Packaged):
    """Strings of spoken digits as vectors, with the digit of each frame."""


class SpokenDigits(_Packaged):
    """Spoken digits as vectors."""


class ShoulderExercises(_Packaged):
    """Four seconds of shoulder exercises as vectors."""


class EmojiScenes(_Packaged):
    """Scenes of emoji and sentences about them."""


class Emoji(_Packaged):
    """Single emoji and their English names."""
