"""Cells: properties of hand-made texts, ranking, recording, and the verb."""

import itertools
import re

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from seqtasks import Run, training
from seqtasks.cli import main
from seqtasks.errors import UsageError
from seqtasks.laboratory.cells import read_cells, record
from seqtasks.laboratory.properties import properties_of, properties_of_pieces
from seqtasks.laboratory.ranking import rank
from seqtasks.laboratory.units import Units
from seqtasks.pictures.cells.terminal import colored
from seqtasks.runs.folder import RunFolder, settings_file
from seqtasks.settings import resolve
from seqtasks.tasks import make_task, schema_of
from seqtasks.text import EOS

LINES = ['"the cat" sat.', "a dog (no cat [1]) ran", "", "  two  spaces", "\tThe end of it", "no, don't"]
PROMPT = "the cat\nsat"
TEXT = "\n".join(itertools.islice(itertools.cycle(LINES), 90))


# Properties


def held(name, text):
    """Returns a text with `.` in place of each character that has not the property."""
    values = properties_of(text)[name]
    return "".join(character if value else "." for character, value in zip(text, values, strict=True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('say "hi" now', '...."hi.....'),
        ("don't, the dogs' 'tis o' old", "." * 28),
        ("a 'b don't c' d", "..'b don't c..."),
        ('"open\nmore\n \nnext "x"', '"open\nmore........"x.'),
        ("an 'open one\n\nnext'", "." * 19),
        ('"a \\" b" c', '"a \\" b...'),
        ('"""a "b"\n\nc""" d', '.."a "b"\n\nc.....'),
        ("“it’s” ‘it’s’ «x» „y“", "“it’s. ‘it’s. «x. „y.".replace(" ", ".")),
        ("f'a' b'' '\"' c", ".'a...'..'\"...".replace("b", ".")),
        ("", ""),
    ],
)
def test_quotes_are_told_from_apostrophes_and_end_with_their_paragraph(text, expected):
    assert held("inside quotes", text) == expected


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("a (b [c] d) e", "0011122111000"),
        ("(a [b) c]", "111220000"),
        ("([)]", "1200"),
        (":) (a\n\nb) (", "00011000001"),
        ("f(\n\n[x])", "01112210"),
        ("(((", "123"),
    ],
)
def test_brackets_nest_and_those_left_open_end_with_their_paragraph(text, depth):
    depth = np.array(list(depth), int)
    found = properties_of(text)
    np.testing.assert_array_equal(found["inside brackets"], depth > 0)
    np.testing.assert_allclose(found["depth of brackets"], depth / depth.max() if depth.max() > 1 else 0 * depth)


def test_urls_and_comments():
    text = "see https://a.org/x?y=1. And (www.b.de/c), http:// or awww.x"
    marked = properties_of(text)["inside a URL"]
    runs = ["".join(text[i] for i in run) for on, run in itertools.groupby(range(len(text)), marked.__getitem__) if on]
    assert runs == ["https://a.org/x?y=1", "www.b.de/c"]
    assert held("inside a comment", "a # b\n// c\nd // e #f\n/* g\nh */ i") == "..# b.// c.........../* g\nh */.."


def test_the_place_in_a_line_and_its_indentation():
    found = properties_of("ab\n\tc\n")
    np.testing.assert_array_equal(2 * found["position in the line"], [1, 2, 0, 1, 2, 0])
    found = properties_of("\tx\n  y\n z \n\n")
    np.testing.assert_array_equal(8 * found["indentation"], [8, 8, 0, 1, 2, 2, 0, 1, 1, 1, 0, 0])
    # Where the last line ends is not known.
    assert held("end of the line is near", "12345678\nab\ncut off") == "..345678\nab........"


def test_properties_of_characters_themselves():
    text = "Don't _x 3a É"
    assert held("upper case", text) == "D...........É"
    assert held("digit", text) == ".........3..."
    assert held("word start", text) == "D......x.3..É"


def test_a_piece_has_the_property_of_its_first_character_that_is_not_blank():
    found = properties_of_pieces([" The", "\n", "", "  ", "No"])
    np.testing.assert_array_equal(found["upper case"], [1, 0, 0, 0, 1])
    np.testing.assert_array_equal(4 * found["position in the line"], [2, 0, 0, 1, 3])
    assert all(not values.any() for values in properties_of_pieces(["", ""]).values())


@given(st.text(alphabet=st.sampled_from("ab 'A1\"(){[]}\n\t“”‘’#/*\\é\u0301") | st.characters(), max_size=60))
def test_properties_of_any_text_lie_between_0_and_1(text):
    by_character = properties_of(text)
    for name, values in properties_of_pieces(list(text)).items():
        assert values.shape == (len(text),)
        assert np.all((values >= 0) & (values <= 1))
        np.testing.assert_array_equal(values, by_character[name])


