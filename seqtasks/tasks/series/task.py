"""Series: a label for each step of a series of vectors, or for the whole.

From top to bottom: the model, batches, answers, scores, explanations and served functions. The text is in text.py, the
network in model.py, answers in answer.py, scores in scorer.py, simpler models in baselines.py.
"""

from dataclasses import replace

import numpy as np
import tensorflow as tf

from seqtasks.batches.examples import Examples
from seqtasks.batches.sequences import Lengths, Sequences
from seqtasks.errors import CorpusError
from seqtasks.layers.parts import part_by_part
from seqtasks.layers.saliency import integrated_gradients
from seqtasks.series.line import steps_of, vectors_of
from seqtasks.tasks.series import baselines
from seqtasks.tasks.series.answer import Reader
from seqtasks.tasks.series.ensemble import SeriesLabelerEnsemble
from seqtasks.tasks.series.model import SeriesLabeler
from seqtasks.tasks.series.scorer import UNREAD, Scorer
from seqtasks.tasks.series.text import Text
from seqtasks.tasks.task import Loss, Signature, Task

# Number of copies of series explained at once, each at all places of a path.
_COPIES = 2


class SeriesExamples(Examples):
    """Examples of vectors, and of a label or one for each step."""

    def batch(self, chosen):
        """Returns features (rows, steps, 2 * channels), lengths (rows,), and labels (rows,) or (rows, steps)."""
        values, labels = self.columns
        places, is_real = values.places(chosen)
        found = values.values[places[is_real]]
        missing = np.isnan(found)
        features = np.zeros((*places.shape, 2 * found.shape[1]), np.float32)
        features[is_real] = np.concatenate([np.where(missing, 0, found), missing], axis=1)
        wanted = labels.padded(chosen) if isinstance(labels, Sequences) else labels[np.asarray(chosen)]
        return features, values.lengths_of(chosen).astype(np.int32), wanted


