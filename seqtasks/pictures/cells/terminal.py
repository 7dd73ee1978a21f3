"""For a terminal: a table of the units that follow properties of a text, and the text coloured by one of them."""

from seqtasks.pictures.pieces import display_width, in_text

_ROWS = 20
# Colours of -1, 0 and 1; black is legible on all of them.
BLUE, _WHITE, RED = (88, 150, 230), (255, 255, 255), (240, 96, 88)


def table(cells):
    """Returns the units that follow each property best, with the correlation expected by chance, as lines of text."""
    header = [("property", "chance", "units as layer.unit, and r")]
    rows = [(name, f"{ranking.chance:.2f}", _columns(cells, ranking)) for name, ranking in cells.rankings.items()]
    width = max(len(name) for name, *_ in header + rows)
    lines = [f"{name:<{width}}  {chance:>6}  {units}".rstrip() for name, chance, units in header + rows]
    if cells.absent:
        lines += ["", f"constant in this text: {', '.join(cells.absent)}"]
    return "\n".join([*lines, "", about(cells)])


def about(cells):
    """Returns what the numbers of the table mean, in two lines."""
    count, pieces = cells.activations.shape[1], f"{len(cells.pieces):,} pieces, r by Pearson."
    return (
        f"{pieces} Chance: with the property shifted against the text, the best of {count:,}\n"
        "units stays below this |r| in 95 of 100 cases; units not above it are in brackets."
    )


def units_of(cells, ranking):
    """Returns the units of a Ranking as texts of layer, unit and r, in brackets where r is not above chance."""
    shown = []
    for number, correlation in zip(ranking.numbers, ranking.correlations, strict=True):
        layer, unit = cells.place(number)
        text = f"{layer}.{unit} {correlation:+.2f}"
        shown.append(f" {text} " if abs(correlation) > ranking.chance else f"({text})")
    return shown


def _columns(cells, ranking):
    return " ".join(f"{text:<14}" for text in units_of(cells, ranking))


def colored(cells, *, width):
    """Returns the beginning of the text, coloured by the unit that follows the strongest property best.

    Blue is -1, white 0, red 1, as 24-bit backgrounds. Returns "" for a text without properties.
    """
    if not cells.rankings:
        return ""
    name, ranking = next(iter(cells.rankings.items()))
    number = ranking.numbers[0]
    layer, unit = cells.place(number)
    rows, used = [""], 0
    for piece, value in zip(cells.pieces, cells.activations[:, number] / cells.scales[number], strict=True):
        shown = in_text(piece.replace("\n", " ").expandtabs(4))
        if used + display_width(shown) > width:
            rows.append("")
            used = 0
        rows[-1] += _on_color(shown, value)
        used += display_width(shown)
        if "\n" in piece:
            rows.append("")
            used = 0
        if len(rows) > _ROWS:
            break
    title = f"layer {layer} unit {unit}, {name}, r = {ranking.correlations[0]:+.2f}; blue is -1, white 0, red +1"
    return "\n".join([title, *rows[:_ROWS]]).rstrip("\n")


def _on_color(text, value):
    end, share = (RED if value > 0 else BLUE), min(abs(float(value)), 1)
    red, green, blue = (round(zero + share * (one - zero)) for zero, one in zip(_WHITE, end, strict=True))
    return f"\x1b[48;2;{red};{green};{blue};38;2;0;0;0m{text}\x1b[0m"
