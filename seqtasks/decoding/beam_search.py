"""Beam search inside the graph; one beam is greedy search. It takes a step function, not a model."""

import math
from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from seqtasks.text import BOS, EOS, PAD

_IMPOSSIBLE = -1e9
# Finished sentences are taken out of the batch when at most this share of it is still searched.
_WORTH_SHRINKING = 0.8


class Steps(NamedTuple):
    """What a search kept after each of its steps, in its own order; hypotheses that have ended go on with PAD."""

    parents: tf.Tensor  # (steps, batch, beam) int32: the hypotheses before the step that were continued
    ids: tf.Tensor  # (steps, batch, beam) int32
    logp: tf.Tensor  # (steps, batch, beam) float32
    order: tf.Tensor  # (batch, beam) int32: the last hypotheses, best first


class Hypotheses(NamedTuple):
    """The result of a search, best first; `lengths` count the end mark; steps after it have PAD and zero attention."""

    ids: tf.Tensor  # (batch, beam, steps) int32
    lengths: tf.Tensor  # (batch, beam) int32
    scores: tf.Tensor  # (batch, beam) float32: log p / length ** length_penalty
    attention: tf.Tensor | None  # (batch, beam, steps, source steps) float32; None unless `explained`
    steps: Steps | None = None  # unless `recorded`


class _Beams(NamedTuple):
    """The hypotheses of each sentence that is still searched."""

    last: tf.Tensor  # (sentences, beam) int32
    logp: tf.Tensor  # (sentences, beam) float32
    lengths: tf.Tensor  # (sentences, beam) int32
    ended: tf.Tensor  # (sentences, beam) bool


def beam_search(
    step, state, memory, *, limits, beam, best=1, length_penalty=1.0, explained=True, recorded=False, prefix=None
):
    """Searches for the sequences of highest score, log p divided by length ** length_penalty.

    Hypotheses that have ended are frozen: they keep their score and their place among the beams until a better one
    displaces them. A sentence is done when its `best` leading hypotheses have ended and no other can still overtake
    them, so its result does not depend on its batch.

    Args:
        step: (ids (n,) int32, state, memory) -> logits (n, vocabulary) float32, state, attention (n, source steps), for
            n = sentences * beam hypotheses, those of a sentence in adjacent rows.
        state: nested list of tensors with a row for each sentence, before the first step.
        memory: nested structure of tensors with a row for each sentence, which do not change.
        limits: (batch,) int32, maximum number of pieces in an answer, end mark included; the end is forced there.
        beam: number of hypotheses kept for a sentence.
        best: number of hypotheses wanted.
        length_penalty: 0 ranks by log p alone.
        explained: also record the attention of each step.
        recorded: also return what was kept after each step, as Steps.
        prefix: (batch, prefix steps) int32, the pieces that every answer begins with, then PAD; fewer than the limit.
            They count in the score as the others do, so it can be compared with that of a free answer.

    Returns:
        Hypotheses with `beam` rows for each sentence, of which the first `best` are final.
    """
    batch, longest = tf.shape(limits)[0], tf.reduce_max(limits)
    search = _Search(step, beam, best, length_penalty, batch, prefix)
    kinds = {"parents": tf.int32, "ids": tf.int32, **({"attention": tf.float32} if explained else {})}
    kinds |= {"logp": tf.float32} if recorded else {}
    records = {
        name: tf.TensorArray(
            dtype, longest, element_shape=[None, beam, *[None] * (name == "attention")], clear_after_read=False
        )
        for name, dtype in kinds.items()
    }
    first = tf.range(beam)[tf.newaxis] == 0
    beams = _Beams(
        last=tf.fill([batch, beam], BOS),
        logp=tf.where(first, 0.0, _IMPOSSIBLE) + tf.zeros([batch, 1]),
        lengths=tf.ones([batch, beam], tf.int32),
        ended=tf.zeros([batch, beam], tf.bool),
    )
    state = tf.nest.map_structure(lambda part: tf.repeat(part, beam, axis=0), state)
    variables = 0, tf.range(batch), beams, state, memory, limits, beams, records
    t, *_, found, records = tf.while_loop(
        lambda t, sentences, beams, *_: (t < longest) & ~tf.reduce_all(beams.ended),
        search.advance,
        variables,
        shape_invariants=tf.nest.map_structure(_any_rows, variables),
        parallel_iterations=1,
    )
    scores, order = tf.math.top_k(search.rank(found.logp, found.lengths), k=beam)
    ids, attention = _trace_back(records, order, t)
    steps = None
    if recorded:
        parts = (records[name].gather(tf.range(t)) for name in ("parents", "ids", "logp"))
        steps = Steps(*parts, order)
    return Hypotheses(ids, tf.gather(found.lengths, order, batch_dims=1), scores, attention, steps)


