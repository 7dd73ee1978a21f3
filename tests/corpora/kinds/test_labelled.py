"""Texts with a class each are read as they stand, and whatever is wrong with them is named by file and line."""

import csv
import io
import json
import tarfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from own_files import refusal, write

from seqtasks import corpora
from seqtasks.corpora.kinds import KINDS
from seqtasks.corpora.kinds.kind import sentence_key
from seqtasks.corpora.named import reviews
from seqtasks.corpora.splitting import carve, complete
from seqtasks.settings.corpora import LabelledCorpus

LABELLED = KINDS["labelled"]
read_file = LABELLED.read_file
CHARACTERS = st.characters(exclude_characters="\r\ufeff\x00", exclude_categories=["Cs"])
TEXTS = st.text(CHARACTERS, min_size=1).filter(str.strip)
ROWS = st.lists(st.builds(lambda text, label: {"text": text, "label": label}, TEXTS, st.sampled_from("ab 1")))
SAME_FOLDER = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def row(text, label):
    return {"text": text, "label": label}


def load(path, **columns):
    return corpora.load(path, kind="labelled", **columns)


@SAME_FOLDER
@given(texts=st.lists(TEXTS, min_size=1, max_size=8), labels=st.randoms())
def test_any_texts_come_back(tmp_path, texts, labels):
    rows = [row(text, labels.choice(["good", "bad", "5"])) for text in texts]
    table = io.StringIO()
    csv.writer(table).writerows([("text", "label"), *((one["text"], one["label"]) for one in rows)])
    assert read_file(write(tmp_path / "x.csv", table.getvalue())) == rows
    records = "".join(json.dumps(one) + "\n" for one in rows)
    assert read_file(write(tmp_path / "x.jsonl.gz", records)) == rows
    lines = [row(" ".join(one["text"].split()), one["label"]) for one in rows]
    table = "".join(f"{one['text']}\t{one['label']}\n" for one in lines)
    assert read_file(write(tmp_path / "x.tsv", table)) == lines
    table = "".join(f"{one['label']} {one['text']}\n" for one in lines)
    assert read_file(write(tmp_path / "x.txt", table)) == lines


@pytest.mark.parametrize(
    ("name", "content", "columns"),
    [
        ("x.tsv", 'a "good\tpos\nbad\tneg\n', {}),
        ("x.tsv", 'text\tlabel\na "good\tpos\nbad\tneg\n', {}),
        ("x.tsv", 'id\tSentiment\tReview\n1\tpos\ta "good\n2\tneg\tbad\n', {}),
        ("x.tsv", 'text\tlabel\na "good\tpos\nbad\tneg\n', {"text": 1, "label": 2}),
        ("x.tsv", 'pos\t\ta "good\nneg\tx\tbad\n', {"text": 3, "label": "1"}),
        ("x.tsv", 'opinion\tstars\tlabel\na "good\tpos\tx\nbad\tneg\ty\n', {"text": "opinion", "label": "stars"}),
        ("x.csv", '"a ""good",pos\r\nbad,neg', {}),
        ("x.csv", 'label,text\n pos ,"a ""good"\nneg,bad\n', {}),
        ("x.jsonl", '{"text": "a \\"good", "label": "pos"}\n{"sentence": "bad", "class": "neg"}\n', {}),
        ("x.jsonl", '{"t": "a \\"good", "y": "pos"}\n{"t": "bad", "y": "neg"}\n', {"text": "t", "label": "y"}),
        ("x.txt", 'pos a "good\nneg\tbad\n', {}),
        ("x.txt.gz", 'pos   a "good\nneg bad\n', {}),
    ],
)
def test_columns_are_found(tmp_path, name, content, columns):
    rows = [row('a "good', "pos"), row("bad", "neg")]
    path = write(tmp_path / name, content)
    assert read_file(path, **columns) == rows
    assert corpora.read_rows(path, LabelledCorpus(name="elsewhere.csv", **columns)) == rows
    assert "is a folder; give one file of labelled text" in refusal(corpora.read_rows, tmp_path, LabelledCorpus())


