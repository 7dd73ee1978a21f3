"""The model of the fill task: the word in a gap, from the words before it and the words after it."""

import keras
import numpy as np
import tensorflow as tf

from seqtasks.layers.embedding import embedding
from seqtasks.layers.noise import dropped, words_dropped
from seqtasks.layers.output import SoftmaxOutput
from seqtasks.layers.parts import part_by_part
from seqtasks.layers.recurrent.encoder import RecurrentEncoder
from seqtasks.layers.saliency import saliency
from seqtasks.text import EOS, PAD, UNK

# Number of gaps whose logits are computed at once, and of gaps explained at once, each with a copy of its sentence.
_GAPS, _COPIES = 256, 16


class GapFiller(keras.Model):
    """Embeddings, a recurrent network that reads forwards, one that reads backwards, a layer over both, and a softmax.

    The bidirectional network of Schuster and Paliwal (1997) without the word itself, as in Berglund et al. (2015),
    "Bidirectional recurrent neural networks as generative models": word t is predicted from the forward state after
    word t - 1 and the backward state after word t + 1. Neither has seen word t, so all words of a sentence are learned
    at once, each as if it were missing. Of stacked layers each direction has its own, as a layer over both would have
    seen word t. A layer brings the two states together, as in context2vec (Melamud et al., 2016); without it they would
    only add up.

    Masking: from the ids, true where they are not PAD. Padding reaches neither losses nor gradients.
    """

    def __init__(self, settings, *, counts, portable=False):
        """Takes the section `model` of the settings, and the count of each word in the train split, (size,) ints.

        Special marks are never predicted. The output's bias starts at log p of each word by its count.
        """
        super().__init__(name="gap_filler")
        self.size = size = len(counts)
        self.dropout, self.word_dropout, self.gaps = settings.dropout, settings.word_dropout, settings.gaps
        self.width = settings.embedding
        self.embedding = embedding(size, settings.embedding, scale=settings.embedding_scale, name="embedding")
        self.left, self.right = (
            RecurrentEncoder.of(settings, portable=portable, name=side) if settings.reading in (side, "both") else None
            for side in ("left", "right")
        )
        sides = [side for side in (self.left, self.right) if side]
        self.features = sum(side.features for side in sides)
        self.hidden = keras.layers.Dense(settings.hidden, activation="tanh", name="hidden")
        first_bias = np.log(np.maximum(counts, 1) / max(1, counts.sum()))
        self.output_projection = SoftmaxOutput(size, first_bias=first_bias, name="output_projection")
        self.unpredictable = np.where(np.arange(size) > EOS, 0, -1e9).astype(self.compute_dtype)

        self.embedding.build((None, None))
        for side in sides:
            side.build((None, None, settings.embedding))
        self.hidden.build((None, self.features))
        self.output_projection.build((None, settings.hidden))
        self.built = True

    def call(self, ids):
        """Returns the logits (batch, steps - 2, size) of each word in a gap at its place, about -1e9 for special marks.

        Args:
            ids: (batch, steps) int32, each row EOS, words and EOS; a word in a gap is UNK. At padding, and at the place
                of the last EOS, logits mean nothing.
        """
        states = self.around(self.inputs(ids), ids != PAD)
        logits = self.logits(tf.reshape(states, [-1, states.shape[-1]]))
        return tf.reshape(logits, [*tf.unstack(tf.shape(states)[:2]), self.size])

    def inputs(self, ids):
        """Returns the embeddings (batch, steps, width) of words (batch, steps)."""
        return self.embedding(ids)

    def around(self, inputs, mask, noise=None):
        """Returns the states around each word, (batch, steps - 2, features), from inputs (batch, steps, width)."""
        inputs, found = dropped(words_dropped(inputs, self.word_dropout, noise), self.dropout, noise), []
        if self.left:
            before, *_ = self.left(inputs, mask, noise=noise)
            found.append(before[:, :-2])
        if self.right:
            lengths = tf.reduce_sum(tf.cast(mask, tf.int32), axis=1)
            after, *_ = self.right(tf.reverse_sequence(inputs, lengths, seq_axis=1), mask, noise=noise)
            found.append(tf.reverse_sequence(after, lengths, seq_axis=1)[:, 2:])
        return dropped(tf.concat(found, axis=-1), self.dropout, noise)

    def logits(self, states):
        """Returns the logits (rows, size) of a word from the states around it, (rows, features)."""
        return self.output_projection(self.hidden(states), offset=self.unpredictable)

    def cross_entropy(self, ids, noise=None):
        """Returns the cross entropy (words,) in nats of each known word of ids (batch, steps), row by row.

        In training some words are read as gaps; they are predicted like the others.
        """
        inputs = self.inputs(self.with_gaps(ids, noise))
        states, wanted = self._known(self.around(inputs, ids != PAD, noise=noise), ids)
        return self.output_projection.cross_entropy(self.hidden(states), wanted, offset=self.unpredictable)

    def with_gaps(self, ids, noise):
        """Returns ids (batch, steps) as they are read: in training some words, drawn by chance, as gaps."""
        if noise is None or not self.gaps:
            return ids
        return tf.where((noise.uniform(tf.shape(ids)) < self.gaps) & (ids > EOS), UNK, ids)

    def measure(self, ids):
        """Returns how each known word of ids (batch, steps) would be predicted if it were missing, row by row.

        Returns:
            its -log p in nats (words,), its rank among all words (words,) int32, 1 for the likeliest, and the id of the
            likeliest (words,) int32.
        """

        def judge(states, wanted):
            logits = self.logits(states)
            own = tf.gather(logits, wanted, batch_dims=1)
            higher = tf.reduce_sum(tf.cast(logits > own[:, tf.newaxis], tf.int32), axis=1)
            return [tf.reduce_logsumexp(logits, axis=1) - own, 1 + higher, tf.argmax(logits, 1, tf.int32)]

        known = self._known(self.around(self.inputs(ids), ids != PAD), ids)
        kinds = (self.compute_dtype, tf.int32, tf.int32)
        return part_by_part(judge, known, _GAPS, outputs=[tf.TensorSpec([None], kind) for kind in kinds])

    def fill(self, ids, is_gap, best):
        """Returns the `best` likeliest words for each gap, given the rest of its sentence; other gaps are unknown.

        Args:
            ids: (batch, steps) int32, as of `call`.
            is_gap: (batch, steps) bool.
            best: number of words, at most as many as there are.

        Returns:
            ids (gaps, best) int32, best first, and their log p (gaps, best); gaps are row by row.
        """

        def likeliest(states):
            found, words = tf.math.top_k(tf.nn.log_softmax(self.logits(states)), best)
            return [words, found]

        states = tf.boolean_mask(self.around(self.inputs(ids), ids != PAD), is_gap[:, 1:-1])
        outputs = [tf.TensorSpec([None, best], kind) for kind in (tf.int32, self.compute_dtype)]
        return part_by_part(likeliest, [states], _GAPS, outputs=outputs)

    def weigh(self, ids, is_gap, words):
        """Returns the saliency (gaps, steps) of each step of a sentence for the word (gaps,) in each of its gaps.

        See `saliency`; arguments are those of `fill`. The gap itself has none, as it is not read.
        """
        inputs, mask = self.inputs(ids), ids != PAD

        def weigh(places, words):
            here = tf.gather(mask, places[:, 0])

            def score(inputs):
                states = tf.gather(self.around(inputs, here), places[:, 1], batch_dims=1)
                return tf.gather(tf.nn.log_softmax(self.logits(states)), words, batch_dims=1)

            return [saliency(score, tf.gather(inputs, places[:, 0]), here)]

        (weights,) = part_by_part(
            weigh, [tf.where(is_gap[:, 1:-1]), words], _COPIES, outputs=[tf.TensorSpec([None, None])]
        )
        return weights

    @staticmethod
    def _known(states, ids):
        """Returns states (words, features) and ids (words,) of the words that are known."""
        words = ids[:, 1:-1]
        return [tf.boolean_mask(states, words > EOS), tf.boolean_mask(words, words > EOS)]
