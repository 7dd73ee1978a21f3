"""Samples sequences piece by piece, inside the graph. Takes a step function, not a model."""

import tensorflow as tf

_TURNS = 1 << 24


def sample(step, logits, state, *, length, temperature, seed, keys, top_k=None, first=0):
    """Samples pieces from softmax(logits / temperature), each given those before it.

    Sampling uses the Gumbel-max trick (Gumbel, 1954; Maddison et al., 2014, section 2). The random numbers of a row
    depend only on the seed, the row's key and the position: not on other rows, and a sequence may be sampled in parts.

    Args:
        step: (ids (rows,) int32, state) -> logits (rows, vocabulary) of the next piece, state.
        logits: (rows, vocabulary) of the first piece; the size of the vocabulary is static.
        state: a nested list of (rows, ...).
        length: number of pieces, int32 scalar.
        temperature: float scalar above 0; near 0 the most probable piece is taken.
        seed: int32 scalar.
        keys: (rows,) int64.
        top_k: sample from the k most probable pieces only.
        first: position of the first piece, int32 scalar; in parts, the number of pieces sampled before.

    Returns:
        ids (rows, length) int32; log p of each under the model, (rows, length), independent of the temperature; and the
        logits and state to continue with.
    """
    rows, size = tf.shape(logits)[0], logits.shape[-1]

    def body(t, logits, state, ids, logp):
        scores = tf.nn.log_softmax(logits)
        candidates = scores / tf.cast(temperature, scores.dtype)
        if top_k is not None and top_k < logits.shape[-1]:
            lowest = tf.math.top_k(candidates, top_k).values[:, -1:]
            candidates = tf.where(candidates < lowest, candidates.dtype.min, candidates)
        candidates += _gumbel(seed, keys, first + t, size, scores.dtype)
        chosen = tf.argmax(candidates, axis=1, output_type=tf.int32)
        ids, logp = ids.write(t, chosen), logp.write(t, tf.gather(scores, chosen, batch_dims=1))
        return t + 1, *step(chosen, state), ids, logp

    arrays = (tf.TensorArray(dtype, length, element_shape=[None]) for dtype in (tf.int32, logits.dtype))
    _, logits, state, ids, logp = tf.while_loop(
        lambda t, *_: t < length, body, (0, logits, state, *arrays), parallel_iterations=1, maximum_iterations=length
    )
    ids, logp = (tf.reshape(array.stack(), [length, rows]) for array in (ids, logp))
    return tf.transpose(ids), tf.transpose(logp), logits, state


def _gumbel(seed, keys, place, size, dtype):
    """Returns Gumbel noise (rows, size): numbers from the seed and the place, rotated by an amount from each key."""
    uniform = tf.random.stateless_uniform([1, size], [seed, place], dtype=dtype)
    turn = tf.strings.to_hash_bucket_fast(tf.strings.as_string(keys + tf.cast(place, tf.int64)), _TURNS)
    uniform = tf.math.floormod(uniform + tf.cast(turn, dtype)[:, tf.newaxis] / _TURNS, 1.0)
    return -tf.math.log(-tf.math.log(tf.clip_by_value(uniform, 1e-30, 1 - 1e-7)))
