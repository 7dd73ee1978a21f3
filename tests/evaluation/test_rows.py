"""Your own files as rows to evaluate on: sources with references, or labelled and tagged text with its answers."""

import json
from types import SimpleNamespace

import pytest

from seqtasks import corpora
from seqtasks.errors import CorpusError, UsageError
from seqtasks.evaluation import evaluation_rows
from seqtasks.settings.corpora import LabelledCorpus, ParallelCorpus, TaggedCorpus, TextCorpus


def run(corpus, fingerprint=""):
    manifest = {"corpus": {"fingerprint": fingerprint}}
    return SimpleNamespace(path="runs/mine", settings=SimpleNamespace(corpus=corpus), manifest=manifest)


def knowing(folder, corpus, answers):
    """A run that keeps what it can answer in its folder."""
    file = folder / "text" / ("classes.json" if corpus.kind == "labelled" else "tags.json")
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"classes" if corpus.kind == "labelled" else "tags": answers}))
    known = run(corpus)
    known.path, known.read_json = folder, lambda name: json.loads((folder / name).read_text())
    return known


@pytest.mark.parametrize(
    ("answers", "labels", "read"),
    [
        (["0", "1"], "1 0", "1 0"),
        (["0", "1"], "1.0 0.00 1", "1 0 1"),
        (["0.0", "1.0"], "1 0.0", "1.0 0.0"),
        (["1", "1.0"], "1.0 1", "1.0 1"),
        (["neg", "pos"], "pos neg", "pos neg"),
    ],
)
@pytest.mark.parametrize("faults", ["refuse", "skip"])
def test_labels_are_those_that_the_run_knows(tmp_path, answers, labels, read, faults):
    texts, known = tmp_path / "x.tsv", knowing(tmp_path, LabelledCorpus(faults=faults), answers)
    texts.write_text("".join(f"a\t{label}\n" for label in labels.split()))
    rows = evaluation_rows(known, input_file=texts).rows
    assert [row["label"] for row in rows] == read.split()
    texts.write_text(texts.read_text() + "b\t1.5\nc\tx\n")
    with pytest.raises(CorpusError, match=rf"x.tsv:{len(rows) + 1}: labelled '1.5', which the run does not know; it"):
        evaluation_rows(known, input_file=texts)


@pytest.mark.parametrize(
    ("answers", "written", "read", "wrong"),
    [
        ("O B-PER I-PER", "I-PER O", "B-PER O", "I-LOC"),
        ("O B-PER I-PER", "PER-b O", "B-PER O", "LOC-b"),
        ("O B-PER I-PER", "O O", "O O", "U_per"),
        ("O B-ENTITY I-ENTITY", "I O", "B-ENTITY O", None),
        ("NE VB", "NE VB", "NE VB", "JJ"),
        ("B I O", "I O", "I O", "NN"),
        ("B E FF S", "B E", "B E", "I"),
        ("O N", "N O", "N O", "X"),
    ],
)
def test_tags_are_those_that_the_run_knows(tmp_path, answers, written, read, wrong, caplog):
    words, known = tmp_path / "x.conll", knowing(tmp_path, TaggedCorpus(), answers.split())
    words.write_text("".join(f"a {tag}\n" for tag in written.split()))
    assert evaluation_rows(known, input_file=words).rows == [{"words": ("a", "a"), "tags": tuple(read.split())}]
    assert "class of its own" not in caplog.text
    words.write_text(words.read_text() + f"\nb {wrong}\n")
    if wrong:
        with pytest.raises(CorpusError, match=rf"x.conll:4: tagged '{wrong}', which the run does not know; its tags"):
            evaluation_rows(known, input_file=words)


def test_classes_are_no_tags_of_a_run_of_entities(tmp_path):
    words, known = tmp_path / "x.conll", knowing(tmp_path, TaggedCorpus(), ["O", "B-PER", "I-PER"])
    words.write_text("Ann NE\nsaw VB\n")
    with pytest.raises(CorpusError, match=r"x.conll:1: tagged 'NE', which the run does not know"):
        evaluation_rows(known, input_file=words)


def test_a_file_of_labelled_or_tagged_text_holds_its_answers(tmp_path):
    texts, words = tmp_path / "mine.csv", tmp_path / "emerging"
    texts.write_text("label,text\npos,good\nneg,bad\n")
    words.write_text("Ann I-PER\nran O\n")
    expected = [{"text": "good", "label": "pos"}, {"text": "bad", "label": "neg"}]
    found = evaluation_rows(run(LabelledCorpus()), input_file=str(texts))
    assert (found.name, found.rows) == ("mine.csv", expected)
    expected = [{"words": ("Ann", "ran"), "tags": ("B-PER", "O")}]
    found = evaluation_rows(run(TaggedCorpus(tags="chunk")), input_file=str(words))
    assert (found.name, found.rows) == ("emerging.txt", expected)
    own = TaggedCorpus(name=str(tmp_path), words=2, tags=1)
    words.write_text("Ann\n")
    with pytest.raises(CorpusError, match=r"emerging:1: no column 2"):
        evaluation_rows(run(own), input_file=str(words))
    with pytest.raises(CorpusError, match=r"gone.csv is not there"):
        evaluation_rows(run(LabelledCorpus()), input_file=str(tmp_path / "gone.csv"))


