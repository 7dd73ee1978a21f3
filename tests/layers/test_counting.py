"""Counting n-grams against plain loops: their keys and weights, naive Bayes, its corrections, the mixture."""

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.batches.sequences import Sequences
from seqtasks.layers.counting import naive_bayes, ngrams
from seqtasks.layers.counting.mixing import best_weights
from seqtasks.layers.counting.ngrams import NGrams
from seqtasks.layers.counting.presence import Presence
from seqtasks.text import EOS

# Three classes; the sixth text has words twice, and all end with the end mark.
TEXTS = [[5, 6, 7], [5, 8], [6, 7, 9, 6], [10, 5], [8, 6, 7], [5, 6, 5, 6, 5], [9], [8, 8, 10], [7, 6], [9, 10, 5]]
TEXTS = [[*text, EOS] for text in TEXTS]
CLASSES = np.array([0, 1, 0, 2, 1, 0, 2, 1, 0, 2])
WEIGHTS = np.array([1.0, 2.0, 0.5])


def grams_of(ids, longest):
    """Returns the different n-grams of a text, as tuples."""
    return {tuple(ids[i : i + n]) for n in range(1, longest + 1) for i in range(len(ids) - n + 1)}


def key_of(gram):
    key = 0
    for number in gram:
        key = (key + number + 1) * 1_103_515_245 % (2**31 - 1)
    return key


def sequences(texts):
    return Sequences.of(np.concatenate(texts), list(map(len, texts)), 100)


def fitted(texts=TEXTS, classes=CLASSES, longest=3):
    layer = NGrams(longest, 3)
    layer.build()
    layer.fit(sequences(texts), classes, WEIGHTS)
    return layer


def dense(texts, longest):
    """Returns the matrix (texts, n-grams) of zeros and ones, and the n-grams."""
    grams = sorted({gram for text in texts for gram in grams_of(text, longest)})
    return np.array([[gram in grams_of(text, longest) for gram in grams] for text in texts], float), grams


def ratios_of(present, wanted):
    """Naive Bayes with loops, from the definition in naive_bayes.py."""
    ratios = np.zeros((present.shape[1], wanted.shape[1]))
    for c in range(wanted.shape[1]):
        p = [1 + sum(present[i, f] * wanted[i, c] for i in range(len(present))) for f in range(present.shape[1])]
        q = [
            1 + sum(present[i, f] * (wanted[i].sum() - wanted[i, c]) for i in range(len(present)))
            for f in range(present.shape[1])
        ]
        ratios[:, c] = [np.log(a / sum(p)) - np.log(b / sum(q)) for a, b in zip(p, q, strict=True)]
    return ratios


def cross_entropy(present, ratios, weights, bias, wanted):
    logits = tf.matmul(tf.constant(present), ratios * weights) + bias
    return -tf.reduce_sum(wanted * tf.nn.log_softmax(logits))


def path(present, wanted, scale):
    """Yields the weights of n-grams and the bias step by step, with gradients by automatic differentiation."""
    ratios, counts = ratios_of(present, wanted), wanted.sum(axis=1)
    sized = present * np.abs(ratios).max(axis=1) * np.sqrt(counts)[:, np.newaxis]
    rate = 2 / (np.linalg.eigvalsh(sized.T @ sized)[-1] + counts.sum())
    here = [tf.fill(ratios.shape, tf.constant(scale, tf.float64)), tf.zeros(ratios.shape[1], tf.float64)]
    ahead, t = here, 1.0
    while True:
        yield ratios * here[0].numpy(), here[1].numpy()
        with tf.GradientTape() as tape:
            tape.watch(ahead)
            loss = cross_entropy(present, ratios, *ahead, wanted)
        moved = [x - rate * gradient for x, gradient in zip(ahead, tape.gradient(loss, ahead), strict=True)]
        after = (1 + (1 + 4 * t * t) ** 0.5) / 2
        ahead = [new + (t - 1) / after * (new - old) for new, old in zip(moved, here, strict=True)]
        here, t = moved, after


def test_weights_are_of_naive_bayes_corrected_until_texts_held_out_get_worse():
    draw = np.random.default_rng(2)
    classes = draw.integers(0, 3, 40)
    # About a third of the pieces are those of the class.
    parts = [(5 + c, draw.integers(1, 6)) for c in classes]
    texts = [[*np.where(draw.random(n) < 0.3, own, draw.integers(5, 12, n)).tolist(), EOS] for own, n in parts]
    present, grams = dense(texts, 2)
    wanted = np.eye(3)[classes] * WEIGHTS[classes][:, np.newaxis]
    held = np.arange(len(texts)) % 5 == 0
    known = np.where(held[:, np.newaxis], 0, wanted)

    def loss(weights, bias):
        return float(cross_entropy(present[held], np.ones_like(weights), weights, bias, wanted[held]))

    alone = ratios_of(present, known)
    scale = min(np.geomspace(0.01, 2, 60), key=lambda scale: loss(scale * alone, np.zeros(3)))
    losses, steps = [], path(present, known, scale)
    while len(losses) < 301 and len(losses) - np.argmin(losses or [0]) <= 10:
        losses.append(loss(*next(steps)))
    best = int(np.argmin(losses))
    assert 2 < best < 300
    steps = path(present, wanted, scale)
    for _ in range(best + 1):
        weights, bias = next(steps)
    weights[grams.index((EOS,))] += bias
    layer = fitted(texts, classes, longest=2)
    for gram, row in zip(grams, weights, strict=True):
        place = key_of(gram) % ngrams.BUCKETS
        assert layer.keys.numpy()[place] == key_of(gram)
        # They are a direction found by the power method away from equal.
        np.testing.assert_allclose(layer.table.numpy()[place], row, rtol=1e-3, atol=1e-4, err_msg=str(gram))


