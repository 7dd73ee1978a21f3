"""NER: a tag for each word; chunks and parts of speech are tagged in the same way.

From top to bottom: the model, batches, answers, explanations and served functions. The text is in text.py, the network
in model.py, answers in answer.py, scores in scorer.py.
"""

import tensorflow as tf

from seqtasks.batches.examples import Examples
from seqtasks.batches.planning import answer_in_batches
from seqtasks.batches.sequences import Lengths, Sequences
from seqtasks.errors import CorpusError
from seqtasks.layers.embedding import layers_below_head
from seqtasks.layers.parts import part_by_part
from seqtasks.layers.tagging.viterbi import legal_transitions
from seqtasks.tasks.ner.answer import Reader
from seqtasks.tasks.ner.ensemble import TaggerEnsemble
from seqtasks.tasks.ner.model import Tagger
from seqtasks.tasks.ner.scorer import Scorer
from seqtasks.tasks.ner.text import Text
from seqtasks.tasks.task import Loss, Signature, Task, as_arrays, compiled
from seqtasks.text import PAD, UNK
from seqtasks.text.tags import pieces
from seqtasks.text.words import unknown_share, windows

# Number of texts, or windows of a long text, tagged at once; and of texts explained at once.
_TOGETHER, _EXPLAINED = 64, 16
# Tags and their probabilities.
_TAGGED = [tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None, None])]
_BATCH = (
    tf.TensorSpec([None, None], tf.int32),
    tf.TensorSpec([None, None, None], tf.int32),
    tf.TensorSpec([None, None], tf.int32),
)


class TaggedExamples(Examples):
    """Examples of words, of the characters of all words, and of tags."""

    def batch(self, chosen):
        """Returns words (rows, steps), their characters (rows, steps, longest) and tags (rows, steps), padded."""
        words, characters, tags = self.columns
        return words.padded(chosen), characters.padded_within(words, chosen), tags.padded(chosen)


