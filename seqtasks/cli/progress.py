"""Progress of long work: a bar on a terminal, plain lines in a pipe or a log file."""

import sys
import time

import click
from tqdm import tqdm

from seqtasks.runs.facts import clock
from seqtasks.scores import format_score
from seqtasks.training.events import EpochDone, SampleDrawn

_SECONDS_BETWEEN_LINES = 10
_SECONDS_BETWEEN_BARS = 0.1


def say(line):
    """Prints a line on stderr, above a progress bar if there is one."""
    with tqdm.external_write_mode(file=sys.stderr):
        click.echo(line, err=True)


class TrainingProgress:
    """Shows StepDone, SampleDrawn and EpochDone events on stderr."""

    def __init__(self):
        self.bar, self.last, self.begun = None, time.monotonic(), False

    def __call__(self, event):
        self.begun = True
        if isinstance(event, EpochDone):
            self._epoch(event)
            return
        if isinstance(event, SampleDrawn):
            self._sample(event)
            return
        pause = _SECONDS_BETWEEN_BARS if sys.stderr.isatty() else _SECONDS_BETWEEN_LINES
        if not event.speed or time.monotonic() - self.last < pause:
            return
        self.last = time.monotonic()
        if sys.stderr.isatty():
            self._bar(event)
        else:
            click.echo(
                f"epoch {event.epoch}/{event.epochs}  step {event.step}/{event.steps}  loss {event.loss:.3f}  "
                f"{event.speed:,.0f} tokens/s  {clock(event.seconds_left)} left",
                err=True,
            )

    def close(self):
        """Takes the bar away."""
        if self.bar:
            self.bar.close()
            self.bar = None

    def _bar(self, event):
        if self.bar is None:
            self.bar = tqdm(total=event.steps, leave=False, file=sys.stderr)
        self.bar.n, self.bar.total = event.step, event.steps
        self.bar.bar_format = (
            f"epoch {event.epoch}/{event.epochs} {{percentage:3.0f}}%|{{bar}}| {{n}}/{{total}}  loss {event.loss:.3f}  "
            f"{event.speed:,.0f} tokens/s  {clock(event.seconds_left)} left"
        )
        self.bar.refresh()

    def _epoch(self, event):
        record, name = event.record, event.score_name
        with tqdm.external_write_mode(file=sys.stderr):
            click.echo(
                f"epoch {record['epoch']}  loss {record['loss']:.3f}  dev {name} {format_score(name, record['dev'])}  "
                f"{record['tokens_per_second']:,} tokens/s  {clock(record['seconds'])}",
                err=True,
            )
            for given, reference, answer in event.samples:
                click.echo(f"    {given}\n    -> {answer}\n     = {reference}", err=True)

    def _sample(self, event):
        with tqdm.external_write_mode(file=sys.stderr):
            text = event.text.replace("\n", "\n    ")
            click.echo(f"step {event.step}  loss {event.loss:.3f}\n    {text}", err=True)


class AnswerProgress:
    """Counts answered examples: called with `total=` first, then with the number done after each batch.

    Another total begins anew.
    """

    def __init__(self, unit="examples"):
        self.unit, self.bar = unit, None

    def __call__(self, done=0, *, total=None):
        if self.bar is None:
            self.bar = tqdm(total=total, unit=f" {self.unit}", leave=False, file=sys.stderr, disable=None)
        elif total is not None:
            self.bar.reset(total)
        self.bar.update(done)

    def close(self):
        """Takes the bar away."""
        if self.bar is not None:
            self.bar.close()
            self.bar = None
