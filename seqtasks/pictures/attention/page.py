"""An attention table as one self-contained page: no script, style sheet or font from elsewhere."""

from html import escape

from seqtasks.pictures.attention import tiles, traces
from seqtasks.pictures.attention.words import note_of, strengths, strongest, words_of
from seqtasks.pictures.pieces import BOUNDARY, display_width, visible

_STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1b2733; --quiet: #6b7885; --line: #e3e8ee;
  --heat: 8 69 148; --against: 176 72 0; --on-heat: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #10151b; --ink: #dfe6ee; --quiet: #8b98a6; --line: #26303a;
    --heat: 122 184 255; --against: 255 163 92; --on-heat: #08131f; }
}
body { margin: 2rem; background: var(--paper); color: var(--ink); line-height: 1.5;
  font-family: system-ui, "Segoe UI", "Noto Sans", "DejaVu Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC",
  sans-serif; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0 0 1.5rem; }
dt { color: var(--quiet); }
dd { margin: 0; justify-self: start; font-size: 1.1rem; overflow-wrap: anywhere; white-space: pre-wrap; }
.frame { max-width: 100%; max-height: 85vh; overflow: auto; width: max-content; }
table { border-collapse: separate; border-spacing: 2px; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th { background: var(--paper); font-weight: 500; white-space: pre; }
thead th { position: sticky; top: 0; z-index: 1; height: 1px; vertical-align: bottom; padding: .25rem 0; }
thead th > span { display: inline-block; max-height: 16rem; overflow: hidden; }
.tall { writing-mode: vertical-rl; transform: rotate(180deg); }
.stacked { width: 2.1rem; white-space: normal; word-break: break-all; line-height: 1.15; }
thead td { position: sticky; top: 0; left: 0; z-index: 2; background: var(--paper); }
tbody th { position: sticky; left: 0; text-align: end; padding: 0 .6rem 0 .25rem; max-width: 20rem; overflow: hidden;
  text-overflow: ellipsis; }
i { font-style: normal; opacity: .35; }
tbody td { min-width: 2.1rem; height: 2.1rem; padding: 0; text-align: center; border-radius: 4px; font-size: .75rem;
  font-variant-numeric: tabular-nums; background-color: rgb(var(--heat) / var(--weight));
  box-shadow: inset 0 0 0 1px var(--line); }
.against { --heat: var(--against); text-decoration: underline; text-decoration-thickness: 1px; }
.faint { color: var(--quiet); }
.strong { color: var(--on-heat); font-weight: 600; }
tbody td:hover { outline: 2px solid var(--quiet); }
p { color: var(--quiet); font-size: .85rem; }
h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
h2 small { color: var(--quiet); font-weight: 400; }
.flow { color: inherit; font-size: 1.1rem; line-height: 1.9; max-width: 48rem; margin: 0; overflow-wrap: anywhere; }
.flow span { padding: .15rem 0; border-radius: 4px; background-color: rgb(var(--heat) / var(--weight)); }
.flow .strong { font-weight: inherit; }
"""
_STYLES = {"image": tiles.HTML_STYLE, "series": traces.HTML_STYLE}


def as_html(table):
    """Returns `table` as one self-contained page, with every piece escaped.

    In a grid each weight is one `<td>` that holds the percent as text, the exact weight as its `--weight`, and a
    tooltip with the two pieces. In a text each piece is one `<span>`, its `--weight` the share of the row's largest
    weight, its tooltip the piece and its percent. Attributions are in nats; those against the answer have
    another colour and are underlined. The page follows the reader's light or dark scheme, and right-to-left pieces are
    set as such.
    """
    kind = escape(visible(table.kind))
    source = f'<dt>source</dt><dd lang="" dir="auto">{_text(table.source)}</dd>\n'
    if table.layout == "text" and table.rows:
        source, content = "", _texts(table)
    elif table.layout == "image":
        content = tiles.as_html(table) if table.rows else "<p>Nothing was predicted.</p>"
    elif table.layout == "series":
        source, content = "", traces.as_html(table) if table.rows else "<p>Nothing was predicted.</p>"
    else:
        content = _grid(table, kind)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{kind}: {_text(table.prediction)}</title>
<style>{_STYLE}{_STYLES.get(table.layout, "")}</style>
</head>
<body>
<dl>
{source}<dt>prediction</dt><dd lang="" dir="auto">{_text(table.prediction)}</dd>
</dl>
{content}
</body>
</html>
"""


def _texts(table):
    words = words_of(table)
    texts = []
    for row, weights in zip(table.rows, table.weights, strict=True):
        shares = zip(words, weights, strengths(weights), strict=True)
        flow = "".join(_span(*word, _amount(table, weight), strength) for word, weight, strength in shares)
        most = escape(strongest(words, weights, signed=table.signed))
        texts.append(f'<h2><span dir="auto">{_text(row)}</span> <small>{most}</small></h2>')
        texts.append(f'<p class="flow" lang="" dir="auto">{flow}</p>')
    return "\n".join([*texts, f"<p>{escape(visible(note_of(table)))}</p>"])


def _span(spaced, text, amount, strength):
    tones = [name for name, holds in (("strong", abs(strength) > 0.6), ("against", strength < -0.02)) if holds]
    tone = f' class="{" ".join(tones)}"' if tones else ""
    title = f"{escape(text, quote=True)}: {amount}"
    return f'{" " * spaced}<span{tone} style="--weight:{abs(strength):.3g}" title="{title}">{escape(text)}</span>'


def _amount(table, weight):
    return f"{weight:+.3f} nats" if table.signed else f"{100 * float(weight):.2f} %"


def _grid(table, kind):
    heads = "".join(f'<th scope="col" dir="auto">{_head(piece)}</th>' for piece in table.columns)
    strong = strengths(table.weights) if table.signed else table.weights
    shares = zip(table.rows, table.weights, strong, strict=True)
    lines = "\n".join(_row(table, *share) for share in shares)
    note = "Numbers are weights in percent; each row sums to 100."
    if table.signed:
        note = "Numbers are what each source piece adds to log p of the row, in nats (integrated gradients)."
    note = note if table.rows else "Nothing was predicted."
    return f"""<div class="frame" tabindex="0">
<table lang="">
<caption lang="en">{kind}: one row for each predicted piece, one column for each source piece</caption>
<thead><tr><td></td>{heads}</tr></thead>
<tbody>
{lines}
</tbody>
</table>
</div>
<p>{note}</p>"""


def _row(table, row, weights, strong):
    shares = zip(table.columns, weights, strong, strict=True)
    cells = "".join(_cell(table, row, column, weight, strength) for column, weight, strength in shares)
    return f'<tr><th scope="row" dir="auto">{_marked(row)}</th>{cells}</tr>'


def _cell(table, row, column, weight, strength):
    shown = f"{weight:+.2f}" if table.signed and abs(weight) >= 0.005 else round(100 * max(0, float(strength))) or ""
    tone = "strong" if abs(strength) > 0.6 else "faint" if abs(strength) < 0.1 else "plain"
    tone += " against" if strength < 0 else ""
    title = f"{_text(row)} ← {_text(column)}: {_amount(table, weight)}"
    return f'<td class="{tone}" style="--weight:{abs(strength)}" title="{title}">{shown}</td>'


def _head(piece):
    """Returns the label of a column: upright when short, stacked where characters are wide, else read upwards."""
    label = visible(piece)
    # A comma on its side reads as an apostrophe; vertical setting of Chinese is blank with some fonts.
    place = "short" if display_width(label) <= 3 else "stacked" if display_width(label) > len(label) else "tall"
    return f'<span class="{place}">{_marked(piece)}</span>'


def _marked(piece):
    return _text(piece).replace(BOUNDARY, f"<i>{BOUNDARY}</i>")


def _text(piece):
    return escape(visible(piece), quote=True)
