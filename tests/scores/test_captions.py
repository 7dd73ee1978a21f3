"""Scores of captions against hand-computed numbers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtasks.archives import Archive, fetch
from seqtasks.scores import significance
from seqtasks.scores.captions import cider, metrics, rouge, words

CAPTIONS = st.lists(st.sampled_from("abc"), max_size=6).map(" ".join)


def value(metric, captions):
    return significance.score(metric, captions, interval=False).value


def test_words_are_without_marks_and_case():
    assert words("A dog, two cats' tails -- it's ÉTÉ!") == ["a", "dog", "two", "cats", "tails", "it's", "été"]


def test_cider_of_a_caption_that_is_its_only_reference_is_ten_times_the_orders_it_has():
    references = [["a b c d e"], ["f g h i j"]]
    assert value(cider(references), ["a b c d e", "f g h i j"]) == pytest.approx(1000)
    # Of two words there are neither trigrams nor longer ones: two orders of four count nothing.
    assert value(cider([["a b"], ["c d"]]), ["a b", "c d"]) == pytest.approx(500)
    assert value(cider([["a"], ["b"]]), ["a", "b"]) == pytest.approx(250)


def test_cider_by_hand():
    # Three images; idf of what one image has is log 3, of what two have log 3/2.
    references = [["a b", "a c"], ["a d"], ["e f"]]
    one, two = math.log(3), math.log(1.5)
    # Caption "a b" against "a b": unigrams a (two), b (one), bigram "a b" (one): both cosines are 1.
    # Against "a c": unigrams share a: two^2 / (two^2 + one^2); bigrams share nothing.
    first = (1 + 1) / 4
    second = (two**2 / (two**2 + one**2)) / 4
    # Caption "a a d" for "a d": of two times a one counts; "a a" is in no reference (log 3), and it has a bigram more.
    unigrams = (min(2 * two, two) * two + one * one) / (math.hypot(2 * two, one) * math.hypot(two, one))
    bigrams = (one * one) / (math.hypot(one, one) * one)
    third = math.exp(-1 / 72) * (unigrams + bigrams) / 4
    wanted = 1000 * np.mean([(first + second) / 2, third, 0])
    assert value(cider(references), ["a b", "a a d", "g"]) == pytest.approx(wanted)


@pytest.mark.slow
def test_cider_is_that_of_the_code_of_coco():
    member = "pycocoevalcap/cider/cider_scorer.py"
    theirs = {}
    code = fetch(
        Archive(
            package="pycocoevalcap",
            version="1.2",
            sha256="083ed7910f1aec000b0a237ef6665f74edf19954204d0b1cbdb8399ed132228d",
            members={member: "299037838373391c3335e066c867ba2d6dd8617d2c8fb2c4193f32620a774adc"},
            licence="BSD, Xinlei Chen, Hao Fang, Tsung-Yi Lin and Ramakrishna Vedantam",
        )
    )
    exec((code / member).read_text(), theirs)
    draw = np.random.default_rng(5)

    def sentence():
        return " ".join(draw.choice(list("abcdefghijklmnop"), size=draw.integers(1, 12), p=np.arange(1, 17) / 136))

    references = [[sentence() for _ in range(draw.integers(1, 6))] for _ in range(200)]
    captions = [sentence() if i % 3 else of_image[0] for i, of_image in enumerate(references)]
    scorer = theirs["CiderScorer"](n=4, sigma=6.0)
    for caption, of_image in zip(captions, references, strict=True):
        scorer += (caption, of_image)
    wanted, _ = scorer.compute_score()
    assert 1 < wanted < 9
    assert value(cider(references), captions) == pytest.approx(100 * wanted, rel=1e-9)


def test_what_all_images_have_counts_nothing_in_cider():
    assert value(cider([["a"], ["a"]]), ["a", "a"]) == 0


@given(st.lists(st.tuples(CAPTIONS, st.lists(CAPTIONS, min_size=1, max_size=3)), min_size=1, max_size=4))
def test_scores_of_any_captions_are_finite_and_within_bounds(rows):
    captions, references = zip(*rows, strict=True)
    for metric in metrics(references):
        found = value(metric, list(captions))
        assert 0 <= found <= (1000.001 if metric.name == "CIDEr-D" else 100.001)


def test_rouge_by_hand():
    # The longest common subsequences of "a b c d" are "a c" with "a x c" and "b c d" with "b c d e f g".
    precision, recall = 3 / 4, 2 / 3
    wanted = 100 * (1 + 1.44) * precision * recall / (recall + 1.44 * precision)
    assert value(rouge([["a x c", "b c d e f g"]]), ["a b c d"]) == pytest.approx(wanted)
    assert value(rouge([["a"], ["b"]]), ["a", ""]) == pytest.approx(50)


def test_metrics_of_captions_are_named_and_signed():
    references = [["a small dog runs", "a dog"], ["two cats"]]
    found = {metric.name: metric for metric in metrics(references, language="en")}
    assert list(found) == ["CIDEr-D", "BLEU-4", "BLEU-3", "BLEU-2", "BLEU-1", "ROUGE-L", "exact", "repeated"]
    assert value(found["BLEU-4"], ["A small dog runs", "two cats"]) == pytest.approx(100)
    assert value(found["exact"], ["A dog!", "cats"]) == 50
    assert value(found["repeated"], ["a dog a dog runs", "two dogs two cats"]) == 50
    assert "tok:words" in found["CIDEr-D"].signature


def test_captions_without_spaces_are_counted_in_characters():
    found = {metric.name: metric for metric in metrics([["两只狗"], ["一只猫"]], language="zh")}
    assert "tok:characters" in found["CIDEr-D"].signature
    assert value(found["exact"], ["两只 狗", "猫"]) == 50
    assert value(found["ROUGE-L"], ["两只狗", "狗"]) == pytest.approx(50)
