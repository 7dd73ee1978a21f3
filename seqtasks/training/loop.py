"""The training loop: epochs of steps, dev scores, best weights, saved states; a generator of events."""

import math
import time
from dataclasses import dataclass, field

import numpy as np

from seqtasks.errors import TrainingError
from seqtasks.pictures.charts.training_curve import save_training_curve
from seqtasks.runs.model_card import write_model_card
from seqtasks.runs.weights import by_path, not_finite, restore
from seqtasks.training.events import EpochDone, SampleDrawn, StepDone
from seqtasks.training.fitting import Fitting
from seqtasks.training.optimizers import learning_rate


@dataclass
class Position:
    """The position of a training; with the arrays of Fitting, enough to continue it."""

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

    def end_epoch(self, record, samples):
        """Adds a record and sample answers, (input, reference, answer), and moves on to the next epoch."""
        self.log.append(record)
        self.samples += [
            {"epoch": record["epoch"], "input": given, "reference": reference, "answer": answer}
            for given, reference, answer in samples
        ]
        self.epoch, self.batch, self.epoch_seconds = self.epoch + 1, 0, self.seconds
        self.loss_sum = self.count = self.tokens = 0.0


def fit(run, task, examples, dev, *, command, stopping, workers):
    """Fits the task's model, from the run's saved state if there is one.

    Args:
        run: a RunFolder, written to during training.
        task: its task, with text and a built model.
        examples: the task's Examples of the train split.
        dev: the rows of the dev split.
        command: the command that starts such a training, recorded in the run.
        stopping: tells whether to stop; then the state is saved after a step and KeyboardInterrupt raised.
        workers: Alone, or Together; only the first worker scores and saves.

    Yields:
        StepDone, SampleDrawn and EpochDone. Raises TrainingError if the loss or a weight is no longer finite; such
        weights are never saved.
    """
    loop = _Loop(run, task, examples, dev, stopping=stopping, workers=workers)
    run.begin(task.settings, command)
    _write_logs(run, loop.position)
    position, training = loop.position, task.settings.training
    while position.epoch < training.epochs and not _patience_is_over(position, training):
        yield from loop.epoch()
    run.update(
        status="trained",
        training_seconds=round(position.seconds, 1),
        epochs=position.epoch,
        steps=position.step,
        best={"epoch": position.best_epoch, "name": f"dev {task.scorer.main_score}", "value": position.best},
    )
    if workers.index == 0:
        write_model_card(run)


