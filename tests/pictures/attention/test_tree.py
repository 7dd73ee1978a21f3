"""A tree with the words that each node looked at."""

import json
import re
from xml.etree import ElementTree

import numpy as np
import pytest

from seqtasks.errors import UsageError
from seqtasks.pictures import AttentionTable, as_text
from seqtasks.pictures.attention.tree import as_picture

COLUMNS = ("sort", "<b>$x$", "</s>")
ROWS = ("Call", "sorted", "<b>$x$", "(end)", "</s>")
WEIGHTS = [[0.5, 0.3, 0.2], [1, 0, 0], [0.02, 0.97, 0.01], [0, 1, 0], [0, 0, 1]]
TERMINAL = """\
Call       sort 50 %, <b>$x$ 30 %
├─ sorted  sort 100 %
└─ <b>$x$  copied; <b>$x$ 97 %"""


def table(**changes):
    facts = {
        "kind": "attention",
        "columns": COLUMNS,
        "rows": ROWS,
        "weights": WEIGHTS,
        "source": "sort <b>$x$",
        "prediction": "sorted(<b>$x$)",
        "layout": "tree",
        "fathers": (-1, 0, 0, 0, -1),
        "copied": (-1, -1, 1, -1, -1),
    }
    return AttentionTable(**{**facts, **changes})


def test_a_line_of_a_terminal_is_a_node_and_ends_are_left_out():
    assert as_text(table()) == TERMINAL
    assert max(map(len, as_text(table(), width=20).splitlines())) == 20
    nothing = table(rows=(), weights=[], fathers=(), copied=())
    assert as_text(nothing) == "(nothing was predicted)"
    for suffix in (".png", ".svg"):
        assert as_picture(nothing, suffix)


def test_a_tree_reads_back_from_json_and_has_to_be_one():
    again = AttentionTable.from_json(table().to_json())
    assert (again.fathers, again.copied, again.layout) == ((-1, 0, 0, 0, -1), (-1, -1, 1, -1, -1), "tree")
    assert again.to_json() == table().to_json()
    for wrong in ({"fathers": [-1, 1, 0, 0, -1]}, {"copied": [3, -1, -1, -1, -1]}, {"fathers": [0]}, {"copied": None}):
        with pytest.raises(UsageError, match="row [12] has the father|needs a father"):
            AttentionTable.from_json(json.dumps({**json.loads(table().to_json()), **wrong}))


def test_an_svg_has_each_node_with_its_words_and_joins_what_was_copied(tmp_path):
    table().save(tmp_path / "tree.svg")
    picture = (tmp_path / "tree.svg").read_text(encoding="utf-8")
    texts = [text.text for text in ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]
    assert texts[:7] == ["Call", "sort 50 %", "<b>$x$ 30 %", "sorted", "sort 100 %", "<b>$x$", "<b>$x$ 97 %"]
    assert texts[7:10] == list(COLUMNS)
    assert "(end)" not in texts
    # Dashes, which the edges of the tree have not.
    assert picture.count("stroke-dasharray") == 1
    assert as_picture(table(), ".png") == as_picture(table(), ".png")


def test_no_two_nodes_of_a_picture_lie_over_each_other():
    """Nor does one leave the picture: of random trees, with labels of all lengths."""
    from seqtasks.pictures.attention import tree

    chance = np.random.default_rng(4)
    for _ in range(20):
        count = int(chance.integers(1, 25))
        fathers = [-1, *(int(chance.integers(0, row)) for row in range(1, count))]
        names = tuple("n" * int(chance.integers(1, 20)) for _ in range(count))
        weights = chance.dirichlet([0.5] * 3, size=count)
        found = table(rows=names, weights=weights, fathers=fathers, copied=[-1] * count)
        children = tree.children_of(found)
        texts = {row: tree._texts(found, row) for row in range(count)}
        places, wide, deep = tree._places(children, texts, 0.6)
        boxes = [
            (x - tree._width(texts[row]) / 2, x + tree._width(texts[row]) / 2, y) for row, (x, y) in places.items()
        ]
        assert len(boxes) == count
        assert all(left > -1e-6 and right < wide + 1e-6 and y + 0.6 < deep + 1e-6 for left, right, y in boxes)
        for number, (left, right, y) in enumerate(boxes):
            assert all(y != other[2] or right <= other[0] or left >= other[1] for other in boxes[number + 1 :])


def test_a_page_nests_nodes_and_escapes_labels(tmp_path):
    table().save(tmp_path / "tree.html")
    page = (tmp_path / "tree.html").read_text(encoding="utf-8")
    nodes = re.findall(r'class="node( copied)?" dir="auto">([^<]*)<', page)
    assert nodes == [("", "Call"), ("", "sorted"), (" copied", "&lt;b&gt;$x$")]
    assert page.count("<ul>") == page.count("</ul>") - 1 == 1
    assert "<b>$x$" not in page
    assert "<summary>all weights</summary>" in page
