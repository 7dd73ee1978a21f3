"""Forecasting: the next vectors of a table in time order, from the vectors up to now.

From top to bottom: the model, batches, answers, scores, explanations and served functions. The text is in text.py, the
network in model.py, answers in answer.py, scores in scorer.py, simpler forecasts in baselines.py.
"""

from dataclasses import replace

import numpy as np
import tensorflow as tf

from seqtasks.layers.parts import part_by_part
from seqtasks.layers.saliency import saliency
from seqtasks.scores import forecasts, significance
from seqtasks.tasks.forecast import baselines
from seqtasks.tasks.forecast.answer import Forecast, Reader
from seqtasks.tasks.forecast.drawing import picture
from seqtasks.tasks.forecast.ensemble import ForecasterEnsemble
from seqtasks.tasks.forecast.examples import TableExamples
from seqtasks.tasks.forecast.model import Forecaster
from seqtasks.tasks.forecast.scorer import Scorer, lines_of
from seqtasks.tasks.forecast.text import Text
from seqtasks.tasks.task import Loss, Signature, Task

# Rows of a table from which forecasts are made at once.
_ORIGINS = 512
# Scores that are shown of simpler forecasts.
_SHOWN = ("mae", "rmse", "r2")


class Forecasting(Task):
    """The task: steps in, the next steps out, scored by the distance from what came."""

    name = "forecast"
    Text, Scorer, Reader, Ensemble = Text, Scorer, Reader, ForecasterEnsemble

    def __init__(self, settings, text, **options):
        super().__init__(settings, text, **options)
        self.horizon, self._simpler = settings.search.horizon, (None, None)
        sizes = 2 * text.numbers.size, text.features
        pair = [tf.TensorSpec([None, size]) for size in sizes]
        self._traced = tf.function(self.model.trace, input_signature=pair, autograph=False)
        self._read = tf.function(self._next_of, input_signature=pair, autograph=False)
        state = [tf.TensorSpec([None, *part.shape[1:]], part.dtype) for part in self._flat_zero(1)]
        first = tf.TensorSpec([None, self.model.outputs_of_step], self.model.compute_dtype)
        self._went_on = tf.function(
            lambda first, future, *state: self.model.ahead(first, future, self._packed(state)),
            input_signature=[first, tf.TensorSpec([None, None, text.features]), *state],
            autograph=False,
        )

    def make_model(self, *, portable):
        text = self.text
        sizes = {"channels": text.numbers.size, "count": text.count, "future": text.features}
        return Forecaster(self.settings.model, **sizes, portable=portable)

    def _flat_zero(self, rows):
        return tf.nest.flatten(self.model.zero_state(rows))

    def _packed(self, state):
        return tf.nest.pack_sequence_as(self.model.zero_state(1), list(state))

    # Batches

    def examples(self, rows):
        values, future = self.text.table(rows)
        values = self.text.numbers.standardize(values).numpy()
        return TableExamples(values, future, self.settings, zero_state=self.model.zero_state)

    def examples_of_train(self, corpus):
        return self.examples(corpus.split("train"))

    def loss(self, batch, *, state=(), noise=None):
        """Squared or absolute errors of standardized vectors, summed over the cells that are there, and their number.

        Truncated backpropagation through time: the state comes from the chunk before, and the gradient stops there.
        Without `state`, each example starts from a zero state. Inputs count with their weight.
        """
        values, future, wanted, lengths, begins, future_behind, wanted_behind = batch
        if before := state:
            goes_on = tf.cast(1 - begins, state[0].dtype)[:, tf.newaxis]
            before = self._packed([goes_on * part for part in state])
        found, after = self.model(self._features(values), future, lengths, before or None, noise=noise)
        mask = tf.sequence_mask(lengths, tf.shape(values)[1])[..., tf.newaxis]
        total, count = self._errors(found, tf.where(mask, wanted, np.nan))
        if self.settings.training.rollout:
            last = tf.gather(found, lengths - 1, batch_dims=1)
            found = self.model.ahead(last, future_behind, after)[:, 1:]
            more = self._errors(found, wanted_behind)
            total, count = total + more[0], count + more[1]
        return Loss(total, count, tf.nest.flatten(after) if state else ())

    def _features(self, standardized):
        missing = tf.math.is_nan(standardized)
        return tf.concat([tf.where(missing, 0.0, standardized), tf.cast(missing, tf.float32)], axis=-1)

    def _errors(self, found, wanted):
        """Returns the sum of the errors of vectors, see `Forecaster.call`, and their number.

        `wanted` (..., channels) is NaN where it is missing. The errors of quantiles are added to those of their value.
        """
        there = tf.logical_not(tf.math.is_nan(wanted))
        wanted = tf.cast(tf.where(there, wanted, 0), found.dtype)
        apart = found[..., : self.text.numbers.size] - wanted
        errors = tf.abs(apart) if self.settings.training.loss == "mae" else apart**2
        if self.model.shares:
            below = wanted[..., : self.text.count, tf.newaxis] - self.model.quantiles(found)
            shares = tf.constant(self.settings.model.quantiles, found.dtype)
            of_quantiles = tf.reduce_sum(tf.maximum(shares * below, (shares - 1) * below), axis=-1)
            errors += tf.pad(of_quantiles, [*[[0, 0]] * (len(found.shape) - 1), [0, self._inputs]])
        weights = [1.0] * self.text.count + [self.settings.training.weight_of_inputs] * self._inputs
        weights = tf.where(there, tf.constant(weights, found.dtype), 0)
        return tf.reduce_sum(weights * errors), tf.reduce_sum(weights)

    @property
    def _inputs(self):
        """Number of channels that are not to be forecast."""
        return self.text.numbers.size - self.text.count

    def _restored(self, found):
        """Returns what the model returns in the unit of the table, see `Text.restored`."""
        quantiles = self.model.quantiles(found) if self.model.shares else None
        return self.text.restored(found[..., : self.text.numbers.size], quantiles)

    # Answers

    def _predict(self, lines):
        """Forecasts from lines (n,).

        Returns:
            forecasts (n,), strings, see `lines_of`; the same as vectors (n, horizon, values) float32 and, if the model
            has them, quantiles (n, horizon, values, shares) float32; and the facts.
        """
        values, future, past, _, facts = self.text.read(lines)
        found = self._forecast(self.text.numbers.features_of(values), future, past)
        return {**self._outputs(found, past), **facts}

    def _forecast(self, features, future, past):
        """Returns standardized forecasts (n, horizon, ...) from features (n, steps, 2 * channels) of steps.

        `future` (n, steps, features) is known beforehand of each step, and the first `past` (n,) steps are read. Each
        row is read by itself, so that what is computed does not depend on the others, to the last digit.
        """
        future = self._shifted(future)

        def one(features, future, past):
            size = tf.maximum(1, past[0])
            last, state = self.model(features[:, :size], future[:, :size], tf.fill([1], size))
            return [self.model.ahead(last[:, -1], future[:, size : size + self.horizon - 1], state)]

        spec = tf.TensorSpec([None, self.horizon, self.model.outputs_of_step], self.model.compute_dtype)
        features = tf.pad(features, [[0, 0], [0, 1], [0, 0]])
        return part_by_part(one, [features, future, past], 1, outputs=[spec])[0]

    def _shifted(self, future):
        """Returns what is known beforehand of the steps behind those of `future`, 0 behind the last, and more steps."""
        return tf.pad(future, [[0, 0], [0, 1 + self.horizon], [0, 0]])[:, 1:]

    def _outputs(self, found, past):
        forecasts, count, written = self._restored(found), self.text.count, self.text.numbers.written
        vectors, quantiles = forecasts[..., :count], tf.cast(forecasts[..., count:], tf.float32)
        whole, steps = (tf.where(past[:, tf.newaxis] > 0, written(one), "") for one in (forecasts, vectors))
        lines = tf.strings.strip(tf.strings.reduce_join(whole, axis=1, separator=" "))
        outputs = {"forecasts": lines, "steps": steps, "vectors": tf.cast(vectors, tf.float32)}
        if self.model.shares:
            outputs["quantiles"] = tf.reshape(quantiles, [-1, self.horizon, count, self.model.shares])
        return outputs

    @property
    def _numbers_given(self):
        """Names of the outputs that are numbers."""
        return ("vectors", "quantiles") if self.model.shares else ("vectors",)

    @property
    def answer_batch_size(self):
        return self.settings.search.batch_size

    # Scores

    def answer_rows(self, rows, *, quick=False, progress=None):
        """Returns a Forecast for each row of a table, of all forecasts that were made for it; see `Scorer`.

        The rows before it in its table are read first, as many as a line may have before those to come.
        """
        before, values, future = self._with_rows_before(rows)
        found = self.forecasts_from(values, future)
        if progress:
            progress(len(rows))
        return [Forecast(line, 0.0, (), False, 0.0) for line in lines_of(baselines.of_rows(found, before, len(rows)))]

    def _with_rows_before(self, rows):
        """Returns the number of rows before that are read first, and the arrays of these and of the rows."""
        before = rows.before(max(0, self.settings.text.max_length - self.horizon))
        parts = zip(self.text.table(before), self.text.table(rows), strict=True)
        return len(before), *(np.concatenate(pair) for pair in parts)

    def forecasts_from(self, values, future):
        """Returns the forecasts from each row of a table, (rows, horizon, ...), see `_restored`, read as one series."""
        future = self._shifted(tf.constant(future)[tf.newaxis])[0].numpy()
        features = self.text.numbers.features_of(values)
        if self.horizon == 1:
            found = self._read(features, future[: len(values)])[:, tf.newaxis]
            return self._restored(found).numpy()
        first, states = self._traced(features, future[: len(values)])
        places, found = np.arange(len(values))[:, np.newaxis] + 1 + np.arange(self.horizon - 1), []
        for begin in range(0, len(values), _ORIGINS):
            some = slice(begin, begin + _ORIGINS)
            found.append(self._went_on(first[some], future[places[some]], *(state[some] for state in states)))
        return self._restored(tf.concat(found, axis=0)).numpy()

    def _next_of(self, features, future):
        found, _ = self.model(features[tf.newaxis], future[tf.newaxis], tf.shape(features)[:1])
        return found[0]

    def beside(self, examples, answers, **_):
        """Scores skill, the forecast against the last value, quantiles if there are any, and simpler forecasts."""
        rows, scorer = examples.rows, self.scorer
        found = self.simpler(rows, examples.train)
        lines = [answer.text for answer in answers]
        skill = forecasts.skill(scorer.truth(rows), found["last value"], **scorer.options)
        own = [significance.score(skill, scorer.parsed(lines), block=scorer.block)]
        own += scorer.scores_of_quantiles(lines, rows)
        scored = []
        for name, one in found.items():
            scores = {metric.name: significance.score(metric, one, interval=False) for metric in scorer.metrics(rows)}
            scored += [(f"{name}, {what}", replace(scores[what], name=what)) for what in _SHOWN]
        return own, scored

    def pictures(self, examples, answers):
        """The last rows with the forecasts for them."""
        lines, simpler = [answer.text for answer in answers], self.simpler(examples.rows, examples.train)
        return {"forecasts": picture(examples.rows, lines, simpler, self.scorer)}

    def simpler(self, rows, train):
        """Returns {name: forecasts (rows, horizon, values)} of what baselines.py has; linear ones need `train`.

        Those of the rows last asked for are kept, as they are both scored and drawn.
        """
        if self._simpler[0] is not rows:
            before, values, future = self._with_rows_before(rows)
            found = baselines.forecasts(self.text, self.horizon, values, future, train)
            self._simpler = rows, {name: baselines.of_rows(one, before, len(rows)) for name, one in found.items()}
        return self._simpler[1]

    def more_slices(self, rows, lines):
        """Scores each step of the horizon, and each column in its own unit."""
        found = {"step of the horizon": self.scorer.of_steps(lines, rows)} if self.horizon > 1 else {}
        if self.text.count > 1:
            found["column"] = self.scorer.of_columns(lines, rows)
        if self.horizon > 1 and self.scorer.shares:
            found["step of the horizon, quantiles"] = self.scorer.quantiles_of_steps(lines, rows)
        for by, parts in found.items():
            values = {name: {"examples": len(rows), "value": scores[0].value} for name, scores in parts.items()}
            first = next(iter(parts.values()))[0].name
            yield {"by": by, "score": first, "parts": values}

    # Explanations

    def _explain(self, lines):
        """Forecasts from lines (n,) and returns the weights (n, horizon, steps) of their steps for each vector."""
        values, future, past, pieces, facts = self.text.read(lines)
        features = self.text.numbers.features_of(values)
        horizon = self.horizon
        shifted = self._shifted(future)

        def weigh(features, future, past):
            size = tf.maximum(1, past[0])
            features, marks = (tf.repeat(part[:, :size], horizon, axis=0) for part in tf.split(features, 2, axis=-1))
            known = tf.repeat(future, horizon, axis=0)

            def score(numbers):
                read = tf.concat([numbers, marks], axis=-1)
                last, state = self.model(read, known[:, :size], tf.fill([horizon], size))
                found = self.model.ahead(last[:, -1], known[:, size : size + horizon - 1], state)
                steps = tf.reduce_sum(found[..., : self.text.count], axis=-1)
                return tf.linalg.diag_part(steps)

            mask = tf.fill([horizon, size], past[0] > 0)
            weights = tf.pad(saliency(score, features, mask), [[0, 0], [0, tf.shape(pieces)[1]]])
            return [weights[tf.newaxis, :, : tf.shape(pieces)[1]]]

        features = tf.pad(features, [[0, 0], [0, 1], [0, 0]])
        (weights,) = part_by_part(weigh, [features, shifted, past], 1, outputs=[tf.TensorSpec([None, horizon, None])])
        outputs = self._outputs(self._forecast(features, future, past), past)
        names = tf.tile(tf.constant([self.text.names]), [tf.shape(lines)[0], 1])
        return {**outputs, **facts, "pieces": pieces, "weights": weights, "channels": names}

    def signatures(self):
        """Functions of strings (batch,).

        serving_default: forecasts (batch,), lines of the next vectors, see `Scorer`; vectors (batch, horizon, values)
        of the same numbers; and, if the model has them, quantiles (batch, horizon, values, quantiles). explain: also
        their steps (batch, horizon), the pieces (batch, steps) that were read, their weights (batch, horizon, steps),
        and the names of the fields of a step, channels (batch, fields). check: pieces, the number of steps; whether the
        beginning was cut off; and the share of steps with something unknown. vectors: the numbers of serving_default,
        from values (batch, steps, channels) float32, NaN where they are missing, and lengths (batch,) int32; with
        columns that are known beforehand also from future (batch, steps, features) float32, which are 1 for the word of
        each column and 0 for its others, or standardized, and go on behind the lengths.
        """

        def serving_default(lines):
            found = self._predict(lines)
            return {name: found[name] for name in ("forecasts", *self._numbers_given)}

        def check(lines):
            return self.text.read(lines)[-1]

        functions = {"serving_default": serving_default, "explain": self._explain, "check": check}
        specs = {
            "values": tf.TensorSpec([None, None, self.text.numbers.size], name="values"),
            "lengths": tf.TensorSpec([None], tf.int32, name="lengths"),
            "future": tf.TensorSpec([None, None, self.text.features], name="future"),
        }
        taken = tuple(specs.values()) if self.text.features else tuple(specs.values())[:2]
        vectors = Signature(self._forecast_vectors, specs=taken, arrays=self._arrays)
        return {**{name: Signature(function) for name, function in functions.items()}, "vectors": vectors}

    def _forecast_vectors(self, values, lengths, future=None):
        """Forecasts from arrays, see `signatures`; what is not finite is missing."""
        future = tf.zeros([*tf.unstack(tf.shape(values)[:2]), 0]) if future is None else future
        steps = tf.maximum(1, tf.maximum(tf.shape(values)[1], tf.shape(future)[1]))
        values = tf.where(tf.math.is_finite(values), values, np.nan)
        values = tf.pad(values, [[0, 0], [0, steps - tf.shape(values)[1]], [0, 0]], constant_values=np.nan)
        future = tf.pad(future, [[0, 0], [0, steps - tf.shape(future)[1]], [0, 0]])
        lengths = tf.clip_by_value(lengths, 0, steps)
        found = self._forecast(self.text.numbers.features_of(values), future, lengths)
        outputs = self._outputs(found, lengths)
        return {name: outputs[name] for name in self._numbers_given}

    def _arrays(self, lines):
        """Returns lines as the arrays that `_forecast_vectors` takes, by name."""
        values, future, past, *_ = self.text.read(tf.constant(lines))
        # Lists of no steps, as which arrays travel, would not tell the number of channels.
        steps = [[0, 0], [0, int(not values.shape[1])], [0, 0]]
        found = {"values": np.pad(values, steps, constant_values=np.nan).astype(np.float32), "lengths": past.numpy()}
        return {**found, "future": np.pad(future, steps)} if self.text.features else found
