"""Training curves: gaps, single epochs, what is marked."""

import math
import warnings

import pytest

from seqtasks.errors import StorageError, UsageError
from seqtasks.pictures import save_training_curve

HISTORY = [
    {"epoch": 1, "loss": 3.2, "dev": 12.3, "seconds": 60.1, "learning_rate": 1e-3},
    {"epoch": 2, "loss": 2.4, "dev": 20.5, "seconds": 59.0, "learning_rate": 1e-3},
    {"epoch": 3, "loss": 2.1, "dev": 19.0, "seconds": 59.2, "learning_rate": 1e-3},
]


@pytest.mark.parametrize(
    ("history", "higher", "message"),
    [
        (HISTORY, True, "best 20.5 at epoch 2"),
        (HISTORY, False, "best 12.3 at epoch 1"),
        (HISTORY[:1], True, "best 12.3 at epoch 1"),
        ([*HISTORY, {"epoch": 4, "loss": math.nan, "dev": math.inf}], True, "best 20.5 at epoch 2"),
        ([{"epoch": 1, "loss": 3.2}, {"epoch": 2, "loss": 3.1, "dev": 0}], True, "best 0 at epoch 2"),
    ],
)
def test_best_epoch_is_named(tmp_path, history, higher, message):
    save_training_curve(tmp_path / "curve.svg", history, score_name="BLEU", higher_is_better=higher)
    assert message in (tmp_path / "curve.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("dev", [{}, {"dev": None}, {"dev": math.nan}])
@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_without_a_score(tmp_path, dev, suffix):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save_training_curve(tmp_path / f"curve{suffix}", [{"epoch": 1, "loss": 1.0} | dev], score_name="BLEU")
    assert b"best" not in (tmp_path / f"curve{suffix}").read_bytes()


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_same_history_same_bytes(tmp_path, suffix):
    for name in ("one", "two"):
        save_training_curve(tmp_path / f"{name}{suffix}", HISTORY, score_name="BLEU")
    assert (tmp_path / f"one{suffix}").read_bytes() == (tmp_path / f"two{suffix}").read_bytes()


def test_refusals(tmp_path):
    with pytest.raises(UsageError, match="no epoch to draw"):
        save_training_curve(tmp_path / "curve.png", [])
    with pytest.raises(UsageError, match="allowed: .png, .svg"):
        save_training_curve(tmp_path / "curve.html", HISTORY)
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot write"):
        save_training_curve(tmp_path / "file" / "curve.svg", HISTORY)
