"""Faulty examples of every kind of corpus: refused, the first five told and all listed, or left out and said."""

import pytest

from seqtasks import corpora
from seqtasks.errors import CorpusError, FaultsError
from seqtasks.settings import check, resolve
from seqtasks.tasks import TASKS, schema_of

# Of each form: the name of the file, an example by its number, and one that is faulty, of as many lines.
FORMS = {
    "pairs.tsv": ("parallel", "{0} a\t{0} b\n", "{0}\t \n"),
    "pairs.jsonl": ("parallel", '{{"source": "{0} a", "target": "{0} b"}}\n', '{{"source": "{0} a"}}\n'),
    "labelled.tsv": ("labelled", "{0} a\t{1}\n", "{0} a\tx\ty\n"),
    "labelled.csv": ("labelled", "{0} a,{1}\n", "{0} a\n"),
    "labelled.jsonl": ("labelled", '{{"text": "{0} a", "label": {1}}}\n', '{{"text": "{0} a", "label": null}}\n'),
    "labelled.txt": ("labelled", "{1} {0} a\n", "{1}\n"),
    "columns.conll": ("tagged", "{0} a O\nb b B-X\n\n", "{0} a O\nb I-X\n\n"),
    "words.jsonl": ("tagged", '{{"words": ["{0}"], "tags": ["O"]}}\n', '{{"words": ["{0}"], "tags": []}}\n'),
    "spans.jsonl": ("tagged", '{{"text": "{0}", "spans": []}}\n', '{{"text": "{0}", "spans": [[0, 99, "X"]]}}\n'),
    "scheme.conll": ("tagged", "{0} a O\nb b B-X\n\n", "{0} a O\nb b I-X\n\n"),
    "tags.conll": ("tagged", "{0} a O\nb b B-X\n\n", "{0} a O\nb b NN\n\n"),
    "lines.jsonl": ("text", '{{"text": "{0} a"}}\n', '{{"text": {0}}}\n'),
}


def written(path, form, *, good, bad):
    """Writes good examples and, between the first and the second, bad ones; returns the lines with faults."""
    _, example, faulty = FORMS[form]
    parts = [example.format(0, 0), *(faulty.format(n, n % 2) for n in range(bad))]
    path.write_text("".join([*parts, *(example.format(n, n % 2) for n in range(1, good))]))
    lines = example.count("\n")
    return [lines * (n + 1) + 1 for n in range(bad)]


@pytest.mark.parametrize("form", list(FORMS))
def test_five_faults_are_shown_and_all_are_kept(tmp_path, form):
    path = tmp_path / form
    lines = written(path, form, good=200, bad=120)
    with pytest.raises(FaultsError) as caught:
        corpora.load(path, kind=FORMS[form][0])
    assert str(caught.value).endswith(" (corpus.faults=skip leaves such examples out)")
    *notes, last = caught.value.__notes__
    assert last.startswith(f"and 115 more; 'seqtasks corpora {path}")
    assert last.endswith("' lists them all")
    assert len(notes) == 4
    assert len(caught.value.faults) == 120
    second = FORMS[form][0] == "tagged" and form.endswith("conll")
    for line, fault in zip(lines, caught.value.faults, strict=True):
        assert fault.startswith(f"{path}:{line + second}: ")
    assert [str(caught.value).split(" (corpus")[0], *notes] == caught.value.faults[:5]
    assert caught.value.in_full().__notes__ == caught.value.faults[1:]


@pytest.mark.parametrize("form", list(FORMS))
def test_faulty_examples_are_left_out_whole_and_said(tmp_path, caplog, form):
    kind = FORMS[form][0]
    lines = written(tmp_path / form, form, good=40, bad=4)
    corpus = corpora.load(tmp_path / form, kind=kind, faults="skip")
    (said,) = [message for message in caplog.messages if "faulty" in message]
    second = kind == "tagged" and form.endswith("conll")
    places = ", ".join(f"{tmp_path / form}:{line + second}" for line in lines[:3])
    assert said == f"4 faulty examples are left out, as corpus.faults is skip: {places}, ..."
    written(tmp_path / form, form, good=40, bad=0)
    clean = corpora.load(tmp_path / form, kind=kind)
    # The name is the same, and so are all rows.
    assert corpus.fingerprint == clean.fingerprint
    section = (
        resolve(schema_of("translate")).corpus
        if kind == "parallel"
        else next(schema().corpus for schema in map(schema_of, TASKS) if schema().corpus.kind == kind)
    )
    written(tmp_path / form, form, good=4, bad=2)
    rows = corpora.read_rows(tmp_path / form, section.model_copy(update={"faults": "skip"}))
    assert len(rows) == 4
    with pytest.raises(FaultsError) as caught:
        corpora.read_rows(tmp_path / form, section)
    assert "corpus.faults" not in str(caught.value)
    written(tmp_path / form, form, good=9, bad=7)
    with pytest.raises(FaultsError) as caught:
        corpora.read_rows(tmp_path / form, section)
    assert caught.value.__notes__[4].startswith(f"and 2 more; 'seqtasks corpora {tmp_path / form}")


