"""Language modeling: the text that comes next. A line ends with EOS, which also stands before the first line.

From top to bottom: its model, how a batch is made, how a prompt is continued, a text measured, an answer explained and
served. The text is in text.py, the network in model.py, answers in answer.py, scores in scorer.py.
"""

import numpy as np
import tensorflow as tf

from seqtasks.decoding.choices import choices
from seqtasks.layers.parts import part_by_part
from seqtasks.layers.saliency import saliency
from seqtasks.settings import check
from seqtasks.tasks.language_model.answer import Measured, Reader
from seqtasks.tasks.language_model.beside.scores import Beside
from seqtasks.tasks.language_model.ensemble import LanguageModelEnsemble
from seqtasks.tasks.language_model.examples import TextExamples
from seqtasks.tasks.language_model.generator import OPTIONS, TextGenerator
from seqtasks.tasks.language_model.measuring import line_nats, nats_by_line, stream_nats
from seqtasks.tasks.language_model.model import LanguageModel
from seqtasks.tasks.language_model.scorer import Scorer
from seqtasks.tasks.language_model.text import Text
from seqtasks.tasks.task import Loss, Signature, Task, compiled
from seqtasks.text import EOS, PAD

# Number of stretches of a text that quick scoring reads in parallel.
_STRETCHES = 32
# Number of prompts continued at once, and of prompts explained or measured at once.
_TOGETHER, _EXPLAINED = 64, 8


