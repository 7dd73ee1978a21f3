"""The n-gram model against hand-computed numbers and against its equations, written with dictionaries."""

from collections import Counter, defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqtasks.tasks.language_model.beside.ngrams import KneserNey

SIZE = 4
streams = st.lists(st.integers(0, SIZE - 1), min_size=1, max_size=40)
contexts = st.lists(st.integers(0, SIZE), max_size=6)
orders = st.integers(1, 6)


class Equations:
    """P(w | h) as the papers write it; counts are {context: {id: count}}, one for each length."""

    def __init__(self, ids, predictable, *, order):
        self.predictable, self.counts = predictable, []
        for length in range(1, order + 1):
            neighbours = defaultdict(list)
            for i in range(len(ids) - length + 1):
                neighbours[tuple(ids[i : i + length])].append(ids[i - 1] if i else "start")
            counts = defaultdict(dict)
            for gram, left in neighbours.items():
                counts[gram[:-1]][gram[-1]] = len(left if length == order else set(left))
            self.counts.append(counts)
        self.discounts = [self.discounts_of(counts) for counts in self.counts]

    @staticmethod
    def discounts_of(counts):
        n = Counter(count for row in counts.values() for count in row.values())
        if all(n[count] for count in (1, 2, 3, 4)):
            y = n[1] / (n[1] + 2 * n[2])
            modified = [1 - 2 * y * n[2] / n[1], 2 - 3 * y * n[3] / n[2], 3 - 4 * y * n[4] / n[3]]
            if min(modified) > 0:
                return modified
        return [0.5, 1, 1.5]

    def probability(self, word, context):
        context = tuple(context)[max(0, len(context) - len(self.counts) + 1) :]
        lower = self.probability(word, context[1:]) if context else (word in self.predictable) / len(self.predictable)
        row = self.counts[len(context)].get(context)
        if row is None:
            return lower
        off = {w: self.discounts[len(context)][min(count, 3) - 1] for w, count in row.items()}
        share = max(row[word] - off[word], 0) if word in row else 0
        return (share + sum(off.values()) * lower) / sum(row.values())


def test_bigrams_by_hand():
    # Left of 0 are the start, 0 and 1: discount 3/2 of 3. Left of 1 is 0: discount 1/2 of 1, as of each bigram.
    model = KneserNey([0, 0, 1, 0], 3, order=2)
    unigrams = np.array([13, 7, 4]) / 24
    np.testing.assert_allclose(model.distribution([]), unigrams)
    np.testing.assert_allclose(model.distribution([2]), unigrams)
    np.testing.assert_allclose(model.distribution([2, 0]), np.array([25, 19, 4]) / 48)
    np.testing.assert_allclose(model.distribution([1]), np.array([37, 7, 4]) / 48)
    np.testing.assert_allclose(model.log_probabilities([1, 0, 2, 2]), np.log([7 / 24, 37 / 48, 4 / 48, 4 / 24]))


def test_a_context_that_only_ends_the_stream_is_passed_over():
    model = KneserNey([0, 0, 1], 3, order=2)
    np.testing.assert_array_equal(model.distribution([1]), model.distribution([]))


def test_modified_discounts_by_hand():
    # n1 = 4, n2 = 2, n3 = n4 = 1: Y = 1/2, D1 = 1/2, D2 = 5/4, D3 = 1; 13/2 of 15 counts are spread over ten ids.
    model = KneserNey(np.repeat(np.arange(8), [1, 1, 1, 1, 2, 2, 3, 4]), 10, order=1)
    left = np.array([0.5, 0.5, 0.5, 0.5, 0.75, 0.75, 2, 3, 0, 0])
    np.testing.assert_allclose(model.distribution([]), (left + 0.65) / 15)


@given(streams, contexts, orders)
def test_every_context_has_a_distribution(ids, context, order):
    found = KneserNey(ids, SIZE + 1, order=order).distribution(context)
    assert found.min() > 0
    assert found.sum() == pytest.approx(1, abs=1e-12)


@given(streams, contexts, orders)
def test_equals_the_equations(ids, context, order):
    model, equations = KneserNey(ids, SIZE + 1, order=order), Equations(ids, range(SIZE + 1), order=order)
    expected = [equations.probability(word, context) for word in range(SIZE + 1)]
    np.testing.assert_allclose(model.distribution(context), expected, rtol=1e-10)


@pytest.mark.parametrize("order", [2, 3, 5, 8])
def test_equals_the_equations_on_a_longer_stream(order):
    random = np.random.default_rng(order)
    ids = np.minimum(random.geometric(0.15, size=3000), 60).cumsum() % 100
    seen, other = ids[:2700].tolist(), ids[2700:].tolist()
    equations = Equations(seen, range(100), order=order)
    assert any(discounts != [0.5, 1, 1.5] for discounts in equations.discounts)
    expected = np.log([equations.probability(word, other[:i]) for i, word in enumerate(other)])
    found = KneserNey(seen, 100, order=order).log_probabilities(other)
    np.testing.assert_allclose(found, expected, rtol=1e-10)


