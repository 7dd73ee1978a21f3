"""Language model: what comes next, from strings to strings.

From top to bottom: its text, its model, how a batch is made, how a text goes on, is scored, explained and served.
The model itself is in layers/language_model.py. A line ends with EOS, which also stands before the first.
"""

import hashlib
import json

import numpy as np
import tensorflow as tf

from seqtasks.batches.planning import answer_in_batches
from seqtasks.batches.streams import lines, plan_streams, streams
from seqtasks.errors import CorpusError
from seqtasks.layers.parts import part_by_part
from seqtasks.layers.saliency import saliency
from seqtasks.pictures.attention.table import AttentionTable
from seqtasks.scores import language
from seqtasks.settings import check
from seqtasks.tasks.language_model.generator import OPTIONS, TextGenerator
from seqtasks.tasks.language_model.measuring import by_line, characters_of, of_lines, of_stream
from seqtasks.tasks.language_model.model import LanguageModel
from seqtasks.tasks.language_model.ngrams import KneserNey
from seqtasks.tasks.task import Answer, Task, as_arrays, by_length, decoded, seeded
from seqtasks.text import EOS, PAD
from seqtasks.text.characters import Characters, fit_characters, in_parts
from seqtasks.text.pieces import SeparateWords, Text, fit_text

# Line lengths, in characters, up to which lines are scored apart.
_LENGTHS = (10, 20, 40, 80)
# Stretches of a text that a quick measure reads side by side; lines at most that words and subwords are learned from.
_STRETCHES, _LEARNED_FROM = 32, 1_000_000
# Prompts that are continued together, and that are explained or measured together.
_TOGETHER, _EXPLAINED = 64, 8
# The longest n-grams, and the pieces at most that they are counted in, the last ones.
_ORDER, _COUNTED = 6, 20_000_000
_TEXTS = {"characters": Characters, "words": SeparateWords, "subwords": Text}


class Continuation(Answer):
    """What a prompt goes on with. Of a prompt that is too long the beginning is not read."""

    unread = "beginning"


