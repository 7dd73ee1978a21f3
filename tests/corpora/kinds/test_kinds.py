"""A kind of corpus is one object: no other file knows it by name or by the keys of its rows, and a new one works."""

import ast
from pathlib import Path
from types import SimpleNamespace

import pytest

import seqtasks
from seqtasks import corpora
from seqtasks.cli import cards
from seqtasks.corpora.faults import collecting
from seqtasks.corpora.kinds import DEFAULT, KINDS
from seqtasks.corpora.kinds.kind import Column, Kind
from seqtasks.errors import CorpusError
from seqtasks.evaluation import evaluation_rows
from seqtasks.images.image import Image

PACKAGE = Path(seqtasks.__file__).parent
NAMES = set(KINDS)
# Those that are not also names of layouts, tasks and other things.
PLAIN = NAMES - {"text", "code"}
PARTS = {part for kind in KINDS.values() for part in kind.parts}


def constants(node):
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def mentions(node, word):
    """Tells whether a name or an attribute is `word`."""
    return any(word in (getattr(one, "id", None), getattr(one, "attr", None)) for one in ast.walk(node))


def decisions(source):
    """Returns the lines that decide by the name of a kind or by the keys of a row.

    "text" is the name of a layout and of other things too, and "series" that of a layout and of a task.
    """
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Compare(left, ops, comparators):
                literals = constants(left).union(*map(constants, comparators))
                by_name = literals & (NAMES if mentions(node, "kind") else PLAIN)
                by_key = any(isinstance(op, ast.In | ast.NotIn) for op in ops) and mentions(comparators[-1], "row")
                is_decision = by_name or (by_key and constants(left) & PARTS)
            case ast.Match(subject, cases):
                is_decision = mentions(subject, "kind") and constants(ast.Module(cases, [])) & NAMES
            case ast.Dict(keys):
                literals = {key.value for key in keys if isinstance(key, ast.Constant)}
                is_decision = len(literals & NAMES) > 1 and bool(literals & PLAIN)
            case ast.Call(ast.Attribute(ast.Name("row"), "get")):
                is_decision = constants(node) & PARTS
            case _:
                is_decision = False
        if is_decision:
            found.append(node.lineno)
    return found


def test_no_other_file_decides_by_the_kind():
    kinds = PACKAGE / "corpora" / "kinds"
    found = {
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in PACKAGE.rglob("*.py")
        if kinds not in path.parents
        for line in decisions(path.read_text(encoding="utf-8"))
    }
    assert found == set()


@pytest.mark.parametrize(
    "line",
    [
        "if section.kind != 'text': pass",
        "if kind in ('parallel', 'other'): pass",
        "x = 'tagged' == y",
        "x = {'labelled': 1, 'text': 2}[corpus.kind]",
        "if 'source' in row: pass",
        "x = row.get('targets', ())",
        "x = any('tags' not in row for row in rows)",
        "match corpus.kind:\n    case 'text': pass",
    ],
)
def test_a_decision_is_seen(line):
    assert decisions(line) == [1]


@pytest.mark.parametrize("name", list(KINDS))
def test_every_kind_says_what_it_is(name):
    kind = KINDS[name]
    assert kind.name == name
    assert kind.what
    assert kind.forms
    assert kind.inputs.endswith("s")
    assert set(kind.held_out) == {"dev", "test"}
    assert all(isinstance(column, Column) and column.usual for column in kind.columns.values())
    assert sum(column.of_rows for column in kind.columns.values()) == len(kind.parts)
    assert set(kind.parts.values()) <= {str, tuple, Image}
    assert DEFAULT == "parallel"


@pytest.mark.parametrize("name", ["reverse", "order", "brackets", "quotes"])
def test_rows_are_what_their_kind_says(name):
    corpus = corpora.load(name)
    kind = KINDS[corpus.kind]
    for row in corpus.split("test")[:50]:
        assert {key: type(value) for key, value in row.items()} == kind.parts
        assert kind.faults_of(row, lambda part: "here") == []
        assert isinstance(kind.input(row), str)
        assert kind.input(row) in next(iter(kind.texts(row).values()))
        assert list(kind.sentence_keys(row)) == list(kind.texts(row))
        assert len(kind.answers(row)) == len(kind.parts) - 1
        assert kind.shown(row).startswith(row.get("text", "")) and "\n" not in kind.shown(row)
    assert kind.grouped(corpus.split("dev")) == corpus.split("dev")
    assert kind.fingerprint(corpus.splits) == corpus.fingerprint


@pytest.mark.parametrize("name", list(KINDS))
def test_kinds_without_references_read_none(name):
    if not KINDS[name].has_references:
        with pytest.raises(NotImplementedError, match="has no references"):
            KINDS[name].read_with_references("x", ["y"])


