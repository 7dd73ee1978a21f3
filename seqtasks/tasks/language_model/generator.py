"""Continues prompts with a language model: strings in, strings out, in the graph."""

from functools import cache, partial

import numpy as np
import tensorflow as tf

from seqtasks.decoding.sampling import sample
from seqtasks.layers.parts import part_by_part
from seqtasks.text import END, EOS, PAD, UNK

# The options of a continuation, in the order of arguments.
OPTIONS = {"length": tf.int32, "temperature": tf.float32, "seed": tf.int32}

_BLANK = r"[\s\pZ\p{Cc}]*"
# Number of pieces sampled between two outputs, and number of prompts read at once, as they may be long.
_PART, _READ = 16, 16


class TextGenerator:
    """A language model that continues prompts. Each is the beginning of a line; a blank one is not continued."""

    def __init__(self, model, text, *, most, by_line):
        """Takes a layers.language_model.LanguageModel and its text.

        Args:
            most: maximum number of pieces of a prompt that are read, the last ones.
            by_line: whether a continuation ends at the end of its line.
        """
        self.model, self.text, self.most, self.by_line = model, text, most, by_line
        strings, options = tf.TensorSpec([None], tf.string), [tf.TensorSpec([], dtype) for dtype in OPTIONS.values()]
        logits, state = tf.TensorSpec([None, text.size]), model.state_signature
        drawing = strings, logits, state, *options, tf.TensorSpec([], tf.int32)

        def compiled(function, *signature):
            return tf.function(function, input_signature=signature, autograph=False)

        self._started = compiled(self.start, strings)
        held = tf.TensorSpec([None, None], tf.bool), tf.TensorSpec([])
        self._drawn = cache(
            lambda top_k, holds: compiled(partial(self.draw, top_k=top_k), *drawing, *held if holds else ())
        )
        self.continued = cache(lambda top_k: compiled(partial(self.go_on, top_k=top_k), strings, *options))

    def start(self, texts):
        """Reads prompts (n,); returns their ids and facts, as `given` does, and the logits and state of `after`."""
        ids, facts = self.given(texts)
        return ids, facts, *self.after(ids)

    def given(self, texts):
        """Returns the ids (n, steps) of prompts (n,), EOS first, and facts about each prompt."""
        pieces = self.read(texts)
        count = tf.cast(pieces.row_lengths(), tf.int32)
        unknown = tf.reduce_sum(tf.cast(tf.equal(pieces, UNK), tf.float32), axis=1)
        share = tf.math.divide_no_nan(unknown, tf.cast(count, tf.float32))
        ids = tf.concat([tf.fill([tf.size(count), 1], EOS), pieces[:, -self.most :]], axis=1).to_tensor(PAD)
        return ids, {"pieces": count, "cut": count > self.most, "unknown": share}

    def after(self, ids):
        """Returns the logits (n, size) of the piece after ids (n, steps), and the state."""

        def read(ids):
            hidden, state = self.model.read(self.model.inputs(ids), ids != PAD)
            return [self.next(hidden, ids), *tf.nest.flatten(state)]

        signature = self.model.state_signature
        outputs = [tf.TensorSpec([None, self.text.size]), *tf.nest.flatten(signature)]
        logits, *state = part_by_part(read, [ids], _READ, outputs=outputs)
        return logits, tf.nest.pack_sequence_as(signature, state)

    def read(self, texts):
        """Returns the ids (n, None) of texts (n,), ragged; a line end is EOS. With `by_line`, only of the last line."""
        return self._with_ends(texts, self.text.encode, EOS)

    def pieces_read(self, texts):
        """Returns the pieces of prompts (n,) that `start` gives ids of, (n, steps) strings, "" for PAD."""
        pieces = self._with_ends(texts, self.text.pieces, END)[:, -self.most :]
        return tf.concat([tf.fill([tf.size(texts), 1], END), pieces], axis=1).to_tensor("")

    def _with_ends(self, texts, function, end):
        lines = tf.strings.split(texts, "\n")
        lines = lines[:, -1:] if self.by_line else lines
        found = function(lines.values)
        found = tf.concat([found, tf.fill([found.nrows(), 1], end)], axis=1)
        return lines.with_values(found).merge_dims(1, 2)[:, :-1]

    def next(self, hidden, ids):
        """Returns the logits (n, size) after the last of ids (n, steps), from hidden (n, steps, units)."""
        last = tf.math.count_nonzero(ids != PAD, axis=1, dtype=tf.int32) - 1
        return self.model.logits(tf.gather(hidden, last, batch_dims=1))

    def draw(self, texts, logits, state, length, temperature, seed, first, *held, top_k=None):
        """Samples continuations of prompts (n,), see sampling.sample. Equal prompts continue alike.

        `held` are units that are held, bool (layers, units), and their value (); see RecurrentEncoder.step.
        """
        step = partial(self.model.step, held=held) if held else self.model.step
        options = {"length": length, "temperature": temperature, "seed": seed, "first": first, "top_k": top_k}
        keys = tf.strings.to_hash_bucket_fast(texts, 1 << 40)
        return sample(step, logits, state, keys=keys, **options)

    def go_on(self, texts, length, temperature, seed, top_k=None):
        """Continues prompts (n,); returns the tensors of `outputs`, and facts about each prompt."""
        _, facts, logits, state = self.start(texts)
        ids, logp, *_ = self.draw(texts, logits, state, length, temperature, seed, 0, top_k=top_k)
        return {**self.outputs(texts, ids, logp), **facts}

    def outputs(self, texts, ids, logp):
        """Returns continuations (n,) of prompts (n,), and scores (n,), the mean log p of a piece.

        They are made from the sampled ids (n, length) and log p of each.
        """
        kept = tf.fill(tf.shape(ids), True)
        if self.by_line:
            kept = tf.equal(tf.cumsum(tf.cast(tf.equal(ids, EOS), tf.int32), axis=1), 0)
        kept = kept & ~tf.strings.regex_full_match(texts, _BLANK)[:, tf.newaxis]
        weights = tf.cast(kept, logp.dtype)
        scores = tf.math.divide_no_nan(tf.reduce_sum(weights * logp, axis=1), tf.reduce_sum(weights, axis=1))
        return {"continuations": self.joined(tf.where(kept, ids, PAD)), "scores": scores}

    def joined(self, ids):
        """Returns ids (n, steps) as strings (n,): EOS is a line end, PAD is nothing."""
        pieces = tf.where(tf.equal(ids, EOS), "\n", tf.where(tf.equal(ids, PAD), "", self.text.piece_of(ids)))
        return self.text.written(tf.strings.reduce_join(pieces, axis=1))

    def write(self, prompt, length, temperature, seed, *, top_k=None, held=()):
        """Yields the continuation of a prompt, a str, as it is sampled, a few pieces at a time; OPTIONS are tensors.

        An empty prompt is continued too. `held`, see `draw`, is held from the first piece that is written on.
        """
        texts = tf.constant([prompt])
        ids, _, logits, state = self._started(texts)
        # At the beginning of a line, no blank stands before a word.
        last = ids if ids.shape[1] == 1 else tf.zeros([1, 0], tf.int32)
        for first in range(0, int(length), _PART):
            options = tf.minimum(_PART, length - first), temperature, seed, tf.constant(first)
            ids, _, logits, state = self._drawn(top_k, bool(held))(texts, logits, state, *options, *held)
            ends = np.flatnonzero(ids.numpy()[0] == EOS) if self.by_line else ()
            ids = ids[:, : ends[0]] if len(ends) else ids
            # How a piece is written depends on the piece before it.
            before, after = (self.joined(part).numpy()[0].decode() for part in (last, tf.concat([last, ids], axis=1)))
            yield after[len(before) :]
            if len(ends):
                return
            last = ids[:, -1:]
