"""TensorFlow datasets: real builders, prepared in a temporary folder, read back by name."""

import urllib.request

import numpy as np
import pytest

from seqtasks import corpora
from seqtasks.errors import CorpusError

tfds = pytest.importorskip("tensorflow_datasets")
TEXT = tfds.features.Text()


class Toy(tfds.core.GeneratorBasedBuilder, skip_registration=True):
    VERSION = tfds.core.Version("1.0.0")
    FEATURES = None
    SUPERVISED = None
    SPLITS = None

    def _info(self):
        features = tfds.features.FeaturesDict(self.FEATURES)
        return tfds.core.DatasetInfo(
            builder=self, features=features, supervised_keys=self.SUPERVISED, disable_shuffling=True
        )

    def _split_generators(self, dl_manager):
        return {name: enumerate(rows) for name, rows in self.SPLITS.items()}

    def _generate_examples(self):
        raise NotImplementedError


class SeqtasksToyTranslation(Toy):
    FEATURES = {"de": TEXT, "en": TEXT, "id": np.int64}
    SUPERVISED = ("de", "en")
    SPLITS = {
        "train": [
            {"de": "Hund", "en": "dog", "id": 1},
            {"de": " ", "en": "cat", "id": 2},
            {"de": "Bär", "en": "bear", "id": 3},
        ],
        "validation": [{"de": "Maus", "en": "mouse", "id": 3}],
        "test": [{"de": "Elch", "en": "elk", "id": 4}],
    }


class SeqtasksToyNested(Toy):
    FEATURES = {"translation": tfds.features.Translation(["cs", "en"])}
    SPLITS = {"train": [{"translation": {"cs": f"pes {n}", "en": f"dog {n}"}} for n in range(30)]}


class SeqtasksToyReferences(Toy):
    FEATURES = {"source": TEXT, "targets": tfds.features.Sequence(TEXT)}
    SPLITS = {
        "train": [{"source": f"perro {n}", "targets": [f"dog {n}", f"hound {n}"][: n % 3]} for n in range(40)],
        "dev": [{"source": "gato", "targets": ["cat", "moggy"]}],
    }


class SeqtasksToyOffline(Toy):
    FEATURES = {"source": TEXT, "target": TEXT}

    def _split_generators(self, dl_manager):
        urllib.request.urlopen("http://127.0.0.1:9/nothing", timeout=5)


@pytest.fixture(scope="module", autouse=True)
def data_folder(tmp_path_factory):
    """Datasets are prepared here, and `tfds:NAME` looks here first."""
    folder = tmp_path_factory.mktemp("tfds")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tensorflow_datasets.core.constants.DATA_DIR", str(folder))
        for builder in (SeqtasksToyTranslation, SeqtasksToyNested, SeqtasksToyReferences):
            builder(data_dir=folder).download_and_prepare()
        yield folder


def test_supervised_keys_give_the_sides(caplog):
    corpus = corpora.load("tfds:seqtasks_toy_translation")
    assert corpus.splits == {
        "train": [{"source": "Hund", "targets": ("dog",)}, {"source": "Bär", "targets": ("bear",)}],
        "dev": [{"source": "Maus", "targets": ("mouse",)}],
        "test": [{"source": "Elch", "targets": ("elk",)}],
    }
    assert corpus.languages == ("de", "en")
    assert "seqtasks_toy_translation/1.0.0" in corpus.origin
    assert "train: 1 of 3 examples left out, as a side is empty" in caplog.text
    turned = corpora.load("tfds:seqtasks_toy_translation", source="en", target="de")
    assert turned.split("dev") == [{"source": "mouse", "targets": ("Maus",)}]


def test_a_translation_feature_is_found_by_its_languages_and_missing_splits_are_carved():
    corpus = corpora.load("tfds:seqtasks_toy_nested", source="cs", target="en", test=2)
    assert {name: len(rows) for name, rows in corpus.splits.items()} == {"train": 25, "dev": 3, "test": 2}
    assert corpus.split("train")[0]["source"].startswith("pes")
    with pytest.raises(
        CorpusError, match=r"corpus.source must name one of its texts, which are cs, en; received nothing"
    ):
        corpora.load("tfds:seqtasks_toy_nested")
    with pytest.raises(CorpusError, match="corpus.source and corpus.target are both en"):
        corpora.load("tfds:seqtasks_toy_nested", source="en", target="en")


def test_several_references_are_read():
    corpus = corpora.load("tfds:seqtasks_toy_references")
    assert corpus.split("dev") == [{"source": "gato", "targets": ("cat", "moggy")}]
    assert len(corpus.split("train")) == 26
    assert corpus.languages == ("source", "target")


def test_unknown_features_are_refused():
    with pytest.raises(
        CorpusError,
        match=r"corpus.target must name one of its texts, which are de, en; received dee. Did you mean 'de'",
    ):
        corpora.load("tfds:seqtasks_toy_translation", source="de", target="dee")
    with pytest.raises(CorpusError, match=r"corpus.target must name .* received nothing"):
        corpora.load("tfds:seqtasks_toy_translation", source="de")


def test_unknown_datasets_are_refused():
    with pytest.raises(
        CorpusError, match=r"has no 'seqtasks_toy_translatoin'; .* Did you mean 'seqtasks_toy_translation'"
    ):
        corpora.load("tfds:seqtasks_toy_translatoin")
    with pytest.raises(CorpusError, match="tfds:seqtasks_toy_nested/abc cannot be used"):
        corpora.load("tfds:seqtasks_toy_nested/abc")
    with pytest.raises(CorpusError):
        corpora.load("tfds:")


def test_a_dataset_that_cannot_be_fetched_is_refused(data_folder):
    with pytest.raises(CorpusError) as caught:
        corpora.load("tfds:seqtasks_toy_offline")
    assert f"tfds:seqtasks_toy_offline cannot be prepared in {data_folder}" in str(caught.value)
    assert "Connection refused" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_named_corpora_are_datasets_with_the_same_rows(data_folder):
    import seqtasks.corpora.builders  # noqa: F401

    corpus = corpora.load("reverse")
    datasets, info = tfds.load("reverse", data_dir=data_folder, with_info=True)
    assert list(info.splits) == ["train", "dev", "test"]
    first = next(iter(tfds.as_numpy(datasets["test"])))
    assert first["source"].decode() == corpus.split("test")[0]["source"]
    assert corpora.load("tfds:reverse").fingerprint == corpus.fingerprint
    for name in corpora.NAMED:
        assert corpora.NAMED[name].licence in tfds.builder(name).info.description
