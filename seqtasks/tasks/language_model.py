"""Language model: what comes next, from strings to strings.

From top to bottom: its text, its model, how a batch is made, how a text goes on, is scored, explained and served.
The model itself is in layers/language_model.py. A line ends with EOS, which also stands before the first.
"""

import hashlib
import json
from functools import cache, partial

import numpy as np
import tensorflow as tf
from pydantic import ValidationError

from seqtasks.batching import answer_in_batches
from seqtasks.characters import Characters, fit_characters
from seqtasks.errors import CorpusError, UsageError
from seqtasks.layers.language_model import LanguageModel
from seqtasks.layers.saliency import saliency
from seqtasks.nats import of_lines, of_stream
from seqtasks.ngrams import KneserNey
from seqtasks.pictures.attention_table import AttentionTable
from seqtasks.sampling import sample
from seqtasks.scores import language
from seqtasks.streams import Lines, Streams
from seqtasks.tasks.task import Answer, Task, by_length, decoded, seeded
from seqtasks.text import END, EOS, PAD, UNK, Text, fit_text

# Line lengths, in characters, up to which lines are scored apart.
_LENGTHS = (10, 20, 40, 80)
# Lines that are encoded together; stretches of a text that a quick measure reads side by side.
_LINES, _STRETCHES = 50_000, 32
_TOGETHER = 64
# Orders of n-gram models, and the lines at most that they are fitted on.
_ORDERS, _COUNTED = range(1, 7), 500_000
# Pieces that are drawn between two looks at them.
_PART = 16
_BLANK = r"[\s\pZ\p{Cc}]*"
_DTYPES = {"length": tf.int32, "temperature": tf.float32, "seed": tf.int32}


class Continuation(Answer):
    """What a prompt goes on with. Of a prompt that is too long the beginning is not read."""

    unread = "beginning"


