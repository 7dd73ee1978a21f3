"""TensorFlow datasets: real builders, prepared in a temporary folder, read back by name."""

import urllib.request

import numpy as np
import pytest

from seqtasks import corpora
from seqtasks.corpora.named import synthetic
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


class SeqtasksToyReviews(Toy):
    FEATURES = {"title": TEXT, "body": TEXT, "label": tfds.features.ClassLabel(names=["neg", "pos"]), "stars": np.int64}
    SUPERVISED = ("body", "label")
    SPLITS = {
        "train": [{"title": f"t{n}", "body": f"b{n}", "label": n % 2, "stars": n} for n in range(30)],
        "test": [
            {"title": "x", "body": "y", "label": 1, "stars": 1},
            {"title": "x", "body": " ", "label": 0, "stars": 1},
        ],
        "unsupervised": [{"title": "x", "body": "y", "label": -1, "stars": 1}],
    }


class SeqtasksToyMail(Toy):
    FEATURES = {"mail": TEXT, "folder": tfds.features.ClassLabel(names=["inbox", "spam"])}
    SPLITS = {"train": [{"mail": f"m{n}", "folder": n % 2} for n in range(20)]}


class SeqtasksToyEntities(Toy):
    FEATURES = {
        "tokens": tfds.features.Sequence(TEXT),
        "ner": tfds.features.Sequence(tfds.features.ClassLabel(names=["O", "I-PER", "B-PER"])),
        "extra": {"pos": tfds.features.Sequence(tfds.features.ClassLabel(names=["N", "V"]))},
    }
    SPLITS = {
        "train": [{"tokens": ["Ann", "Bo", "ran"], "ner": [1, 2, 0], "extra": {"pos": [0, 0, 1]}}],
        "dev": [
            {"tokens": ["Ann"], "ner": [1], "extra": {"pos": [0]}},
            {"tokens": [], "ner": [], "extra": {"pos": []}},
        ],
        "test": [{"tokens": ["ran"], "ner": [0], "extra": {"pos": [1]}}],
    }


class SeqtasksToyBroken(Toy):
    FEATURES = {"words": tfds.features.Sequence(TEXT), "tags": tfds.features.Sequence(TEXT)}
    SPLITS = {
        "train": [{"words": ["a", "b"], "tags": ["B-X"]}, {"words": ["a b"], "tags": ["O"]}],
        "dev": [{"words": ["a", "b"], "tags": ["O", "I-X"]}, {"words": ["a", "b"], "tags": ["B-X", "I-X"]}],
    }