def test_columns_of_a_named_corpus_or_dataset_are_not_those_of_your_own_files(tmp_path):
    path = write(tmp_path / "x.csv", "text,label\ngood,pos\nbad,neg\n")
    for name in ("movie_reviews", "tfds:ag_news_subset"):
        assert corpora.read_rows(str(path), LabelledCorpus(name=name, text="description"))[0] == row("good", "pos")
    assert "no column description" in refusal(
        corpora.read_rows, path, LabelledCorpus(name="mine.csv", text="description")
    )


def test_quoted_fields_hold_line_ends_and_labels_may_be_numbers(tmp_path):
    path = write(tmp_path / "x.csv", 'text,label\n"one\ntwo",1\nthree,0\n"four\n,five",1\n,0\n')
    assert refusal(read_file, path).startswith(f"{path}:7: the text is empty")
    labels = ["1", "true", "-2.5", "9" * 400]
    path = write(tmp_path / "x.jsonl", "".join(f'{{"text": "a", "label": {label}}}\n' for label in labels))
    assert [one["label"] for one in read_file(path)] == labels


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_number_is_no_label(tmp_path, number):
    content = f'{{"text": "a", "label": 1}}\n{{"text": "b", "label": {number}}}\n'
    message = refusal(load, write(tmp_path / "x.jsonl", content))
    assert f"x.jsonl:2: unlabelled: 'label' is {json.dumps(float(number))}; it must be a string or a number" in message


def test_labels_that_are_one_number_are_one_class(tmp_path):
    write(tmp_path / "train.tsv", "a\t1\nb\t0\nc\t1\n")
    write(tmp_path / "dev.csv", "d,1.0\ne,0.0\n")
    write(
        tmp_path / "test.jsonl",
        '{"text": "f", "label": 1.0}\n{"text": "g", "label": 0}\n{"text": "h", "label": "1.00"}\n',
    )
    labels = {name: [one["label"] for one in rows] for name, rows in load(tmp_path).splits.items()}
    assert labels == {"train": ["1", "0", "1"], "dev": ["1", "0"], "test": ["1", "0", "1"]}
    floats = write(tmp_path / "x.jsonl", "".join(f'{{"text": "t{n}", "label": {n % 2}.0}}\n' for n in range(20)))
    assert {one["label"] for one in load(floats).split("train")} == {"0.0", "1.0"}
    others = write(
        tmp_path / "x.tsv", "".join(f"t{n}\t{label}\n" for n, label in enumerate(["1.5", "01", "1", "1.10"] * 9))
    )
    assert {one["label"] for one in load(others).split("train")} == {"1.5", "01", "1", "1.10"}


