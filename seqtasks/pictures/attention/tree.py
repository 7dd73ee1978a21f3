"""A tree that was written, with the words that each node looked at and what was copied."""

from html import escape

from seqtasks.pictures.canvas import DEEP, INK, QUIET, WARM, encode, new_figure, style
from seqtasks.pictures.grid import families, label, label_width
from seqtasks.pictures.pieces import display_width, elide, visible

# What ends a list or the whole is no node of the picture.
ENDS = ("(end)", "</s>")
MOST_WORDS, LEAST_WEIGHT = 2, 0.05
LONGEST_LABEL = 24
# Inches: heights of a label and of a line of words, space between levels and between nodes, margin; points of both.
LABEL, SMALL_LINE, LEVEL, GAP, MARGIN, SIZE, SMALL = 0.3, 0.16, 0.3, 0.16, 0.25, 12.5, 8.5

HTML_STYLE = """
.tree, .tree ul { list-style: none; margin: 0; padding: 0 0 0 1.5rem; }
.tree { padding: 0; }
.tree li { position: relative; padding: .2rem 0; }
.tree ul > li::before { content: ""; position: absolute; left: -.9rem; top: -.3rem; height: 1.45rem; width: .7rem;
  border: solid var(--line); border-width: 0 0 2px 2px; border-radius: 0 0 0 6px; }
.tree ul > li:not(:last-child)::after { content: ""; position: absolute; left: -.9rem; top: 0; bottom: 0;
  border-left: 2px solid var(--line); }
.node { display: inline-block; padding: .05rem .6rem; border-radius: 6px; box-shadow: inset 0 0 0 1px var(--quiet);
  font-family: ui-monospace, monospace; white-space: pre; }
.copied { box-shadow: inset 0 0 0 2px rgb(var(--against)); }
.looked { color: var(--quiet); font-size: .85rem; margin-inline-start: .5rem; }
.looked b { font-weight: 500; color: var(--ink); padding: .1rem .3rem; border-radius: 4px;
  background-color: rgb(var(--heat) / var(--weight)); }
.looked b.strong { color: var(--on-heat); }
"""


def check_tree(fathers, copied, rows, columns):
    """Raises ValueError unless each father stands before its row, -1 for none, and each copy is of a column or -1."""
    if fathers is None or copied is None or not len(fathers) == len(copied) == len(rows):
        raise ValueError("the layout 'tree' needs a father and a copied column, or -1, for each row")
    for row, (father, column) in enumerate(zip(fathers, copied, strict=True)):
        if not (-1 <= father < row and -1 <= column < len(columns)):
            raise ValueError(f"row {row + 1} has the father {father} and the copied column {column}")


def children_of(table):
    """Returns {row: [row, ...]} of the nodes of a tree, the first ones under -1; ends are left out."""
    found = {-1: []}
    for row, (piece, father) in enumerate(zip(table.rows, table.fathers, strict=True)):
        if piece not in ENDS:
            found.setdefault(father, []).append(row)
    return found


def looked_at(table, row):
    """Returns the columns that a row looked at most and their weights, two at most, the strongest first."""
    order = sorted(range(len(table.columns)), key=lambda column: (-table.weights[row][column], column))
    weights = [(column, float(table.weights[row][column])) for column in order[:MOST_WORDS]]
    return [(column, weight) for column, weight in weights if weight >= LEAST_WEIGHT]


def _share(word, weight):
    return f"{word} {round(100 * weight)} %"


def as_text(table, *, width):
    """Returns a line for each node, set in under its father, with the words that it looked at, and what was copied."""
    children, lines = children_of(table), []

    def add(row, before, own):
        name = elide(visible(table.rows[row]), columns=LONGEST_LABEL)
        words = ", ".join(
            f"{visible(table.columns[at])} {round(100 * weight)} %" for at, weight in looked_at(table, row)
        )
        lines.append((before + own + name, ("copied; " if table.copied[row] >= 0 else "") + words))
        below = before + {"": "", "├─ ": "│  ", "└─ ": "   "}[own]
        for child in children.get(row, ()):
            add(child, below, "└─ " if child == children[row][-1] else "├─ ")

    for row in children[-1]:
        add(row, "", "")
    side = max((display_width(tree) for tree, _ in lines), default=0) + 2
    shown = (tree + " " * (side - display_width(tree)) + words for tree, words in lines)
    return "\n".join(elide(line.rstrip(), columns=max(width, side)) for line in shown)


def as_html(table):
    """Returns a tree as nested lists; the weight of each word that is shown is its `--weight`."""
    children = children_of(table)

    def node(row):
        copied = table.copied[row] >= 0
        words = " ".join(
            f'<b{" class=strong" if weight > 0.6 else ""} style="--weight:{weight:.3g}" dir="auto">'
            f"{_escaped(table.columns[at])}</b> {round(100 * weight)} %"
            for at, weight in looked_at(table, row)
        )
        below = "".join(map(node, children.get(row, ())))
        return (
            f'<li><span class="node{" copied" * copied}" dir="auto">{_escaped(table.rows[row])}</span>'
            f'<span class="looked">{"copied; " * copied}{words}</span>{f"<ul>{below}</ul>" if below else ""}</li>'
        )

    return (
        f'<ul class="tree" lang="">{"".join(map(node, children[-1]))}</ul>\n'
        f"<p>Beside each node the words that it looked at most ({escape(visible(table.kind))} weight).</p>"
    )


