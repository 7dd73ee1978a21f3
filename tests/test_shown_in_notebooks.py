"""What results show of themselves in a notebook: whole, escaped, without scripts; and the bar of a training."""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from seqtasks import Exported
from seqtasks.evaluation import Comparison, Evaluation, GroupEvaluation
from seqtasks.laboratory.cells import Cells
from seqtasks.laboratory.flow import Flow, Flows
from seqtasks.laboratory.ranking import rank
from seqtasks.pictures import notebook
from seqtasks.runs.history import History
from seqtasks.scores import Score
from seqtasks.tasks.answer import Answer
from seqtasks.tasks.fill.answer import Filling
from seqtasks.tasks.ner.answer import tagging
from seqtasks.tasks.sentiment.answer import Classification
from seqtasks.training.events import EpochDone, SampleDrawn, StepDone
from seqtasks.training.notebook import NotebookProgress, progress_here

ODD = "<script>alert('\"&')</script> \u202eשלום\u0000\ud800"
SHOWN = "<script>alert('\"&')</script> \\u202eשלום\\x00\\ud800"
_VOID = ("img", "br", "hr")


class Fragment(HTMLParser):
    """A piece of HTML: its text, its attributes, and whether each element that begins also ends."""

    def __init__(self, content):
        super().__init__()
        self.text, self.attributes, self.opened, self.tags = "", [], [], set()
        self.feed(content)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += attributes
        if tag not in _VOID:
            self.opened.append(tag)

    def handle_endtag(self, tag):
        assert self.opened.pop() == tag

    def handle_data(self, data):
        self.text += data


def fragment_of(value):
    """Returns what a value shows, checked: it stands alone, runs nothing, and can be written as UTF-8."""
    found = Fragment(value._repr_html_())
    found.text.encode()
    assert not found.opened
    assert not found.tags & {"script", "style", "link", "iframe", "html", "body"}
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    for name, value in found.attributes:
        assert name not in ("src", "href") or value.startswith("data:"), value
        assert "url(" not in (value or "")
    return found


def marks_of(found):
    """Returns the text of a fragment with runs of space as one."""
    return " ".join(found.text.split())


def test_an_answer_shows_its_alternatives_and_what_was_not_read():
    found = fragment_of(Answer(ODD, -1.5, ((ODD, -1.5), ("b\n c", -2.0)), cut=True, unknown=0.7))
    assert found.text.count(SHOWN) == 2 and "b\n c" in found.text
    assert "-1.5000" in found.text and "-2.0000" in found.text
    assert "its end was not read" in found.text and "70% of it is not in the vocabulary" in found.text
    assert ("dir", "auto") in found.attributes
    checked = fragment_of(Answer("", 0.0, (), cut=False, unknown=0.25))
    assert marks_of(checked) == "Read, not answered: 25% of it is not in the vocabulary."


@pytest.mark.parametrize("kind", [Classification, Filling])
def test_probabilities_are_bars(kind):
    found = fragment_of(kind(ODD, 0.75, ((ODD, 0.75), ("b", 0.25)), cut=False, unknown=0.0))
    assert f"{SHOWN}75.0 %b25.0 %" in found.text
    widths = re.findall(r"width: ([\d.]+)%", str(found.attributes))
    assert widths == ["75.0", "25.0"]


def test_entities_are_marked_in_the_text():
    text = "<b> Ada \ud83d\ude00 \U0001f600, Bonn!"
    words, places = ["<b>", "Ada", "Bonn", "!"], [0, text.index("Ada"), text.index("Bonn"), len(text) - 1]
    tags, ends = ["O", "B-PER", "B-<LOC>", "O"], [3, text.index("Ada") + 3, text.index("Bonn") + 4, len(text)]
    answer = tagging(text, words, tags, places, ends, [0.9, 0.8, 0.7, 0.9], unknown=0.0)
    found = fragment_of(answer)
    assert "mark" in found.tags
    assert found.text == "<b> AdaPER 80% \\ud83d\\ude00 \U0001f600, Bonn<LOC> 70%!"
    plain = tagging("a b", ["a", "b"], ["DT", "NN"], [0, 2], [1, 3], [0.5, 0.6], unknown=0.0)
    assert fragment_of(plain).text == "aDT 50% bNN 60%"
    assert fragment_of(tagging("a b", ["a", "b"], ["O", "O"], [0, 2], [1, 3], [0.5, 0.6], unknown=0.0)).text == "a b"
    # Other kinds have other colours, the same ones in each notebook.
    colors = re.findall(r"hsl\((\d+) ", answer._repr_html_())
    assert len(set(colors)) == 2