@pytest.mark.parametrize("length", [131_073, 1_000_000])
def test_a_field_may_be_long(tmp_path, length):
    path = write(tmp_path / "x.csv", f'text,label\n"{"a," * (length // 2)}a",pos\nb,neg\n')
    assert read_file(path) == [row("a," * (length // 2) + "a", "pos"), row("b", "neg")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.csv", "a;b,pos\nc;d,neg\n"),
        ("x.csv", '"a;\nb|c",pos\n"d;\n",neg\n'),
        ("x.csv", '"a\rb",pos\n"d, e",neg\n'),
        ("x.csv", '"a\n",pos\n"d, e",neg\n'),
        ("x.tsv", "a, b\tpos\nc, d\tneg\n"),
    ],
)
def test_marks_in_texts_are_no_delimiters(tmp_path, name, content):
    assert [one["label"] for one in read_file(write(tmp_path / name, content))] == ["pos", "neg"]


def test_a_folder_has_a_file_for_each_split(tmp_path, caplog):
    caplog.set_level("INFO")
    write(tmp_path / "sst.train.tsv", "good\t1\nbad\t0\n")
    write(tmp_path / "valid.csv", 'text,label\n"fine, really",1\n')
    write(tmp_path / "test_2016.txt.gz", "0 awful\n")
    write(tmp_path / "README.txt", "nothing to see here\n")
    write(tmp_path / "train.log", "epoch 1\n")
    corpus = load(tmp_path)
    assert corpus.splits == {
        "train": [row("good", "1"), row("bad", "0")],
        "dev": [row("fine, really", "1")],
        "test_2016": [row("awful", "0")],
    }
    assert "train.log is left out" in caplog.text
    assert (corpus.kind, corpus.languages, corpus.split("test")) == ("labelled", (), [row("awful", "0")])
    write(tmp_path / "train.jsonl", "{}\n")
    assert "are the same split twice; keep one of them" in refusal(load, tmp_path)
    message = refusal(load, write(tmp_path / "empty" / "README.txt", "hello\n").parent)
    assert (
        "has no file of labelled text for a split; name them train, dev and test, with one of the endings .tsv, .csv"
        in message
    )


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("x.tsv", b"", "x.tsv is empty"),
        ("x.tsv", b"a\tpos\nna\xefve\tneg\n", "x.tsv:2: byte 3 of the line, 0xef, is not UTF-8; convert the file"),
        ("x.tsv", b"a\tpos\nb\n", "x.tsv:2: 1 tab-separated columns, but the first line has 2"),
        ("x.csv", b"a,pos\nb,c,neg\n\n", "x.csv:2: 3 comma-separated columns, but the first line has 2"),
        ("x.csv", b'a,pos\n"b,neg\nc,pos\n', "x.csv:2: not CSV: unexpected end of data; put a field with commas"),
        ("x.csv", b'a,pos\n"b" or c,neg\n', "x.csv:2: not CSV: ',' expected after '\"'; put a field"),
        ("x.csv", b"text,topic\na,b\n", "x.csv:1: this looks like a header, as it has 'text', but not which column is"),
        ("x.tsv", b"a\n", "x.tsv:1: no column 2; give corpus.text and corpus.label as numbers from 1 to 1"),
        ("x.tsv", b" \tpos\n", "x.tsv:1: the text is empty; fill it in or remove the example"),
        ("x.tsv", b"a\t \n", "x.tsv:1: unlabelled: the label is empty; fill it in or remove the example"),
        ("x.txt", b"1 a\n0\n", "x.txt:2: the text is empty"),
        ("x.txt", b"1 a\n\n", "x.txt:2: the text is empty; fill it in or remove the example"),
        ("x.jsonl", b'{"text": "a"}\n', "x.jsonl:1: no key 'label'; it has text; give corpus.text and corpus.label."),
        ("x.jsonl", b'{"text": "a", "label": null}\n', "x.jsonl:1: unlabelled: 'label' is null; it must be a string"),
        ("x.jsonl", b'{"text": 3, "label": "b"}\n', "x.jsonl:1: 'text' is 3; it must be a string"),
        ("x.jsonl", b'{"text": "\\udc00", "label": "b"}\n', "x.jsonl:1: half of a surrogate pair"),
        ("x.jsonl", b'["a"]\n', "x.jsonl:1: list where an object with the keys text, label is expected"),
        ("x.jsonl", b"{\n", "x.jsonl:1: not JSON"),
        (
            "x.csv",
            b"text;label\na, b;pos\nc;neg\n",
            "x.csv:1: the columns seem to be divided by semicolons, but",
        ),
        ("x.csv", b"a, b;pos\nc, d, e;neg\n", "x.csv:1: the columns seem to be divided by semicolons"),
        ("x.csv", b"a\tpos\nb\tneg\n", "by tabs, but must be by commas; convert the file, or name it .tsv"),
        ("x.csv", b"text|label\na|pos\n", "x.csv:1: the columns seem to be divided by bars"),
        (
            "x.tsv",
            b"text,label\na, b,pos\n",
            "x.tsv:1: the columns seem to be divided by commas, but must be by tabs",
        ),
        ("x.tsv", b"a;pos\nb;neg\n", "x.tsv:1: the columns seem to be divided by semicolons"),
        ("x.csv", b"a;b,pos\nc;d,neg\ne,f,neg\n", "x.csv:3: 3 comma-separated columns, but the first line has 2"),
        ("x.xml", b"<a/>", "x.xml is neither a folder nor a .tsv, .csv, .jsonl or .txt file (each may end in .gz)"),
        ("x.tsv", b"a\tpos\nb\tpos\nc\tpos\n", "x.tsv: every row of train is labelled 'pos'; two classes or more"),
    ],
)
def test_a_bad_file_is_refused(tmp_path, name, content, expected):
    message = refusal(load, write(tmp_path / name, content))
    assert message.startswith(f"{tmp_path}/{name}")
    assert expected in message


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (
            {"text": "txet"},
            "x.csv:1: no column txet; give corpus.text and corpus.label as numbers from 1 to 2 or one of",
        ),
        ({"text": 1, "label": 1}, "corpus.text and corpus.label are both 1; they must differ"),
        ({"source": "text"}, "corpus.source is no setting of labelled text, which has text, label."),
    ],
)
def test_a_bad_column_is_refused(tmp_path, columns, expected):
    assert expected in refusal(load, write(tmp_path / "x.csv", "text,label\na,b\n"), **columns)
    assert "x.txt has a label before each text" in refusal(load, write(tmp_path / "x.txt", "1 a\n"), text=1)


