"""Series with shaded ground: what is drawn of values and weights, in every form."""

import re

import numpy as np
import pytest

from seqtasks.errors import UsageError
from seqtasks.pictures.attention import traces
from seqtasks.pictures.attention.page import as_html
from seqtasks.pictures.attention.table import AttentionTable
from seqtasks.pictures.attention.terminal import as_text

STEPS = ("0,7", "2,7", "nan,7", "4,7")


def table(**changes):
    facts = {
        "kind": "attribution",
        "columns": STEPS,
        "rows": ("up", "a <b>"),
        "weights": [[0.5, 0, -0.25, 0.1], [0, 0, 0, 1]],
        "source": " ".join(STEPS),
        "prediction": "up up up a<b>",
        "layout": "series",
        "channels": ("x", "$y$"),
        "spans": ((0, 3), (3, 4)),
    }
    return AttentionTable(**{**facts, **changes})


def test_channels_fill_their_strips_and_missing_values_are_gaps():
    np.testing.assert_allclose(traces.lanes_of(table()), [[0, 0.5, np.nan, 1], [0.5] * 4])
    page = as_html(table())
    svgs = re.findall("<svg.*?</svg>", page, re.DOTALL)
    assert len(svgs) == 2
    # Two stretches of x, one of y, and the ends of the row's own steps.
    assert [svg.count("<polyline") for svg in svgs] == [3, 3]
    assert [svg.count("<rect") for svg in svgs] == [4, 4]
    assert 'd="M0.00 0V44M750.00 0V44"' in svgs[0]
    assert re.findall('class="against"[^>]*--weight:([0-9.]+)', page) == ["0.35"]
    assert "step 3: -0.250 nats; nan,7" in page
    assert "a &lt;b&gt;" in page and "<b>" not in page
    assert "steps 1 to 3; for: step 1, +0.50; against: step 3, -0.25; together +0.35 nats" in page


def test_a_terminal_shows_bars_shades_and_the_steps_of_a_row():
    assert as_text(table(), width=40).split("\n") == [
        "  x ▁▅ █",
        "$y$ ▅▅▅▅",
        "",
        "up (steps 1 to 3; for: step 1, +0.50; against: step 3, -0.25; together +0.35 nats)",
        "    █ =░",
        "    ───",
        "",
        "a <b> (step 4; for: step 4, +1.00; together +1.00 nats)",
        "       █",
        "       ─",
    ]
    assert as_text(table(), width=6).split("\n")[4] == "    █-"
    assert "\x1b[" in as_text(table(), width=40, color=True)
    assert as_text(table(rows=(), weights=[], spans=()), width=40) == "(nothing was predicted)"


def test_pictures_are_drawn_and_tables_read_back_equal(tmp_path):
    table().save(tmp_path / "x.png")
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
    table().save(tmp_path / "x.svg")
    assert "$y$" in (tmp_path / "x.svg").read_text(encoding="utf-8")
    text = table().to_json()
    again = AttentionTable.from_json(text)
    assert (again.channels, again.spans, again.to_json()) == (table().channels, table().spans, text)
    with pytest.raises(UsageError, match=r"the span \(3, 5\) does not lie in 4 steps"):
        AttentionTable.from_json(text.replace("[3, 4]", "[3, 5]").replace("[3,4]", "[3,5]"))
    with pytest.raises(ValueError, match="needs spans for its 2 rows"):
        table(spans=None)
    with pytest.raises(ValueError, match="needs the names of its channels"):
        table(channels=None)