@pytest.mark.parametrize("form", list(FORMS))
def test_a_file_without_a_good_example_is_refused(tmp_path, form):
    _, _, faulty = FORMS[form]
    if form in ("scheme.conll", "tags.conll", "labelled.tsv", "labelled.csv"):
        pytest.skip("nothing tells the faults of these apart, where all have them")
    (tmp_path / form).write_text("".join(faulty.format(n, n % 2) for n in range(3)))
    with pytest.raises(CorpusError, match=rf"{form}"):
        corpora.load(tmp_path / form, kind=FORMS[form][0], faults="skip")


def test_aligned_lines_are_left_out_together_but_files_of_different_length_are_refused(tmp_path, caplog):
    for split in ("train", "dev", "test"):
        (tmp_path / f"{split}.a").write_text("one\n \nthree\n")
        (tmp_path / f"{split}.b").write_text("eins\nzwei\ndrei\n")
    corpus = corpora.load(tmp_path, source="a", target="b", faults="skip")
    assert [row["source"] for row in corpus.split("train")] == ["one", "three"]
    assert "3 faulty examples are left out, as corpus.faults is skip: " in caplog.text
    (tmp_path / "dev.b").write_text("eins\n")
    with pytest.raises(CorpusError, match=r"dev.a:2: this line has no partner"):
        corpora.load(tmp_path, source="a", target="b", faults="skip")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("gone.tsv", None, "is not there"),
        ("x.tsv", b"a\tpos\n\xff\tneg\n", "x.tsv:2: byte 1"),
        ("x.tsv", b"a\n", "no column 2"),
        ("x.csv", b'a,pos\n"b,neg\n', "x.csv:2: not CSV"),
    ],
)
def test_what_is_wrong_with_a_whole_file_is_always_refused(tmp_path, name, content, said):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(CorpusError, match=said) as caught:
        corpora.load(tmp_path / name, kind="labelled", faults="skip")
    assert "corpus.faults" not in str(caught.value)


def test_rows_of_a_class_that_train_lacks_are_left_out(tmp_path, caplog):
    (tmp_path / "train.tsv").write_text("good\tpos\nbad\tneg\n")
    (tmp_path / "dev.tsv").write_text("fine\tpos\nso so\tnegg\n")
    with pytest.raises(FaultsError, match="corpus.faults=skip"):
        corpora.load(tmp_path, kind="labelled")
    assert corpora.load(tmp_path, kind="labelled", faults="skip").split("dev") == [{"text": "fine", "label": "pos"}]
    assert f"1 faulty example is left out, as corpus.faults is skip: {tmp_path}: row 2 of dev" in caplog.text


def test_faults_of_all_files_are_told_together_with_the_columns_to_list_them(tmp_path):
    for split, text in (("train", "1\ta\tO\n2\tb\n"), ("dev", "x\n"), ("test", "1\ta\tO\n\n9\n\n9\n\n8\n\n8\n")):
        (tmp_path / f"{split}.conll").write_text(text)
    (tmp_path / "dev.conll").write_text("1\ta\tO\n\n9\n")
    with pytest.raises(FaultsError) as caught:
        corpora.load(tmp_path, kind="tagged", words=2, tags=3)
    assert [fault.split(": ")[0].rpartition("/")[2] for fault in caught.value.faults] == [
        "train.conll:2",
        "dev.conll:3",
        "test.conll:3",
        "test.conll:5",
        "test.conll:7",
        "test.conll:9",
    ]
    assert caught.value.__notes__[-1] == (
        f"and 1 more; 'seqtasks corpora {tmp_path} --task ner --set corpus.words=2 --set corpus.tags=3' lists them all"
    )


@pytest.mark.parametrize(
    ("name", "content", "kind", "row"),
    [
        ("x.conll", "a \tO\n\u2600\u00a0\tB-X \n", "tagged", {"words": ("a", "\u2600"), "tags": ("O", "B-X")}),
        (
            "x.jsonl",
            '{"words": [" a", "b "], "tags": ["O", " B-X"]}\n',
            "tagged",
            {"words": ("a", "b"), "tags": ("O", "B-X")},
        ),
        ("x.jsonl", '{"text": "a", "spans": [[0, 1, " X "]]}\n', "tagged", {"words": ("a",), "tags": ("B-X",)}),
        ("x.csv", "text , label\na,pos \nb, neg\n", "labelled", {"text": "a", "label": "pos"}),
        ("x.tsv", "id\t label\ttext \n1\tpos \ta\n1\tneg\tb\n", "labelled", {"text": "a", "label": "pos"}),
        (
            "x.jsonl",
            '{"text": "a", "label": " pos "}\n{"text": "b", "label": "neg"}\n',
            "labelled",
            {"text": "a", "label": "pos"},
        ),
    ],
)
def test_a_blank_at_the_ends_of_a_word_tag_label_or_name_of_a_column_is_no_part_of_it(
    tmp_path, name, content, kind, row
):
    (tmp_path / name).write_text(content)
    section = next(schema().corpus for schema in map(schema_of, TASKS) if schema().corpus.kind == kind)
    assert corpora.read_rows(tmp_path / name, section)[0] == row


@pytest.mark.parametrize("task", sorted(TASKS))
def test_settings_written_before_there_was_such_a_setting_still_fit(task):
    values = resolve(schema_of(task)).model_dump()
    assert values["corpus"].pop("faults") == "refuse"
    assert check(schema_of(task), values) == resolve(schema_of(task))