class LanguageModeling(Task):
    """The task: text in, more text out, scored by how well it foretells what was written."""

    name = "language-model"
    lower_is_better = has_baselines = True
    options = ("length", "temperature", "top_k", "seed")
    batch_signature = (
        tf.TensorSpec([None, None], tf.int32),
        tf.TensorSpec([None, None], tf.int32),
        tf.TensorSpec([None], tf.int32),
    )

    def __init__(self, settings):
        super().__init__(settings)
        self.unit = "word" if settings.text.kind == "words" else "character"
        self.main_score = f"nats_per_{self.unit}"

    def fit_text(self, corpus):
        """Learns pieces from the train split, and which of them it says."""
        rows, settings = corpus.split("train"), self.settings.text
        lines = [row["text"] for row in rows]
        self.text = fit_characters(lines, settings) if settings.kind == "characters" else fit_text(lines, settings)
        ids, _ = self._encoded(rows)
        streams = self.settings.training.batch_size
        if not self.by_line and len(ids) - 2 < streams:
            raise CorpusError(
                f"the train split has {len(ids) - 1:,} {settings.kind}, too few for {streams} streams side by side; "
                "lower training.batch_size"
            )
        # Behind the last line there is nothing to say, but where each line stands for itself.
        self.said = np.bincount(ids if self.by_line else ids[:-1], minlength=self.text.size) > 0

    def save_text(self, folder):
        self.text.save(folder)
        never = np.flatnonzero(~self.said).tolist()
        (folder / "said.json").write_text(json.dumps({"never": never}) + "\n", encoding="utf-8")

    def load_text(self, folder):
        self.text = (Characters if self.settings.text.kind == "characters" else Text).load(folder)
        self.said = np.ones(self.text.size, bool)
        self.said[json.loads((folder / "said.json").read_text(encoding="utf-8"))["never"]] = False

    def describe_text(self):
        return f"{int(self.said.sum()):,} {self.settings.text.kind}"

    @property
    def text_fingerprint(self):
        known = [self.text.fingerprint, self.settings.text.max_length, np.flatnonzero(self.said).tolist()]
        return hashlib.sha256(json.dumps(known).encode()).hexdigest()

    @property
    def by_line(self):
        """Whether each line stands for itself, and is not read on from the one before."""
        return self.settings.training.chunk is None

    def build(self, *, portable=False):
        with seeded(self.settings.seed):
            self.model = LanguageModel(self.settings.model, size=self.text.size, said=self.said, portable=portable)
        encoder, strings = self.model.encoder, tf.TensorSpec([None], tf.string)
        state = [[tf.TensorSpec([None, encoder.units])] * encoder.gates.states for _ in encoder.layers]
        pieces, logits = tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None, self.text.size])

        def compiled(function, *signature):
            return tf.function(function, input_signature=signature, autograph=False)

        numbers = [tf.TensorSpec([], dtype) for dtype in _DTYPES.values()]
        self._measured = compiled(self.model.cross_entropy, pieces, pieces, state)
        self._started, self._explained = compiled(self._start, strings), compiled(self._explain, strings)
        self._continued = cache(lambda top_k: compiled(partial(self._go_on, top_k=top_k), strings, *numbers))
        drawing = strings, logits, state, *numbers, tf.TensorSpec([], tf.int32)
        self._drawn = cache(lambda top_k: compiled(partial(self._draw, top_k=top_k), *drawing))

    # Batches

    def _encoded(self, rows):
        """Returns the ids of rows, flat, EOS after each, and how many each row has, (n,) ints."""
        kind, ids, lengths = np.uint16 if self.text.size <= 1 << 16 else np.int32, [], []
        for start in range(0, len(rows), _LINES):
            found = self.text.encode(tf.constant([row["text"] for row in rows[start : start + _LINES]]))
            found = tf.concat([found, tf.fill([found.nrows(), 1], EOS)], axis=1)
            ids.append(found.values.numpy().astype(kind))
            lengths.append(found.row_lengths().numpy())
        return np.concatenate(ids), np.concatenate(lengths)

    def stream(self, rows):
        """Returns the ids of rows as they are read on, EOS between them, (n,) ints."""
        return self._encoded(rows)[0][:-1]

    def examples(self, rows):
        """Returns the rows as Streams or Lines, and their lengths (n, 1)."""
        ids, lengths = self._encoded(rows)
        training = self.settings.training
        if self.by_line:
            lines = [line[:-1] for line in np.split(ids, np.cumsum(lengths)[:-1])]
            found = Lines(lines, self.settings.text.max_length)
        else:
            found = Streams(ids[:-1], training.batch_size, training.chunk)
        return found, found.lengths

    def plan_epoch(self, lengths, epoch):
        if self.by_line:
            return super().plan_epoch(lengths, epoch)
        return np.arange(len(lengths)).reshape(-1, self.settings.training.batch_size)

    def batch(self, examples, chosen):
        return examples.batch(chosen)

    def loss(self, ids, wanted, begins, *, training):
        """Cross entropy in nats, summed over the pieces, and their number; each example from a state of zero."""
        losses, _ = self.model.cross_entropy(ids, wanted, training=training)
        return tf.reduce_sum(losses), tf.cast(tf.size(losses), losses.dtype)

    def carried(self):
        """The state after each stream's last chunk, of all layers."""
        rows = self.settings.training.batch_size
        return [] if self.by_line else tf.nest.flatten(self.model.encoder.zero_state(rows))

    def fitted_loss(self, ids, wanted, begins, *, carried):
        """Truncated backpropagation through time: the state comes from the chunk before, the gradient ends here."""
        state = None
        if not self.by_line:
            goes_on = tf.cast(1 - begins, carried[0].dtype)[:, tf.newaxis]
            state = tf.nest.pack_sequence_as(self.model.encoder.zero_state(1), [goes_on * part for part in carried])
        losses, state = self.model.cross_entropy(ids, wanted, state, training=True)
        carried = () if self.by_line else tf.nest.flatten(state)
        return tf.reduce_sum(losses), tf.cast(tf.size(losses), losses.dtype), carried

    def objective(self, total, count):
        return total if self.settings.training.loss == "sum" else total / count

    @property
    def untrained_loss(self):
        """That of pieces which are all equally likely."""
        return float(np.log(self.said.sum()))

    @property
    def sample_every(self):
        return self.settings.training.sample_every

    def sample_at(self, step):
        return "".join(self.write("", seed=step))

    # Answers

    def input_of(self, row):
        return row["text"]

    def reference_of(self, row):
        return row["text"]

    def _start(self, texts):
        """Reads prompts (n,), each as the beginning of a line.

        Returns:
            ids (n, steps), EOS first; logits (n, size) of the next piece; the state; and facts about each prompt.
        """
        pieces, most = self.text.encode(texts), self.settings.text.max_length
        count = tf.cast(pieces.row_lengths(), tf.int32)
        unknown = tf.reduce_sum(tf.cast(tf.equal(pieces, UNK), tf.float32), axis=1)
        share = tf.math.divide_no_nan(unknown, tf.cast(count, tf.float32))
        ids = tf.concat([tf.fill([tf.size(count), 1], EOS), pieces[:, -most:]], axis=1).to_tensor(PAD)
        hidden, state = self.model.read(self.model.inputs(ids), ids != PAD)
        facts = {"pieces": count, "cut": count > most, "unknown": share}
        return ids, self.model.logits(_last(hidden, ids)), state, facts

    def _draw(self, texts, logits, state, length, temperature, seed, first=0, top_k=None):
        """Draws pieces; see sampling.sample. The prompt is the key: equal prompts go on alike."""
        options = {"length": length, "temperature": temperature, "seed": seed, "first": first, "top_k": top_k}
        keys = tf.strings.to_hash_bucket_fast(texts, 1 << 40)
        return sample(self.model.step, logits, state, keys=keys, **options)

    def _go_on(self, texts, length, temperature, seed, top_k=None):
        """Continues prompts (n,): continuations (n,), scores (n,), the mean log p of a piece, and facts about each."""
        _, logits, state, facts = self._start(texts)
        ids, logp, *_ = self._draw(texts, logits, state, length, temperature, seed, top_k=top_k)
        return {**self._said(texts, ids, logp), **facts}

    def _said(self, texts, ids, logp):
        spoken = tf.fill(tf.shape(ids), True)
        if self.by_line:
            spoken = tf.equal(tf.cumsum(tf.cast(tf.equal(ids, EOS), tf.int32), axis=1), 0)
        spoken = spoken & ~tf.strings.regex_full_match(texts, _BLANK)[:, tf.newaxis]
        share = tf.cast(spoken, logp.dtype)
        scores = tf.math.divide_no_nan(tf.reduce_sum(share * logp, axis=1), tf.reduce_sum(share, axis=1))
        return {"continuations": self._joined(tf.where(spoken, ids, PAD)), "scores": scores}

    def _joined(self, ids):
        """Returns what ids (n, steps) read as, (n,) strings: EOS is a line end, PAD nothing."""
        pieces = tf.where(tf.equal(ids, EOS), "\n", tf.where(tf.equal(ids, PAD), "", self.text.piece_of(ids)))
        return self.text.written(tf.strings.reduce_join(pieces, axis=1))

    def answer(self, strings, *, progress=None, **options):
        """Continues strings; gives a list of Answer in their order, its score the mean log p of a piece.

        Args:
            strings: list of str; a blank one gets a blank answer.
            progress: called with the number of strings done after each batch.
            options: length, temperature, top_k and seed in place of those of the run's settings.
        """
        values, top_k = self._options(options)

        def go_on(batch):
            found = self._continued(top_k)(tf.constant(batch), *values)
            found = {name: value.numpy() for name, value in found.items()}
            return self.served_answers(batch, found, found)

        return answer_in_batches(strings, list(map(len, strings)), self.answers_together, go_on, progress=progress)

    def write(self, prompt="", **options):
        """Yields what follows a prompt as it is drawn, in strings of a few pieces.

        Args:
            prompt: a str; an empty one is the beginning of a line.
            options: those of `answer`.
        """
        (length, temperature, seed), top_k = self._options(options)
        texts = tf.constant([prompt])
        _, logits, state, _ = self._started(texts)
        last = tf.constant([[] if prompt else [EOS]], tf.int32)
        for first in range(0, int(length), _PART):
            part = tf.minimum(_PART, length - first)
            options = part, temperature, seed, tf.constant(first)
            ids, _, logits, state = self._drawn(top_k)(texts, logits, state, *options)
            ends = np.flatnonzero(ids.numpy()[0] == EOS) if self.by_line else ()
            ids = ids[:, : ends[0]] if len(ends) else ids
            # How a piece is written depends on the one before.
            before, after = (self._joined(part).numpy()[0].decode() for part in (last, tf.concat([last, ids], axis=1)))
            yield after[len(before) :]
            if len(ends):
                return
            last = ids[:, -1:]

    def _options(self, given):
        """Returns length, temperature and seed as tensors, and top_k: those that are given, else the run's settings."""
        known = self.settings.sampling
        try:
            options = type(known).model_validate(known.model_dump() | given).model_dump()
        except ValidationError as error:
            problem = error.errors()[0]
            raise UsageError(
                f"{problem['loc'][0]}: received {problem['input']!r}; it {problem['msg'].replace('Input ', '')}"
            ) from None
        return [tf.constant(options[name], dtype) for name, dtype in _DTYPES.items()], options["top_k"]

    @property
    def decoding(self):
        return "state:line" if self.by_line else "state:carried"

    @property
    def answers_together(self):
        return _TOGETHER

    # Scores

    def answer_rows(self, rows, *, quick=False, progress=None):
        """Measures rows: an Answer each, its score the nats that a line and its end cost, given the lines before it.

        A quick measure reads stretches of the text side by side, each from a state of zero.
        """
        ids, lengths = self._encoded(rows)
        starts = np.cumsum(lengths) - lengths
        options = {"measure": self._measured, "progress": _by_rows(progress, lengths)}
        if self.by_line:
            options |= {"state": self.model.encoder.zero_state, "most": self.settings.text.max_length}
            nats = of_lines(np.split(ids, starts[1:]), self.said, **options)
        else:
            stretches = min(_STRETCHES, len(ids)) if quick else 1
            options |= {"state": self.model.encoder.zero_state(stretches), "rows": stretches}
            nats = of_stream(ids, self.said, **options)
        totals = np.add.reduceat(nats, starts)
        unscored = np.add.reduceat((~self.said[ids]).astype(int), starts)
        return [
            Answer(language.line_scores(*line), line[0], (), False, line[2] / line[1])
            for line in zip(totals.tolist(), lengths.tolist(), unscored.tolist(), strict=True)
        ]

    def _characters(self, rows):
        """Returns the number of characters of each row, its end among them, (n,) ints."""
        lines = self.text.normalize(tf.constant([row["text"] for row in rows]))
        return tf.strings.length(lines, unit="UTF8_CHAR").numpy() + 1

    def score(self, answers, rows, *, interval=True):
        return language.language_scores(answers, self._characters(rows), unit=self.unit, interval=interval)

    def baselines(self, train, rows):
        """Scores n-gram models of orders 1 to 6, fitted on the rows `train`; see ngrams.py."""
        (known, _), (ids, lengths) = self._encoded(train[-_COUNTED:]), self._encoded(rows)
        context = np.concatenate([[EOS], ids])
        starts, found = np.cumsum(lengths) - lengths, []
        unscored = np.add.reduceat((~self.said[ids]).astype(int), starts)
        for order in _ORDERS:
            model = KneserNey(known[:-1], self.text.size, order=order, sayable=self.said)
            nats = np.where(self.said[ids], -model.log_probabilities(context)[1:], 0.0)
            columns = np.add.reduceat(nats, starts), lengths, unscored
            lines = [language.line_scores(*line) for line in zip(*columns, strict=True)]
            found.append((f"{order}-gram", self.score(lines, rows, interval=False)[0]))
        return found

    def slices(self, rows):
        return {"characters in the line": by_length(self._characters(rows), _LENGTHS)}

    def compare(self, systems, rows):
        return language.compare_models(systems, self._characters(rows), unit=self.unit)

    def compare_groups(self, systems, rows):
        return language.compare_groups(systems, self._characters(rows), unit=self.unit)

    # Explanations

    def _explain(self, texts):
        """Continues strings (n,) and tells what the next piece leans on: the weights (n, 1, steps) of the prompt's.

        They are saliency: gradient times input of the log probability of the piece that was drawn.
        """
        ids, logits, state, _ = self._start(texts)
        values, top_k = self._options({})
        drawn, logp, *_ = self._draw(texts, logits, state, *values, top_k=top_k)
        mask = ids != PAD

        def score(inputs):
            hidden, _ = self.model.read(inputs, mask)
            return tf.gather(tf.nn.log_softmax(self.model.logits(_last(hidden, ids))), drawn[:, 0], batch_dims=1)

        weights = saliency(score, self.model.inputs(ids), mask)
        pieces = self.text.pieces(texts)[:, -self.settings.text.max_length :]
        pieces = tf.concat([tf.fill([tf.size(texts), 1], END), pieces], axis=1).to_tensor("")
        following = self.text.piece_of(drawn[:, :1])
        said = self._said(texts, drawn, logp)
        return {**said, "pieces": pieces, "next": following, "weights": weights[:, tf.newaxis]}

    def attention(self, string):
        """Explains the first piece after a string by those of the string, as an AttentionTable of one row."""
        found = self._explained(tf.constant([string]))
        return self.served_attention(string, {name: value.numpy() for name, value in found.items()})

    @property
    def serving_options(self):
        values, _ = self._options({})
        return dict(zip(_DTYPES, values, strict=True))

    def serving(self):
        """Returns the signatures of a SavedModel, functions of strings (batch,), and what they hold on to.

        serving_default, also of length, temperature and seed: continuations (batch,), and scores (batch,), the mean log
        p of a piece. score: pieces (batch, steps) and the log_probabilities of each, given those before it. explain:
        also what the next piece (batch, 1) leans on, pieces (batch, steps) and their weights (batch, 1, steps). check:
        pieces, whether the beginning was cut off, and the share of unknown pieces.
        """

        def serving_default(texts, length, temperature, seed):
            found = self._go_on(texts, length, temperature, seed, top_k=self.settings.sampling.top_k)
            return {name: found[name] for name in ("continuations", "scores")}

        def score(texts):
            wanted = self.text.encode(texts).to_tensor(PAD)
            given = tf.pad(wanted, [[0, 0], [1, 0]], constant_values=EOS)
            logits, _ = self.model(given)
            logp = tf.gather(tf.nn.log_softmax(logits[:, :-1]), wanted, batch_dims=2)
            real = wanted != PAD
            return {"pieces": self.text.pieces(texts).to_tensor(""), "log_probabilities": tf.where(real, logp, 0)}

        def check(texts):
            return self._start(texts)[-1]

        signatures = {"serving_default": serving_default, "score": score, "explain": self._explain, "check": check}
        return signatures, [self.model, self.text]

    @staticmethod
    def served_answers(strings, found, facts=None):
        count = len(found["continuations"])
        facts = facts or {"cut": [False] * count, "unknown": [0.0] * count}
        columns = found["continuations"], found["scores"], facts["cut"], facts["unknown"]
        return [
            Continuation(decoded(text), float(score), ((decoded(text), float(score)),), bool(cut), float(unknown))
            for text, score, cut, unknown in zip(*columns, strict=True)
        ]

    @staticmethod
    def served_attention(string, found):
        return AttentionTable(
            kind="saliency",
            columns=tuple(map(decoded, found["pieces"][0])),
            rows=(decoded(found["next"][0][0]),),
            weights=found["weights"][0],
            source=string,
            prediction=decoded(found["continuations"][0]),
            layout="text",
        )


def _last(hidden, ids):
    """Returns hidden (n, units) at the last real step, of hidden (n, steps, units) and ids (n, steps)."""
    last = tf.math.count_nonzero(ids != PAD, axis=1, dtype=tf.int32) - 1
    return tf.gather(hidden, last, batch_dims=1)


def _by_rows(progress, lengths):
    """Returns what takes a number of pieces done and tells `progress` of the rows of some lengths that are done."""
    ends, done = np.cumsum(lengths), [0, 0]

    def tell(pieces):
        done[0] += pieces
        rows = int(np.searchsorted(ends, done[0], side="right"))
        progress(rows - done[1])
        done[1] = rows

    return tell if progress else None