class Squares(Kind):
    """Rows `{"root": int, "square": int}`, a line of two numbers each."""

    name = "squares"
    what = "squares of numbers"
    parts = {"root": int, "square": int}
    columns = {"root": Column(("root",)), "square": Column(("square",))}
    held_out = {"dev": 5, "test": 5}
    forms = ".num: a number and its square"
    suffixes = (".num",)
    inputs, outputs = "roots", "squares"

    def texts(self, row):
        return {}

    def sentence_keys(self, row):
        return {"number": [abs(row["root"])]}

    def faults_of(self, row, place):
        wrong = row["root"] ** 2 != row["square"]
        return [(place(0), f"{place(0)}: {row['square']} is not the square of {row['root']}")] if wrong else []

    def read_file(self, path, *, root=None, square=None, faults=None, known=()):
        lines = [[int(word) for word in line.split()] for line in path.read_text().splitlines()]
        examples = (
            ({"root": line[int(root or 1) - 1], "square": line[int(square or 2) - 1]}, lambda part, n=n: f"{path}:{n}")
            for n, line in enumerate(lines, start=1)
        )
        with collecting(faults) as faults:
            return [row for row, _ in self.sound(examples, faults)]


@pytest.fixture
def squares(tmp_path, monkeypatch):
    """The path of a file of a fifth kind."""
    monkeypatch.setitem(KINDS, "squares", Squares())
    path = tmp_path / "mine.num"
    path.write_text("".join(f"{n} {n * n}\n{-n} {n * n}\n" for n in range(1, 31)))
    return path


def test_a_fifth_kind_is_loaded_and_split_and_has_a_fingerprint(squares):
    corpus = corpora.load(squares, kind="squares", test=3)
    assert {name: len(rows) for name, rows in corpus.splits.items()} == {"train": 54, "dev": 4, "test": 2}
    roots = {name: {abs(row["root"]) for row in rows} for name, rows in corpus.splits.items()}
    assert sum(map(len, roots.values())) == len(set.union(*roots.values())) == 30
    assert (corpus.kind, corpus.languages) == ("squares", ())
    assert corpora.load(squares, kind="squares", test=3).fingerprint == corpus.fingerprint
    assert corpora.load(squares, kind="squares", seed=5).fingerprint != corpus.fingerprint
    turned = squares.with_name("turned.num")
    turned.write_text("".join(f"{n * n} {n}\n" for n in range(30)))
    assert corpora.load(turned, kind="squares", root=2, square=1).split("dev")[0].keys() == {"root", "square"}


def test_a_fifth_kind_may_come_in_a_folder_and_in_shards(squares):
    for name, content in (("train-00000-of-00002", "1 1\n"), ("train-00001-of-00002", "2 4\n"), ("valid", "3 9\n")):
        (squares.parent / f"{name}.num").write_text(content)
    (squares.parent / "test.txt").write_text("4 16\n")
    corpus = corpora.load(squares.parent, kind="squares")
    assert corpus.splits["train"] == [{"root": 1, "square": 1}, {"root": 2, "square": 4}]
    assert corpus.splits["dev"] == [{"root": 3, "square": 9}]
    assert "test" not in corpus.splits


def test_a_fifth_kind_is_reported(squares):
    (squares.parent / "train.num").write_text("1 1\n2 4\n1 1\n")
    (squares.parent / "dev.num").write_text("-2 4\n9 81\n")
    report = corpora.report(corpora.load(squares.parent, kind="squares"))
    train = report.splits["train"]
    assert (train.rows, train.inputs, train.answers, train.duplicates, train.words) == (3, 2, 3, 1, {})
    assert report.overlaps == {"dev": {"number": 1}}
    assert report.problems == [
        "train: 1 repeated row",
        "dev: 1 of 2 rows have their number in train too",
        "there is no test split",
    ]
    card = cards.corpus(report, None)
    assert f"{squares.parent}, squares of numbers\n" in card
    assert "train         3 rows, 2 roots\n  duplicates  1\n" in card
    assert "sample        2  ->  4\n" in card
    assert "  of squares of numbers  .num: a number and its square\n" in cards.corpora({})


def test_what_is_wrong_with_a_fifth_kind_is_refused(squares, caplog):
    squares.write_text(squares.read_text() + "5 24\n")
    with pytest.raises(CorpusError, match=r"mine.num:61: 24 is not the square of 5 \(corpus.faults=skip leaves"):
        corpora.load(squares, kind="squares")
    assert sum(map(len, corpora.load(squares, kind="squares", faults="skip").splits.values())) == 60
    assert "mine.num:61" in caplog.text
    (squares.parent / "mine.txt").write_text("1 1\n")
    with pytest.raises(CorpusError, match="is neither a folder nor a .num file .* as squares of numbers must be"):
        corpora.load(squares.parent / "mine.txt", kind="squares")
    with pytest.raises(CorpusError, match="corpus.label is no setting of squares of numbers, which has root, square"):
        corpora.load(squares, kind="squares", label=1)
    with pytest.raises(CorpusError, match="no corpus 'some'; there are tfds:NAME and .* of squares of numbers"):
        corpora.load("some", kind="squares")


def test_a_file_of_a_fifth_kind_is_evaluated_on(squares):
    section = SimpleNamespace(kind="squares", name=str(squares), faults="refuse", root=1, square=None)
    run = SimpleNamespace(path="runs/mine", settings=SimpleNamespace(corpus=section))
    examples = evaluation_rows(run, input_file=squares)
    assert (examples.name, len(examples.rows)) == ("mine.num", 60)
