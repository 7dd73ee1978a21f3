"""Whether the page can be read by those who see colours badly: contrast as WCAG 2.2 has it (level AA)."""

import colorsys
import re
from pathlib import Path

import pytest

import seqtasks

_PAGE = Path(seqtasks.__file__).parent / "play" / "page"
CSS = (_PAGE / "page.css").read_text(encoding="utf-8")
# The most of a heat that is laid on paper below a text.
HEAT = 0.4


def schemes():
    """Returns {"light": {name: (red, green, blue)}, "dark": ...}."""
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    return {"light": colours_of(light), "dark": colours_of(light) | colours_of(dark)}


def colours_of(rule):
    return {name: rgb(value) for name, value in re.findall(r"--([\w-]+): ([^;]+);", rule)}


def rgb(value):
    if value.endswith("%"):
        return float(value[:-1]) / 100
    if value.startswith("#"):
        digits = value[1:] if len(value) == 7 else "".join(2 * digit for digit in value[1:])
        return tuple(int(digits[i : i + 2], 16) for i in (0, 2, 4))
    return tuple(map(int, value.split()))


def laid(over, below, share):
    return tuple(share * one + (1 - share) * other for one, other in zip(over, below, strict=True))


def luminance(colour):
    """Relative luminance, WCAG 2.2."""
    shares = (part / 255 for part in colour)
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    darker, lighter = sorted(map(luminance, (one, other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_that_of_the_standard():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast(rgb("#777"), rgb("#ffffff")) == pytest.approx(4.48, abs=0.01)
    assert laid((0, 0, 0), (200, 100, 0), 0.4) == pytest.approx((120, 60, 0))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_and_borders_that_tell_something_stand_out(scheme):
    colours = schemes()[scheme]
    paper = colours["paper"]
    grounds = {"paper": paper, "mark": colours["mark"]}
    grounds |= {name: laid(colours[name], paper, HEAT) for name in ("heat", "contrary")}
    texts = [*(("ink", ground) for ground in grounds), ("quiet", "paper")]
    found = {pair: contrast(colours[pair[0]], grounds[pair[1]]) for pair in texts}
    assert {pair: ratio for pair, ratio in found.items() if ratio < 4.5} == {}
    # The edge of what can be pressed or filled in, the focus, lines of trees, what bars and marks are drawn with.
    drawn = {name: colours[name] for name in ("edge", "accent", "heat", "contrary", "quiet")}
    # Frames of entities, of whatever hue.
    for hue in range(0, 360, 5):
        drawn[hue] = [255 * part for part in colorsys.hls_to_rgb(hue / 360, colours["tone"], 0.65)]
    found = {name: contrast(colour, paper) for name, colour in drawn.items()}
    assert {name: ratio for name, ratio in found.items() if ratio < 3} == {}


def test_no_other_colour_is_used_and_no_text_lies_on_more_heat():
    rules = CSS[CSS.index("* {") :]
    assert set(re.findall(r"#[0-9a-f]{3,6}\b", rules)) == set()
    # White is laid over an image, where no text is.
    assert re.findall(r"rgb\((\d[\d ]*)", rules) == ["255 255 255 "]
    shares = re.findall(r"background: rgb\(var\(--\w+\) / (?:calc\(var\(--weight, 0\) \* )?([\d.]+)\)", rules)
    assert shares and all(float(share) <= HEAT for share in shares)
