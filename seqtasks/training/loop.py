"""The loop: epochs of steps, dev scores, best weights, savings; a generator that tells what happens."""

import math
import time
from dataclasses import dataclass, field

import numpy as np

from seqtasks.errors import TrainingError
from seqtasks.pictures.charts.training_curve import save_training_curve
from seqtasks.runs.weights import by_path, not_finite, restore
from seqtasks.training.events import EpochDone, SampleDrawn, StepDone
from seqtasks.training.fitting import Fitting
from seqtasks.training.optimizers import learning_rate


@dataclass
class Position:
    """Where a training stands; with the arrays of Fitting, all that is needed to go on."""

    epoch: int = 0
    batch: int = 0
    step: int = 0
    loss_sum: float = 0.0
    count: float = 0.0
    tokens: float = 0.0
    seconds: float = 0.0
    epoch_seconds: float = 0.0
    smooth_loss: float | None = None
    best: float | None = None
    best_epoch: int = 0
    log: list = field(default_factory=list)
    samples: list = field(default_factory=list)


def fit(run, task, corpus, *, command, stopping):
    """Fits the task's model, from where the run's saved state stands, else from the start.

    Args:
        run: a RunFolder, written to as training goes on.
        task: its task, with text and a built model.
        corpus: with splits train and dev.
        command: that would begin such a training, noted in the run.
        stopping: called after each step; true saves the state and raises KeyboardInterrupt.

    Yields:
        StepDone, SampleDrawn and EpochDone. Raises TrainingError when the loss or a weight is no longer a number; what
        is not finite is never kept.
    """
    training = task.settings.training
    examples, lengths = task.examples(corpus.split("train"))
    dev = corpus.split("dev")
    fitting, position = Fitting(task), Position()
    if run.file("state.npz").exists():
        arrays, notes = run.read_arrays("state.npz")
        fitting.restore(arrays, source=run.file("state.npz"))
        position = Position(**notes["position"])
    run.begin(task.settings, command)
    per_epoch = len(task.plan_epoch(lengths, 0))
    steps = per_epoch * training.epochs
    _write_logs(run, position)
    clock = _Clock(position)
    boards = _TensorBoard(run) if training.tensorboard else None

    def save():
        clock.stop()
        state = fitting.state()
        _refuse_not_finite(state, position, run)
        run.write_arrays("state.npz", state, position=vars(position))

    while position.epoch < training.epochs and not _patience_is_over(position, training):
        plan = task.plan_epoch(lengths, position.epoch)
        pace = _Pace()
        while position.batch < len(plan):
            chosen, rate = plan[position.batch], learning_rate(training, position.step, steps)
            loss, count, norm = fitting.step(examples, chosen, rate)
            position.batch, position.step = position.batch + 1, position.step + 1
            if not math.isfinite(loss) or not math.isfinite(norm):
                raise _diverged(f"the loss is {loss} and the gradient's norm {norm}", position, run)
            position.loss_sum, position.count = position.loss_sum + loss * count, position.count + count
            position.smooth_loss = smoothed(position.smooth_loss, loss, untrained=task.untrained_loss)
            tokens = int(lengths[chosen, -1].sum())
            position.tokens += tokens
            pace.add(tokens)
            yield StepDone(
                epoch=position.epoch + 1,
                epochs=training.epochs,
                step=position.step,
                steps=steps,
                loss=position.loss_sum / position.count,
                speed=pace.tokens / pace.seconds,
                seconds_left=(steps - position.step) * pace.seconds / max(1, pace.steps),
            )
            if task.sample_every and position.step % task.sample_every == 0:
                drawn = SampleDrawn(position.step, position.smooth_loss, task.sample_at(position.step))
                position.samples.append(vars(drawn))
                yield drawn
            if boards and position.step % 10 == 0:
                boards.write(position.step, {"train/loss": loss, "train/gradient_norm": norm})
            if position.batch < len(plan):
                if stopping():
                    save()
                    raise KeyboardInterrupt
                if position.step % training.save_every == 0:
                    save()
        record, samples = _end_epoch(run, task, fitting, position, dev, clock)
        if boards:
            boards.write(position.step, {f"dev/{task.main_score}": record["dev"]})
        save()
        _write_logs(run, position)
        name, higher = f"dev {task.main_score}", not task.lower_is_better
        save_training_curve(run.file("curve.png"), position.log, score_name=name, higher_is_better=higher)
        yield EpochDone(record, samples, task.main_score)
        if stopping():
            raise KeyboardInterrupt
    run.update(
        status="trained",
        training_seconds=round(position.seconds, 1),
        epochs=position.epoch,
        steps=position.step,
        best={"epoch": position.best_epoch, "name": f"dev {task.main_score}", "value": position.best},
    )


