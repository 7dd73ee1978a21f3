"""HTML that shows values in a notebook: self-contained, no scripts, no style sheets, every text escaped.

Styles stand in the elements, as those of a sheet would hold for the whole notebook. Colours are translucent, so that
they suit light and dark pages.
"""

import base64
import sys
from html import escape

from seqtasks.pictures.pieces import in_text
from seqtasks.scores import format_interval, format_score

_CELL = "padding: .15em .7em; text-align: start; vertical-align: top; border: 0; background: none"
_HEAD = f"{_CELL}; font-weight: 600; border-bottom: 1px solid rgb(128 128 128 / .5)"
_TEXT = "white-space: pre-wrap; overflow-wrap: break-word"
_QUIET = "opacity: .75; font-size: .9em"
_BAR = "height: .8em; border-radius: 2px; background: rgb(31 102 171 / .7)"
_SCORES = ("score", "value", "95 % interval", "how it is computed")


class Markup(str):
    """A string that is HTML already."""

    __slots__ = ()


def in_notebook():
    """Returns whether this is a Jupyter kernel; IPython is not imported, nor needed."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None


def framed(page, *, height):
    """Returns a self-contained HTML page in a frame of `height` pixels, which isolates its styles."""
    return f'<iframe srcdoc="{escape(page)}" width="100%" height="{height}" style="border: 0"></iframe>'


def shown(value):
    """Returns HTML that shows a value: Markup as it is, all else as its text, with invisible characters escaped."""
    return value if isinstance(value, Markup) else Markup(escape(in_text(str(value))))


def block(*parts):
    """Returns parts, each of its own height, below each other."""
    return Markup(f'<div style="line-height: 1.5; max-width: 70em">{"".join(map(shown, parts))}</div>')


def paragraph(value, *, style=""):
    """Returns a text with its own line ends, in its own direction."""
    return Markup(f'<p dir="auto" style="{_TEXT}; margin: .3em 0; {style}">{shown(value)}</p>')


def note(value):
    """Returns a remark."""
    return paragraph(value, style=_QUIET)


def table(head, rows):
    """Returns a table of texts or Markup; an empty `head` gives none, the first of a row then names the rest."""
    heads = "".join(f'<th scope="col" style="{_HEAD}">{shown(name)}</th>' for name in head)
    lines = "".join(_row(row, named=not head) for row in rows)
    top = f"<thead><tr>{heads}</tr></thead>" if head else ""
    style = "border-collapse: collapse; margin: .5em 0; font-variant-numeric: tabular-nums"
    return Markup(f'<table style="{style}">{top}<tbody>{lines}</tbody></table>')


def scores(named):
    """Returns a table of scores, [(name, {"name", "value", "low", "high", "signature"}), ...]."""
    return table(_SCORES, [(name, *_score(score)) for name, score in named])


def bars(shares):
    """Returns a bar for each of [(text, share from 0 to 1), ...]."""
    rows = []
    for label, share in shares:
        bar = f'<div style="{_BAR}; margin-top: .35em; width: {100 * min(max(share, 0), 1):.1f}%"></div>'
        rows.append((label, Markup(f'<div style="width: 16em">{bar}</div>'), f"{100 * share:.1f} %"))
    return table((), rows)


def spans(text, found):
    """Returns a text with parts of it marked in the colours of their kinds.

    Args:
        text: a str.
        found: [(begin, end, kind, note), ...], places in characters of the text, in order.
    """
    parts, place = [], 0
    for begin, end, kind, remark in found:
        color = f"background: hsl({_hue(kind)} 65% 50% / .3); color: inherit; border-radius: 4px; padding: .1em .3em"
        label = f'<small style="font-weight: 600; padding-inline-start: .4em">{shown(kind)} {shown(remark)}</small>'
        parts.append(f'{shown(text[place:begin])}<mark style="{color}">{shown(text[begin:end])}{label}</mark>')
        place = end
    return Markup("".join(parts) + shown(text[place:]))


def folded(title, content, *, opened=False):
    """Returns content that opens by a click on its title."""
    return Markup(f"<details{' open' * opened}><summary>{shown(title)}</summary>{shown(content)}</details>")


def picture(content, description):
    """Returns an SVG picture, bytes, on white."""
    data = base64.b64encode(content).decode("ascii")
    style = "max-width: 100%; width: 46em; background: #fff"
    return Markup(f'<img alt="{shown(description)}" style="{style}" src="data:image/svg+xml;base64,{data}">')


def _row(row, *, named):
    tags = ["th" if named and number == 0 else "td" for number in range(len(row))]
    cells = (
        f'<{tag}{" scope=row" if tag == "th" else ""} dir="auto" style="{_CELL}; {_TEXT}">{shown(value)}</{tag}>'
        for tag, value in zip(tags, row, strict=True)
    )
    return f"<tr>{''.join(cells)}</tr>"


def _score(score):
    name = score["name"]
    interval = format_interval(name, score["low"], score["high"])
    return format_score(name, score["value"]), interval, score["signature"].replace("|", " | ")


def _hue(kind):
    """Returns the hue of a kind, in degrees, the one that the page of `play` gives it."""
    hue = 7
    for letter in kind:
        hue = (hue * 31 + ord(letter)) % 360
    return hue
