"""Scores of classes against numbers worked out by hand, and against plain loops."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtasks.scores import significance
from seqtasks.scores.classification import class_table, confusion, metrics

LABELS = ["cat", "cat", "cat", "dog", "dog", "owl"]
PREDICTIONS = ["cat", "cat", "dog", "dog", "elk", "cat"]
CLASSES = st.sampled_from(["a", "b", "猫", ""])
EXAMPLES = st.lists(st.tuples(CLASSES, CLASSES), min_size=1, max_size=20)


def classification_scores(predictions, labels, *, interval=True):
    return [significance.score(metric, predictions, interval=interval) for metric in metrics(labels)]


def test_scores_by_hand():
    accuracy, macro_f1 = classification_scores(PREDICTIONS, LABELS)
    assert (accuracy.name, macro_f1.name) == ("accuracy", "macro_f1")
    assert accuracy.value == 50
    # cat: 2 of 3 predicted and of 3 wanted; dog: 1 of 2 and of 2; owl: never predicted; elk is never wanted.
    assert macro_f1.value == pytest.approx(100 * (2 / 3 + 1 / 2 + 0) / 3)
    for score in (accuracy, macro_f1):
        assert 0 <= score.low < score.value < score.high <= 100
        assert score.signature.endswith("version:0.1.0|bs:1000|seed:12345")
    assert macro_f1.signature.startswith("average:macro|classes:wanted|")


def test_table_by_hand():
    table = {row["class"]: row for row in class_table(PREDICTIONS, LABELS)}
    assert list(table) == ["cat", "dog", "elk", "owl"]
    assert table["cat"] == {
        "class": "cat",
        "precision": pytest.approx(200 / 3),
        "recall": pytest.approx(200 / 3),
        "f1": pytest.approx(200 / 3),
        "predicted": 3,
        "support": 3,
    }
    rates = {name: tuple(row[key] for key in ("precision", "recall", "f1")) for name, row in table.items()}
    assert (rates["dog"], rates["elk"], rates["owl"]) == ((50, 50, 50), (0, 0, 0), (0, 0, 0))
    assert (table["elk"]["predicted"], table["elk"]["support"]) == (1, 0)
    assert (table["owl"]["predicted"], table["owl"]["support"]) == (0, 1)


def test_confusion_by_hand():
    classes, matrix = confusion(PREDICTIONS, LABELS)
    assert classes == ["cat", "dog", "elk", "owl"]
    assert matrix.tolist() == [[2, 1, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0], [1, 0, 0, 0]]
    assert matrix.dtype.kind == "i"


@given(examples=EXAMPLES)
def test_scores_and_tables_agree_with_loops(examples):
    predictions, labels = zip(*examples, strict=True)
    accuracy, macro_f1 = classification_scores(predictions, labels, interval=False)
    assert accuracy.value == pytest.approx(100 * sum(p == w for p, w in examples) / len(examples))
    classes, matrix = confusion(predictions, labels)
    f1 = {}
    for row, name in zip(class_table(predictions, labels), classes, strict=True):
        right = sum(p == w == name for p, w in examples)
        assert row["class"] == name
        assert (row["predicted"], row["support"]) == (predictions.count(name), labels.count(name))
        assert row["f1"] == pytest.approx(200 * right / (predictions.count(name) + labels.count(name)))
        f1[name] = row["f1"]
        for other, count in zip(classes, matrix[classes.index(name)], strict=True):
            assert count == examples.count((other, name))
    assert macro_f1.value == pytest.approx(sum(f1[name] for name in set(labels)) / len(set(labels)))


def test_comparison_and_groups():
    labels = LABELS * 20
    systems = {"baseline": PREDICTIONS * 20, "right": labels, "same": PREDICTIONS * 20}
    rows = significance.compare(systems, metrics(labels))
    assert [row["score"] for row in rows] == ["accuracy"] * 3 + ["macro_f1"] * 3
    for baseline, right, same in (rows[:3], rows[3:]):
        assert baseline["bootstrap_p"] is baseline["randomization_p"] is None
        assert right["value"] == 100 and right["bootstrap_p"] < 0.01 > right["randomization_p"]
        assert same["bootstrap_p"] == same["randomization_p"] == 1
    accuracy, macro_f1 = classification_scores(systems["baseline"], labels)
    assert (rows[0]["value"], rows[0]["low"], rows[0]["high"]) == (accuracy.value, accuracy.low, accuracy.high)
    groups = significance.compare_groups({"baseline": [PREDICTIONS * 20] * 2, "right": [labels] * 2}, metrics(labels))
    assert [row["value"] for row in groups] == [accuracy.value, 100, macro_f1.value, 100]
    assert groups[1]["bootstrap_p"] < 0.01


@pytest.mark.parametrize("refused", [classification_scores, class_table, confusion])
def test_other_numbers_of_predictions_are_refused(refused):
    with pytest.raises(ValueError, match="5 predictions for 6 labels"):
        refused(PREDICTIONS[:-1], LABELS)
    with pytest.raises(ValueError, match="5 predictions for 6 labels"):
        significance.compare({"a": LABELS, "b": PREDICTIONS[:-1]}, metrics(LABELS))
