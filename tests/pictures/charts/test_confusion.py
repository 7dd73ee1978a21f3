"""Confusion matrices: what is drawn, what is written, refusals."""

import io
import re
import struct
import warnings
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.image import imread

from seqtasks.errors import UsageError
from seqtasks.pictures import save_confusion

CLASSES = ["neg", "pos", "我也\t$x$"]
MATRIX = [[1234, 5, 0], [7, 89, 0], [0, 0, 0]]


def test_table_holds_every_count_under_its_names(tmp_path):
    save_confusion(tmp_path / "a.tsv", CLASSES, MATRIX)
    assert (tmp_path / "a.tsv").read_text(encoding="utf-8") == (
        "wanted \\ predicted\tneg\tpos\t我也\\t$x$\nneg\t1234\t5\t0\npos\t7\t89\t0\n我也\\t$x$\t0\t0\t0\n"
    )


def test_picture_holds_counts_and_names_as_text(tmp_path):
    save_confusion(tmp_path / "a.svg", CLASSES, MATRIX)
    tree = ElementTree.parse(tmp_path / "a.svg")
    texts = [element.text for element in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert {"1,234", "5", "7", "89", "share of the row", "predicted →", "wanted ↓"} <= set(texts)
    assert all(texts.count(name) == 2 for name in ("neg", "pos", "我也\\t$x$"))
    assert texts.count("·") == 5


@pytest.mark.parametrize("number", [1, 2, 6, 20])
def test_any_number_of_classes_stays_inside(tmp_path, number):
    names = [f"class {place}" for place in range(number - 1)] + ["W" * 60]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save_confusion(tmp_path / "a.png", names, np.full((number, number), 12345))
    content = (tmp_path / "a.png").read_bytes()
    assert min(struct.unpack(">II", content[16:24])) > number * 0.6 * 160
    picture = imread(io.BytesIO(content))[:, :, :3]
    assert all((edge == 1).all() for edge in (picture[:4], picture[-4:], picture[:, :4], picture[:, -4:]))


def test_cells_are_shaded_by_their_share_of_the_row(tmp_path):
    fills = []
    for matrix in ([[1, 3], [0, 4]], [[100, 300], [0, 7]], [[100, 300], [1, 7]]):
        save_confusion(tmp_path / "a.svg", ["a", "b"], matrix)
        cells = re.search(r'<g id="QuadMesh_1">(.*?)</g>', (tmp_path / "a.svg").read_text(encoding="utf-8"), re.DOTALL)
        fills.append(re.findall(r"fill: (#\w+)", cells[1]))
    few, many, other = fills
    assert few == many and few[2:] == ["#ffffff", "#08306b"] and few[0] != few[1]
    assert other[:2] == few[:2] and other[2:] != few[2:]


@pytest.mark.parametrize("suffix", [".png", ".svg", ".tsv"])
def test_same_matrix_same_bytes(tmp_path, suffix):
    for name in ("one", "two"):
        save_confusion(tmp_path / f"{name}{suffix}", CLASSES, MATRIX)
    assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()


def test_refusals(tmp_path):
    with pytest.raises(UsageError, match="nothing to draw"):
        save_confusion(tmp_path / "a.png", [], np.zeros((0, 0), int))
    with pytest.raises(UsageError, match="allowed: .png, .svg, .tsv"):
        save_confusion(tmp_path / "a.html", CLASSES, MATRIX)
    with pytest.raises(ValueError, match="the matrix is 3 x 3 for 2 classes"):
        save_confusion(tmp_path / "a.png", CLASSES[:2], MATRIX)