def _escaped(piece):
    return escape(visible(piece), quote=True)


def as_picture(table, suffix):
    """Returns a tree as the bytes of a `.png` or `.svg` picture, the nodes of a level beside each other.

    Below the tree stands the sentence; a node that was copied is joined with its word. Under its label a node has the
    words that it looked at most.
    """
    labels = [label(piece) for piece in (*table.rows, *table.columns)]
    with style(families=families(labels, suffix)):
        return encode(_draw(table), suffix)


def _draw(table):
    children = children_of(table)
    texts = {row: _texts(table, row) for of_row in children.values() for row in of_row}
    high = LABEL + SMALL_LINE * max((len(words) for _, words in texts.values()), default=0)
    places, wide, deep = _places(children, texts, high)
    words, sentence = _sentence(table)
    note = f"under each node the words with most {visible(table.kind)} weight" + "; orange is copied" * any(
        column >= 0 for column in table.copied
    )
    note = note if places else "nothing was predicted"
    total = max(wide, sentence, label_width(note, SMALL))
    height = deep + LEVEL + 0.75
    figure = new_figure(total + 2 * MARGIN, height + 2 * MARGIN)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(-MARGIN, total + MARGIN)
    axes.set_ylim(height + MARGIN, -MARGIN)
    axes.axis("off")
    places = {row: (x + (total - wide) / 2, y) for row, (x, y) in sorted(places.items())}
    words = [(x + (total - sentence) / 2, text) for x, text in words]
    for row, (x, y) in places.items():
        for child in children.get(row, ()):
            at, below = places[child]
            axes.plot([x, at], [y + high, below], color=QUIET, linewidth=0.9, zorder=1)
        if (column := table.copied[row]) >= 0:
            ends = [x, words[column][0]], [y + high, height - 0.59]
            axes.plot(*ends, color=WARM, linewidth=1.1, linestyle=(0, (4, 3)), zorder=0)
        _draw_node(axes, x, y, texts[row], high, copied=column >= 0)
    for column, (x, text) in enumerate(words):
        color = WARM if column in table.copied else INK
        axes.text(x, height - 0.45, text, color=color, fontsize=SIZE, ha="center", va="center", parse_math=False)
    axes.text(0, height, note, color=QUIET, fontsize=SMALL, va="center", parse_math=False)
    return figure


def _texts(table, row):
    words = [_share(label(table.columns[at]), weight) for at, weight in looked_at(table, row)]
    return label(table.rows[row]), words


def _width(texts):
    name, words = texts
    return max([label_width(name, SIZE), *(label_width(word, SMALL) for word in words)]) + 0.2


def _places(children, texts, high):
    """Returns {row: (middle, top)} in inches, the width of all and the height of all."""
    places, deepest = {}, 0
    widths = {}

    def measure(row):
        below = [measure(child) for child in children.get(row, ())]
        widths[row] = max(_width(texts[row]), sum(below) + GAP * max(0, len(below) - 1))
        return widths[row]

    def place(row, x, depth):
        nonlocal deepest
        deepest = max(deepest, depth + 1)
        below = children.get(row, ())
        inside = sum(widths[child] for child in below) + GAP * max(0, len(below) - 1)
        at = x + (widths[row] - inside) / 2
        for child in below:
            place(child, at, depth + 1)
            at += widths[child] + GAP
        middle = x + widths[row] / 2
        if below:
            middle = (places[below[0]][0] + places[below[-1]][0]) / 2
            half = _width(texts[row]) / 2
            middle = min(max(middle, x + half), x + widths[row] - half)
        places[row] = middle, depth * (high + LEVEL)

    x = 0.0
    for row in children[-1]:
        measure(row)
        place(row, x, 0)
        x += widths[row] + GAP
    return places, max(x - GAP, 0.0), max(0, deepest * (high + LEVEL) - LEVEL)


def _sentence(table):
    """Returns (middle, text) of each word of the sentence on one line, and its width."""
    x, found = 0.0, []
    for piece in table.columns:
        text = label(piece)
        width = label_width(text, SIZE)
        found.append((x + width / 2, text))
        x += width + 0.12
    return found, max(x - 0.12, 0.0)


def _draw_node(axes, x, y, texts, high, *, copied):
    from matplotlib.patches import FancyBboxPatch

    (name, words), width = texts, _width(texts)
    edge = {"edgecolor": WARM if copied else DEEP, "linewidth": 1.4 if copied else 0.8}
    box = "round,pad=0,rounding_size=0.06"
    axes.add_patch(FancyBboxPatch((x - width / 2, y), width, high, boxstyle=box, facecolor="white", **edge))
    plain = {"ha": "center", "va": "center", "parse_math": False}
    axes.text(x, y + 0.16, name, color=WARM if copied else INK, fontsize=SIZE, **plain)
    for number, word in enumerate(words):
        axes.text(x, y + 0.36 + SMALL_LINE * number, word, color=QUIET, fontsize=SMALL, **plain)
