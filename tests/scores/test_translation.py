"""Scores against sacrebleu called by hand."""

import statistics
import subprocess
import sys

import pytest
import sacrebleu
from sacrebleu.metrics import BLEU, CHRF

from seqtasks.scores import significance
from seqtasks.scores.translation import compare_translations, metrics, tokenizer_for, translation_scores

PREDICTIONS = ["the cat sat on the mat .", "there is a dog in the garden", "he reads a long book today", "rain again"]
REFERENCES = [
    ["the cat sat on the mat .", "a cat was sitting on the mat ."],
    ["a dog is in the garden"],
    ["he is reading a long book today", "today he reads a long book", "he reads a long book"],
    ["it is raining again"],
]
# The same as streams: the i-th reference of each line, None where there is none.
STREAMS = [
    [line[0] for line in REFERENCES],
    [REFERENCES[0][1], None, REFERENCES[2][1], None],
    [None, None, REFERENCES[2][2], None],
]


def test_scores_equal_sacrebleu_with_a_variable_number_of_references():
    bleu, chrf = translation_scores(PREDICTIONS, REFERENCES, language="en", interval=False)
    assert (bleu.name, chrf.name) == ("BLEU", "chrF")
    assert bleu.value == sacrebleu.corpus_bleu(PREDICTIONS, STREAMS).score
    assert chrf.value == sacrebleu.corpus_chrf(PREDICTIONS, STREAMS).score
    assert 0 < bleu.value < 100
    assert bleu.low is bleu.high is chrf.low is chrf.high is None


def test_scores_with_one_reference_equal_sacrebleu():
    bleu, chrf = translation_scores(PREDICTIONS, [line[:1] for line in REFERENCES], language="en", interval=False)
    assert bleu.value == sacrebleu.corpus_bleu(PREDICTIONS, STREAMS[:1]).score
    assert chrf.value == sacrebleu.corpus_chrf(PREDICTIONS, STREAMS[:1]).score
    assert "nrefs:1" in bleu.signature


def test_missing_reference_is_not_an_empty_one():
    # An empty one would be the closest in length to a short answer, and so lower the brevity penalty.
    predictions, references = ["a", "a b c d e f"], [["a b c d"], ["a b c d e f", "a b c"]]
    bleu = translation_scores(predictions, references, language="en", interval=False)[0]
    empty = sacrebleu.corpus_bleu(predictions, [["a b c d", "a b c d e f"], ["", "a b c"]])
    missing = sacrebleu.corpus_bleu(predictions, [["a b c d", "a b c d e f"], [None, "a b c"]])
    assert (missing.ref_len, empty.ref_len) == (10, 6)
    assert bleu.value == missing.score


def test_perfect_answers_score_one_hundred_and_foreign_ones_nothing():
    references = [[line[0]] for line in REFERENCES]
    for score in translation_scores([line[0] for line in REFERENCES], references, language="en"):
        assert score.value == pytest.approx(100)
        assert (score.low, score.high) == (pytest.approx(100), pytest.approx(100))
    for score in translation_scores(["жщ"] * 4, references, language="en", interval=False):
        assert score.value == pytest.approx(0, abs=1e-6)


def test_interval_brackets_the_value_and_is_the_same_each_time():
    predictions, references = PREDICTIONS * 10, REFERENCES * 10
    scores = translation_scores(predictions, references, language="en")
    for score in scores:
        assert 0 < score.low < score.value < score.high < 100
    assert translation_scores(predictions, references, language="en") == scores
    plain = translation_scores(predictions, references, language="en", interval=False)
    assert [score.value for score in scores] == [score.value for score in plain]


def test_interval_equals_that_of_sacrebleu():
    scores = translation_scores(PREDICTIONS * 5, REFERENCES * 5, language="en")
    streams = [stream * 5 for stream in STREAMS]
    for score, metric in zip(scores, (BLEU(), CHRF()), strict=True):
        result = metric.corpus_score(PREDICTIONS * 5, streams, n_bootstrap=1000)
        assert score.low == pytest.approx(result._mean - result._ci, rel=1e-5)
        assert score.high == pytest.approx(result._mean + result._ci, rel=1e-5)
        assert score.signature == str(metric.get_signature())