class _Search(NamedTuple):
    """The constants of a search; see `beam_search`. `batch` is the number of sentences."""

    step: Callable
    beam: int
    best: int
    length_penalty: float
    batch: tf.Tensor
    prefix: tf.Tensor | None

    def rank(self, logp, lengths):
        """Returns the scores by which hypotheses with log p and lengths are ranked."""
        return logp / tf.cast(lengths, tf.float32) ** self.length_penalty

    def advance(self, t, sentences, beams, state, memory, limits, found, records):
        """Takes the step `t` of the hypotheses of the sentences (numbers) that are still searched.

        Args:
            beams, state, memory, limits: those of these sentences.
            found: the latest _Beams of all sentences.
            records: TensorArrays over steps, for all sentences: parents, ids and, if recorded, attention and logp.
        """
        beam = self.beam
        logits, state, attention = self.step(tf.reshape(beams.last, [-1]), state, memory)
        chosen = _continue(logits, beams, t + 1, t + 1 >= limits, self.rank)
        parent, beams = (
            chosen if self.prefix is None else _forced(logits, beams, t + 1, self._piece(t, sentences), chosen)
        )
        beams = beams._replace(ended=beams.ended | self._done(beams, limits)[:, tf.newaxis])
        rows = tf.reshape(parent + tf.range(tf.size(sentences))[:, tf.newaxis] * beam, [-1])
        state = tf.nest.map_structure(lambda part: tf.gather(part, rows), state)
        # Sentences taken out are recorded with padding, each hypothesis as its own parent.
        parts = {"parents": parent, "ids": beams.last, "logp": beams.logp}
        own, none = tf.tile(tf.range(beam)[tf.newaxis], [self.batch, 1]), tf.fill([self.batch, beam], PAD)
        rest = {"parents": own, "ids": none, "logp": tf.zeros([self.batch, beam])}
        if "attention" in records:
            attention = tf.reshape(tf.gather(attention, rows), [-1, beam, tf.shape(attention)[1]])
            parts["attention"] = tf.where((beams.lengths > t)[..., tf.newaxis], attention, 0.0)
            rest["attention"] = tf.zeros([self.batch, beam, tf.shape(attention)[2]])
        places = sentences[:, tf.newaxis]
        records = {
            name: array.write(t, tf.tensor_scatter_nd_update(rest[name], places, parts[name]))
            for name, array in records.items()
        }
        found = _Beams(*map(lambda whole, part: tf.tensor_scatter_nd_update(whole, places, part), found, beams))

        searched = ~tf.reduce_all(beams.ended, axis=1)
        share = tf.reduce_mean(tf.cast(searched, tf.float32))
        by_sentence = sentences, beams, memory, limits
        (sentences, beams, memory, limits), state = tf.cond(
            share <= _WORTH_SHRINKING, lambda: _only(searched, by_sentence, state, beam), lambda: (by_sentence, state)
        )
        return t + 1, sentences, beams, state, memory, limits, found, records

    def _piece(self, t, sentences):
        """Returns the piece that is forced on each of the sentences at step `t`, PAD for none."""
        padded = tf.pad(self.prefix, [[0, 0], [0, 1]], constant_values=PAD)
        return tf.gather(padded[:, tf.minimum(t, tf.shape(self.prefix)[1])], sentences)

    def _done(self, beams, limits):
        """Returns for each sentence whether its `best` hypotheses have ended and no other can still overtake them."""
        ended = tf.where(beams.ended, self.rank(beams.logp, beams.lengths), 2 * _IMPOSSIBLE)
        within_reach = tf.where(beams.ended, 2 * _IMPOSSIBLE, self.rank(beams.logp, limits[:, tf.newaxis]))
        return tf.math.top_k(ended, k=self.best).values[:, -1] >= tf.reduce_max(within_reach, axis=1)


