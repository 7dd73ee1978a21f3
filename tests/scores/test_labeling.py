"""Scores of tags by hand, against nervaluate, and against the script of the shared tasks."""

import re
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nervaluate import Evaluator

from seqtasks.archives import fetch
from seqtasks.corpora.named.conll2003 import ARCHIVE
from seqtasks.errors import SeqtasksError
from seqtasks.scores import classification, significance
from seqtasks.scores.labeling import metrics, type_confusion, type_table
from seqtasks.text.tags import entities, to_tags

CONLLEVAL = "neuroner/conlleval"
SCRIPT = replace(
    ARCHIVE,
    members={CONLLEVAL: "c025ea007db5162a130f83dbb6818c6bc69b77ec14ba786efed3c538de6df7bc"},
    licence="MIT",
)
TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-WORK-OF-ART", "I-WORK-OF-ART")

WANTED = [
    ("B-PER", "I-PER", "O", "B-LOC"),
    ("O", "B-ORG", "I-ORG", "O"),
    ("B-LOC", "B-LOC", "O"),
    ("O",),
]
PREDICTIONS = [
    ("B-PER", "I-PER", "O", "B-ORG"),  # one right, one of another type
    ("O", "B-ORG", "O", "O"),  # cut short: one missed, one spurious
    ("B-LOC", "I-LOC", "O"),  # run together: two missed, one spurious
    ("I-PER",),  # begins an entity all the same
]


def labeling_scores(predictions, wanted, *, scheme="iob2", interval=True):
    return [significance.score(metric, predictions, interval=interval) for metric in metrics(wanted, scheme=scheme)]


def sequences(tags=TAGS):
    pair = st.integers(1, 8).flatmap(
        lambda n: st.tuples(*[st.lists(st.sampled_from(tags), min_size=n, max_size=n)] * 2)
    )
    return st.lists(pair, min_size=1, max_size=4)


def values(predictions, wanted, **options):
    return {score.name: score.value for score in labeling_scores(predictions, wanted, interval=False, **options)}


def test_scores_by_hand():
    found = values(PREDICTIONS, WANTED)
    # Of 5 predicted and 5 wanted entities one is right; of 12 words 8.
    assert found == {"entity_f1": 20, "precision": 20, "recall": 20, "token_accuracy": pytest.approx(100 * 8 / 12)}
    f1, *_, accuracy = labeling_scores(PREDICTIONS * 5, WANTED * 5)
    assert f1.low < f1.value < f1.high and accuracy.low < accuracy.value < accuracy.high
    assert f1.signature == "scheme:iob2|mode:conlleval|average:micro|version:0.1.0|bs:1000|seed:12345"
    assert accuracy.signature == "version:0.1.0|bs:1000|seed:12345"


def test_types_by_hand():
    rows = {row["class"]: row for row in type_table(PREDICTIONS, WANTED)}
    counts = {kind: (row["predicted"], row["support"], row["f1"]) for kind, row in rows.items()}
    assert counts == {"LOC": (1, 3, 0), "ORG": (2, 1, 0), "PER": (2, 1, pytest.approx(200 / 3))}


def test_confusion_by_hand():
    classes, matrix = type_confusion(PREDICTIONS, WANTED)
    assert classes == ["LOC", "ORG", "PER", "O"]
    assert matrix.tolist() == [[0, 1, 0, 2], [0, 0, 0, 1], [0, 0, 1, 0], [1, 1, 1, 0]]


@given(pairs=sequences())
def test_confusion_sums_to_what_is_predicted_and_wanted(pairs):
    predictions, wanted = zip(*pairs, strict=True)
    classes, matrix = type_confusion(predictions, wanted)
    for number, row in enumerate(type_table(predictions, wanted)):
        assert row["class"] == classes[number]
        assert row["predicted"] == matrix[:, number].sum() and row["support"] == matrix[number].sum()
    assert matrix[-1, -1] == 0


def test_no_entities_score_nothing():
    assert values([("O", "O")], [("O", "O")]) == {"entity_f1": 0, "precision": 0, "recall": 0, "token_accuracy": 100}
    assert type_table([("O",)], [("O",)]) == []
    assert type_confusion([("O",)], [("O",)])[1].tolist() == [[0]]


def test_plain_tags_are_scored_word_by_word():
    predictions, wanted = [("NN", "VB"), (), ("NN", "B")], [("NN", "NN"), (), ("VB", "NN")]
    accuracy, macro_f1 = labeling_scores(predictions, wanted, scheme="none")
    assert (accuracy.name, accuracy.value) == ("token_accuracy", 25)
    assert macro_f1.value == pytest.approx((200 * 1 / 5 + 0) / 2)
    assert "scheme:none|average:macro|classes:wanted" in macro_f1.signature
    flat = [
        significance.score(one, ["NN", "VB", "NN", "B"], interval=False)
        for one in classification.metrics(["NN", "NN", "VB", "NN"])
    ]
    assert [score.value for score in flat] == [accuracy.value, macro_f1.value]