class LanguageModeling(Task):
    """The task: text in, more text out, scored by how well it foretells what was written."""

    name = "language-model"
    lower_is_better = has_baselines = True
    options = ("length", "temperature", "top_k", "seed")
    answer_type = Continuation
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
        """Learns pieces from the train split, and how often it says each of them."""
        rows, settings = corpus.split("train"), self.settings.text
        if settings.kind == "characters":
            self.text = fit_characters(rows, settings)
        else:
            # Pieces are learned from lines of all parts of a long text.
            rows_read = rows[:: 1 + len(rows) // _LEARNED_FROM]
            self.text = fit_text([row["text"] for row in rows_read], settings, kind=_TEXTS[settings.kind])
        self.counts = sum(np.bincount(ids, minlength=self.text.size) for ids, _ in self._parts(rows))
        self._refuse_short(self.counts.sum())
        if not self.by_line and len(rows) == 1:
            # Behind a single line there is nothing to say.
            self.counts[EOS] = 0

    @property
    def said(self):
        """Which pieces are ever said, (size,) bool."""
        return self.counts > 0

    def _refuse_short(self, count):
        streams = self.settings.training.batch_size
        if not self.by_line and count - 2 < streams:
            raise CorpusError(
                f"the train split has {count - 1:,} {self.settings.text.kind}, too few for {streams} streams side by "
                "side; lower training.batch_size"
            )

    def save_text(self, folder):
        self.text.save(folder)
        (folder / "counts.json").write_text(json.dumps(self.counts.tolist()) + "\n", encoding="utf-8")

    def load_text(self, folder):
        self.text = _TEXTS[self.settings.text.kind].load(folder)
        self.counts = np.array(json.loads((folder / "counts.json").read_text(encoding="utf-8")))
        if self.counts.shape != (self.text.size,):
            raise ValueError(f"counts.json has {self.counts.size} counts of {self.text.size} pieces")

    def describe_text(self):
        return f"{int(self.said.sum()):,} {self.settings.text.kind}"

    @property
    def text_fingerprint(self):
        known = [self.text.fingerprint, self.settings.text.max_length, self.counts.tolist()]
        return hashlib.sha256(json.dumps(known).encode()).hexdigest()

    @property
    def by_line(self):
        """Whether each line stands for itself, and is not read on from the one before."""
        return self.settings.training.chunk is None

    def build(self, *, portable=False):
        with seeded(self.settings.seed):
            self.model = LanguageModel(self.settings.model, counts=self.counts, portable=portable)
        self.generator = TextGenerator(self.model, self.text, most=self.settings.text.max_length, by_line=self.by_line)
        pieces = tf.TensorSpec([None, None], tf.int32)
        measuring = [pieces, pieces, self.model.encoder.state_signature]
        explaining = [tf.TensorSpec([None], tf.string)]
        self._measured = tf.function(self.model.cross_entropy, input_signature=measuring, autograph=False)
        self._explained = tf.function(self._explain, input_signature=explaining, autograph=False)

    # Batches

    def _parts(self, rows):
        """Yields the ids of rows, flat, EOS after each, and how many each row has, for some rows after the other."""
        kind = np.uint16 if self.text.size <= 1 << 16 else np.int32
        for part in in_parts(rows):
            ids = self.text.encode(tf.constant(part))
            ids = tf.concat([ids, tf.fill([ids.nrows(), 1], EOS)], axis=1)
            yield ids.values.numpy().astype(kind), ids.row_lengths().numpy()

    def _encoded(self, rows):
        """Returns the ids of rows, flat, EOS after each, and how many each row has, (n,) ints."""
        return tuple(map(np.concatenate, zip(*self._parts(rows), strict=True)))

    def stream(self, rows):
        """Returns the ids of rows as they are read on, EOS between them, (n,) ints."""
        return self._encoded(rows)[0][:-1]

    def examples(self, rows):
        """Returns stretches of the rows' text, see streams.py, and their lengths (n, 1)."""
        (ids, lengths), training = self._encoded(rows), self.settings.training
        self._refuse_short(len(ids))
        if self.by_line:
            found = lines(ids, lengths, self.settings.text.max_length)
        else:
            found = streams(ids[:-1], training.batch_size, training.chunk)
        return found, found.lengths

    def plan_epoch(self, lengths, epoch):
        if self.by_line:
            return super().plan_epoch(lengths, epoch)
        return plan_streams(len(lengths), self.settings.training.batch_size)

    def batch(self, examples, chosen):
        ids, wanted, begins = examples.batch(np.asarray(chosen))
        # What is never said, as a run that this one starts from never did, is never learned.
        return ids, np.where(self.said[wanted], wanted, PAD), begins

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
        """That of pieces which are as likely as at the start, whatever stands before them."""
        counts = self.counts[self.said]
        if self.settings.model.initialization == "normal":
            return float(np.log(len(counts)))
        return float(np.log(counts.sum()) - counts @ np.log(counts) / counts.sum())

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

    def answer(self, strings, *, progress=None, **options):
        """Continues strings; gives a list of Answer in their order, its score the mean log p of a piece.

        Args:
            strings: list of str; a blank one gets a blank answer.
            progress: called with the number of strings done after each batch.
            options: length, temperature, top_k and seed in place of those of the run's settings.
        """
        values, top_k = self._options(options)
        continued = self.generator.continued(top_k)

        def go_on(batch):
            found = as_arrays(continued(tf.constant(batch), *values))
            return self.served_answers(batch, found, found)

        return answer_in_batches(strings, list(map(len, strings)), self.answers_together, go_on, progress=progress)

    def write(self, prompt="", **options):
        """Returns an iterator over what follows a prompt as it is drawn, in strings of a few pieces.

        Args:
            prompt: a str; an empty one is the beginning of a line.
            options: those of `answer`.
        """
        values, top_k = self._options(options)
        return self.generator.write(prompt, *values, top_k=top_k)

    def _options(self, given):
        """Returns length, temperature and seed as tensors, and top_k: those that are given, else the run's settings.

        Raises SettingsError for a value that is not allowed.
        """
        known = self.settings.sampling
        options = check(type(known), known.model_dump() | given)
        return [tf.constant(getattr(options, name), dtype) for name, dtype in OPTIONS.items()], options.top_k

    @property
    def decoding(self):
        return "state:line" if self.by_line else "state:carried"

    @property
    def answers_together(self):
        return _TOGETHER

    # Scores

    def answer_rows(self, rows, *, quick=False, progress=None):
        """Measures rows: an Answer each, its score the log p of a line and its end, given the lines before it.

        A quick measure reads stretches of the text side by side, each from a state of zero.
        """
        ids, lengths = self._encoded(rows)
        options = {"measure": self._measured, "progress": _by_rows(progress, lengths)}
        if self.by_line:
            options |= {"state": self.model.encoder.zero_state, "most": self.settings.text.max_length}
            nats = of_lines(ids, lengths, self.said, **options)
        else:
            stretches = min(_STRETCHES, len(ids)) if quick else 1
            options |= {"state": self.model.encoder.zero_state(stretches), "rows": stretches}
            nats = of_stream(ids, self.said, **options)
        found = by_line(self.text, self.said, rows, ids, lengths, nats)
        return [Answer(line, -float(line.split()[0]), (), False, 0.0) for line in found]

    def score(self, answers, rows, *, interval=True):
        characters = int(characters_of(self.text, rows).sum())
        return language.language_scores(answers, characters, unit=self.unit, interval=interval)

    def baselines(self, train, rows):
        """Scores n-gram models of orders 1 to 6, fitted on the rows `train`; see ngrams.py. They read on over lines."""
        (known, _), (ids, lengths) = self._encoded(train), self._encoded(rows)
        known = known[:-1][self.said[known[:-1]]][-_COUNTED:]
        model = KneserNey(known, self.text.size, order=_ORDER, sayable=self.said)
        found = []
        for order, logp in enumerate(model.by_order(np.concatenate([[EOS], ids])), start=1):
            nats = np.where(self.said[ids], -logp[1:], 0.0)
            predictions = by_line(self.text, self.said, rows, ids, lengths, nats)
            found.append((f"{order}-gram", self.score(predictions, rows, interval=False)[0]))
        return found

    def slices(self, rows):
        return {"characters in the line, its end counted": by_length(characters_of(self.text, rows), _LENGTHS)}

    def compare(self, systems, rows):
        return language.compare_models(systems, unit=self.unit)

    def compare_groups(self, systems, rows):
        return language.compare_groups(systems, unit=self.unit)

    # Explanations

    def _explain(self, texts):
        """Continues strings (n,) and tells what the next piece leans on: the weights (n, 1, steps) of the prompt's.

        They are saliency: gradient times input of the log probability of the piece that was drawn.
        """
        generator = self.generator
        ids, _ = generator.given(texts)
        drawn, logp, weights = part_by_part(
            self._lean,
            [texts, ids],
            _EXPLAINED,
            outputs=[tf.TensorSpec([None, None], kind) for kind in (tf.int32, tf.float32, tf.float32)],
        )
        places = {"pieces": generator.pieces_read(texts), "next": self.text.piece_of(drawn[:, :1])}
        return {**generator.said(texts, drawn, logp), **places, "weights": weights[:, tf.newaxis]}

    def _lean(self, texts, ids):
        """Continues strings (rows,) that read as ids (rows, steps).

        Returns:
            ids (rows, length) that are drawn and log p of each, and the weights (rows, steps); see `_explain`.
        """
        generator, mask = self.generator, ids != PAD
        values, top_k = self._options({})
        drawn, logp, *_ = generator.draw(texts, *generator.after(ids), *values, top_k=top_k)

        def score(inputs):
            hidden, _ = self.model.read(inputs, mask)
            return tf.gather(tf.nn.log_softmax(generator.next(hidden, ids)), drawn[:, 0], batch_dims=1)

        return drawn, logp, saliency(score, self.model.inputs(ids), mask)

    def attention(self, string):
        """Explains the first piece after a string by those of the string, as an AttentionTable of one row."""
        return self.served_attention(string, as_arrays(self._explained(tf.constant([string]))))

    @property
    def serving_options(self):
        values, _ = self._options({})
        return dict(zip(OPTIONS, values, strict=True))

    def serving(self):
        """Returns the signatures of a SavedModel, functions of strings (batch,), and what they hold on to.

        serving_default, also of length, temperature and seed: continuations (batch,), and scores (batch,), the mean log
        p of a piece. score: pieces (batch, steps) and the log_probabilities of each, given those before it, about -1e9
        of what is never said. explain: also what the next piece (batch, 1) leans on, pieces (batch, steps) and their
        weights (batch, 1, steps). check: pieces, whether the beginning was cut off, the share of unknown pieces.
        """

        def serving_default(texts, length, temperature, seed):
            found = self.generator.go_on(texts, length, temperature, seed, top_k=self.settings.sampling.top_k)
            return {name: found[name] for name in ("continuations", "scores")}

        def measure(wanted):
            given = tf.pad(wanted, [[0, 0], [1, 0]], constant_values=EOS)
            logits, _ = self.model(given)
            logp = tf.gather(tf.nn.log_softmax(logits[:, :-1]), wanted, batch_dims=2)
            return [tf.where(wanted != PAD, logp, 0)]

        def score(texts):
            wanted = self.generator.read(texts).to_tensor(PAD)
            (logp,) = part_by_part(measure, [wanted], _EXPLAINED, outputs=[tf.TensorSpec([None, None])])
            return {"pieces": self.generator.pieces_read(texts)[:, 1:], "log_probabilities": logp}

        def check(texts):
            return self.generator.given(texts)[1]

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


def _by_rows(progress, lengths):
    """Returns what takes a number of pieces done and tells `progress` of the rows of some lengths that are done."""
    ends, done = np.cumsum(lengths), [0, 0]

    def tell(pieces):
        done[0] += pieces
        rows = int(np.searchsorted(ends, done[0], side="right"))
        progress(rows - done[1])
        done[1] = rows

    return tell if progress else None