def test_a_class_that_train_never_saw_is_refused(tmp_path):
    write(tmp_path / "train.tsv", "good\tpos\nbad\tneg\n")
    write(tmp_path / "dev.tsv", "fine\tpos\nso so\tnegg\nhm\t?\n")
    message = refusal(load, tmp_path)
    assert message.startswith(f"{tmp_path}: row 2 of dev is labelled 'negg', which no row of train is; the labels")
    assert "Did you mean 'neg'?" in message


def test_a_file_is_split_with_equal_texts_on_one_side_and_every_class_in_train(tmp_path):
    lines = [f"pos good {n}" for n in range(30)] + [f"neg Good {n}" for n in range(30)] + ["rare once", "rare twice"]
    path = write(tmp_path / "x.txt", "\n".join(lines))
    for seed in range(10):
        splits = load(path, seed=seed).splits
        keys = [{sentence_key(one["text"]) for one in rows} for rows in splits.values()]
        assert sum(map(len, keys)) == len(set.union(*keys)) == 32
        assert sum(map(len, splits.values())) == 62
        assert "rare" in {one["label"] for one in splits["train"]}


@settings(max_examples=60)
@given(ROWS, st.integers(1, 4), st.integers(0, 5))
def test_carving_loses_no_row_and_no_class(rows, size, seed):
    # Enough of their own that no split stays empty.
    rows = rows + [row(f"a text of its own {n}", "a") for n in range(2 * size + 1)]
    splits = carve(rows, {"dev": size, "test": size}, kind=LABELLED, seed=seed)
    assert all(splits.values())
    assert sorted(map(str, rows)) == sorted(str(one) for found in splits.values() for one in found)
    assert {one["label"] for one in splits["train"]} == {one["label"] for one in rows}
    assert complete({**splits, "dev": []}, kind=LABELLED, seed=seed, dev=1, test=1) == {**splits, "dev": []}


def test_reviews_are_brought_into_one_form():
    for raw, expected in (
        ("It's a Cross-Section\x96 really...", "it's a cross section really . . ."),
        ("''Lilo &amp; Stitch'' [sic] costs $1.8", '" lilo & stitch " ( sic ) costs $1 . 8'),
        ("already split , isn't it ?", "already split , isn't it ?"),
        ("f***ed -- and/or `best'", "f * * * ed and/or 'best'"),
    ):
        assert reviews.normalized(raw) == expected
        assert reviews.normalized(expected) == expected