def test_comparison_and_groups(monkeypatch):
    monkeypatch.setattr(significance, "SWAPS", 1000)
    wanted, predictions = WANTED * 10, PREDICTIONS * 10
    rows = significance.compare({"baseline": predictions, "right": wanted}, metrics(wanted))
    names = ["entity_f1", "precision", "recall", "token_accuracy"]
    assert [row["score"] for row in rows[::2]] == names
    assert all(row["value"] == 100 and row["bootstrap_p"] < 0.01 > row["randomization_p"] for row in rows[1::2])
    rows = significance.compare_groups({"baseline": [predictions] * 2, "right": [wanted] * 2}, metrics(wanted))
    assert [row["score"] for row in rows[::2]] == names and rows[1]["bootstrap_p"] < 0.01
    rows = significance.compare({"baseline": predictions, "right": wanted}, metrics(wanted, scheme="none"))
    assert [row["score"] for row in rows[::2]] == ["token_accuracy", "macro_f1"]


@pytest.mark.parametrize("refused", [labeling_scores, type_table, type_confusion])
@pytest.mark.parametrize("scheme", ["iob2", "none"])
def test_other_lengths_are_refused(refused, scheme):
    options = {"scheme": scheme} if refused is labeling_scores else {}
    with pytest.raises(ValueError, match="3 predicted sequences for 4 wanted"):
        refused(PREDICTIONS[:-1], WANTED, **options)
    with pytest.raises(ValueError, match="sequence 2 has 1 predicted tags for 4 words"):
        refused([PREDICTIONS[0], ("O",), *PREDICTIONS[2:]], WANTED, **options)


@given(pairs=sequences(TAGS[:5]))
@settings(max_examples=60)
def test_equal_to_nervaluate_on_legal_sequences(pairs):
    predictions, wanted = ([to_tags(entities(tags), len(tags)) for tags in side] for side in zip(*pairs, strict=True))
    found, by_type = values(predictions, wanted), {row["class"]: row for row in type_table(predictions, wanted)}
    results = Evaluator(wanted, predictions, tags=["PER", "LOC"], loader="list").evaluate()
    for ours, theirs in [
        (found["entity_f1"], results["overall"]["strict"].f1),
        (found["precision"], results["overall"]["strict"].precision),
        (found["recall"], results["overall"]["strict"].recall),
        *((row["f1"], results["entities"][kind]["strict"].f1) for kind, row in by_type.items()),
    ]:
        assert ours == pytest.approx(100 * theirs)


@pytest.fixture(scope="module")
def conlleval():
    """The script of the shared tasks, as a function to {name: numbers} from predicted and wanted sequences."""
    if shutil.which("perl") is None:
        pytest.skip("perl is not installed")
    try:
        script = fetch(SCRIPT) / CONLLEVAL
    except SeqtasksError as error:
        pytest.skip(f"the script of the shared tasks cannot be fetched: {error}")

    def run(predictions, wanted):
        lines = []
        for predicted, right in zip(predictions, wanted, strict=True):
            lines += [*(f"word {tag} {guess}" for guess, tag in zip(predicted, right, strict=True)), ""]
        printed = subprocess.run(["perl", script], input="\n".join(lines), capture_output=True, text=True, check=True)
        overall, *by_type = printed.stdout.splitlines()[1:]
        rows = {"": overall} | {line.split(":")[0].strip(): line for line in by_type}
        return {name: [float(number) for number in re.findall(r"\d+\.\d+", line)] for name, line in rows.items()}

    return run


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(40))
def test_equal_to_the_script_of_the_shared_tasks(conlleval, seed):
    """Also on sequences that are illegal in iob2; the script prints two decimals."""
    random = np.random.default_rng(seed)
    wanted = [random.choice(TAGS, size=random.integers(1, 12)).tolist() for _ in range(60)]
    noise = random.random()
    predictions = [[tag if random.random() > noise else random.choice(TAGS) for tag in tags] for tags in wanted]
    expected, found = conlleval(predictions, wanted), values(predictions, wanted)
    ours = [found[name] for name in ("token_accuracy", "precision", "recall", "entity_f1")]
    assert ours == pytest.approx(expected.pop(""), abs=0.00501)
    rows = type_table(predictions, wanted)
    assert [row["class"] for row in rows] == list(expected)
    for row in rows:
        assert [row[name] for name in ("precision", "recall", "f1")] == pytest.approx(
            expected[row["class"]], abs=0.00501
        )
