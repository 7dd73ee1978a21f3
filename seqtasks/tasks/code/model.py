"""The coder: a recurrent encoder, and a decoder that takes the actions of a grammar and copies words."""

from typing import NamedTuple

import tensorflow as tf

from seqtasks.layers.characters import CharacterFeatures
from seqtasks.layers.embedding import embedding
from seqtasks.layers.noise import dropped
from seqtasks.layers.programs.copying import CopyingOutput
from seqtasks.layers.recurrent.encoder import RecurrentEncoder
from seqtasks.layers.recurrent.writing import WritingModel
from seqtasks.text import PAD, UNK
from seqtasks.text.sentences import BYTES

# The number of logits of a search is a multiple of this, so that they fall into groups.
_MULTIPLE = 32


class Source(NamedTuple):
    """Sentences as the coder reads them, int32; see Sentences and Actions.names."""

    ids: tf.Tensor  # (batch, source steps)
    kinds: tf.Tensor  # (batch, source steps)
    copies: tf.Tensor  # (batch, source steps)
    characters: tf.Tensor | None = None  # (batch, source steps, longest)


class Program(NamedTuple):
    """Programs to be learned: ids between BOS and EOS, and for each but BOS its slot and its father."""

    ids: tf.Tensor  # (batch, steps + 1) int32
    slots: tf.Tensor  # (batch, steps) int32
    fathers: tf.Tensor  # (batch, steps) int32, the places of fathers among the ids, that of BOS for none