class LanguageModeling(Task):
    """The task: text in, more text out, scored by the probability of the test text."""

    name = "language-model"
    Text, Scorer, Reader, Ensemble = Text, Scorer, Reader, LanguageModelEnsemble
    column_names = ("lines",)

    def __init__(self, settings, text, **options):
        super().__init__(settings, text, **options)
        self.generator = TextGenerator(self.model, text.pieces, most=text.most, by_line=self.by_line)
        pieces = tf.TensorSpec([None, None], tf.int32)
        self._measured = compiled(self.model.cross_entropy, pieces, pieces, self.model.state_signature)

    def make_model(self, *, portable):
        return LanguageModel(self.settings.model, counts=self.text.counts, portable=portable)

    @property
    def by_line(self):
        """Whether each line is read by itself, from a zero state."""
        return self.settings.training.chunk is None

    # Batches

    def columns(self, rows):
        """All lines, an end mark after each; what of them is an example depends on the settings of the training."""
        return [self.text.encode(rows)]

    def examples_of(self, columns):
        (lines,) = columns
        return TextExamples(lines, self.text, self.settings, zero_state=self.model.zero_state)

    def loss(self, batch, *, state=(), noise=None):
        """Cross entropy in nats, summed over the pieces, and their number.

        Truncated backpropagation through time: the state comes from the chunk before, and the gradient stops there.
        Without `state`, each example starts from a zero state.
        """
        ids, wanted, begins = batch
        if before := state:
            goes_on = tf.cast(1 - begins, state[0].dtype)[:, tf.newaxis]
            before = tf.nest.pack_sequence_as(self.model.zero_state(1), [goes_on * part for part in state])
        losses, after = self.model.cross_entropy(ids, wanted, before or None, noise=noise)
        after = tf.nest.flatten(after) if state else ()
        return Loss(tf.reduce_sum(losses), tf.cast(tf.size(losses), losses.dtype), after)

    # Answers

    def _options(self, given):
        """Returns length, temperature and seed as tensors, and top_k: the given values, else the run's settings.

        Raises SettingsError for a value that is not allowed.
        """
        known = self.settings.sampling
        options = check(type(known), known.model_dump() | given)
        return [tf.constant(getattr(options, name), dtype) for name, dtype in OPTIONS.items()], options.top_k

    def _predict(self, texts):
        values, top_k = self._options({})
        return self.generator.go_on(texts, *values, top_k=top_k)

    def function(self, name, **options):
        """Returns a compiled function; see Task. length, temperature, top_k and seed default to the run's settings.

        There is one more, `choices`.
        """
        if name == "choices":
            return self._compiled.setdefault(name, compiled(self._choices))
        if name != "predict":
            return super().function(name)
        values, top_k = self._options(options)
        continued = self.generator.continued(top_k)
        return lambda texts: continued(texts, *values)

    @property
    def answer_batch_size(self):
        return _TOGETHER

    def write(self, prompt="", *, held=(), **options):
        """Returns an iterator over the continuation of a prompt as it is sampled, in strings of a few pieces.

        Args:
            prompt: a str; an empty one is the beginning of a line.
            held: units that are held at a value, see `TextGenerator.draw`.
            options: length, temperature, top_k and seed; they default to the run's settings.
        """
        values, top_k = self._options(options)
        return self.generator.write(prompt, *values, top_k=top_k, held=held)

    # Scores

    def answer_rows(self, rows, *, quick=False, progress=None):
        """Returns a Measured for each row, whose score is the log p of a line and its end, given the lines before it.

        With `quick`, stretches of the text are read in parallel, each from a zero state.
        """
        lines = self.text.encode(rows)
        nats = self.nats(lines, quick=quick, progress=progress)
        found = nats_by_line(self.text, rows, lines, nats, settings=self.settings.text)
        parts = np.split(nats, lines.ends[:-1])
        return [
            Measured(line, -float(line.split()[0]), (), False, 0.0, part)
            for line, part in zip(found, parts, strict=True)
        ]

    def nats(self, lines, *, quick=False, measure=None, segment=None, progress=None):
        """Returns -log p (n,) of each piece of lines, Sequences of n ids that `Text.encode` returns.

        Args:
            quick: read stretches of a stream in parallel, each from a zero state.
            measure: function as of measuring.py that takes the place of the task's own model.
            segment: number of pieces of a stream measured at once; each line is then measured alone, in order.
            progress: called with the number of rows done after each part.
        """
        ids, lengths, zero_state = lines.values, lines.lengths, self.model.zero_state
        options = {"measure": measure or self._measured, "progress": _by_rows(progress, lengths)}
        if self.by_line:
            options |= {"state": zero_state, "most": self.text.most, "in_order": segment is not None}
            return line_nats(ids, lengths, self.text.predictable, **options)
        stretches = min(_STRETCHES, len(ids)) if quick else 1
        options |= {"state": zero_state(stretches), "rows": stretches, **({"steps": segment} if segment else {})}
        return stream_nats(ids, self.text.predictable, **options)

    def beside(self, examples, answers, *, dynamic=False, progress=None):
        found = Beside(self, examples, answers)
        scores = [*found.mixture(), *(found.dynamic(progress=progress) if dynamic else [])]
        return scores, found.baselines()

    # Explanations

    def _explain(self, texts):
        """Continues strings (n,) and returns the weights (n, 1, steps) of the prompt's pieces for the next piece.

        The weights are the saliency, gradient times input, of the log probability of the sampled piece.
        """
        generator = self.generator
        ids, _ = generator.given(texts)
        drawn, logp, weights = part_by_part(
            self._weigh,
            [texts, ids],
            _EXPLAINED,
            outputs=[tf.TensorSpec([None, None], kind) for kind in (tf.int32, tf.float32, tf.float32)],
        )
        places = {"pieces": generator.pieces_read(texts), "next": self.text.pieces.piece_of(drawn[:, :1])}
        return {**generator.outputs(texts, drawn, logp), **places, "weights": weights[:, tf.newaxis]}

    def _choices(self, texts):
        """Returns what might stand in the place of each piece of strings (n,) and after the last, a free place."""
        pieces, end = self.text.pieces, [[0, 0], [0, 1]]
        ids, _ = self.generator.given(texts)
        logits, _ = self.model(ids)
        shown = tf.pad(self.generator.pieces_read(texts)[:, 1:], end)
        return choices(logits, tf.pad(ids[:, 1:], end, constant_values=PAD), shown, pieces.piece_of)

    def _weigh(self, texts, ids):
        """Continues strings (rows,) whose ids are (rows, steps).

        Returns:
            the sampled ids (rows, length), log p of each, and the weights (rows, steps); see `_explain`.
        """
        generator, mask = self.generator, ids != PAD
        values, top_k = self._options({})
        drawn, logp, *_ = generator.draw(texts, *generator.after(ids), *values, 0, top_k=top_k)

        def score(inputs):
            hidden, _ = self.model.read(inputs, mask)
            return tf.gather(tf.nn.log_softmax(generator.next(hidden, ids)), drawn[:, 0], batch_dims=1)

        return drawn, logp, saliency(score, self.model.inputs(ids), mask)

    def signatures(self):
        """Functions of strings (batch,).

        serving_default, which also takes length, temperature and seed: continuations (batch,), and scores (batch,), the
        mean log p of a piece. score: pieces (batch, steps) and the log_probabilities of each, given those before it,
        about -1e9 for pieces that are never predicted. explain: also the next piece (batch, 1), the pieces (batch,
        steps) of the prompt, and their weights (batch, 1, steps). check: number of pieces, whether the beginning was
        cut off, share of unknown pieces.
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

        values, _ = self._options({})
        scalars = dict(zip(OPTIONS, values, strict=True))
        functions = {"score": score, "explain": self._explain, "check": check}
        return {
            "serving_default": Signature(serving_default, scalars),
            **{name: Signature(function) for name, function in functions.items()},
        }


def _by_rows(progress, lengths):
    """Returns a function that takes a number of pieces done and calls `progress` with the number of rows done."""
    ends, done = np.cumsum(lengths), [0, 0]

    def report(pieces):
        done[0] += pieces
        rows = int(np.searchsorted(ends, done[0], side="right"))
        progress(rows - done[1])
        done[1] = rows

    return report if progress else None