def test_snippets_that_train_has_are_left_out_and_the_others_take_the_class_of_the_last_of_these():
    train = [row("good . . .", "positive"), row("b&w", "negative")]
    snippets = ["good", "fine", "nice !", "b & w", "poor", "good . .", "great"]
    assert reviews.unseen(snippets, train) == [
        row("fine", "positive"),
        row("nice !", "positive"),
        row("poor", "negative"),
        row("great", "positive"),
    ]


def test_reviews_are_read_from_their_archives(tmp_path, monkeypatch):
    lines = [("text", "label", "source"), *((f"Bad-{n}<br /><br />End", 0, "imdb") for n in range(20))]
    lines += [(f"good {n}", 1, "imdb") for n in range(20)] + [("good 3", 1, "imdb")]
    lines += [(f"poor {n} .", 0, "rotten_tomatoes") for n in range(20)]
    lines += [(f"nice {n}", 1, "rotten_tomatoes") for n in range(20)]
    with (tmp_path / "x.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)
    content = b"1\t-1.0\tPoor 1.\r\n2\t-2.0\tA new one, poor\r\n3\t1.5\tNice 2\r\n4\t2\tA&amp;B!"
    with tarfile.open(tmp_path / "inner.tar.gz", "w:gz") as inner:
        info = tarfile.TarInfo("inside.txt")
        info.size = len(content)
        inner.addfile(info, io.BytesIO(content))
    for name, value in {
        "REVIEWS_FILE": "x.csv",
        "SNIPPETS_FILE": "inner.tar.gz",
        "SNIPPETS_INSIDE": "inside.txt",
    }.items():
        monkeypatch.setattr(reviews, name, value)
    monkeypatch.setattr(reviews, "fetch", lambda archive: tmp_path)

    sentences = corpora.load("movie_reviews")
    assert {name: len(rows) for name, rows in sentences.splits.items()} == {"train": 36, "dev": 4, "test": 2}
    assert sentences.split("test") == [row("a new one , poor", "negative"), row("a&b !", "positive")]
    whole = corpora.load("imdb", dev=3, test=5, seed=2)
    assert {name: len(rows) for name, rows in whole.splits.items()} == {"train": 32, "dev": 3, "test": 5}
    assert row("Bad-7 End", "negative") in [one for rows in whole.splits.values() for one in rows]
    labels = [one["label"] for one in whole.split("train")]
    assert labels not in (sorted(labels), sorted(labels)[::-1])
    assert corpora.load("imdb", dev=3, test=5, seed=3).fingerprint != whole.fingerprint
    monkeypatch.setattr(type(reviews._KIND), "held_out", {"dev": 3, "test": 5})
    held = [one["text"] for split in ("dev", "test") for one in corpora.load("imdb", dev=3, test=5).split(split)]
    running = [one["text"] for rows in corpora.load("imdb_text").splits.values() for one in rows]
    assert len(running) == 32 and not set(running) & set(held) and "Bad-7 End" in {*running, *held}
    assert "corpus.text is 'a', but imdb has no choice there; leave it out" in refusal(load, "imdb", text="a")


@pytest.mark.slow
def test_the_reviews_themselves(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQTASKS_CACHE", str(tmp_path))
    expected = {
        "movie_reviews": ({"train": 7677, "dev": 853, "test": 2120}, 1056),
        "imdb": ({"train": 19_903, "dev": 2500, "test": 2500}, 1278),
    }
    for name, (sizes, positive) in expected.items():
        corpus = corpora.load(name)
        assert {split: len(rows) for split, rows in corpus.splits.items()} == sizes
        assert [one["label"] for one in corpus.split("test")].count("positive") == positive
        keys = [{sentence_key(one["text"]) for one in rows} for rows in corpus.splits.values()]
        assert sum(map(len, keys)) == len(set.union(*keys))