def test_log_count_ratios_are_those_computed_by_hand():
    # Two texts of class 0, {0, 1} and {0}, one of class 1, {1}.
    found = naive_bayes.log_count_ratios(
        Presence.of_parts([np.array([[0, 1], [0, 9], [1, 9]])], none=9), np.eye(2)[[0, 0, 1]]
    )
    np.testing.assert_allclose(found[:, 0], [np.log((3 / 5) / (1 / 3)), np.log((2 / 5) / (2 / 3))])
    np.testing.assert_allclose(found[:, 1], -found[:, 0])


def test_every_different_n_gram_of_a_text_counts_once_and_padding_never():
    layer, draw = fitted(), np.random.default_rng(2)
    table = draw.normal(size=(ngrams.BUCKETS, 3)).astype("f")
    layer.table.assign(table)
    known = {gram for text in TEXTS for gram in grams_of(text, 3)}
    texts = [*TEXTS, [5, 6, 5, 6, 5, 6, 7, 77, 5, 6, EOS], [EOS]]
    found = layer(sequences(texts).padded(np.arange(len(texts)))).numpy()
    for text, steps in zip(texts, found, strict=True):
        wanted = np.zeros((found.shape[1], 3))
        for gram in grams_of(text, 3) & known:
            starts = [i for i in range(len(text)) if tuple(text[i : i + len(gram)]) == gram]
            for i in starts:
                wanted[i : i + len(gram)] += table[key_of(gram) % ngrams.BUCKETS] / len(gram) / len(starts)
        np.testing.assert_allclose(steps, wanted, atol=1e-5)
        np.testing.assert_allclose(layer(np.array([text]))[0], wanted[: len(text)], atol=1e-5)


def test_a_row_belongs_to_the_n_gram_that_most_texts_have(monkeypatch):
    monkeypatch.setattr(ngrams, "BUCKETS", 8)
    layer, rows = fitted(), {}
    for gram in {gram for text in TEXTS for gram in grams_of(text, 3)}:
        texts = sum(gram in grams_of(text, 3) for text in TEXTS)
        rows.setdefault(key_of(gram) % 8, {}).setdefault(texts, set()).add(key_of(gram))
    assert max(sum(map(len, row.values())) for row in rows.values()) > 2
    keys = layer.keys.numpy()
    for place, row in rows.items():
        assert keys[place] in row[max(row)]
    assert keys[key_of((EOS,)) % 8] == key_of((EOS,))
    strange = next(number for number in range(20, 99) if key_of((number,)) % 8 == key_of((EOS,)) % 8)
    np.testing.assert_array_equal(layer(np.array([[strange, EOS]]))[0, 0], 0)


def test_of_too_many_n_grams_those_of_evenly_spaced_texts_are_looked_at(monkeypatch):
    some = fitted(TEXTS[::2], CLASSES[::2]).table.numpy()
    monkeypatch.setattr(ngrams, "_MOST", 3 * sum(map(len, TEXTS)) // 2 + 1)
    np.testing.assert_array_equal(fitted().table, some)


def test_a_single_text_leaves_only_finite_weights():
    assert np.all(np.isfinite(fitted(TEXTS[:1], CLASSES[:1]).table))


@pytest.mark.parametrize("texts", [40, 1])
def test_the_weights_of_a_mixture_are_where_the_loss_is_flat(texts):
    draw = np.random.default_rng(3)
    # One is far too sure.
    logits = draw.normal(size=(texts, 2, 3)) * [[[30.0], [1.0]]]
    wanted = np.eye(3)[draw.integers(0, 3, texts)] * draw.uniform(0.5, 2, (texts, 1))
    weights = tf.Variable(best_weights(logits, wanted))
    with tf.GradientTape() as tape:
        logp = tf.nn.log_softmax(tf.einsum("p,tpc->tc", weights, logits))
        loss = tf.reduce_sum((weights - 0.5) ** 2) / 2 - tf.reduce_sum(wanted * logp)
    np.testing.assert_allclose(tape.gradient(loss, weights), 0, atol=1e-6)