# Ranking


def test_a_unit_that_follows_quotes_is_found_first():
    random, quotes = np.random.default_rng(0), properties_of('say "hi" or "no", "go" ' * 9)["inside quotes"]
    activations = random.uniform(-1, 1, [len(quotes), 40]).astype(np.float32)
    activations[:, 37], activations[:, 5], activations[:, 6] = (
        quotes,
        0.4 - 0.1 * quotes + 0.01 * activations[:, 5],
        0.3,
    )
    found = rank(activations, quotes)
    assert found.numbers[:2].tolist() == [37, 5]
    np.testing.assert_allclose(found.correlations[:2], [1, -1], atol=0.02)
    assert found.correlations[0] == pytest.approx(1)
    for number, r in zip(found.numbers, found.correlations, strict=True):
        assert r == pytest.approx(np.corrcoef(activations[:, number], quotes)[0, 1], abs=1e-6)
    assert found.is_found


def test_chance_is_what_the_best_unit_reaches_with_the_property_shifted():
    random = np.random.default_rng(1)
    activations, values = random.normal(size=[9, 3]), random.normal(size=9)
    best = [
        max(abs(np.corrcoef(unit, np.roll(values, shift))[0, 1]) for unit in activations.T) for shift in range(1, 9)
    ]
    assert rank(activations, values).chance == pytest.approx(np.quantile(best, 0.95))


def test_noise_is_not_more_than_chance():
    random = np.random.default_rng(2)
    found = [rank(random.normal(size=[300, 50]), random.integers(0, 2, 300)).is_found for _ in range(40)]
    assert sum(found) <= 8


def test_as_few_pieces_as_can_have_a_property_are_ranked():
    found = rank(np.array([[0.0, 1.0], [0.5, 1.0]]), np.array([1.0, 0.0]))
    assert found.numbers.tolist() == [0, 1]
    np.testing.assert_allclose(found.correlations, [-1, 0])


# Recording


class Corpus:
    """A train split alone."""

    def __init__(self, text):
        self.rows = [{"text": line} for line in text.split("\n")]

    def split(self, _):
        return self.rows


def built(*overrides, text=TEXT):
    settings = ["model.units=5", "model.embedding=4", *overrides]
    task = make_task(resolve(schema_of("language-model"), overrides=settings), Corpus(text))
    for number, weight in enumerate(task.model.trainable_variables):
        weight.assign(np.random.default_rng(number).normal(0, 0.7, weight.shape))
    return task


def state_by_state(task, ids, begins):
    found, state = [], None
    for piece, begin in zip(ids, begins, strict=True):
        _, state = task.model(tf.constant([[piece]]), None if begin else state)
        layers = [np.tanh(layer[1]) if len(layer) == 2 else layer[0].numpy() for layer in state]
        found.append(np.concatenate(layers, axis=1)[0])
    return np.array(found)


@pytest.mark.parametrize(
    "cell", [["lstm"], ["lstm", "model.layers=2"], ["gru", "model.layers=2"], ["rnn", "model.activation=relu"]]
)
def test_activations_are_the_states_that_the_model_goes_through(cell):
    cell, *more = cell
    task = built(f"model.cell={cell}", *more)
    ids = np.random.default_rng(0).integers(EOS, task.text.pieces.size, 30)
    begins = np.arange(30) % 13 == 0
    np.testing.assert_allclose(record(task.model, ids, begins), state_by_state(task, ids, begins), rtol=0, atol=1e-5)


def test_a_text_is_read_on_and_on():
    task = built("model.layers=2")
    cells = read_cells(task, Corpus(TEXT).rows, length=80)
    assert "".join(cells.pieces) == TEXT[:80]
    ids = [EOS, *(EOS if piece == "\n" else int(task.text.pieces.encode([piece]).values[0]) for piece in cells.pieces)]
    wanted = state_by_state(task, ids, np.arange(81) == 0)[1:]
    np.testing.assert_allclose(cells.activations, wanted, rtol=0, atol=1e-5)
    assert (cells.layers, cells.units, cells.cell) == (2, 5, "lstm")
    assert [cells.place(number) for number in (0, 4, 5)] == [(1, 1), (1, 5), (2, 1)]
    assert set(cells.rankings).isdisjoint(cells.absent) and "inside a URL" in cells.absent
    assert set(cells.rankings) | set(cells.absent) == set(cells.properties)