class Coder(WritingModel):
    """A sentence to a tree, "with connection to the father node" (Yin and Neubig, 2017).

    The input of a step is the sum of the embeddings of the action before, of the slot that is to be filled, and of the
    father, the action that opened the slot. The deep output reads the decoder's state at the father's step too, 0 for
    none. (Yin and Neubig, 4.2.1, have it among the inputs of the gates.) The output is a softmax over the actions that
    may fill the slot and the words that may be copied there; see CopyingOutput, and WritingModel for what is before it.
    Each of the parts, `frontier`, `father` and `copies`, can be left out. A word is the sum of the embeddings of its id
    and of its class and, with `characters`, of their features (see CharacterFeatures).

    Masking: from the ids, true where they are not PAD. Padding reaches neither scores of real steps nor gradients.
    """

    def __init__(self, settings, *, words, actions, pushdown, most, portable=False):
        """Takes the section `model` of the settings, and what is written.

        Args:
            words: the number of word ids.
            actions: Actions.
            pushdown: the Pushdown of their grammar.
            most: the largest number of words of a sentence.
        """
        super().__init__(name="coder")
        self.vocabulary, self.classes, self.pushdown = actions.size, actions.classes, pushdown
        self.width = -(-(actions.size + most + 1) // _MULTIPLE) * _MULTIPLE
        tables, size = pushdown.tables, settings.embedding
        parts = {"word": words, "kind": tables.classes, "target": actions.size}
        self.frontier, self.father = settings.frontier, settings.father
        parts |= {"slot": tables.slots} if self.frontier else {}
        parts |= {"father": tables.classes} if self.father else {}
        for part, count in parts.items():
            layer = embedding(count, size, scale=settings.embedding_scale, name=f"{part}_embedding")
            layer.build((None, None))
            setattr(self, f"{part}_embedding", layer)
        self.characters = None
        if settings.characters:
            self.characters = CharacterFeatures("cnn", BYTES, size, name="characters")
            self.characters.build()
        self.encoder = RecurrentEncoder.of(settings, portable=portable)
        self.make_decoder(
            settings,
            actions.size,
            attention=True,
            encoder_size=self.encoder.features,
            output=CopyingOutput(
                actions.size, encoder_size=self.encoder.features, copies=settings.copies, name="output_projection"
            ),
        )
        self.encoder.build((None, None, size))
        self.build_decoder(size, more=settings.units if self.father else 0)
        self.built = True

    def encode(self, source, noise=None):
        """Encodes a Source into the decoder's memory and first state."""
        source = Source(*source)
        words = source.ids
        if noise and self.word_dropout:
            drawn = noise.uniform(tf.shape(words)) < self.word_dropout
            words = tf.where(drawn & (words != PAD), UNK, words)
        embedded = self.word_embedding(words) + self.kind_embedding(source.kinds)
        if self.characters:
            embedded += self.characters(source.characters)
        embedded = dropped(embedded, self.dropout, noise)
        outputs, mask, state = self.encoder(embedded, source.ids != PAD, noise=noise)
        memory = self.decoder.memory(outputs, mask)
        keys = self.output_projection.keys(outputs)
        copies = source.copies if self.output_projection.copies else source.copies[:, :0]
        memory |= {"copy_keys": keys, "kinds": source.kinds, "copies": copies}
        return memory, self.decoder.start(state[-1], memory)

    def call(self, source, program, noise=None):
        """Scores under teacher forcing, and what is allowed; see CopyingOutput."""
        return self.scores(*self.encode(source, noise=noise), Program(*program), noise=noise)[:2]

    def cross_entropy(self, source, program, *, smoothing=0.0, noise=None):
        """-log p of the real actions of a Program given a Source, summed, and their number."""
        memory, state = self.encode(source, noise=noise)
        scores, allowed = self.scores(memory, state, Program(*program), noise=noise)
        wanted = program[0][:, 1:]
        losses = self.output_projection.cross_entropy(scores, allowed, wanted, memory["copies"], smoothing=smoothing)
        real = wanted != PAD
        return tf.reduce_sum(tf.where(real, losses, 0)), tf.reduce_sum(tf.cast(real, losses.dtype))

    def scores(self, memory, state, program, noise=None):
        """Returns the scores of each step under teacher forcing, and what is allowed there.

        Both are (batch, steps, vocabulary + source steps).
        """
        fathers = tf.gather(self.classes_of(program.ids, memory["kinds"]), program.fathers, batch_dims=1)
        embedded = self.embedded(program.ids[:, :-1], program.slots, fathers)
        embedded = dropped(tf.transpose(embedded, [1, 0, 2]), self.dropout, noise)
        states, *contexts = self.decoder(embedded, state, memory, noise=noise)
        features = [states, *contexts, embedded]
        if self.father:
            # An action at place i of the ids was chosen at step i - 1.
            chosen = tf.transpose(tf.pad(states, [[1, 0], [0, 0], [0, 0]]), [1, 0, 2])
            features.append(tf.transpose(tf.gather(chosen, program.fathers, batch_dims=1), [1, 0, 2]))
        hidden = dropped(self.deep_output(tf.concat(features, axis=-1)), self.dropout, noise)
        allowed = self.allowed(self.pushdown.fits(program.slots), memory)
        return self.output_projection(tf.transpose(hidden, [1, 0, 2]), memory["copy_keys"], allowed), allowed

    def embedded(self, ids, slots, fathers):
        """Returns the inputs of steps (..., embedding): of the ids before, slots and fathers' classes, (...) int32."""
        found = self.target_embedding(tf.where(ids < self.vocabulary, ids, UNK))
        found += self.slot_embedding(slots) if self.frontier else 0
        return found + (self.father_embedding(fathers) if self.father else 0)

    def allowed(self, classes, memory):
        """Returns what is allowed where some `classes` (batch, steps, classes) are.

        Returns:
            (batch, steps, vocabulary + source steps) bool, without the source steps if nothing is copied.
        """
        if not self.output_projection.copies:
            return tf.gather(classes, self.classes, axis=2)
        copied = tf.gather(tf.transpose(classes, [0, 2, 1]), memory["kinds"], batch_dims=1)
        return tf.concat([tf.gather(classes, self.classes, axis=2), tf.transpose(copied, [0, 2, 1])], axis=2)

    def classes_of(self, ids, kinds):
        """Returns the classes of ids (batch, n), known or copied from words whose `kinds` are (batch, source steps)."""
        places = tf.clip_by_value(ids - self.vocabulary, 0, tf.shape(kinds)[1] - 1)
        known = tf.gather(self.classes, tf.minimum(ids, self.vocabulary - 1))
        return tf.where(ids < self.vocabulary, known, tf.gather(kinds, places, batch_dims=1))

    # Search

    def search_state(self, state, limits):
        size = self.target_embedding.output_dim if self.father else 0
        return [*state, self.pushdown.start(limits, size, state[0].dtype)]

    def step(self, ids, state, memory):
        """One step of a search, as of WritingModel; the last part of the state is a Stack.

        Returns:
            logits (rows, width) of the ids of actions and of words that are copied, about -1e9 for what is not allowed;
            the new state; and the attention weights (rows, source steps).
        """
        *state, stack = state
        sentences = tf.shape(memory["kinds"])[0]
        classes = tf.reshape(self.classes_of(tf.reshape(ids, [sentences, -1]), memory["kinds"]), [-1])
        # The state before this step is that which chose the action.
        share = tf.matmul(state[0], self.deep_output.kernel[-self.decoder.cell.units :]) if self.father else None
        stack = self.pushdown.advance(stack, classes, classes, share)
        more = self.pushdown.top_share(stack) if self.father else 0.0
        hidden, state, attention = self.hidden(self.embedded(ids, *self.pushdown.top(stack)), state, memory, more)
        hidden, fitting = (
            tf.reshape(part, [sentences, -1, part.shape[-1]]) for part in (hidden, self.pushdown.allowed(stack))
        )
        allowed = self.allowed(fitting, memory)
        scores = self.output_projection(hidden, memory["copy_keys"], allowed)
        logits = self.output_projection.logits(scores, allowed, memory["copies"], self.width)
        return tf.reshape(logits, [-1, self.width]), [*state, stack], attention

    # What is written

    def written(self, ids, tokens, kinds):
        """Writes programs.

        Args:
            ids: (n, steps) int32.
            tokens: (n, steps) strings, of the actions that are tokens.
            kinds: (n, source steps) int32, of the words that were read.

        Returns:
            texts (n,), and the steps of fathers (n, steps) int32, -1 for none.
        """
        return self.pushdown.write(self.classes_of(ids, kinds), tokens)
