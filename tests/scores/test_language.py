"""Scores of language models, by hand."""

import math

import pytest

from seqtasks.scores import significance
from seqtasks.scores.language import language_scores, line_scores, metrics

LINES = [line_scores(6.0, 3, 8), line_scores(2.0, 1, 1), line_scores(0.0, 0, 0)]


def values(scores):
    return {score.name: score.value for score in scores}


def test_by_character():
    found = language_scores(LINES, 12, unit="character")
    assert values(found) == pytest.approx(
        {
            "nats_per_character": 8 / 9,
            "bits_per_character": 8 / 9 / math.log(2),
            "perplexity": math.exp(8 / 9),
        }
    )
    assert all("|unscored:3|bs:1000" in score.signature for score in found)
    assert all(score.low <= score.value <= score.high for score in found)


def test_by_word():
    found = language_scores(LINES, 9, unit="word", interval=False)
    assert values(found) == pytest.approx({"nats_per_word": 2.0, "perplexity": math.exp(2.0)})
    assert found[0].low is None
    assert "|unscored:0" in found[0].signature


def test_nothing_scored_and_nothing_likely_are_numbers():
    assert values(language_scores(["0.0 0 0"], 5, unit="word", interval=False)) == {"nats_per_word": 0, "perplexity": 1}
    found = language_scores(["1e9 1 1"], 1, unit="character", interval=False)
    assert math.isfinite(found[-1].value)
    with pytest.raises(ValueError, match="no examples"):
        language_scores([], 0, unit="word")


def test_a_model_that_is_better_on_every_line_is_so_by_more_than_chance():
    worse = [line_scores(10.0 + i % 3, 4, 12) for i in range(30)]
    better = [line_scores(9.0 + i % 3, 4, 12) for i in range(30)]
    rows = significance.compare({"worse": worse, "better": better}, metrics("character"))
    assert [row["score"] for row in rows[::2]] == ["nats_per_character", "bits_per_character", "perplexity"]
    assert rows[0]["value"] > rows[1]["value"]
    assert rows[0]["bootstrap_p"] is None
    assert max(rows[1]["bootstrap_p"], rows[1]["randomization_p"]) < 0.01
    (first, second, *_) = significance.compare_groups({"worse": [worse, worse], "better": [better]}, metrics("word"))
    assert (first["runs"], second["runs"]) == (2, 1)
    assert first["value"] == pytest.approx(11 / 4)