def test_an_evaluation_shows_intervals_signatures_parts_and_classes():
    scores = [Score("accuracy", 91.25, 90.0, 92.5, "a|n:3"), Score("perplexity", 4.0, None, None, "p")]
    slices = [{"by": "words", "score": "accuracy", "parts": {"1-5": {"examples": 1234, "value": 50.0}}}]
    classes = [{"class": ODD, "precision": 1.0, "recall": 2.0, "f1": 3.0, "predicted": 4, "support": 5}]
    one = Evaluation(
        "sentiment", "<run>", "test", 3, 5.0, scores, [("bag", scores[0])], slices, classes, Path("runs/a/p.txt")
    )
    found = fragment_of(one)
    assert "accuracy91.290.0 to 92.5a | n:3perplexity4.00p" in found.text
    assert "accuracy of a bag91.290.0 to 92.5" in found.text
    assert "wordsaccuracyexamples1-550.01,234" in found.text
    assert f"{SHOWN}1.02.03.054" in found.text and "runs/a/p.txt" in found.text and "<run>" in found.text
    group = fragment_of(GroupEvaluation("<group>", [one, one]))
    assert "accuracy91.2 ± 0.0 over 2 seeds" in group.text and group.text.count("<run>") == 4


def test_a_comparison_shows_chances():
    shared = {"score": "BLEU", "low": 1.0, "high": 2.0, "signature": "s|t"}
    first = {**shared, "system": ODD, "value": 1.5, "bootstrap_p": None, "randomization_p": None}
    second = {**shared, "system": "b", "value": 1.6, "bootstrap_p": 0.01234, "randomization_p": 0.5}
    found = fragment_of(Comparison([first, second]))
    assert f"BLEU{SHOWN}1.51.0 to 2.0baselineBLEUb1.61.0 to 2.00.01230.5000" in found.text
    assert found.text.endswith("BLEU: s | t")
    seeds = {**second, "runs": 3, "deviation": 0.25}
    del seeds["randomization_p"]
    assert "BLEUb1.6 ± 0.2 over 3 seeds" in fragment_of(Comparison([seeds])).text


def test_curves_are_pictures_with_their_numbers():
    epochs = [{"epoch": n, "loss": 1 / n, "dev": 50.0 * n, "seconds": 61 * n} for n in (1, 2)]
    found = fragment_of(History(epochs, "BLEU", lower_is_better=False))
    assert "11.00050.01:0120.500100.02:02" in found.text and "img" in found.tags
    assert "No epoch" in fragment_of(History([], "score", lower_is_better=False)).text
    norms = np.array([1e-3, 1e-2, 1e-1])
    flows = Flows([Flow("runs/<a>", norms, norms * 2, None), Flow("b", norms, None, norms * 9)])
    found = fragment_of(flows)
    assert "img" in found.tags
    assert "runs/<a>  dL/dh1.0e-011.0e-021.0e-03" in found.text and "b  bound9.0e-01" in found.text
    assert "runs/<a>  dL/dc2.0e-01" in found.text and "b  dL/dc" not in found.text