def test_lines_that_stand_for_themselves_begin_anew_and_so_do_parts_of_long_ones():
    task = built("training.chunk=null", "text.max_length=4")
    cells = read_cells(task, [{"text": "the cat"}, {"text": "no"}, {"text": "the dog"}])
    text = "the cat\nno\nthe dog\n"
    assert "".join(cells.pieces) == text
    # EOS, the cat, EOS, no, EOS, the dog, EOS
    begins = [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]
    ids = [EOS, *(EOS if piece == "\n" else int(task.text.pieces.encode([piece]).values[0]) for piece in text)]
    np.testing.assert_allclose(cells.activations, state_by_state(task, ids, begins)[1:], rtol=0, atol=1e-5)
    examples = task.examples([{"text": "the cat"}])
    assert examples.batch(np.arange(2))[0][:, 0].tolist() == [ids[0], ids[4]]


@pytest.mark.parametrize("kind", ["words", "subwords"])
def test_pieces_are_written_as_the_text_is(kind):
    lines = ["  The (cat) don't", "", "sat, 7 mats!"] * 30
    task = built(f"text.kind={kind}", "text.size=40", text="\n".join(lines))
    cells = read_cells(task, Corpus("\n".join(lines)).rows, length=60)
    wanted = "The (cat) don't\n\nsat, 7 mats!\n" * 30
    assert len(cells.pieces) == 60
    assert wanted.startswith("".join(cells.pieces))
    assert "inside brackets" in cells.rankings


def test_a_text_without_properties_has_no_rankings():
    task = built()
    cells = read_cells(task, [{"text": ""}])
    assert (cells.pieces, cells.rankings, colored(cells, width=9)) == (("\n",), {}, "")
    with pytest.raises(UsageError, match="received 0"):
        read_cells(task, [{"text": ""}], length=0)


# Single units


@pytest.mark.parametrize("cell", ["lstm", "gru", "mingru"])
def test_a_unit_that_is_held_has_its_value_whatever_is_read_and_no_other_way_of_writing_changes(cell):
    task = built(f"model.cell={cell}", "model.layers=2")
    units = Units(task)
    ids = task.generator.given([PROMPT])[0].numpy()[0]
    pieces, values = units.follow(PROMPT, 2, 3)
    assert "".join(pieces).replace("▁", " ").strip() == "the cat</s>sat"
    wanted = state_by_state(task, ids, ids == 0)[1:, 7]
    np.testing.assert_allclose(values, wanted / max(1, abs(wanted).max()), atol=1e-5)

    before = "".join(task.write(PROMPT, length=40, seed=3))
    held, state = units.held(2, 3, -0.75), task.model.zero_state(1)
    free = state
    for piece in [EOS, *ids[1:]]:
        logits, state = task.model.step(tf.constant([piece]), state, held=held)
        wanted, free = task.model.step(tf.constant([piece]), free)
        assert state[1][0][0, 2] == -0.75
        assert float(task.model.encoder.activations(state)[0, 7]) == pytest.approx(-0.75, abs=1e-5)
        # What lies below does not notice, the logits do.
        np.testing.assert_array_equal(state[0][0], free[0][0])
        assert np.abs(logits - wanted).max() > 1e-4
    assert "".join(task.write(PROMPT, length=40, seed=3, held=units.held(2, 3, 1.0))) != before
    assert "".join(task.write(PROMPT, length=40, seed=3)) == before


@pytest.mark.parametrize(
    ("layer", "unit", "value", "named"),
    [
        (0, 1, 0, "layer"),
        (2, 1, 0, "layer"),
        (None, 1, 0, "layer"),
        (1, 6, 0, "unit"),
        (1, 1.5, 0, "unit"),
        (1, 1, 1.5, "value"),
        (1, 1, float("nan"), "value"),
        (1, 1, None, "value"),
    ],
)
def test_a_unit_or_a_value_that_is_none_is_refused(layer, unit, value, named, units):
    with pytest.raises(UsageError, match=f"{named}: received .*; allowed: "):
        units.held(layer, unit, value)


@pytest.fixture(scope="module")
def units():
    return Units(built())


# The verb


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cells")
    (folder / "text.txt").write_text(TEXT, encoding="utf-8")
    overrides = ["model.units=6", "model.embedding=5", "training.epochs=1", "training.batch_size=14"]
    overrides += ["training.sample_every=0", "corpus.dev=0.1", "corpus.test=0.3"]
    corpus = str(folder / "text.txt")
    prepared = training.prepare("language-model", corpus=corpus, overrides=overrides, run=folder / "run")
    return training.train(prepared).path


@pytest.fixture
def call(capsys):
    """Runs the command line: (exit code, standard output, standard error)."""

    def run(*arguments):
        with pytest.raises(SystemExit) as leaving:
            main([str(argument) for argument in arguments])
        return leaving.value.code, *capsys.readouterr()

    return run