class Series(Task):
    """The task: series of vectors in, labels out, scored by accuracy."""

    name = "series"
    Text, Scorer, Reader, Ensemble = Text, Scorer, Reader, SeriesLabelerEnsemble

    def make_model(self, *, portable):
        labels, channels = len(self.text.labels), self.text.numbers.size
        return SeriesLabeler(self.settings.model, channels=channels, labels=labels, portable=portable)

    @property
    def _of_steps(self):
        return self.settings.model.output == "steps"

    # Batches

    def columns(self, rows):
        """Each example is the standardized values of a series, and the id of its label, or of those of its steps."""
        if unknown := {label for row in rows for label in row["labels"]} - set(self.text.labels):
            raise CorpusError(
                f"the corpus has the label '{min(unknown)}', but the run's labels are {', '.join(self.text.labels)}; "
                "train a new run"
            )
        values = self.text.encode(rows)
        if not self._of_steps:
            return values, np.array([self.text.labels.index(row["labels"][0]) for row in rows], np.int32)
        labels = [self.text.labels_of(row) for row in rows]
        flat = [label for own in labels for label in own]
        return values, Sequences.of(np.array(flat, np.int32), values.lengths, len(self.text.labels))

    def examples_of(self, columns):
        features = tf.TensorSpec([None, None, self.text.numbers.features])
        labels = tf.TensorSpec([None, None] if self._of_steps else [None], tf.int32)
        return SeriesExamples(
            columns,
            Lengths(columns[0]),
            signature=(features, tf.TensorSpec([None], tf.int32), labels),
            batch_size=self.settings.training.batch_size,
            seed=self.settings.seed,
        )

    def loss(self, batch, *, state=(), noise=None):
        """-log p of the labels in nats, summed over the steps, or the series, and their number."""
        inputs, lengths, labels = batch
        smoothing = self.settings.training.label_smoothing if noise else 0.0
        mask = tf.sequence_mask(lengths, tf.shape(inputs)[1])
        return Loss(*self.model.negative_log_likelihood(inputs, mask, labels, smoothing=smoothing, noise=noise))

    # Answers

    @property
    def answer_batch_size(self):
        return self.settings.training.batch_size

    def _predict(self, series):
        """Labels strings (n,): labels and probabilities, and facts about each string; see `signatures`."""
        inputs, lengths, facts = self.text.numbers.read(series, self.text.most)
        logits, _ = self._scored(inputs, lengths)
        return {**self._outputs(logits, tf.where(facts["pieces"] > 0, lengths, 0)), **facts}

    def _scored(self, inputs, lengths):
        return self.model(inputs, tf.sequence_mask(lengths, tf.shape(inputs)[1]))

    def _outputs(self, logits, lengths):
        """Returns what is served of logits; `lengths` (n,) are 0 for series that get blank answers."""
        names = tf.constant(self.text.labels)
        if not self._of_steps:
            labels = tf.gather(names, tf.argmax(logits, axis=1))
            return {
                "labels": tf.where(lengths > 0, labels, ""),
                "probabilities": tf.nn.softmax(logits),
                "classes": tf.tile(names[tf.newaxis], [tf.shape(logits)[0], 1]),
            }
        real = tf.sequence_mask(lengths, tf.shape(logits)[1])
        labels, shares = self.model.decode(logits, tf.sequence_mask(tf.maximum(lengths, 1), tf.shape(logits)[1]))
        return {"labels": tf.where(real, tf.gather(names, labels), ""), "probabilities": tf.where(real, shares, 0)}

    def answer_rows(self, rows, *, quick=False, progress=None):
        """Returns an Answer for each row; where steps are beyond the length limit, with a mark for each of them."""
        answers = super().answer_rows(rows, quick=quick, progress=progress)
        lines = self._with_unread([answer.text for answer in answers], rows)
        return [replace(answer, text=line) for answer, line in zip(answers, lines, strict=True)]

    def _with_unread(self, lines, rows):
        """Returns lines of labels of steps with a mark for each step beyond the length limit; others as they are."""
        if not self._of_steps:
            return lines
        unread = (max(0, len(row["series"].split()) - self.text.most) for row in rows)
        return [line + f" {UNREAD}" * count for line, count in zip(lines, unread, strict=True)]

    # Scores

    def beside(self, examples, answers, **_):
        """Scores the models of baselines.py."""
        if (train := examples.train) is None:
            return [], []
        names, count = np.array(self.text.labels), len(self.text.labels)
        known, others = self._features(train, examples.rows)
        ids = [self.text.labels_of(row) for row in train]
        if self._of_steps:
            found = baselines.of_steps(known, list(map(np.array, ids)), others, count)
            found = {name: [" ".join(names[own]) for own in of_rows] for name, of_rows in found.items()}
        else:
            found = baselines.of_series(known, [own[0] for own in ids], others, count)
            found = {name: names[own].tolist() for name, own in found.items()}
        how, scored = f"|n:{len(others)}", []
        for name, lines in found.items():
            score, *_ = self.scorer.score(self._with_unread(lines, examples.rows), examples.rows)
            scored.append((name, replace(score, signature=score.signature + how)))
        return [], scored

    def _features(self, *parts):
        """Returns for each list of rows one of (steps, features): values and, if the first has any, what is missing."""
        encoded = [self.text.encode(rows) for rows in parts]
        marked = np.isnan(encoded[0].values).any()
        for values in encoded:
            missing = np.isnan(values.values)
            features = np.where(missing, 0, values.values)
            features = np.concatenate([features, missing], axis=1) if marked else features
            yield np.split(features, values.ends[:-1])

    # Explanations

    def _explain(self, series):
        """Labels strings (n,) and returns the weights (n, runs, steps) of their steps for each run of equal labels.

        They are the attention weights of the pooling if it has any, else what each step adds to log p of the label, in
        a run to its mean over the steps of the run.
        """
        inputs, lengths, facts = self.text.numbers.read(series, self.text.most)
        real = tf.where(facts["pieces"] > 0, lengths, 0)
        logits, weights = self._scored(inputs, lengths)
        found, mask = self._outputs(logits, real), tf.sequence_mask(real, tf.shape(inputs)[1])
        pieces = self.text.numbers.split(series)[:, : self.text.most].to_tensor("")
        pieces = tf.pad(pieces, [[0, 0], [0, tf.shape(mask)[1] - tf.shape(pieces)[1]]], constant_values="")
        if self._of_steps:
            begins = mask & tf.not_equal(found["labels"], tf.pad(found["labels"], [[0, 0], [1, 0]])[:, :-1])
        else:
            begins = tf.one_hot(tf.where(real > 0, 0, -1), tf.shape(mask)[1], True, False, dtype=tf.bool)
        runs = tf.RaggedTensor.from_row_lengths(tf.where(begins), tf.math.count_nonzero(begins, axis=1))
        names = found["labels"] if self._of_steps else tf.tile(found["labels"][:, tf.newaxis], [1, tf.shape(mask)[1]])
        if weights is None:
            weights = self._weigh(inputs, mask, logits, begins, runs.values)
        else:
            weights = tf.gather(weights, runs.values[:, 0])
        return {
            **found,
            "pieces": pieces,
            "runs": runs.with_values(tf.gather_nd(names, runs.values)).to_tensor(""),
            "first": runs.with_values(tf.cast(runs.values[:, 1], tf.int32)).to_tensor(-1),
            "weights": runs.with_values(weights).to_tensor(0.0, shape=[None, None, None]),
            "kind": tf.fill([tf.shape(inputs)[0]], "attention" if self.model.attends else "attribution"),
            "channels": tf.tile(tf.constant([self.text.numbers.channels]), [tf.shape(inputs)[0], 1]),
            "unknown": facts["unknown"],
            "cut": facts["cut"],
        }

    def _weigh(self, inputs, mask, logits, begins, places):
        """Returns the weights (runs, steps) of runs that begin at places (runs, 2); see `_explain`."""
        numbers = tf.cumsum(tf.cast(begins, tf.int32), axis=1) - 1
        labels = tf.argmax(logits, axis=-1, output_type=tf.int32)
        lengths = tf.reduce_sum(tf.cast(mask, tf.int32), axis=1)

        def weigh(places):
            rows = places[:, 0]
            steps = tf.reduce_max(tf.concat([[1], tf.gather(lengths, rows)], axis=0))
            here, own = (tf.gather(part, rows)[:, :steps] for part in (mask, numbers))
            of_run = here & tf.equal(own, tf.gather_nd(numbers, places)[:, tf.newaxis])
            wanted = tf.gather(labels, rows)
            wanted = wanted[:, :steps] if self._of_steps else wanted

            def score(inputs, here, of_run, wanted):
                logp = tf.nn.log_softmax(self.model(inputs, here)[0])
                logp = tf.gather(logp, wanted, batch_dims=len(wanted.shape))
                if not self._of_steps:
                    return logp
                share = tf.cast(of_run, logp.dtype)
                return tf.math.divide_no_nan(tf.reduce_sum(share * logp, axis=1), tf.reduce_sum(share, axis=1))

            weights = integrated_gradients(score, tf.gather(inputs, rows)[:, :steps], here, here, of_run, wanted)
            return [tf.pad(weights, [[0, 0], [0, tf.shape(mask)[1] - steps]])]

        return part_by_part(weigh, [places], _COPIES, outputs=[tf.TensorSpec([None, None])])[0]

    def signatures(self):
        """Functions of strings (batch,).

        serving_default: labels and probabilities (batch, steps), padded with "" and 0; or labels (batch,) of whole
        series, and probabilities and classes (batch, labels). explain: also pieces (batch, steps), the label of each
        run of equal labels and its first step (batch, runs), weights (batch, runs, steps) and their kind (batch,),
        attention or attribution, and the names of the channels (batch, channels). check: pieces, the number of steps,
        whether the series is cut at the length limit, and the share of unknown steps. vectors: as serving_default, but
        of values (batch, steps, channels) float32, NaN where they are missing, and lengths (batch,) int32.
        """

        def serving_default(series):
            found = self._predict(series)
            return {name: found[name] for name in ("labels", "probabilities", "classes") if name in found}

        def check(series):
            return self.text.numbers.read(series, self.text.most)[2]

        functions = {"serving_default": serving_default, "explain": self._explain, "check": check}
        specs = (
            tf.TensorSpec([None, None, self.text.numbers.size], name="values"),
            tf.TensorSpec([None], tf.int32, name="lengths"),
        )
        vectors = Signature(self._label_vectors, specs=specs, arrays=self._vectors)
        return {**{name: Signature(function) for name, function in functions.items()}, "vectors": vectors}

    def _label_vectors(self, values, lengths):
        """Labels values (n, steps, channels) of series of these lengths (n,); what is not finite is missing."""
        values = tf.pad(values[:, : self.text.most], [[0, 0], [0, tf.cast(tf.shape(values)[1] < 1, tf.int32)], [0, 0]])
        lengths = tf.clip_by_value(lengths, 0, tf.shape(values)[1])
        features = self.text.numbers.features_of(tf.where(tf.math.is_finite(values), values, np.nan))
        logits, _ = self._scored(features, tf.maximum(lengths, 1))
        return self._outputs(logits, lengths)

    def _vectors(self, series):
        """Returns strings as the arrays that `_label_vectors` takes, by name."""
        steps = [steps_of(one)[: self.text.most] for one in series]
        lengths = np.array([len(one) for one in steps], np.int32)
        values = np.full((len(steps), max([1, *lengths]), self.text.numbers.size), np.nan, np.float32)
        for row, one in zip(values, steps, strict=True):
            row[: len(one)] = vectors_of(one, self.text.numbers.size)
        return {"values": values, "lengths": lengths}