class Ner(Task):
    """The task: sentences in, a tag for each word out, scored by the F1 of entities."""

    name = "ner"
    Text, Scorer, Reader, Ensemble = Text, Scorer, Reader, TaggerEnsemble
    column_names = ("words", "characters", "tags")

    def make_model(self, *, portable):
        words = self.text.words
        model = Tagger(
            self.settings.model,
            words=words.size,
            characters=len(words.characters) + UNK + 1,
            singletons=words.singletons,
            more=words.more,
            legal=legal_transitions(self.text.tags, self.text.scheme),
            portable=portable,
        )
        if self.text.vectors:
            model.embedding.start_from(self.text.vectors)
        return model

    def layers_below_head(self):
        return layers_below_head(self.model)

    # Batches

    def columns(self, rows):
        """Each example is words, their characters and tags; a long row is cut into several."""
        numbers = {tag: number for number, tag in enumerate(self.text.tags)}
        if unknown := {tag for row in rows for tag in row["tags"]} - set(numbers):
            raise CorpusError(
                f"the corpus has the tag '{min(unknown)}', but the run's tags are {', '.join(self.text.tags)}; "
                "train a new run"
            )
        flat, words = tf.constant([word for row in rows for word in row["words"]], tf.string), self.text.words
        lengths = [end - first for row in rows for first, end in pieces(row["tags"], self.text.most)]
        characters = words.character_ids(flat).numpy()
        is_real = characters != PAD
        return (
            Sequences.of(words.word_ids(flat), lengths, words.size),
            Sequences.of(characters[is_real], is_real.sum(axis=1), len(words.characters) + UNK + 1),
            Sequences.of([numbers[tag] for row in rows for tag in row["tags"]], lengths, len(numbers)),
        )

    def examples_of(self, columns):
        words, _, _ = columns
        return TaggedExamples(
            columns,
            Lengths(words),
            signature=_BATCH,
            batch_size=self.settings.training.batch_size,
            seed=self.settings.seed,
        )

    def loss(self, batch, *, state=(), noise=None):
        """The tags' negative log likelihood in nats, summed over the words, and their number."""
        smoothing = self.settings.training.label_smoothing if noise else 0.0
        return Loss(*self.model.negative_log_likelihood(*batch, smoothing=smoothing, noise=noise))

    # Answers

    def _ids(self, words, ids, first, end):
        """Returns the ids of stretches of flat words, from `first` (rows,) to `end` (rows,); each row has at least one.

        Args:
            words: (n,) strings.
            ids: (n,) int32, their ids.
            first, end: (rows,) int32.

        Returns:
            words (rows, steps) and characters (rows, steps, longest), int32, padded with PAD.
        """
        place = tf.ragged.range(first, end).to_tensor(-1)
        place = tf.pad(place, [[0, 0], [0, tf.cast(tf.equal(tf.shape(place)[1], 0), tf.int32)]], constant_values=-1)
        # After the last word follow an unknown word, for the first step of an empty row, and padding.
        count = tf.size(words)
        steps = tf.range(tf.shape(place)[1])
        place = tf.where((place < 0) & tf.equal(steps, 0), count, tf.where(place < 0, count + 1, place))
        ids = tf.concat([ids, [UNK, PAD]], axis=0)
        characters = tf.pad(self.text.words.character_ids(words), [[0, 2], [0, 1]])
        return tf.gather(ids, place), tf.gather(characters, place)

    def _tag(self, words, begins, ends):
        """Tags ragged words (n, None), long rows in windows; begins and ends are their places in characters.

        Returns words, tags, probabilities, begins and ends, padded (n, steps), and the share of unknown words (n,).
        """
        lengths = tf.cast(words.row_lengths(), tf.int32)
        rows, first, end, own_first, own_end = windows(lengths, self.text.most)
        start = tf.gather(tf.cast(words.row_starts(), tf.int32), rows)
        ids = self.text.words.word_ids(words.values)
        tags, probabilities = part_by_part(
            self.model, self._ids(words.values, ids, start + first, start + end), _TOGETHER, outputs=_TAGGED
        )
        steps = tf.range(tf.shape(tags)[1])
        own = (steps >= own_first[:, tf.newaxis]) & (steps < own_end[:, tf.newaxis])
        names = tf.gather(tf.constant(self.text.tags), tf.boolean_mask(tags, own))
        found = {
            "words": words,
            "tags": words.with_values(names),
            "probabilities": words.with_values(tf.boolean_mask(probabilities, own)),
            "begins": begins,
            "ends": ends,
        }
        return {**{name: part.to_tensor() for name, part in found.items()}, "unknown": unknown_share(words, ids)}

    def _predict(self, texts):
        return self._tag(*self.text.words.cut(texts))

    def _predict_tokenized(self, texts):
        return self._tag(*self.text.words.split(texts))

    def _predict_words(self, words, lengths):
        """Tags given words, flat strings, of rows with these lengths, (n,) int32."""
        return self._tag(*self.text.words.joined(tf.RaggedTensor.from_row_lengths(words, lengths)))

    def function(self, name, *, tokenized=False):
        return super().function("tokenized" if tokenized else name)

    def answer_rows(self, rows, *, quick=False, progress=None):
        """Tags the given words of rows; they are never joined and split again."""
        strings, lengths = tf.TensorSpec([None], tf.string), tf.TensorSpec([None], tf.int32)
        graph = self._compiled.setdefault("words", compiled(self._predict_words, strings, lengths))

        def tag(batch):
            words = tf.constant([word for row in batch for word in row["words"]], tf.string)
            found = graph(words, tf.constant([len(row["words"]) for row in batch]))
            return self.reader.answers([self.reader.input_of(row) for row in batch], as_arrays(found))

        return answer_in_batches(
            rows, [len(row["words"]) for row in rows], self.answer_batch_size, tag, progress=progress
        )

    @property
    def answer_batch_size(self):
        return _TOGETHER

    # Explanations

    def _explain(self, texts):
        """Tags strings (n,) and returns what each word adds to log p of each tag, (n, steps, steps), a row a tag.

        Of a text beyond the length limit only the first words are read.
        """
        words, begins, ends = (part[:, : self.text.most] for part in self.text.words.cut(texts))
        lengths, start = (tf.cast(part, tf.int32) for part in (words.row_lengths(), words.row_starts()))
        word_ids = self.text.words.word_ids(words.values)
        ids, characters = self._ids(words.values, word_ids, start, start + lengths)
        tags, probabilities, weights = part_by_part(
            self.model.explain, [ids, characters], _EXPLAINED, outputs=[*_TAGGED, tf.TensorSpec([None, None, None])]
        )
        real = tf.sequence_mask(lengths, tf.shape(ids)[1])
        names = tf.where(real, tf.gather(tf.constant(self.text.tags), tags), "")
        places = {name: part.to_tensor() for name, part in (("words", words), ("begins", begins), ("ends", ends))}
        shares = {"probabilities": probabilities, "unknown": unknown_share(words, word_ids)}
        weights = tf.where(real[..., tf.newaxis] & real[:, tf.newaxis], weights, 0)
        kind = tf.fill([tf.shape(ids)[0]], "attribution")
        return {**places, "tags": names, **shares, "weights": weights, "kind": kind}

    def signatures(self):
        """Functions of strings (batch,).

        serving_default: words, tags, probabilities, begins and ends, all (batch, steps), padded with "" and 0, places
        in characters; and unknown (batch,), the share of unknown words. tokenized: the same for words split at spaces.
        explain: the same for the first words, weights (batch, steps, steps), a row for each tag, and their kind
        (batch,), attribution. check: pieces, the number of words; cut, always false; and unknown.
        """

        def check(texts):
            words, *_ = self.text.words.cut(texts)
            count = tf.cast(words.row_lengths(), tf.int32)
            unknown = unknown_share(words, self.text.words.word_ids(words.values))
            return {
                "pieces": count,
                "cut": tf.zeros_like(count, tf.bool),
                "unknown": unknown,
            }

        functions = {
            "serving_default": self._predict,
            "tokenized": self._predict_tokenized,
            "explain": self._explain,
            "check": check,
        }
        return {name: Signature(function) for name, function in functions.items()}
