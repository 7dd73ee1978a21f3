"""Your own files as rows to evaluate on: sources with references, or labelled and tagged text with its answers."""

from types import SimpleNamespace

import pytest

from seqtasks.errors import CorpusError, UsageError
from seqtasks.evaluation import evaluation_rows
from seqtasks.settings.sections import LabelledCorpus, ParallelCorpus, TaggedCorpus


def run(corpus, fingerprint=""):
    manifest = {"corpus": {"fingerprint": fingerprint}}
    return SimpleNamespace(path="runs/mine", settings=SimpleNamespace(corpus=corpus), manifest=manifest)


def test_a_file_of_labelled_or_tagged_text_holds_its_answers(tmp_path):
    texts, words = tmp_path / "mine.csv", tmp_path / "emerging"
    texts.write_text("label,text\npos,good\nneg,bad\n")
    words.write_text("Ann I-PER\nran O\n")
    expected = [{"text": "good", "label": "pos"}, {"text": "bad", "label": "neg"}]
    assert evaluation_rows(run(LabelledCorpus()), input_file=str(texts)) == ("mine.csv", expected)
    expected = [{"words": ("Ann", "ran"), "tags": ("B-PER", "O")}]
    assert evaluation_rows(run(TaggedCorpus(tags="chunk")), input_file=str(words)) == ("emerging.txt", expected)
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
        UsageError, match=r"--reference is for parallel text, but 'runs/mine' is of .* give --input alone"
    ):
        evaluation_rows(run(corpus), input_file=input_file, reference_files=("y.txt",))
    with pytest.raises(UsageError, match="--input and --reference go together"):
        evaluation_rows(run(ParallelCorpus()), reference_files=("y.txt",))


def test_a_split_is_of_the_corpus_that_was_trained_on():
    from seqtasks import corpora

    for corpus in (LabelledCorpus(name="order", dev=3), TaggedCorpus(name="brackets", dev=3)):
        known = corpora.load(corpus.name, dev=3)
        name, rows = evaluation_rows(run(corpus, known.fingerprint), split="dev")
        assert (name, rows) == ("dev", known.split("dev"))
        with pytest.raises(CorpusError, match="is not what 'runs/mine' was trained on"):
            evaluation_rows(run(corpus, "another"), split="dev")
