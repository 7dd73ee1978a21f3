"""A score by slice: what is written, and refusals."""

import pytest

from seqtasks.errors import UsageError
from seqtasks.pictures.charts.score_lines import save_score_lines

SLICES = {"1-5": 100, "6-10": 1200, "11-15": 40}
SYSTEMS = {"runs/translate": [40.0, 38.5, 31.0], "runs/vanilla": [35.0, 20.5, 8.0]}


def draw(path, slices=SLICES, systems=SYSTEMS):
    save_score_lines(path, slices, systems, score_name="BLEU", slice_name="words in the source")


def test_picture_names_score_slices_sizes_and_systems(tmp_path):
    draw(tmp_path / "lines.svg")
    drawn = (tmp_path / "lines.svg").read_text(encoding="utf-8")
    for part in (*SLICES, *SYSTEMS, "1,200", "BLEU", "words in the source"):
        assert part in drawn


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_same_scores_same_bytes(tmp_path, suffix):
    for name in ("one", "two"):
        draw(tmp_path / f"{name}{suffix}")
    assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()


def test_refusals(tmp_path):
    with pytest.raises(UsageError, match="nothing to draw"):
        draw(tmp_path / "lines.png", slices={})
    with pytest.raises(UsageError, match="allowed: .png, .svg"):
        draw(tmp_path / "lines.html")