@pytest.mark.parametrize("corpus", [LabelledCorpus(), TaggedCorpus()])
@pytest.mark.parametrize("input_file", [None, "x.csv"])
def test_references_are_for_parallel_text(corpus, input_file):
    with pytest.raises(
        UsageError, match=r"'runs/mine' was trained on .* text, whose files hold .* give --input without --reference"
    ):
        evaluation_rows(run(corpus), input_file=input_file, reference_files=("y.txt",))
    with pytest.raises(UsageError, match="--input and --reference go together"):
        evaluation_rows(run(ParallelCorpus()), reference_files=("y.txt",))


def test_a_split_is_of_the_corpus_that_was_trained_on():
    for corpus in (LabelledCorpus(name="order", dev=3), TaggedCorpus(name="brackets", dev=3)):
        known = corpora.load(corpus.name, dev=3)
        examples = evaluation_rows(run(corpus, known.fingerprint), split="dev")
        assert (examples.name, examples.rows) == ("dev", known.split("dev"))
        with pytest.raises(CorpusError, match="is not what 'runs/mine' was trained on"):
            evaluation_rows(run(corpus, "another"), split="dev")


@pytest.mark.parametrize(
    ("corpus", "own"),
    [(LabelledCorpus, "--input"), (TextCorpus, "--input"), (ParallelCorpus, "--input and --reference")],
)
def test_a_corpus_that_is_not_there_is_told_with_what_to_do(tmp_path, monkeypatch, corpus, own):
    monkeypatch.chdir(tmp_path)
    for name in ("mine.tsv", "folder/mine", "mine"):
        with pytest.raises(CorpusError) as caught:
            evaluation_rows(run(corpus(name=name)))
        assert str(caught.value) == (
            f"{name} is not there: 'runs/mine' was trained on this path, relative to the folder in which it was "
            f"trained; run this there, or evaluate on your own files with {own}"
        )
    with pytest.raises(CorpusError, match=rf"gone.tsv is not there: .* on this path; put it back, or .* with {own}$"):
        evaluation_rows(run(corpus(name=str(tmp_path / "gone.tsv"))))


def test_advice_on_a_corpus_that_has_changed_is_for_the_task(tmp_path):
    for corpus, own in ((LabelledCorpus(name="order", dev=3), "--input"), (TaggedCorpus(name="brackets"), "--input")):
        with pytest.raises(CorpusError, match=rf"evaluate on your own files with {own}$"):
            evaluation_rows(run(corpus, "another"))
    with pytest.raises(CorpusError, match=r"evaluate on your own files with --input and --reference$"):
        evaluation_rows(run(ParallelCorpus(name="reverse"), "another"))


def test_columns_of_the_run_are_told_where_a_file_lacks_them(tmp_path):
    own, path = LabelledCorpus(name="mine.tsv", text="review", label=2), tmp_path / "x.tsv"
    path.write_text("text\tlabel\na\tpos\n")
    with pytest.raises(CorpusError, match="no column review") as caught:
        evaluation_rows(run(own), input_file=path)
    (note,) = caught.value.__notes__
    assert note.endswith("cannot be changed here: corpus.text is review, corpus.label is 2")
    # A file that has no columns needs none.
    path = tmp_path / "x.txt"
    path.write_text("pos a\n")
    assert evaluation_rows(run(own), input_file=path).rows == [{"text": "a", "label": "pos"}]
    assert list(evaluation_rows(run(TextCorpus(name="mine.jsonl", text="body")), input_file=path).rows) == [
        {"text": "pos a"}
    ]


def test_a_corpus_is_read_once_whatever_stands_beside_the_scores(tmp_path, monkeypatch):
    known, read = corpora.load("quotes"), []
    load = corpora.load_configured
    monkeypatch.setattr(corpora, "load_configured", lambda *args, **more: read.append(1) or load(*args, **more))
    trained = run(TextCorpus(name="quotes"), known.fingerprint)
    examples = evaluation_rows(trained)
    assert examples.train == examples.train == known.split("train")
    assert len(read) == 1
    (tmp_path / "own.txt").write_text("a text\n")
    examples = evaluation_rows(trained, input_file=tmp_path / "own.txt")
    assert examples.train == examples.train == known.split("train")
    assert len(read) == 2
    assert evaluation_rows(run(TextCorpus(name="quotes"), "another"), input_file=tmp_path / "own.txt").train is None
