"""An image with its weights for each word of a caption."""

import json
import re

import numpy as np
import pytest

from seqtasks.errors import UsageError
from seqtasks.pictures import AttentionTable, as_text
from seqtasks.pictures.attention import tiles
from seqtasks.pictures.attention.tiles import pixels_of, png_of

IMAGE = np.random.default_rng(1).integers(0, 256, (16, 16, 3)).astype(np.uint8)
ROWS = ("▁a", "▁dog", "▁<b>", "▁\N{WORD JOINER},", "</s>")


def table(**changes):
    weights = np.full((len(ROWS), 4), 0.1)
    weights[np.arange(len(ROWS)), np.arange(len(ROWS)) % 4] = 0.7
    facts = {
        "kind": "attention",
        "columns": tuple(f"row {1 + i // 2}, column {1 + i % 2}" for i in range(4)),
        "rows": ROWS,
        "weights": weights,
        "source": "dog.png",
        "prediction": "a dog <b>,",
        "layout": "image",
        "image": IMAGE,
        "grid": (2, 2),
    }
    return AttentionTable(**{**facts, **changes})


def test_a_table_with_an_image_reads_back_from_json():
    text = table().to_json()
    again = AttentionTable.from_json(text)
    np.testing.assert_array_equal(again.image, IMAGE)
    np.testing.assert_array_equal(again.weights, table().weights)
    assert again.grid == (2, 2)
    assert again.to_json() == text
    record = json.loads(text)
    with pytest.raises(UsageError, match="not an attention table"):
        AttentionTable.from_json(json.dumps({**record, "image": "aGVsbG8="}))
    with pytest.raises(UsageError, match="the grid is"):
        AttentionTable.from_json(json.dumps({**record, "grid": [3, 2]}))


@pytest.mark.parametrize("changes", [{"image": None}, {"image": IMAGE[0]}, {"grid": None}, {"grid": (1, 2)}])
def test_an_image_and_a_grid_that_fit_are_needed(changes):
    with pytest.raises(ValueError, match="image|grid"):
        table(**changes)


def test_pixels_are_kept_in_png():
    np.testing.assert_array_equal(pixels_of(png_of(IMAGE)), IMAGE)


def test_a_page_has_a_tile_a_word_with_all_weights_and_escapes_words(tmp_path):
    table().save(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count("<figure>") == 1 + len(ROWS)
    assert re.findall(r'<span dir="auto">(.*?)</span>', page) == ["a", "dog", "&lt;b&gt;", ",", "&lt;/s&gt;"]
    assert page.count('title="row 1, column 1: 70.00 %"') == 2
    assert "http" not in page.replace("http-equiv", "")


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_pictures_are_drawn_and_are_the_same_every_time(tmp_path, suffix):
    for name in ("one", "two"):
        table().save(tmp_path / f"{name}{suffix}")
    assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()
    if suffix == ".svg":
        assert ">dog</text>" in (tmp_path / "one.svg").read_text(encoding="utf-8")


def test_a_caption_of_nothing_is_shown_too(tmp_path):
    nothing = table(rows=(), weights=np.zeros((0, 4)))
    assert as_text(nothing) == "(nothing was predicted)"
    for suffix in (".png", ".svg", ".html", ".json"):
        nothing.save(tmp_path / f"nothing{suffix}")


@pytest.mark.parametrize("pieces", [0, 1, 3, 9])
def test_the_note_under_a_picture_fits_it(pieces):
    rows = tuple("w" * pieces)
    drawn = tiles._draw(table(rows=rows, kind="saliency", weights=np.full((pieces, 4), 0.25)), list(rows))
    drawn.canvas.draw()
    (note,) = drawn.texts
    box = note.get_window_extent()
    assert 0 < box.x0 < box.x1 < drawn.bbox.x1
    assert 0 < box.y0 < box.y1 < min(axes.get_window_extent().y0 for axes in drawn.axes)


def test_in_the_terminal_a_word_is_a_block_of_shades():
    lines = as_text(table(), width=14).split("\n")
    assert lines[:3] == ["a     dog", "██    ░░██", "░░░░  ░░░░"][:1] + lines[1:3]
    assert lines[1].startswith("██")
    assert "██" in lines[1][6:]
    assert all(len(line) <= 14 for line in lines)
