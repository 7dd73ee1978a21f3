"""The model of the ner task: a tag for each word."""

import keras
import tensorflow as tf

from seqtasks.layers.characters import CharacterFeatures
from seqtasks.layers.embedding import word_embedding
from seqtasks.layers.noise import dropped
from seqtasks.layers.output import SoftmaxOutput
from seqtasks.layers.parts import part_by_part
from seqtasks.layers.recurrent.encoder import RecurrentEncoder
from seqtasks.layers.saliency import integrated_gradients
from seqtasks.layers.tagging.crf import CRF
from seqtasks.layers.tagging.viterbi import constrained
from seqtasks.text import PAD, UNK

# Number of copies of sentences explained at once, each at all places of a path.
_COPIES = 2


class Tagger(keras.Model):
    """Word embeddings beside features of the words' characters, a recurrent encoder, scores for each tag of each word.

    The scores go into a softmax at each word, or into a conditional random field (Lample et al., 2016). `constrained`
    trains the softmax and decodes the best legal sequence.

    Masking: from the ids, true where they are not PAD. Padding reaches neither scores nor gradients.
    """

    def __init__(self, settings, *, words, characters, singletons, legal, more=None, portable=False):
        """Takes the section `model` of the settings, the vocabularies, and which tags may follow which.

        Args:
            words, characters: number of word ids and of character ids.
            singletons: the ids of the words that occur once in train, a range.
            legal: (tags + 1, tags + 1) bool, from viterbi.legal_transitions.
            more: number of word ids, the last ones, that only word vectors know; None without vectors.
        """
        super().__init__(name="tagger")
        self.singletons, self.word_dropout = singletons, settings.word_dropout
        tags = len(legal) - 1
        self.embedding = word_embedding(settings, words, more)
        self.characters = None
        if settings.characters != "none":
            self.characters = CharacterFeatures(
                settings.characters, characters, settings.character_units, portable=portable, name="characters"
            )
        self.encoder = RecurrentEncoder.of(settings, portable=portable)
        self.output_projection = SoftmaxOutput(tags, name="output_projection")
        self.crf = CRF(tags, legal=legal, name="crf") if settings.output == "crf" else None
        self.legal = legal if settings.output == "constrained" else None
        self.dropout = settings.dropout

        self.embedding.build((None, None))
        features = settings.embedding
        if self.characters:
            self.characters.build((None, None, None))
            features += self.characters.features
        self.feature_size = features
        self.encoder.build((None, None, features))
        self.output_projection.build((None, self.encoder.features))
        if self.crf:
            self.crf.build()
        self.built = True

    def call(self, words, characters):
        """Tags sentences.

        Args:
            words: (batch, steps) int32 ids, each row with at least one word.
            characters: (batch, steps, longest) int32 ids.

        Returns:
            tags (batch, steps) int32 and the probability of each (batch, steps), given all the words; 0 at padding.
        """
        mask = words != PAD
        return self.decode(self.potentials(self.hidden(self.features(words, characters), mask)), mask)

    def features(self, words, characters, noise=None):
        """Returns the inputs of the encoder, (batch, steps, features); arguments are those of `call`."""
        if noise and self.word_dropout:
            once = (words >= self.singletons.start) & (words < self.singletons.stop)
            drawn = noise.uniform(tf.shape(words)) < self.word_dropout
            words = tf.where(once & drawn, UNK, words)
        features = self.embedding(words)
        if self.characters:
            features = tf.concat([features, self.characters(characters)], axis=-1)
        return features

    def hidden(self, features, mask, noise=None):
        """Returns the inputs of the output layer, (batch, steps, hidden)."""
        features = dropped(features, self.dropout, noise)
        outputs, *_ = self.encoder(features, mask, noise=noise)
        return dropped(outputs, self.dropout, noise)

    def potentials(self, hidden):
        """Returns the score of each tag at each word, (batch, steps, tags)."""
        rows = self.output_projection(tf.reshape(hidden, [-1, hidden.shape[-1]]))
        return tf.reshape(rows, [*tf.unstack(tf.shape(hidden)[:2]), rows.shape[-1]])

    def decode(self, potentials, mask):
        """Returns the decoded tags and their probabilities; see `call`."""
        if self.crf:
            (tags, _), shares = self.crf(potentials, mask), self.crf.marginals(potentials, mask)
        elif self.legal is not None:
            (tags, _), shares = constrained(potentials, mask, self.legal), tf.nn.softmax(potentials)
        else:
            tags, shares = tf.argmax(potentials, axis=-1, output_type=tf.int32), tf.nn.softmax(potentials)
        return tf.where(mask, tags, 0), tf.where(mask, tf.gather(shares, tags, batch_dims=2), 0)

    def explain(self, words, characters):
        """Tags sentences as `call` does, and computes what each word adds to log p of each tag, a softmax over the tags
        of its word; see `integrated_gradients`.

        Each tag is explained with a copy of its sentence, some copies at a time.

        Returns:
            tags and probabilities (batch, steps), and weights (batch, steps, steps), a row for each tag, 0 at padding.
        """
        mask, features = words != PAD, self.features(words, characters)
        tags, probabilities = self.decode(self.potentials(self.hidden(features, mask)), mask)
        lengths, places = tf.reduce_sum(tf.cast(mask, tf.int32), axis=1), tf.where(mask)

        def weigh(places):
            rows = places[:, 0]
            steps = tf.reduce_max(tf.gather(lengths, rows))
            here = tf.gather(mask, rows)[:, :steps]
            at = tf.stack([tf.cast(places[:, 1], tf.int32), tf.gather_nd(tags, places)], axis=1)

            def score(features, here, at):
                potentials = self.potentials(self.hidden(features, here))
                return tf.gather_nd(tf.nn.log_softmax(potentials), at, batch_dims=1)

            weights = integrated_gradients(score, tf.gather(features, rows)[:, :steps], here, here, at)
            return [tf.pad(weights, [[0, 0], [0, tf.shape(mask)[1] - steps]])]

        (weights,) = part_by_part(weigh, [places], _COPIES, outputs=[tf.TensorSpec([None, None])])
        shape = tf.concat([tf.shape(words), tf.shape(words)[1:]], axis=0)
        return tags, probabilities, tf.scatter_nd(places, weights, tf.cast(shape, tf.int64))

    def negative_log_likelihood(self, words, characters, tags, *, smoothing=0.0, noise=None):
        """-log p of the wanted tags (batch, steps) int32 in nats, summed over the words, and the number of words.

        For a softmax it is the cross entropy. Smoothing applies to a softmax only.
        """
        mask = words != PAD
        count = tf.reduce_sum(tf.cast(mask, self.compute_dtype))
        hidden = self.hidden(self.features(words, characters, noise=noise), mask, noise=noise)
        if self.crf:
            return -self.crf.log_likelihood(self.potentials(hidden), mask, tags), count
        losses = self.output_projection.cross_entropy(
            tf.boolean_mask(hidden, mask), tf.boolean_mask(tags, mask), smoothing=smoothing
        )
        return tf.reduce_sum(losses), count