def test_interval_is_found_where_some_resamples_match_nothing():
    bleu, _ = translation_scores(["a b c d e f", "q q q q"], [["a b c d e f"], ["x y z w v"]], language="en")
    assert bleu.low < bleu.value < bleu.high


def test_signature_says_how_the_score_was_computed():
    bleu, chrf = translation_scores(PREDICTIONS, REFERENCES, language="en")
    for part in ("nrefs:var", "case:mixed", "tok:13a", "smooth:exp", "bs:1000", f"version:{sacrebleu.__version__}"):
        assert part in bleu.signature
    assert "nc:6" in chrf.signature
    assert bleu.as_dict() == {
        "name": "BLEU",
        "value": bleu.value,
        "low": bleu.low,
        "high": bleu.high,
        "signature": bleu.signature,
    }


@pytest.mark.parametrize(
    ("language", "tokenizer"),
    [("zh", "zh"), ("zh-CN", "zh"), ("zh_tw", "zh"), ("ja", "char"), ("th", "char"), ("ko", "char")],
)
def test_bleu_takes_the_tokenizer_of_the_language(language, tokenizer):
    predictions, references = ["我们今天学习很多东西。"], [["我们今天学习了很多东西。"]]
    bleu = translation_scores(predictions, references, language=language, interval=False)[0]
    assert f"tok:{tokenizer}|" in bleu.signature
    expected = sacrebleu.corpus_bleu(predictions, [["我们今天学习了很多东西。"]], tokenize=tokenizer)
    assert bleu.value == expected.score
    assert bleu.value > 20


@pytest.mark.parametrize(
    ("text", "tokenizer"),
    [
        ("我们今天学习很多东西。", "zh"),
        ("我喜欢喝茶3杯，TensorFlow 很好用呢", "zh"),
        ("今日は本を読みました。", "char"),
        ("テレビを見る", "char"),
        ("나는 책을 읽는다.", "char"),
        ("วันนี้ฝนตก", "char"),
        ("ခွေး", "char"),
        ("he reads 书 today", "13a"),
        ("сегодня дождь", "13a"),
        ("3 + 4 = 7", "13a"),
        ("", "13a"),
    ],
)
@pytest.mark.parametrize("name", ["target", "tgt", "2", "xx"])
def test_the_text_decides_where_the_name_is_no_language(name, text, tokenizer):
    assert tokenizer_for(name, [[text], ["7", text]]) == tokenizer
    bleu = translation_scores([text] * 2, [[text], ["7", text]], language=name, interval=False)[0]
    assert f"tok:{tokenizer}|" in bleu.signature


def test_what_looks_tokenized_is_remarked_on_once(caplog):
    lines = ["it is over ."] * 200
    for interval in (True, False, False):
        translation_scores(lines, [[line] for line in lines], language="en", interval=interval)
    compare_translations({"one": lines, "other": lines}, [[line] for line in lines], language="en")
    assert sum("tokenized period" in record.getMessage() for record in caplog.records) == 1


def test_sacrebleu_is_one_whose_insides_are_known():
    assert sacrebleu.__version__.split(".")[:2] == ["2", "6"]


@pytest.fixture(scope="module")
def rows():
    lines = [f"sentence number {i} is about subject {i % 7} and place {i % 5}" for i in range(60)]
    worse = [line.replace("about", "on").replace("place", "the place") for line in lines]
    systems = {"baseline": worse, "same": list(worse), "better": lines}
    return compare_translations(systems, [[line] for line in lines], language="en")


def test_comparison_has_a_row_for_each_score_and_system(rows):
    assert [(row["score"], row["system"]) for row in rows] == [
        (score, system) for score in ("BLEU", "chrF") for system in ("baseline", "same", "better")
    ]
    for row in rows:
        assert row["low"] - 1e-3 < row["value"] < row["high"] + 1e-3
        assert "bs:1000" in row["signature"]


def test_comparison_has_no_p_value_for_the_baseline_and_one_for_its_double(rows):
    for row in rows:
        if row["system"] == "baseline":
            assert row["bootstrap_p"] is row["randomization_p"] is None
        if row["system"] == "same":
            assert row["randomization_p"] == row["bootstrap_p"] == 1
            assert row["value"] == next(
                other["value"] for other in rows if other["system"] == "baseline" and other["score"] == row["score"]
            )


