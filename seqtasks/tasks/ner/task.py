"""NER: a tag for each word, from strings to entities; chunks and parts of speech are tagged in the same way.

From top to bottom: its text, its model, how a batch is made, how a sentence is tagged, scored, explained and served.
The model itself is in layers/tagger.py.
"""

import hashlib
import json

import numpy as np
import tensorflow as tf

from seqtasks.batches.planning import answer_in_batches, pad
from seqtasks.errors import CorpusError
from seqtasks.layers.parts import part_by_part
from seqtasks.layers.viterbi import legal_transitions
from seqtasks.pictures.attention.table import AttentionTable
from seqtasks.scores import classification, labeling
from seqtasks.tasks.ner.answer import tagging
from seqtasks.tasks.ner.model import Tagger
from seqtasks.tasks.task import Task, as_arrays, by_length, decoded, seeded
from seqtasks.text import PAD, UNK
from seqtasks.text.tags import OUTSIDE, entities, pieces, scheme_of, split_tag
from seqtasks.text.vectors import read_vectors
from seqtasks.text.words import Words, fit_words, unknown_share, windows

# Sentence lengths, in words, up to which they are scored apart.
_LENGTHS = (5, 10, 20, 30, 50)
# Texts, or windows of a long one, that are tagged together; and that are explained together.
_TOGETHER, _EXPLAINED = 64, 16
# Tags and their probabilities.
_TAGGED = [tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None, None])]