def _end_epoch(run, task, fitting, position, dev, clock):
    """Scores dev with greedy answers, keeps the weights if they are the best, and moves on to the next epoch."""
    clock.stop()
    own = fitting.state()
    answering = fitting.answering_weights()
    _refuse_not_finite(own, position, run)
    restore(by_path(task.model.weights), answering, source="moving averages")
    answers = [task.line_of(answer) for answer in task.answer_rows(dev, quick=True)]
    score = task.score(answers, dev, interval=False)[0].value
    fitting.restore(own, source="training state")
    if not math.isfinite(score):
        raise _diverged(f"the dev score is {score}", position, run)
    if position.best is None or (score < position.best if task.lower_is_better else score > position.best):
        position.best, position.best_epoch = score, position.epoch + 1
        run.write_arrays("best.npz", answering, epoch=position.epoch + 1, dev=score)
    clock.stop()
    record = {
        "epoch": position.epoch + 1,
        "step": position.step,
        "loss": round(position.loss_sum / position.count, 4),
        "dev": round(score, 4),
        "learning_rate": float(f"{float(fitting.optimizer.learning_rate):.3g}"),
        "seconds": round(position.seconds, 1),
        "tokens_per_second": round(position.tokens / max(1e-9, position.seconds - position.epoch_seconds)),
    }
    count = min(len(dev), getattr(task.settings.training, "samples", 0))
    chosen = np.linspace(0, len(dev) - 1, count, dtype=int)
    samples = [(task.input_of(dev[i]), task.reference_of(dev[i]), answers[i]) for i in chosen]
    position.log.append(record)
    position.samples += [
        {"epoch": record["epoch"], "input": given, "reference": reference, "answer": answer}
        for given, reference, answer in samples
    ]
    position.epoch, position.batch, position.epoch_seconds = position.epoch + 1, 0, position.seconds
    position.loss_sum = position.count = position.tokens = 0.0
    return record, samples


def _refuse_not_finite(state, position, run):
    """Raises TrainingError where an array of the state has an entry that is infinite or no number."""
    if name := not_finite(state):
        raise _diverged(f"{name} is no longer finite", position, run)


def _diverged(what, position, run):
    kept = (
        f"the state of the last saving is kept in '{run.path}'" if run.file("state.npz").exists() else "nothing is kept"
    )
    return TrainingError(
        f"{what} at step {position.step} (epoch {position.epoch + 1}); lower training.learning_rate or "
        f"training.clip_norm; {kept}"
    )


def smoothed(before, loss, *, untrained):
    """Returns the mean of losses, smoothed over about 1,000 steps, after one more; it starts from `untrained`."""
    if before is None:
        before = loss if untrained is None else untrained
    return 0.999 * before + 0.001 * loss


def _patience_is_over(position, training):
    return training.patience is not None and position.epoch - position.best_epoch >= training.patience


def _write_logs(run, position):
    run.write_lines("log.jsonl", position.log)
    run.write_lines("samples.jsonl", position.samples)


class _Clock:
    """Adds the time since it was last asked to the position's seconds."""

    def __init__(self, position):
        self.position, self.since = position, time.monotonic()

    def stop(self):
        now = time.monotonic()
        self.position.seconds, self.since = self.position.seconds + now - self.since, now


class _Pace:
    """Tokens, steps and seconds since the first step of an epoch, which may have traced the graph and is left out."""

    def __init__(self):
        self.tokens, self.steps, self.seconds, self.since = 0.0, 0, 1e-9, None

    def add(self, tokens):
        if self.since is None:
            self.since = time.monotonic()
            return
        self.tokens, self.steps, self.seconds = self.tokens + tokens, self.steps + 1, time.monotonic() - self.since


class _TensorBoard:
    """Scalars for TensorBoard, in the run's folder `tensorboard`."""

    def __init__(self, run):
        import tensorflow as tf

        self.summary, self.writer = tf.summary, tf.summary.create_file_writer(str(run.file("tensorboard")))

    def write(self, step, scalars):
        with self.writer.as_default():
            for name, value in scalars.items():
                self.summary.scalar(name, value, step=step)
        self.writer.flush()
