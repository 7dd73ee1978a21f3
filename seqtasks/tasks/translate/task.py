"""Translate: an encoder-decoder with Bahdanau attention, from strings to strings.

From top to bottom: its text, its model, how a batch is made, how an answer is searched, scored, explained and served.
The model itself is in layers/translator.py.
"""

import hashlib
import json

import numpy as np
import tensorflow as tf

from seqtasks.batches.planning import answer_in_batches, pad
from seqtasks.decoding.beam_search import beam_search
from seqtasks.errors import UsageError
from seqtasks.pictures.attention.table import AttentionTable
from seqtasks.scores.translation import compare_groups, compare_translations, spaces_words, translation_scores
from seqtasks.tasks.task import Answer, Task, as_arrays, by_length, decoded, seeded
from seqtasks.tasks.translate.model import Translator
from seqtasks.text import BOS, EOS
from seqtasks.text.pieces import Text, fit_text

# Where fewer answers are possible than there are beams, the search fills up with hypotheses of nearly no probability.
_UNREACHED = -1e6
# Source lengths up to which sentences are scored apart.
_LENGTHS = (5, 10, 15, 20, 30)


class Translate(Task):
    """The task: parallel text in, translations out, scored by BLEU and chrF."""

    name = "translate"
    main_score = "BLEU"
    options = ("beam", "best")
    batch_signature = (tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None, None], tf.int32))

    def fit_text(self, corpus):
        """Learns both texts from the train split and remembers the languages."""
        rows = corpus.split("train")
        self.source_text = fit_text([row["source"] for row in rows], self.settings.text.source)
        self.target_text = fit_text([target for row in rows for target in row["targets"]], self.settings.text.target)
        self.languages = tuple(corpus.languages)

    def save_text(self, folder):
        for side, text in (("source", self.source_text), ("target", self.target_text)):
            (folder / side).mkdir()
            text.save(folder / side)
        (folder / "languages.json").write_text(json.dumps(self.languages) + "\n", encoding="utf-8")

    def load_text(self, folder):
        self.source_text, self.target_text = Text.load(folder / "source"), Text.load(folder / "target")
        source, target = json.loads((folder / "languages.json").read_text(encoding="utf-8"))
        self.languages = str(source), str(target)

    def piece_counters(self):
        """Returns two functions, for sources and targets, from a list of strings to their lengths in pieces."""

        def counter(text):
            return lambda strings: text.encode(tf.constant(strings)).row_lengths().numpy()

        return counter(self.source_text), counter(self.target_text)

    def describe_text(self):
        kinds = (self.settings.text.source.kind, self.settings.text.target.kind)
        texts = (self.source_text, self.target_text)
        return ", ".join(
            f"{text.size:,} {kind} of {language}"
            for text, kind, language in zip(texts, kinds, self.languages, strict=True)
        )

    @property
    def text_fingerprint(self):
        sides = self.source_text.fingerprint + self.target_text.fingerprint
        return hashlib.sha256(f"{sides}{self.settings.text.max_length}".encode()).hexdigest()

    def build(self, *, portable=False):
        with seeded(self.settings.seed):
            self.model = Translator(
                self.settings.model,
                source_size=self.source_text.size,
                target_size=self.target_text.size,
                portable=portable,
            )
        self._graphs = {}
        strings = [tf.TensorSpec([None], tf.string)]
        self._explained = tf.function(self._explain, input_signature=strings, autograph=False)

    # Batches

    def examples(self, rows):
        """Returns the pairs of the rows, one for each reference, as ids; lengths are (n, 2)."""
        pairs = [(row["source"], target) for row in rows for target in row["targets"]]
        most = self.settings.text.max_length
        sides = []
        for text, strings in zip((self.source_text, self.target_text), zip(*pairs, strict=True), strict=True):
            ids = text.encode(tf.constant(strings))[:, :most]
            sides.append([row.tolist() for row in np.split(ids.values.numpy(), ids.row_splits.numpy()[1:-1])])
        examples = [([*source, EOS], [BOS, *target, EOS]) for source, target in zip(*sides, strict=True)]
        # BOS is given and not predicted.
        return examples, np.array([(len(source), len(target) - 1) for source, target in examples])

    def batch(self, examples, chosen):
        return tuple(pad(side) for side in zip(*(examples[i] for i in chosen), strict=True))

    def loss(self, source, target, *, training):
        """Cross entropy in nats, summed over the real target pieces (the end mark is one), and their number."""
        smoothing = self.settings.training.label_smoothing if training else 0.0
        return self.model.cross_entropy(source, target, smoothing=smoothing, training=training)

    # Answers

    def _translate(self, texts, beam, best):
        """Translates strings (n,), in the graph; a blank one gets a blank translation of score 0.

        Returns:
            what is answered: translations and scores (n, best), and facts about each string; and the search.Hypotheses,
            those of blank strings ended at once.
        """
        source, facts = self.source_text.read(texts, self.settings.text.max_length)
        lengths = tf.minimum(facts["pieces"], self.settings.text.max_length)
        memory, state = self.model.encode(source)
        search = self.settings.search
        found = beam_search(
            self.model.step,
            state,
            self.model.search_memory(memory),
            limits=tf.minimum(2 * lengths + 10, search.max_length),
            beam=beam,
            best=best,
            length_penalty=search.length_penalty,
        )
        blank = tf.equal(lengths, 0)[:, tf.newaxis]
        found = found._replace(
            ids=tf.where(blank[..., tf.newaxis], EOS, found.ids),
            lengths=tf.where(blank, 1, found.lengths),
            scores=tf.where(blank, 0.0, found.scores),
        )
        ids = tf.reshape(found.ids[:, :best], [-1, tf.shape(found.ids)[2]])
        strings = tf.reshape(self.target_text.decode(ids), [-1, best])
        return {"translations": strings, "scores": found.scores[:, :best], **facts}, found

    def _explain(self, texts):
        """Translates strings (n,) and tells what each piece of the best translation (n,) looked at."""
        answered, found = self._translate(texts, self.settings.search.beam, 1)
        longest = tf.reduce_max(found.lengths[:, 0])
        real = tf.sequence_mask(found.lengths[:, 0], longest)
        return {
            **{name: answered[name][:, 0] for name in ("translations", "scores")},
            "source_pieces": self.source_text.pieces_read(texts, self.settings.text.max_length),
            "target_pieces": tf.where(real, self.target_text.piece_of(found.ids[:, 0, :longest]), ""),
            "attention": found.attention[:, 0, :longest],
        }

    def input_of(self, row):
        return row["source"]

    def reference_of(self, row):
        return row["targets"][0]

    def _graph(self, beam, best):
        """Returns `_translate` for these settings as a compiled function, traced once."""
        if (beam, best) not in self._graphs:
            self._graphs[beam, best] = tf.function(
                lambda texts: self._translate(texts, beam, best)[0],
                input_signature=[tf.TensorSpec([None], tf.string)],
                autograph=False,
            )
        return self._graphs[beam, best]

    def answer(self, strings, *, beam=None, best=1, progress=None):
        """Translates strings; gives a list of Answer in their order.

        Args:
            strings: list of str; a blank one gets a blank answer.
            beam: hypotheses kept, at least `best`; None takes the setting.
            best: how many alternatives each answer lists.
            progress: called with the number of strings done after each batch.
        """
        graph = self._graph(max(beam or self.settings.search.beam, best), best)

        def translate(batch):
            found = graph(tf.constant(batch))
            columns = (found[name].numpy() for name in ("translations", "scores", "cut", "unknown"))
            answers = []
            for texts, scores, cut, unknown in zip(*columns, strict=True):
                pairs = [(text.decode(), float(score)) for text, score in zip(texts, scores, strict=True)]
                reached = tuple(pair for pair in pairs if pair[1] > _UNREACHED)
                answers.append(Answer(*pairs[0], reached, bool(cut), float(unknown)))
            return answers

        return answer_in_batches(strings, list(map(len, strings)), self.answers_together, translate, progress=progress)

    def answer_rows(self, rows, *, quick=False, progress=None):
        return self.answer([self.input_of(row) for row in rows], beam=1 if quick else None, progress=progress)

    @property
    def decoding(self):
        search = self.settings.search
        return f"beam:{search.beam}|length_penalty:{search.length_penalty:g}"

    @property
    def answers_together(self):
        return self.settings.search.batch_size

    def score(self, answers, rows, *, interval=True):
        references = [row["targets"] for row in rows]
        return translation_scores(answers, references, language=self.languages[1], interval=interval)

    def slices(self, rows):
        # Where the language is not known by its name, most sentences tell.
        spaced = spaces_words(self.languages[0]) and 2 * sum(" " in row["source"] for row in rows) >= len(rows)
        lengths = [len(row["source"].split() if spaced else row["source"]) for row in rows]
        return {f"{'words' if spaced else 'characters'} in the source": by_length(lengths, _LENGTHS)}

    def compare(self, systems, rows):
        return compare_translations(systems, [row["targets"] for row in rows], language=self.languages[1])

    def compare_groups(self, systems, rows):
        return compare_groups(systems, [row["targets"] for row in rows], language=self.languages[1])

    def attention(self, string):
        """Translates a string and gives the AttentionTable that the search recorded while it decoded."""
        if self.settings.model.attention == "none":
            raise UsageError(
                "this run was trained with model.attention=none and has no attention to show; "
                "train one with --set model.attention=bahdanau"
            )
        return self.served_attention(string, as_arrays(self._explained(tf.constant([string]))))

    def serving(self):
        """Returns the signatures of a SavedModel, functions of strings (batch,), and what they hold on to.

        serving_default: translations (batch,) and scores (batch,). explain: also source_pieces (batch, source steps),
        target_pieces (batch, target steps), padded with "", and attention (batch, target steps, source steps).
        check: pieces, whether the text is cut at the length limit, and the share of unknown pieces.
        """

        def serving_default(texts):
            answered, _ = self._translate(texts, self.settings.search.beam, 1)
            return {name: answered[name][:, 0] for name in ("translations", "scores")}

        def check(texts):
            return self.source_text.read(texts, self.settings.text.max_length)[1]

        signatures = {"serving_default": serving_default, "explain": self._explain, "check": check}
        return signatures, [self.model, self.source_text, self.target_text]

    @staticmethod
    def served_answers(strings, found, facts=None):
        facts = facts or {"cut": [False] * len(found["scores"]), "unknown": [0.0] * len(found["scores"])}
        rows = zip(found["translations"], found["scores"], facts["cut"], facts["unknown"], strict=True)
        return [
            Answer(decoded(text), float(score), ((decoded(text), float(score)),), bool(cut), float(unknown))
            for text, score, cut, unknown in rows
        ]

    @staticmethod
    def served_attention(string, found):
        return AttentionTable(
            kind="attention",
            columns=tuple(map(decoded, found["source_pieces"][0])),
            rows=tuple(map(decoded, found["target_pieces"][0])),
            weights=found["attention"][0],
            source=string,
            prediction=decoded(found["translations"][0]),
        )