def test_the_verb_prints_the_table_of_the_test_split_or_of_a_file(run, call, tmp_path):
    code, out, err = call("cells", run)
    assert (code, err) == (0, "")
    assert re.search(r"^inside brackets +\d\.\d\d +\(?1\.\d [+-]\d\.\d\d", out, re.MULTILINE)
    assert "\x1b" not in out and "best of 6\n" in out
    path = tmp_path / "mine.txt"
    path.write_text("one (two) three\n" * 9, encoding="utf-8")
    code, out, err = call("cells", run, "--input", path, "--length", "100")
    assert (code, err) == (0, "")
    assert "\n100 pieces" in out and "constant in this text: inside quotes, depth of brackets, inside a" in out


def test_a_terminal_gets_colors_unless_it_wants_none(run, call, monkeypatch):
    monkeypatch.setattr("seqtasks.cli.looking.sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[48;2;" in call("cells", run, "--length", "200")[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in call("cells", run, "--length", "200")[1]


def test_colored_lines_keep_to_the_width_and_hide_nothing():
    cells = read_cells(built(), [{"text": "\x1b[31m tab\there, \u202e (long) lines are broken"}] * 30)
    rows = colored(cells, width=16).split("\n")[1:]
    plain = [re.sub(r"\x1b\[[\d;]*m", "", row) for row in rows]
    assert len(rows) == 20
    assert plain[0] == r"\x1b[31m tab    "
    assert all(len(row) <= 16 for row in plain)
    assert r"\u202e" in "".join(plain)


def test_the_verb_writes_a_page_and_prints_its_path(run, call, tmp_path):
    path = tmp_path / "new" / "cells.HTML"
    assert call("cells", run, "--output", path) == (0, f"{path}\n", "")
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_bad_input_is_refused_in_one_line_before_anything_is_loaded(run, call, tmp_path, monkeypatch):
    def load():
        raise AssertionError("TensorFlow is loaded")

    monkeypatch.setattr("seqtasks.cli.looking.load_tensorflow", load)
    (tmp_path / "empty.txt").touch()
    (tmp_path / "latin.txt").write_bytes(b"one\ncaf\xe9\n")
    exported = tmp_path / "exported"
    exported.mkdir()
    (exported / "saved_model.pb").touch()
    other = tmp_path / "other"
    (other / "text").mkdir(parents=True)
    (other / "settings.yaml").write_text(settings_file(resolve(schema_of("sentiment"))), encoding="utf-8")
    (other / "probes.json").write_text("[]", encoding="utf-8")
    manifest = RunFolder(run).path / "manifest.json"
    manifest = manifest.read_text(encoding="utf-8").replace("language-model", "sentiment")
    (other / "manifest.json").write_text(manifest, encoding="utf-8")
    for arguments, message in (
        ([run, "--input", tmp_path / "empty.txt"], "empty.txt is empty"),
        ([run, "--input", tmp_path / "none.txt"], "none.txt is not there"),
        ([run, "--input", tmp_path / "latin.txt"], "latin.txt:2: byte 4 of the line, 0xe9, is not UTF-8"),
        ([run, "--input", tmp_path], "is a folder; give one file"),
        ([run, "--output", "a.png"], "ends in '.png'; allowed: .html"),
        ([other], "showing cells needs a language-model run, but"),
        ([exported], "is an exported model"),
        ([tmp_path / "nowhere"], "no run at"),
        ([run, "--length", "0"], "'--length'"),
        (["sample", other], "sampling needs a language-model run, but"),
        (["sample", exported], "is an exported model"),
        (["gradients", run, other], "gradient flow needs a language-model run, but"),
        (["gradients", exported, "--check"], "is an exported model"),
        (["gradients", run, "--check", "--steps", "9"], "cannot be combined with --steps, --untrained or --output"),
    ):
        verb = [] if arguments[0] in ("sample", "gradients") else ["cells"]
        code, out, err = call(*verb, *arguments)
        assert (code, out) == (2, "")
        assert message in err and "Traceback" not in err
    with pytest.raises(UsageError, match="is a sentiment run"):
        Run(RunFolder(other)).cells()


def test_a_run_reads_a_string_or_its_test_split(run):
    loaded = Run(RunFolder(run))
    cells = loaded.cells('a "cat"\n')
    assert "".join(cells.pieces) == 'a "cat"\n\n'
    assert TEXT.endswith("".join(loaded.cells().pieces).removesuffix("\n"))
    with pytest.raises(UsageError, match="text 1 is int"):
        loaded.cells(7)
