"""What else might have been written at each place of a sequence."""

import tensorflow as tf

# Number of pieces that are told for a place.
COUNT = 10


def choices(logits, ids, pieces, piece_of):
    """Returns the probability of each piece of sequences, and the likeliest pieces in its place, given those before.

    Args:
        logits: (batch, steps, vocabulary).
        ids: (batch, steps) int32.
        pieces: (batch, steps) strings, the same pieces as they are shown.
        piece_of: a function of ids (...) to strings (...).

    Returns:
        What `Reader.choices` takes: pieces, piece_probabilities (batch, steps), and choices and choice_probabilities
        (batch, steps, COUNT), the likeliest first.
    """
    shares = tf.nn.softmax(logits)
    likely, chosen = tf.math.top_k(shares, k=min(COUNT, logits.shape[-1]))
    return {
        "pieces": pieces,
        "piece_probabilities": tf.gather(shares, ids, batch_dims=2),
        "choices": piece_of(chosen),
        "choice_probabilities": likely,
    }