class _Loop:
    """A running training: its fitting, its position, and the files that it writes."""

    def __init__(self, run, task, examples, dev, *, stopping, workers):
        self.run, self.task, self.stopping, self.workers = run, task, stopping, workers
        self.is_first = workers.index == 0
        self.training, self.scorer = task.settings.training, task.scorer
        self.examples, self.dev = examples, dev
        examples.order = run.order
        self.fitting, self.position = Fitting(task, self.examples, shares=run.shares, workers=workers), Position()
        if run.file("state.npz").exists():
            arrays, notes = run.read_arrays("state.npz")
            self.fitting.restore(arrays, source=run.file("state.npz"))
            self.position = Position(**notes["position"])
        if workers.count > 1:
            self.fitting.restore(workers.arrays_of_first(self.fitting.state()), source="worker 0")
            self.position = Position(**workers.gathered(vars(self.position))[0])
        self.steps = -(-len(self.examples.plan(0)) // self.training.accumulate) * self.training.epochs
        self.clock = _Clock(self.position)
        self.boards = _TensorBoard(run) if self.training.tensorboard and self.is_first else None

    def epoch(self):
        """Takes the remaining steps of the epoch, scores dev and saves; yields events."""
        position = self.position
        self.fitting.begin_epoch(position.epoch, anew=position.batch == 0)
        plan, pace = self.examples.plan(position.epoch), _Pace()
        while position.batch < len(plan):
            done, stop = self._step(plan, pace)
            yield done
            if self.is_first and self.training.samples_at(position.step):
                drawn = SampleDrawn(position.step, position.smooth_loss, self.task.sample(position.step))
                position.samples.append(vars(drawn))
                yield drawn
            if position.batch < len(plan):
                # A single process need not wait for the next step to hear of it.
                if stop or (self.workers.count == 1 and self.stopping()):
                    self.save()
                    raise KeyboardInterrupt
                if position.step % self.training.save_every == 0:
                    self.save()
        record, samples = self._end_epoch()
        name, higher = self.scorer.main_score, not self.scorer.lower_is_better
        if self.boards:
            self.boards.write(position.step, {f"dev/{name}": record["dev"]})
        self.save()
        _write_logs(self.run, position)
        if self.is_first:
            curve = self.run.file("curve.png")
            save_training_curve(curve, position.log, score_name=f"dev {name}", higher_is_better=higher)
        yield EpochDone(record, samples, name)
        if any(self.workers.gathered(self.stopping())):
            raise KeyboardInterrupt

    def save(self):
        """Saves the state that --resume reads."""
        self.clock.stop()
        if not self.is_first:
            return
        state = self.fitting.state()
        _refuse_not_finite(state, self.position, self.run)
        self.run.write_arrays("state.npz", state, position=vars(self.position))

    def _step(self, plan, pace):
        """Fits the next batches of the plan; returns a StepDone, and whether to stop."""
        position = self.position
        end = min(len(plan), position.batch + self.training.accumulate)
        batches = [plan[i] for i in range(position.batch, end)]
        number = position.epoch * len(plan) + position.batch
        rate = learning_rate(self.training, position.step, self.steps)
        loss, count, norm, stop = self.fitting.step(number, batches, rate, stop=self.stopping())
        position.batch, position.step = position.batch + len(batches), position.step + 1
        if not math.isfinite(loss) or not math.isfinite(norm):
            raise _diverged(f"the loss is {loss} and the gradient norm is {norm}", position, self.run)
        position.loss_sum, position.count = position.loss_sum + loss * count, position.count + count
        position.smooth_loss = smoothed(position.smooth_loss, loss, untrained=self.examples.untrained_loss)
        tokens = sum(int(self.examples.lengths[chosen][:, -1].sum()) for chosen in batches)
        position.tokens += tokens
        pace.add(tokens)
        if self.boards and position.step % 10 == 0:
            self.boards.write(position.step, {"train/loss": loss, "train/gradient_norm": norm})
        done = StepDone(
            epoch=position.epoch + 1,
            epochs=self.training.epochs,
            step=position.step,
            steps=self.steps,
            loss=position.loss_sum / position.count,
            speed=pace.tokens / pace.seconds,
            seconds_left=(self.steps - position.step) * pace.seconds / max(1, pace.steps),
        )
        return done, stop

    def _end_epoch(self):
        """Scores dev with greedy answers, saves the weights if they are the best, and moves on to the next epoch."""
        position, fitting = self.position, self.fitting
        self.clock.stop()
        answers = self._dev_answers() if self.is_first else []
        score = self.scorer.score(answers, self.dev, interval=False)[0].value if self.is_first else None
        score = self.workers.gathered(score)[0]
        if not math.isfinite(score):
            raise _diverged(f"the dev score is {score}", position, self.run)
        if position.best is None or (score < position.best if self.scorer.lower_is_better else score > position.best):
            position.best, position.best_epoch = score, position.epoch + 1
            if self.is_first:
                self.run.write_arrays("best.npz", fitting.answering_weights(), epoch=position.epoch + 1, dev=score)
        self.clock.stop()
        record = {
            "epoch": position.epoch + 1,
            "step": position.step,
            "loss": round(position.loss_sum / position.count, 4),
            "dev": round(score, 4),
            "learning_rate": float(f"{float(fitting.optimizer.learning_rate):.3g}"),
            "seconds": round(position.seconds, 1),
            "tokens_per_second": round(position.tokens / max(1e-9, position.seconds - position.epoch_seconds)),
        }
        chosen = np.linspace(0, len(self.dev) - 1, min(len(answers), self.training.dev_samples), dtype=int)
        reader = self.task.reader
        samples = [
            (reader.shown(reader.input_of(self.dev[i])), self.scorer.reference(self.dev[i]), answers[i]) for i in chosen
        ]
        position.end_epoch(record, samples)
        return record, samples

    def _dev_answers(self):
        """Answers dev, as lines, with the weights for answering; then restores the weights being fitted."""
        own = self.fitting.state()
        _refuse_not_finite(own, self.position, self.run)
        restore(by_path(self.task.model.weights), self.fitting.answering_weights(), source="moving averages")
        settled = self.task.settle(self.dev)
        answers = [self.scorer.line(answer) for answer in self.task.answer_rows(self.dev, quick=True)]
        self.fitting.restore({**own, **settled}, source="training state")
        return answers


def _refuse_not_finite(state, position, run):
    """Raises TrainingError if an array of the state has an entry that is not finite."""
    if name := not_finite(state):
        raise _diverged(f"{name} is no longer finite", position, run)


def _diverged(what, position, run):
    kept = f"'{run.path}' keeps the last saved state" if run.file("state.npz").exists() else "nothing was saved yet"
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
    """Adds the time since its last stop to the position's seconds."""

    def __init__(self, position):
        self.position, self.since = position, time.monotonic()

    def stop(self):
        now = time.monotonic()
        self.position.seconds, self.since = self.position.seconds + now - self.since, now


class _Pace:
    """Tokens, steps and seconds after the first step of an epoch, which may trace the graph and is left out."""

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