@given(streams, contexts, orders)
def test_log_probabilities_are_those_of_the_distributions(ids, others, order):
    model = KneserNey(ids, SIZE + 1, order=order)
    expected = [np.log(model.distribution(others[:i])[other]) for i, other in enumerate(others)]
    found = model.log_probabilities(others)
    assert found.shape == (len(others),) and found.dtype == np.float64
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@given(streams, contexts, orders)
def test_what_is_not_predictable_has_probability_zero(ids, context, order):
    predictable = np.isin(np.arange(SIZE + 3), [*ids, SIZE + 1])
    model = KneserNey(ids, SIZE + 3, order=order, predictable=predictable)
    found = model.distribution(context)
    np.testing.assert_array_equal(found > 0, predictable)
    equations = Equations(ids, np.flatnonzero(predictable).tolist(), order=order)
    np.testing.assert_allclose(found, [equations.probability(word, context) for word in range(SIZE + 3)], rtol=1e-10)
    assert model.log_probabilities([SIZE])[0] == -np.inf


@pytest.mark.parametrize("order", [1, 2, 6])
@pytest.mark.parametrize("ids", [[1], [1] * 5, [1] * 200])
def test_a_stream_of_one_id(ids, order):
    model = KneserNey(ids, 3, order=order)
    for context in ([], [1], [1] * 9, [2], [1, 2], [2, 1]):
        found = model.distribution(context)
        assert found.sum() == pytest.approx(1, abs=1e-12)
        assert found[1] > found[0] == found[2] > 0
    np.testing.assert_array_equal(KneserNey([0] * len(ids), 1, order=order).log_probabilities([0, 0, 0]), 0)


def test_discounts_that_would_not_be_above_zero_are_replaced():
    # n1 = n2 = n3 = 1, n4 = 9: three counts less one would be more than the counts; 1/2, 1 and ten times 3/2 of 42.
    model = KneserNey(np.repeat(np.arange(12), [1, 2, 3, *[4] * 9]), 13, order=1)
    left = np.array([0.5, 1, 1.5, *[2.5] * 9, 0])
    np.testing.assert_allclose(model.distribution([]), (left + 16.5 / 13) / 42)


def test_an_order_beyond_the_stream_is_that_of_its_length():
    for context in ([], [2], [0, 2], [1, 0, 2, 1]):
        longer, whole = (KneserNey([1, 0, 2], 3, order=order).distribution(context) for order in (9, 3))
        np.testing.assert_array_equal(longer, whole)


def test_ids_of_any_integer_type():
    expected = KneserNey([3, 1, 3], 5, order=2).log_probabilities([1, 3])
    for dtype in (np.int8, np.uint8, np.int32, np.uint64):
        found = KneserNey(np.array([3, 1, 3], dtype), 5, order=2).log_probabilities(np.array([1, 3], dtype))
        np.testing.assert_array_equal(found, expected)
    assert KneserNey([0], 1, order=1).log_probabilities([]).shape == (0,)


@pytest.mark.parametrize(
    ("ids", "options", "message"),
    [
        ([], {"order": 2}, "the stream is empty"),
        ([0, 3], {"order": 2}, "ids are from 0 to 3; allowed: from 0 to 2"),
        ([-1, 2], {"order": 2}, "ids are from -1 to 2"),
        ([0.5], {"order": 2}, "ids are float64"),
        ([[0]], {"order": 2}, r"of shape \(1, 1\)"),
        ([0], {"order": 0}, "the order is 0; allowed: 1 or more"),
        ([0], {"order": 1, "predictable": [True]}, r"predictable has shape \(1,\); expected \(3,\)"),
        ([0, 2], {"order": 1, "predictable": [True, True, False]}, "id 2, which is not predictable"),
    ],
)
def test_what_cannot_be_counted_is_refused(ids, options, message):
    with pytest.raises(ValueError, match=message):
        KneserNey(ids, 3, **options)


def test_what_cannot_be_scored_is_refused():
    model = KneserNey([0, 1, 2], 3, order=2)
    for wrong in ([3], [-1], [0.5], [[0]]):
        with pytest.raises(ValueError, match="ids are"):
            model.log_probabilities(wrong)
        with pytest.raises(ValueError, match="ids are"):
            model.distribution(wrong)


@given(stream=st.lists(st.integers(0, 4), min_size=1, max_size=40), text=st.lists(st.integers(0, 4), max_size=12))
def test_the_models_of_all_orders_share_their_counts(stream, text):
    together = KneserNey(np.array(stream), 5, order=4).by_order(np.array(text, int))
    for order, found in enumerate(together, start=1):
        alone = KneserNey(np.array(stream), 5, order=order).log_probabilities(np.array(text, int))
        np.testing.assert_allclose(found, alone, rtol=1e-12)