def _continue(logits, beams, length, at_limit, rank):
    """Finds the best `beam` of all continuations of the hypotheses of each sentence.

    Args:
        logits: (sentences * beam, vocabulary).
        beams: _Beams.
        length: length of the continued hypotheses, scalar.
        at_limit: (sentences,) bool, true where only the end may follow.
        rank: (logp, lengths) -> scores to rank by.

    Returns:
        parents (sentences, beam) int32, the hypotheses that were continued, and the new _Beams.
    """
    sentences, beam = tf.shape(beams.last)[0], beams.last.shape[1]
    size = _group_size(logits.shape[1])
    groups = logits.shape[1] // size
    grouped = tf.reshape(logits, [sentences, beam * groups, size])
    bests = tf.reduce_max(grouped, axis=2)
    # log sum exp of a row, by way of its largest probability: softmax has the fastest kernel.
    highest = tf.reduce_max(tf.reshape(bests, [-1, groups]), axis=1)
    log_sum = highest - tf.math.log(tf.reduce_max(tf.nn.softmax(logits), axis=1))
    before = beams.logp - tf.reshape(log_sum, [sentences, beam])

    # The best pieces are in the groups whose best pieces are best.
    open_ = tf.where(beams.ended | at_limit[:, tf.newaxis], 2 * _IMPOSSIBLE, before)
    reach = tf.repeat(open_, groups, axis=1) + bests
    _, group = tf.math.top_k(reach, k=beam)
    hypothesis = group // groups
    logp = tf.gather(open_, hypothesis, batch_dims=1)[..., tf.newaxis] + tf.gather(grouped, group, batch_dims=1)
    logp, place = tf.math.top_k(tf.reshape(logp, [sentences, -1]), k=beam)
    parent = tf.gather(hypothesis, place // size, batch_dims=1)
    piece = tf.gather(group % groups, place // size, batch_dims=1) * size + place % size

    # Further candidates have one continuation each: ended hypotheses stay, those at their limit end.
    end = before + tf.reshape(logits[:, EOS], [sentences, beam])
    forced = tf.where(beams.ended, beams.logp, tf.where(at_limit[:, tf.newaxis], end, 2 * _IMPOSSIBLE))
    same = tf.zeros_like(parent)
    candidates = {
        "parent": tf.concat([parent, same + tf.range(beam)], axis=1),
        "last": tf.concat([piece, tf.where(beams.ended, PAD, EOS)], axis=1),
        "logp": tf.concat([logp, forced], axis=1),
        "lengths": tf.concat([same + length, tf.where(beams.ended, beams.lengths, length)], axis=1),
        "ended": tf.concat([tf.equal(piece, EOS), tf.fill(tf.shape(same), True)], axis=1),
    }
    _, chosen = tf.math.top_k(rank(candidates["logp"], candidates["lengths"]), k=beam)
    best = {name: tf.gather(value, chosen, batch_dims=1) for name, value in candidates.items()}
    return best.pop("parent"), _Beams(**best)


def _forced(logits, beams, length, piece, chosen):
    """Returns parents and _Beams as `_continue` chose them, but where a `piece` (sentences,) is forced, all with it."""
    sentences, beam = tf.shape(beams.last)[0], beams.last.shape[1]
    pieces = tf.repeat(piece, beam)
    added = tf.gather(tf.nn.log_softmax(logits), pieces, batch_dims=1)
    shape = tf.shape(beams.last)
    forced = _Beams(
        last=tf.reshape(pieces, shape),
        logp=beams.logp + tf.reshape(added, shape),
        lengths=tf.fill(shape, length),
        ended=tf.fill(shape, False),
    )
    free = tf.equal(piece, PAD)[:, tf.newaxis]
    parent, chosen = chosen
    own = tf.tile(tf.range(beam)[tf.newaxis], [sentences, 1])
    return tf.where(free, parent, own), _Beams(*(tf.where(free, *pair) for pair in zip(chosen, forced, strict=True)))


def _group_size(vocabulary):
    """Returns the size of the groups of pieces, a divisor of the vocabulary's size near its square root."""
    return max(size for size in range(1, 2 * math.isqrt(vocabulary) + 1) if vocabulary % size == 0)


def _only(searched, by_sentence, state, beam):
    """Returns the loop's variables for the sentences that are still `searched`, (sentences,) bool."""
    rows = tf.where(searched)[:, 0]
    lanes = tf.reshape(rows[:, tf.newaxis] * beam + tf.range(beam, dtype=tf.int64), [-1])
    by_sentence = tf.nest.map_structure(lambda part: tf.gather(part, rows), by_sentence)
    return by_sentence, tf.nest.map_structure(lambda part: tf.gather(part, lanes), state)


def _any_rows(variable):
    """Returns the shape of a loop variable whose rows may become fewer."""
    if isinstance(variable, tf.TensorArray):
        return tf.TensorShape(None)
    variable = tf.convert_to_tensor(variable)
    return tf.TensorShape([None, *variable.shape[1:]] if variable.shape.rank else [])


def _trace_back(records, lanes, steps):
    """Follows each final lane (batch, beam) back through its parents.

    Returns its ids and its attention, first step first; the attention is None if it was not recorded.
    """
    parents, recorded = records["parents"], [records[name] for name in ("ids", "attention") if name in records]
    shapes = (tf.int32, lanes.shape), (tf.float32, [*lanes.shape, None])
    found = [tf.TensorArray(dtype, steps, element_shape=shape) for dtype, shape in shapes][: len(recorded)]

    def back(t, lanes, found):
        found = [
            array.write(t, tf.gather(record.read(t), lanes, batch_dims=1))
            for array, record in zip(found, recorded, strict=True)
        ]
        return t - 1, tf.gather(parents.read(t), lanes, batch_dims=1), found

    _, _, found = tf.while_loop(lambda t, *_: t >= 0, back, (steps - 1, lanes, found), parallel_iterations=1)
    ids, *attention = (array.stack() for array in found)
    attention = tf.transpose(attention[0], [1, 2, 0, 3]) if attention else None
    return tf.transpose(ids, [1, 2, 0]), attention