class Ner(Task):
    """The task: sentences in, a tag for each word out, scored by the F1 of entities."""

    name = "ner"
    main_score = "entity_f1"
    options = ("tokenized",)
    batch_signature = (
        tf.TensorSpec([None, None], tf.int32),
        tf.TensorSpec([None, None, None], tf.int32),
        tf.TensorSpec([None, None], tf.int32),
    )

    def fit_text(self, corpus):
        """Learns words, characters and tags from the train split, and which entities it names."""
        rows, model = corpus.split("train"), self.settings.model
        self.vectors = read_vectors(model.vectors, model.embedding) if model.vectors else {}
        sentences = [row["words"] for row in rows]
        self.words = fit_words(sentences, size=self.settings.text.size, more=self.vectors)
        self._know(scheme_of([row["tags"] for row in rows]))
        self.tags = sorted({tag for row in rows for tag in row["tags"]})
        if self.scheme != "none":
            # Of a type that only ever has one word in train, too, a second may come.
            types = sorted({split_tag(tag)[1] for tag in self.tags} - {""})
            self.tags = [OUTSIDE, *(f"{mark}-{kind}" for kind in types for mark in "BI")]
        self.seen = sorted({name for row in rows for name in self._names(row)})

    def _names(self, row):
        """Returns the entities of a row as "type words"."""
        found = entities(row["tags"]) if self.scheme != "none" else ()
        return [f"{kind} {' '.join(row['words'][first:end])}" for kind, first, end in found]

    def save_text(self, folder):
        self.words.save(folder)
        known = {"tags": self.tags, "scheme": self.scheme, "seen": self.seen}
        (folder / "tags.json").write_text(json.dumps(known, ensure_ascii=False) + "\n", encoding="utf-8")

    def load_text(self, folder):
        self.words, self.vectors = Words.load(folder), {}
        known = json.loads((folder / "tags.json").read_text(encoding="utf-8"))
        self.tags, self.seen = ([str(one) for one in known[key]] for key in ("tags", "seen"))
        self._know(str(known["scheme"]))

    def _know(self, scheme):
        self.scheme = scheme
        if scheme == "none":
            self.main_score = "token_accuracy"

    def describe_text(self):
        return (
            f"{len(self.words.words):,} words, {len(self.words.characters):,} characters, {len(self.tags)} tags "
            f"({self.scheme})"
        )

    @property
    def text_fingerprint(self):
        known = json.dumps([self.words.fingerprint, self.settings.text.max_length, self.tags, self.scheme])
        return hashlib.sha256(known.encode()).hexdigest()

    def build(self, *, portable=False):
        with seeded(self.settings.seed):
            self.model = Tagger(
                self.settings.model,
                words=self.words.size,
                characters=len(self.words.characters) + UNK + 1,
                singletons=self.words.singletons,
                legal=legal_transitions(self.tags, self.scheme),
                portable=portable,
            )
        if self.vectors:
            table = self.model.embedding.embeddings
            start = table.numpy()
            for number, word in enumerate(self.words.words, start=UNK + 1):
                start[number] = self.vectors.get(word, start[number])
            table.assign(start)
        strings, lengths = tf.TensorSpec([None], tf.string), tf.TensorSpec([None], tf.int32)
        self._cut, self._split, self._given, self._explained = (
            tf.function(function, input_signature=signature, autograph=False)
            for function, signature in (
                (self._answer, [strings]),
                (self._answer_tokenized, [strings]),
                (self._answer_words, [strings, lengths]),
                (self._explain, [strings]),
            )
        )

    # Batches

    def examples(self, rows):
        """Returns (words, characters, tags) of the rows as ids, long rows in pieces; lengths are (n, 1)."""
        numbers = {tag: number for number, tag in enumerate(self.tags)}
        if unknown := {tag for row in rows for tag in row["tags"]} - set(numbers):
            raise CorpusError(
                f"the corpus has the tag '{min(unknown)}', but the tags are {', '.join(self.tags)}; train a new run"
            )
        flat = tf.constant([word for row in rows for word in row["words"]])
        words, characters = self.words.word_ids(flat).numpy(), self.words.character_ids(flat).numpy()
        examples, most, place = [], self.settings.text.max_length, 0
        for row in rows:
            tags = np.array([numbers[tag] for tag in row["tags"]], np.int32)
            for first, end in pieces(row["tags"], most):
                here = slice(place + first, place + end)
                examples.append((words[here], characters[here], tags[first:end]))
            place += len(tags)
        return examples, np.array([[len(words)] for words, *_ in examples])

    def batch(self, examples, chosen):
        words, characters, tags = zip(*(examples[i] for i in chosen), strict=True)
        words, tags = pad(words), pad(tags)
        longest = max(1, *(int((ids != PAD).any(axis=0).sum()) for ids in characters))
        padded = np.full((*words.shape, longest), PAD, np.int32)
        for row, ids in enumerate(characters):
            padded[row, : len(ids)] = ids[:, :longest]
        return words, padded, tags

    def loss(self, words, characters, tags, *, training):
        """The tags' negative log likelihood in nats, summed over the words, and their number."""
        smoothing = self.settings.training.label_smoothing if training else 0.0
        return self.model.negative_log_likelihood(words, characters, tags, smoothing=smoothing, training=training)

    # Answers

    def _ids(self, words, ids, first, end):
        """Returns runs of flat words as ids, from `first` (rows,) to `end` (rows,); every row has at least one.

        Args:
            words: (n,) strings.
            ids: (n,) int32, their ids.
            first, end: (rows,) int32.

        Returns:
            words (rows, steps) and characters (rows, steps, longest), int32, padded with PAD.
        """
        place = tf.ragged.range(first, end).to_tensor(-1)
        place = tf.pad(place, [[0, 0], [0, tf.cast(tf.equal(tf.shape(place)[1], 0), tf.int32)]], constant_values=-1)
        # Behind the last word stand an unknown one, in place of a row's first where there is none, and padding.
        count = tf.size(words)
        steps = tf.range(tf.shape(place)[1])
        place = tf.where((place < 0) & tf.equal(steps, 0), count, tf.where(place < 0, count + 1, place))
        ids = tf.concat([ids, [UNK, PAD]], axis=0)
        characters = tf.pad(self.words.character_ids(words), [[0, 2], [0, 1]])
        return tf.gather(ids, place), tf.gather(characters, place)

    def _tag(self, words, begins, ends):
        """Tags ragged words (n, None), long rows in windows; begins and ends are their places in characters.

        Returns words, tags, probabilities, begins and ends, padded (n, steps), and the share of unknown words (n,).
        """
        lengths = tf.cast(words.row_lengths(), tf.int32)
        rows, first, end, own_first, own_end = windows(lengths, self.settings.text.max_length)
        start = tf.gather(tf.cast(words.row_starts(), tf.int32), rows)
        ids = self.words.word_ids(words.values)
        tags, probabilities = part_by_part(
            self.model, self._ids(words.values, ids, start + first, start + end), _TOGETHER, outputs=_TAGGED
        )
        steps = tf.range(tf.shape(tags)[1])
        own = (steps >= own_first[:, tf.newaxis]) & (steps < own_end[:, tf.newaxis])
        names = tf.gather(tf.constant(self.tags), tf.boolean_mask(tags, own))
        found = {
            "words": words,
            "tags": words.with_values(names),
            "probabilities": words.with_values(tf.boolean_mask(probabilities, own)),
            "begins": begins,
            "ends": ends,
        }
        return {**{name: part.to_tensor() for name, part in found.items()}, "unknown": unknown_share(words, ids)}

    def _answer(self, texts):
        return self._tag(*self.words.cut(texts))

    def _answer_tokenized(self, texts):
        return self._tag(*self.words.split(texts))

    def _answer_words(self, words, lengths):
        """Tags words that are given, (all of them,) strings, of rows that have so many each, (n,) int32."""
        return self._tag(*self.words.joined(tf.RaggedTensor.from_row_lengths(words, lengths)))

    def input_of(self, row):
        return " ".join(row["words"])

    def reference_of(self, row):
        return " ".join(row["tags"])

    def answer(self, strings, *, tokenized=False, progress=None):
        """Tags strings; gives a list of Tagging in their order.

        Args:
            strings: list of str; a blank one gets a blank answer.
            tokenized: words are what stands between spaces; else punctuation is cut off.
            progress: called with the number of strings done after each batch.
        """
        graph = self._split if tokenized else self._cut

        def tag(batch):
            return self.served_answers(batch, as_arrays(graph(tf.constant(batch))))

        return answer_in_batches(strings, list(map(len, strings)), self.answers_together, tag, progress=progress)

    def answer_rows(self, rows, *, quick=False, progress=None):
        """Tags the words of rows as they are given: they are never joined and cut again."""

        def tag(batch):
            words = tf.constant([word for row in batch for word in row["words"]], tf.string)
            found = self._given(words, tf.constant([len(row["words"]) for row in batch]))
            return self.served_answers([self.input_of(row) for row in batch], as_arrays(found))

        lengths = [len(row["words"]) for row in rows]
        return answer_in_batches(rows, lengths, self.answers_together, tag, progress=progress)

    def line_of(self, answer):
        return " ".join(answer.tags)

    @property
    def decoding(self):
        return f"output:{self.settings.model.output}"

    @property
    def answers_together(self):
        return _TOGETHER

    def score(self, answers, rows, *, interval=True):
        return labeling.labeling_scores(*self._sequences(answers, rows), scheme=self.scheme, interval=interval)

    def breakdown(self, answers, rows):
        answers, wanted = self._sequences(answers, rows)
        if self.scheme == "none":
            flat = [[tag for tags in sequences for tag in tags] for sequences in (answers, wanted)]
            return classification.class_table(*flat), classification.confusion(*flat)
        return labeling.type_table(answers, wanted), labeling.type_confusion(answers, wanted)

    def compare(self, systems, rows):
        systems = {name: self._sequences(lines, rows)[0] for name, lines in systems.items()}
        return labeling.compare_labelings(systems, [row["tags"] for row in rows], scheme=self.scheme)

    def compare_groups(self, systems, rows):
        systems = {name: [self._sequences(lines, rows)[0] for lines in runs] for name, runs in systems.items()}
        return labeling.compare_groups(systems, [row["tags"] for row in rows], scheme=self.scheme)

    @staticmethod
    def _sequences(lines, rows):
        return [tuple(line.split()) for line in lines], [row["tags"] for row in rows]

    def slices(self, rows):
        found, seen = {"words": by_length([len(row["words"]) for row in rows], _LENGTHS)}, set(self.seen)
        if self.scheme != "none":
            parts = {"seen in training": [], "unseen": []}
            for number, row in enumerate(rows):
                if names := set(self._names(row)):
                    parts["seen in training" if names <= seen else "unseen"].append(number)
            found["entities"] = {label: part for label, part in parts.items() if part}
        return found

    # Explanations

    def _explain(self, texts):
        """Tags strings (n,) and tells what each tag leans on: weights (n, steps, steps), a row a tag.

        Of a longer text the first words are read.
        """
        words, begins, ends = (part[:, : self.settings.text.max_length] for part in self.words.cut(texts))
        lengths, start = (tf.cast(part, tf.int32) for part in (words.row_lengths(), words.row_starts()))
        word_ids = self.words.word_ids(words.values)
        ids, characters = self._ids(words.values, word_ids, start, start + lengths)
        tags, probabilities, weights = part_by_part(
            self.model.explain, [ids, characters], _EXPLAINED, outputs=[*_TAGGED, tf.TensorSpec([None, None, None])]
        )
        real = tf.sequence_mask(lengths, tf.shape(ids)[1])
        names = tf.where(real, tf.gather(tf.constant(self.tags), tags), "")
        places = {name: part.to_tensor() for name, part in (("words", words), ("begins", begins), ("ends", ends))}
        shares = {"probabilities": probabilities, "unknown": unknown_share(words, word_ids)}
        weights = tf.where(real[..., tf.newaxis] & real[:, tf.newaxis], weights, 0)
        return {**places, "tags": names, **shares, "weights": weights}

    def attention(self, string):
        """Explains the tags of a string by what each leans on, as an AttentionTable with a row for each word."""
        return self.served_attention(string, as_arrays(self._explained(tf.constant([string]))))

    def serving(self):
        """Returns the signatures of a SavedModel, functions of strings (batch,), and what they hold on to.

        serving_default: words, tags, probabilities, begins and ends, all (batch, steps), padded with "" and 0, places
        in characters; and unknown (batch,). tokenized: the same of words that stand between spaces. explain: the
        same of the first words, and weights (batch, steps, steps), a row a tag. check: pieces, the number of words,
        cut, always false, and unknown, the share of words that are.
        """

        def check(texts):
            words, *_ = self.words.cut(texts)
            count = tf.cast(words.row_lengths(), tf.int32)
            unknown = unknown_share(words, self.words.word_ids(words.values))
            return {
                "pieces": count,
                "cut": tf.zeros_like(count, tf.bool),
                "unknown": unknown,
            }

        signatures = {
            "serving_default": self._answer,
            "tokenized": self._answer_tokenized,
            "explain": self._explain,
            "check": check,
        }
        return signatures, [self.model, self.words]

    @staticmethod
    def served_answers(strings, found, facts=None):
        answers = []
        for i, string in enumerate(strings):
            words = [decoded(word) for word in found["words"][i]]
            words = words[: words.index("")] if "" in words else words
            columns = [
                [kind(value) for value in found[name][i][: len(words)]]
                for name, kind in (("tags", decoded), ("begins", int), ("ends", int), ("probabilities", float))
            ]
            answers.append(tagging(string, words, *columns, unknown=float(found["unknown"][i])))
        return answers

    @staticmethod
    def served_attention(string, found):
        (answer,) = Ner.served_answers([string], found)
        count = len(answer.words)
        return AttentionTable(
            kind="saliency",
            columns=answer.words,
            rows=tuple(f"{word} {tag}" for word, tag in zip(answer.words, answer.tags, strict=True)),
            weights=np.asarray(found["weights"][0])[:count, :count],
            source=string,
            prediction=answer.text,
        )