def test_cells_show_the_text_in_the_colours_of_the_best_unit(tmp_path):
    pieces = tuple('say "hi" <b>\n' * 20)
    inside = np.array(([0] * 4 + [1] * 4 + [0] * 5) * 20, float)
    values = np.random.default_rng(0).uniform(-0.1, 0.1, [len(pieces), 3])
    values[:, 1] = 1 - 2 * inside
    cells = Cells(
        "gru", 3, pieces, values, {"inside quotes": inside}, ("digit",), {"inside quotes": rank(values, inside)}
    )
    found = fragment_of(cells)
    assert "inside quotes: layer 1 unit 2, r = -1.00" in found.text and "constant in this text: digit" in found.text
    assert "".join(pieces) in found.text
    html = cells._repr_html_()
    # Pieces of the same shade are one element.
    assert html.count(">&quot;hi&quot;<") == 20
    assert html.count("rgb(88 150 230 / 1)") == 20
    cells.save(tmp_path / "cells.html", title="<title>")
    assert "cells: &lt;title&gt;" in (tmp_path / "cells.html").read_text(encoding="utf-8")


class Screen:
    """Stands for IPython: what a notebook shows of an object, by display; a display is updated in its place."""

    def __init__(self, **attributes):
        self.shell, self.shown = SimpleNamespace(**attributes), []

    def get_ipython(self):
        return self.shell

    def display(self, value, *, display_id):
        assert display_id is True
        self.shown.append([value._repr_html_()])
        screen = self.shown[-1]
        return SimpleNamespace(update=lambda value: screen.append(value._repr_html_()))


@pytest.fixture
def screen(monkeypatch):
    screen = Screen(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=screen.get_ipython))
    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=screen.display))
    return screen


def test_progress_is_one_bar_that_becomes_one_line(screen, monkeypatch):
    monkeypatch.setattr("seqtasks.training.notebook._SECONDS", 0)
    progress = progress_here()
    progress(StepDone(epoch=1, epochs=2, step=5, steps=20, loss=1.5, speed=0.0, seconds_left=0.0))
    progress(StepDone(epoch=1, epochs=2, step=10, steps=20, loss=1.25, speed=1234.0, seconds_left=61.0))
    progress(SampleDrawn(step=10, loss=1.0, text="<i>"))
    progress(EpochDone({"epoch": 1, "loss": 1.0, "dev": 50.0, "seconds": 3}, [], "BLEU"))
    bar = Fragment(screen.shown[0][-1])
    assert ("value", "0.5000") in bar.attributes and "<i>" in bar.text
    assert "epoch 1 of 2, step 10 of 20, loss 1.250, 1,234 tokens a second, 1:01 left" in bar.text
    assert "epoch 1: loss 1.000, dev BLEU 50.0" in repr(progress)
    best = {"name": "dev BLEU", "value": 50.0, "epoch": 1}
    progress.done(SimpleNamespace(path="runs/<a>", manifest={"best": best, "epochs": 2, "training_seconds": 62}))
    assert len(screen.shown) == 1 and len(screen.shown[0]) == 5
    last = fragment_of(progress)
    assert last.text == "runs/<a>: 1:02 for 2 epochs, best dev BLEU 50.0 in epoch 1" == repr(progress)
    assert "progress" not in last.tags and last.text in Fragment(screen.shown[0][-1]).text


def test_a_notebook_is_not_flooded(screen):
    progress = NotebookProgress()
    for step in range(1, 1000):
        progress(StepDone(epoch=1, epochs=1, step=step, steps=1000, loss=1.0, speed=1.0, seconds_left=1.0))
    assert len(screen.shown) == 1 and len(screen.shown[0]) < 100


@pytest.mark.parametrize("module", [None, Screen(), Screen(kernel=None)])
def test_there_is_no_bar_outside_a_notebook(module, monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", module)
    assert progress_here() is None


def test_an_exported_model_shows_where_it_came_from():
    facts = {"task": "ner", "corpus": {"name": ODD, "licence": "CC <0>"}, "run": "runs/<a>", "decoding": "crf"}
    found = fragment_of(Exported(SimpleNamespace(path=Path("saved/<model>"), facts=facts)))
    assert "exported modelsaved/<model>taskner" in found.text and f"corpus{SHOWN}licenceCC <0>" in found.text


def test_markup_is_not_escaped_again_and_all_else_is():
    assert notebook.shown(notebook.shown("<")) == "&lt;"
    assert Fragment(notebook.table((), [("<a>", 1)])).text == "<a>1"
