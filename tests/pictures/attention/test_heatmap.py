"""Heat maps: their sizes, their text, their fonts."""

import io
import logging
import struct
import sys
import time
import warnings
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.image import imread

from seqtasks.pictures import fonts
from seqtasks.pictures.attention.heatmap import as_picture


def png_size(content):
    return struct.unpack(">II", content[16:24])


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_every_table_is_drawn_without_a_word(tables, suffix, caplog):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for table in tables.values():
            assert as_picture(table, suffix)
    assert not caplog.records


def test_pictures_grow_with_their_pieces(make_table, spanish):
    small = png_size(as_picture(spanish, ".png"))
    start = time.monotonic()
    content = as_picture(make_table(["▁palabra"] * 80, ["▁word"] * 80), ".png")
    assert time.monotonic() - start < 10
    assert min(png_size(content)) > 80 * 0.25 * 160 > 2 * max(small)
    assert len(content) < 2_000_000


def test_huge_pictures_stay_drawable(make_table):
    width, height = png_size(as_picture(make_table(["a"] * 400, ["b"] * 60), ".png"))
    assert width * height <= 40_100_000


def test_long_labels_stay_inside(make_table):
    table = make_table(["a", "W" * 40], ["M" * 40])
    picture = imread(io.BytesIO(as_picture(table, ".png")))[:, :, :3]
    border = np.concatenate(
        [picture[:4].ravel(), picture[-4:].ravel(), picture[:, :4].ravel(), picture[:, -4:].ravel()]
    )
    assert (border == 1).all()


def test_svg_keeps_pieces_as_text(make_table):
    table = make_table(("ˍHola", "我也", "<&>", "$x$"), ("▁Hello", "سلام"))
    tree = ElementTree.fromstring(as_picture(table, ".svg"))
    texts = {element.text for element in tree.iter("{http://www.w3.org/2000/svg}text")}
    assert {"ˍHola", "我也", "<&>", "$x$", "ˍHello", "سلام", "attention weight"} <= texts


def test_missing_characters_are_named_once(make_table, monkeypatch, caplog):
    base = fonts.regular_faces()[fonts.BASE]
    monkeypatch.setattr(fonts, "regular_faces", lambda: {fonts.BASE: base})
    with caplog.at_level(logging.WARNING, logger="seqtasks"), warnings.catch_warnings():
        warnings.simplefilter("error")
        as_picture(make_table(("我", "我也"), ("▁I", "</s>")), ".png")
    (record,) = caplog.records
    assert "也 (U+4E5F) 我 (U+6211), so" in record.getMessage()
    assert "Noto Sans CJK" in record.getMessage() and ".svg or .html" in record.getMessage()


def test_svg_needs_no_font(make_table, caplog):
    as_picture(make_table(("我", "\U000f0000"), ("▁I", "</s>")), ".svg")
    assert not caplog.records


def test_families_are_those_that_cover(monkeypatch):
    covers = {"base": "ab", "Big SC": "我也", "Big JP": "我也か", "Small": "我", "Mono SC": "我也"}
    monkeypatch.setattr(fonts, "regular_faces", lambda: {fonts.BASE: "base"} | {name: name for name in covers})
    monkeypatch.setattr(fonts, "covered_by", lambda file, characters: set(covers[file]) & characters)
    assert fonts.families_for("ab") == [fonts.BASE]
    assert fonts.families_for("a我也") == [fonts.BASE, "Big SC"]
    assert fonts.families_for("a我か") == [fonts.BASE, "Big JP"]


def test_readers_settings_are_left_alone(spanish):
    import matplotlib

    # Asking the settings themselves for their backend would load pyplot.
    before, had_pyplot = dict(dict.items(matplotlib.rcParams)), "matplotlib.pyplot" in sys.modules
    with matplotlib.rc_context({"text.usetex": True, "font.size": 40}):
        crooked = as_picture(spanish, ".svg")
    assert crooked == as_picture(spanish, ".svg")
    assert dict(dict.items(matplotlib.rcParams)) == before
    assert ("matplotlib.pyplot" in sys.modules) == had_pyplot
