"""How the gradient of the last step's loss flows back through time: how it vanishes, explodes or is kept by a gate."""

from dataclasses import dataclass

import numpy as np

from seqtasks import corpora
from seqtasks.errors import CorpusError, RunError
from seqtasks.laboratory.gradients import double_precision
from seqtasks.pictures import notebook
from seqtasks.pictures.charts.gradient_flow import gradient_flow_chart, save_gradient_flow
from seqtasks.runs.weights import arrays_of, by_path, restore

# Number of stretches of text over which norms are averaged.
STRETCHES = 16
# Numbers of steps before the last for which a table has norms.
_BACK = (0, 1, 2, 4, 8, 16, 32, 64, 128, 256)


@dataclass(frozen=True)
class Flow:
    """Norms of the total derivatives of the last step's loss by the states of the last layer.

    Attributes:
        name: path of the run.
        hidden: (steps,) mean norm of dL/dh_t, the last step last.
        memory: (steps,) mean norm of dL/dc_t; None for cells without c.
        bound: (steps,) upper bound of the norm of dL/dh_t for a single vanilla layer, else None: that of dL/dh_T times
            the power T - t of the largest singular value of the recurrent weights times the largest derivative of the
            activation (Pascanu, Mikolov and Bengio, 2013, section 2.1).
    """

    name: str
    hidden: np.ndarray
    memory: np.ndarray | None
    bound: np.ndarray | None


class Flows(list[Flow]):
    """Several Flow; a notebook shows them in one chart."""

    def _repr_html_(self) -> str:
        """Returns the chart and a table as a notebook shows them."""
        chart = gradient_flow_chart(self.by_name(), ".svg")
        numbers = notebook.table(*self.table())
        drawn = notebook.picture(chart, "norm of the gradient by steps before the last; the numbers are in the table")
        return notebook.block(drawn, numbers)

    def save(self, path):
        """Writes the chart to `path`, `.png` or `.svg`; raises UsageError for another suffix, StorageError."""
        save_gradient_flow(path, self.by_name())

    def by_name(self):
        """Returns {name: (hidden, memory, bound)}, as charts take them."""
        return {flow.name: (flow.hidden, flow.memory, flow.bound) for flow in self}

    def table(self):
        """Returns the head and the rows of a table of norms at some steps before the last, all texts."""
        back = [number for number in _BACK if number < len(self[0].hidden)]
        rows = [
            (f"{flow.name}  {what}", *(f"{norms[-1 - number]:.1e}" for number in back))
            for flow in self
            for what, norms in (("dL/dh", flow.hidden), ("dL/dc", flow.memory), ("bound", flow.bound))
            if norms is not None
        ]
        return ("steps before the last", *map(str, back)), rows


def gradient_flows(runs, *, steps=64, trained=True):
    """Returns the Flows of some runs, see `gradient_flow`; all are checked before the first is computed."""
    for run in runs:
        refuse_unlike(run)
    return Flows(gradient_flow(run, steps=steps, trained=trained) for run in runs)


def refuse_unlike(run):
    """Raises RunError for a run of another task than language-model, an ensemble, and one without recurrence."""
    run.must_write("gradient flow")
    run.must_be_single("gradient flow")
    run.must_recur("gradient flow")


def gradient_flow(run, *, steps=64, trained=True):
    """Returns the Flow of a language-model run over the beginning of its dev split.

    A zero is added to each state inside its step, and the gradient by that zero is the total derivative: it counts all
    paths from the state to the last loss, whereas a gradient by the outputs would count only the last one.

    Args:
        run: a RunFolder.
        steps: number of steps to go back.
        trained: False uses the initial weights.

    Raises:
        RunError: the run is of another task, or its initial weights are wanted but came from another run.
        CorpusError: the dev split is too short.
    """
    refuse_unlike(run)
    rows = corpora.load_configured(run.settings.corpus, run=run.path).split("dev")
    start = None if trained else initial_weights(run)
    with double_precision():
        task = run.load_task()
        if start:
            restore(by_path(task.model.weights), start, source=run.path)
        ids = task.text.stream(rows)
        if len(ids) <= steps:
            raise CorpusError(
                f"the dev split has {len(ids)} pieces, too few for --steps {steps}; give --steps {len(ids) - 1} or less"
            )
        starts = np.linspace(0, len(ids) - steps - 1, min(STRETCHES, len(ids) - steps), dtype=int)
        stretches = np.stack([ids[start : start + steps + 1] for start in starts]).astype(np.int32)
        hidden, gradients = _gradients(task.model, stretches)
        norms = [np.linalg.norm(part, axis=-1).mean(axis=-1) for part in gradients]
        bound = _bound(task.model.encoder, hidden, norms[0])
    return Flow(str(run.path), norms[0], norms[1] if len(norms) > 1 else None, bound)


def initial_weights(run):
    """Returns the initial weights of a run as arrays by path."""
    from seqtasks.tasks import task_class

    if run.manifest.get("from"):
        raise RunError(
            f"--untrained cannot be used: '{run.path}' started from the weights of '{run.manifest['from']}'; show that "
            "run instead, without --untrained"
        )
    task = task_class(run.task)(run.settings, run.load_text())
    return arrays_of(by_path(task.model.weights))


def _gradients(model, stretches):
    """Returns the last layer's outputs, and the gradient of L by each part of its state, all (steps, rows, units)."""
    import tensorflow as tf

    encoder, (rows, steps) = model.encoder, (len(stretches), stretches.shape[1] - 1)
    state = encoder.zero_state(rows)
    taps = [[tf.zeros_like(part) for part in state[-1]] for _ in range(steps)]
    outputs, gates = [], []
    with tf.GradientTape() as tape:
        tape.watch(taps)
        for t in range(steps):
            inputs, state, saved = _step(encoder, model.inputs(stretches[:, t]), state, taps[t])
            outputs.append(inputs)
            gates.append(saved)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(stretches[:, -1], model.logits(inputs))
    gradients = tape.gradient(losses, taps, unconnected_gradients="zero")
    gradients = [np.stack(parts) for parts in zip(*gradients, strict=True)]
    if encoder.cell == "lstm":
        # The zero was added to c after h = o tanh(c), so the gradient through this output must still be added.
        *_, opened, squashed = (np.stack(parts) for parts in zip(*gates, strict=True))
        gradients[1] += gradients[0] * opened * (1 - squashed**2)
    return np.stack(outputs), gradients


def _step(encoder, inputs, state, taps):
    """The step of `encoder`, with zeros added to the last layer's new state; also returns `saved` of its gates."""
    after = []
    for (layer,), before in zip(encoder.layers, state, strict=True):
        new, saved = encoder.advance(layer, inputs, before)
        after.append(new)
        inputs = new[0]
    after[-1] = [part + tap for part, tap in zip(new, taps, strict=True)]
    return after[-1][0], after, saved


def _bound(encoder, hidden, norms):
    if encoder.cell != "rnn" or len(encoder.layers) > 1:
        return None
    _, recurrent, *_ = encoder.weights_of(encoder.layers[0][0])
    largest = np.linalg.svd(recurrent.numpy(), compute_uv=False)[0]
    derivatives = 1 - hidden**2 if encoder.gates.activation == "tanh" else (hidden > 0).astype(float)
    # The derivative at step t + 1 is between dL/dh_{t+1} and dL/dh_t, so that of the first step is not used.
    factor = largest * derivatives[1:].max()
    return norms[-1] * factor ** np.arange(len(norms) - 1, -1, -1)