def test_comparison_finds_a_system_that_is_always_better(rows):
    for row in rows:
        if row["system"] == "better":
            assert row["value"] == pytest.approx(100)
            assert row["bootstrap_p"] < 0.01
            assert row["randomization_p"] < 0.01


@pytest.mark.parametrize(("differing", "least"), [(1, 1.0), (2, 0.5), (4, 0.125)])
def test_randomization_cannot_be_surer_than_the_number_of_differing_lines_allows(differing, least):
    """Swapping d lines in all 2 ** d ways, at least two ways reach the difference that was seen."""
    lines = [f"sentence number {i} is about subject {i % 7} and place {i % 5}" for i in range(30)]
    other = ["nothing of the sort"] * differing + lines[differing:]
    rows = compare_translations({"baseline": lines, "other": other}, [[line] for line in lines], language="en")
    for row in rows:
        if row["system"] == "other":
            assert row["randomization_p"] >= least


def test_scores_that_are_equal_do_not_differ_however_the_lines_do():
    references = [[f"sentence number {i}"] for i in range(40)]
    systems = {"one": ["x"] * 40, "other": ["y z"] * 40}
    for row in compare_translations(systems, references, language="en"):
        if row["score"] == "BLEU" and row["system"] == "other":
            assert row["value"] == 0
            assert (row["bootstrap_p"], row["randomization_p"]) == (1, 1)


def test_comparison_does_not_depend_on_which_system_is_the_baseline():
    lines = [f"sentence number {i} is about subject {i % 7} and place {i % 5}" for i in range(40)]
    systems = {"a": [line.replace("about", "on") if i % 3 else line for i, line in enumerate(lines)]}
    systems["b"] = [line.replace("number", "no") if i % 2 else line for i, line in enumerate(lines)]
    references = [[line] for line in lines]
    there = compare_translations(systems, references, language="en")
    back = compare_translations(dict(reversed(systems.items())), references, language="en")
    for one, other in zip(there[1::2], back[1::2], strict=True):
        assert one["bootstrap_p"] == pytest.approx(other["bootstrap_p"], abs=1e-3)
        assert one["randomization_p"] == pytest.approx(other["randomization_p"], abs=0.03)


@pytest.fixture(scope="module")
def groups():
    """Three seeds that mistake a third of the lines, each another, three that mistake none, and one that is alone."""
    lines = [f"sentence number {i} is about subject {i % 7} and place {i % 5}" for i in range(60)]
    worse = [
        [line if i % 3 == seed else line.replace("about", "on") for i, line in enumerate(lines)] for seed in range(3)
    ]
    worse[0][0] = "nothing"
    systems = {"worse": worse, "same": [list(one) for one in worse], "better": [lines] * 3, "alone": [worse[1]]}
    return systems, significance.compare_groups(systems, metrics([[line] for line in lines], language="en"))


def test_groups_have_mean_deviation_and_the_scores_of_their_runs(groups):
    systems, rows = groups
    lines = systems["better"][0]
    for row in rows:
        of_runs = []
        for predictions in systems[row["system"]]:
            scores = translation_scores(predictions, [[line] for line in lines], language="en", interval=False)
            of_runs += [score.value for score in scores if score.name == row["score"]]
        assert (row["value"], row["runs"]) == (pytest.approx(statistics.mean(of_runs)), len(of_runs))
        if len(of_runs) == 1:
            assert row["deviation"] is None
        else:
            assert row["deviation"] == pytest.approx(statistics.stdev(of_runs))
        assert row["low"] - 1e-9 <= row["value"] <= row["high"] + 1e-9


def test_groups_differ_where_every_seed_is_better_and_not_from_their_double(groups):
    chances = {(row["score"], row["system"]): row["bootstrap_p"] for row in groups[1]}
    for score in ("BLEU", "chrF"):
        assert chances[score, "worse"] is None
        assert chances[score, "same"] > 0.5
        assert chances[score, "better"] < 0.01


def test_scores_import_no_tensorflow():
    program = (
        "import sys, seqtasks.scores.classification, seqtasks.scores.labeling, seqtasks.scores.translation; "
        "sys.exit('tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