class SeqtasksToyLines(Toy):
    FEATURES = {"text": TEXT, "title": TEXT}
    SPLITS = {
        "train": [{"text": "".join(f"{n} line {i}\r\n" for i in range(9)), "title": f"t{n}"} for n in range(10)],
        "validation": [{"text": "", "title": "x"}, {"text": " two\n\nlines\n\n", "title": "y"}],
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
        for builder in Toy.__subclasses__():
            if builder is not SeqtasksToyOffline:
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
    assert "train: 1 of 3 examples left out, as a part is empty" in caplog.text
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


def test_classes_are_labels_by_name(caplog):
    corpus = corpora.load("tfds:seqtasks_toy_reviews", kind="labelled")
    assert {name: len(rows) for name, rows in corpus.splits.items()} == {"train": 27, "dev": 3, "test": 1}
    assert corpus.split("test") == [{"text": "y", "label": "pos"}]
    assert (corpus.kind, corpus.languages) == ("labelled", ())
    assert "test: 1 of 2 examples left out, as a part is empty" in caplog.text
    assert "unsupervised: 1 of 1 examples left out" in caplog.text
    titles = corpora.load("tfds:seqtasks_toy_reviews", kind="labelled", text="title")
    assert titles.split("test")[0] == {"text": "x", "label": "pos"}
    mails = corpora.load("tfds:seqtasks_toy_mail", kind="labelled", dev=1, test=1)
    assert {row["label"] for row in mails.split("train")} == {"inbox", "spam"}
    with pytest.raises(
        CorpusError, match=r"corpus.label must name one of its texts and classes, which are body, label"
    ):
        corpora.load("tfds:seqtasks_toy_reviews", kind="labelled", label="stars")
    with pytest.raises(
        CorpusError, match=r"corpus.text must name one of its texts, which are cs, en; received nothing"
    ):
        corpora.load("tfds:seqtasks_toy_nested", kind="labelled")
    with pytest.raises(CorpusError, match="corpus.text and corpus.label are both title"):
        corpora.load("tfds:seqtasks_toy_reviews", kind="labelled", text="title", label="title")


def test_sequences_of_texts_and_classes_are_words_and_tags(caplog):
    corpus = corpora.load("tfds:seqtasks_toy_entities", kind="tagged")
    assert corpus.splits == {
        "train": [{"words": ("Ann", "Bo", "ran"), "tags": ("B-PER", "B-PER", "O")}],
        "dev": [{"words": ("Ann",), "tags": ("B-PER",)}],
        "test": [{"words": ("ran",), "tags": ("O",)}],
    }
    assert (corpus.kind, corpus.languages) == ("tagged", ())
    assert "dev: 1 of 2 examples left out" in caplog.text
    parts = corpora.load("tfds:seqtasks_toy_entities", kind="tagged", tags="pos")
    assert parts.split("train")[0]["tags"] == ("N", "N", "V")
    with pytest.raises(CorpusError, match=r"corpus.words must name one of its sequences of texts, which are none"):
        corpora.load("tfds:seqtasks_toy_reviews", kind="tagged")
    with pytest.raises(CorpusError, match=r"toy_broken: row 1 of train: 2 words, but 1 tags; each "):
        corpora.load("tfds:seqtasks_toy_broken", kind="tagged")


def test_examples_are_lines_of_running_text_and_a_missing_split_is_cut_off(monkeypatch):
    corpus = corpora.load("tfds:seqtasks_toy_lines", kind="text")
    assert corpus.split("dev") == [{"text": line} for line in ("", " two", "", "lines", "")]
    assert list(corpus.splits) == ["train", "dev", "test"]
    assert [row["text"] for row in corpus.split("test")] == [f"9 line {i}" for i in range(9)]
    assert len(corpus.split("train")) == 81
    assert (corpus.kind, corpus.languages) == ("text", ())
    titles = corpora.load("tfds:seqtasks_toy_lines", kind="text", text="title", test=0.3)
    assert titles.split("test") == [{"text": "t7"}, {"text": "t8"}, {"text": "t9"}]
    mails = corpora.load("tfds:seqtasks_toy_mail", kind="text")
    assert list(mails.splits) == ["train", "dev", "test"]
    with pytest.raises(
        CorpusError, match=r"corpus.text must name one of its texts, which are cs, en; received nothing"
    ):
        corpora.load("tfds:seqtasks_toy_nested", kind="text")
    with pytest.raises(CorpusError, match=r"corpus.text must name .*; received txt. Did you mean 'text'"):
        corpora.load("tfds:seqtasks_toy_lines", kind="text", text="txt")
    monkeypatch.setattr(SeqtasksToyLines, "VERSION", tfds.core.Version("1.0.1"))
    monkeypatch.setitem(SeqtasksToyLines.SPLITS, "validation", [{"text": " \n", "title": "x"}])
    with pytest.raises(CorpusError, match=r"toy_lines: the split 'dev' has no line with text in it"):
        corpora.load("tfds:seqtasks_toy_lines", kind="text")


def test_illegal_tags_of_a_dataset_are_refused(monkeypatch):
    monkeypatch.setattr(SeqtasksToyBroken, "VERSION", tfds.core.Version("1.0.1"))
    monkeypatch.setitem(SeqtasksToyBroken.SPLITS, "train", [{"words": ["a"], "tags": ["O"]}])
    with pytest.raises(CorpusError, match=r"row 1 of dev: word 2: 'I-X' cannot follow 'O' in iob2; mend the tags"):
        corpora.load("tfds:seqtasks_toy_broken", kind="tagged")


def test_tags_of_a_dataset_may_be_written_in_any_form(monkeypatch):
    monkeypatch.setattr(SeqtasksToyBroken, "VERSION", tfds.core.Version("1.0.2"))
    rows = [{"words": ["a", "b", "c"], "tags": ["X_b", "X_i", "O"]}, {"words": ["d"], "tags": ["Y_u"]}]
    monkeypatch.setattr(SeqtasksToyBroken, "SPLITS", {"train": rows, "dev": rows[1:], "test": rows[1:]})
    corpus = corpora.load("tfds:seqtasks_toy_broken", kind="tagged")
    assert [row["tags"] for row in corpus.split("train")] == [("B-X", "I-X", "O"), ("B-Y",)]


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


def test_named_corpora_are_datasets_with_the_same_rows(data_folder, monkeypatch):
    import seqtasks.corpora.builders  # noqa: F401

    monkeypatch.setattr(synthetic, "TRAIN", 200)
    monkeypatch.setattr(synthetic, "HELD_OUT", 20)
    corpus = corpora.load("reverse")
    datasets, info = tfds.load("reverse", data_dir=data_folder, with_info=True)
    assert list(info.splits) == ["train", "dev", "test"]
    first = next(iter(tfds.as_numpy(datasets["test"])))
    assert first["source"].decode() == corpus.split("test")[0]["source"]
    assert corpora.load("tfds:reverse").fingerprint == corpus.fingerprint
    for name, kind in (("order", "labelled"), ("brackets", "tagged"), ("quotes", "text")):
        tfds.builder(name, data_dir=data_folder).download_and_prepare()
        assert corpora.load(f"tfds:{name}", kind=kind).fingerprint == corpora.load(name).fingerprint
    for name in set(corpora.NAMED) - {"conll2003", "python_code", "tldr", "tldr_pages"}:
        assert corpora.NAMED[name].licence in tfds.builder(name).info.description
