"""A text coloured by a network's units, one at a time, as one self-contained page."""

import base64
import json
from html import escape
from pathlib import Path

import numpy as np

from seqtasks.pictures.pieces import in_text, visible

SUFFIXES = (".html",)
_MOST = 127
_NAMES = {
    "lstm": "LSTM",
    "gru": "GRU",
    "rnn": "vanilla network",
    "mingru": "minGRU",
    "minlstm": "minLSTM",
    "indrnn": "IndRNN",
}


def as_html(cells, title):
    """Returns `cells`, a laboratory.cells.Cells, as one self-contained page, with every piece escaped.

    Each piece is one `<span>`. The element `activations` holds the activations of all units, unit by unit, and
    `properties` the ranked properties, one after the other, as bytes in base64: 127 is 1, or the largest activation of
    a rectified unit. The page follows the reader's light or dark scheme.

    Args:
        title: the names of the network and the text.
    """
    count = cells.activations.shape[1]
    properties = [cells.properties[name] for name in cells.rankings]
    layers = "".join(f"<option>{layer + 1}</option>" for layer in range(cells.layers))
    network = _network(cells)
    value = "tanh(c), the squashed memory" if cells.cell == "lstm" else "h, the state"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>cells: {_text(title)}</title>
<style>
{_beside("page.css")}</style>
</head>
<body>
<header>
<h1>{_text(title)} <small>{network}, {len(cells.pieces):,} pieces</small></h1>
<div class="picker" role="group" aria-label="unit that colours the text">
<button id="previous" type="button" aria-label="previous unit">←</button>
<label>layer <select id="layer">{layers}</select></label>
<label>unit <input id="unit" type="number" min="1" max="{cells.units}" value="1"></label>
<button id="next" type="button" aria-label="next unit">→</button>
<p id="caption" aria-live="polite"></p>
<p class="scale"><span id="least">−1</span> <span class="ramp"></span> <span id="most">+1</span></p>
</div>
</header>
<noscript><p>The colours need the script in this page; allow it to run.</p></noscript>
<main>
<pre id="text" lang="" dir="auto" tabindex="0" aria-label="the text">{_spans(cells.pieces)}</pre>
<nav aria-label="units that follow a property of the text">
{_sections(cells)}
<p>Colours show {value} after each piece; the line under the text shows the chosen property. r is Pearson's
correlation. Chance: with the property shifted against the text, the best of {count:,} units stays below this |r| in 95
of 100 cases. Units not above it are faint. The left and right arrow keys change the unit.</p>
</nav>
</main>
<div id="tip" aria-hidden="true" hidden></div>
<script type="application/json" id="facts">{_facts(cells)}</script>
<script type="text/plain" id="activations">{_coded((cells.activations / cells.scales).T)}</script>
<script type="text/plain" id="properties">{_coded(np.array(properties))}</script>
<script>
{_beside("page.js")}</script>
</body>
</html>
"""


def _facts(cells):
    """Returns the data of the script as JSON."""
    facts = {
        "steps": len(cells.pieces),
        "units": cells.units,
        "scales": [float(f"{scale:.6g}") for scale in cells.scales],
        "properties": list(cells.rankings),
    }
    # So that no text in it can end the script element.
    return json.dumps(facts).replace("<", "\\u003c")


def _network(cells):
    if cells.layers > 1:
        return f"{_NAMES[cells.cell]} of {cells.layers} layers, {cells.units:,} units each"
    return f"{_NAMES[cells.cell]} of {cells.activations.shape[1]:,} units"


def _spans(pieces):
    tags = ('<span class="end">' if piece == "\n" else "<span>" for piece in pieces)
    return "".join(f"{tag}{escape(in_text(piece))}</span>" for tag, piece in zip(tags, pieces, strict=True))


def _sections(cells):
    sections = []
    for number, (name, ranking) in enumerate(cells.rankings.items()):
        pairs = zip(ranking.numbers.tolist(), ranking.correlations.tolist(), strict=True)
        buttons = "\n".join(_button(cells, number, name, ranking.chance, *pair) for pair in pairs)
        sections.append(
            f"<section>\n<h2>{escape(name)} <small>chance {ranking.chance:.2f}</small></h2>\n{buttons}\n</section>"
        )
    if cells.absent:
        sections.append(f"<p>Constant in this text: {escape(', '.join(cells.absent))}.</p>")
    return "\n".join(sections)


def _button(cells, number, name, chance, unit, correlation):
    layer, place = cells.place(unit)
    r = f"{correlation:+.2f}"
    shown = f"layer {layer} unit {place}, r = {r.replace('-', '−')}"
    faint = "" if abs(correlation) > chance else ' class="faint"'
    label = f"{name}: {shown}" + (", not above chance" if faint else "")
    data = f'data-unit="{unit}" data-property="{number}" data-r="{r}"'
    return f'<button type="button"{faint} {data} aria-label="{escape(label)}">{shown}</button>'


def _coded(values):
    """Returns values in [-1, 1] as signed bytes, in base64."""
    return base64.b64encode(np.rint(values * _MOST).astype(np.int8).tobytes()).decode("ascii")


def _beside(name):
    """Returns the text of a file beside this one."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


def _text(string):
    return escape(visible(string))
