"""The progress of a training in a Jupyter notebook: one bar that is updated in its place, and in the end one line."""

import time

from seqtasks.pictures import notebook
from seqtasks.runs.facts import clock
from seqtasks.scores import format_score
from seqtasks.training.events import EpochDone, SampleDrawn

# A notebook keeps up with a few updates a second.
_SECONDS = 0.5


def progress_here():
    """Returns a NotebookProgress in a notebook, else None."""
    return NotebookProgress() if notebook.in_notebook() else None


class NotebookProgress:
    """Shows StepDone, SampleDrawn and EpochDone events in one output of a notebook."""

    def __init__(self):
        self._display, self._last = None, 0.0
        self._bar, self._line, self._sample = "", "", ""

    def __call__(self, event):
        if isinstance(event, EpochDone):
            self._line = _epoch(event)
        elif isinstance(event, SampleDrawn):
            self._sample = event.text
        else:
            self._bar = (event.step / max(1, event.steps), _step(event))
        if isinstance(event, EpochDone) or time.monotonic() - self._last >= _SECONDS:
            self._show()

    def done(self, run):
        """Puts a summary of a RunFolder in the place of the bar."""
        best, manifest = run.manifest["best"], run.manifest
        value = format_score(best["name"].removeprefix("dev "), best["value"])
        time_taken = f"{clock(manifest['training_seconds'])} for {manifest['epochs']} epochs"
        self._bar = self._sample = ""
        self._line = f"{run.path}: {time_taken}, best {best['name']} {value} in epoch {best['epoch']}"
        self._show()

    def __repr__(self):
        return "  ".join(part for part in (self._bar and self._bar[1], self._line) if part)

    def _repr_html_(self):
        parts = []
        if self._bar:
            share, line = self._bar
            bar = f'<progress value="{share:.4f}" style="width: 16em; vertical-align: middle"></progress>'
            parts.append(notebook.Markup(f"<div>{bar} {notebook.shown(line)}</div>"))
        parts += [notebook.note(part) for part in (self._line, self._sample) if part]
        return notebook.block(*parts)

    def _show(self):
        from IPython.display import display

        self._last = time.monotonic()
        if self._display is None:
            self._display = display(self, display_id=True)
        else:
            self._display.update(self)


def _step(event):
    line = f"epoch {event.epoch} of {event.epochs}, step {event.step:,} of {event.steps:,}, loss {event.loss:.3f}"
    if not event.speed:
        return line
    return f"{line}, {event.speed:,.0f} tokens a second, {clock(event.seconds_left)} left"


def _epoch(event):
    record, name = event.record, event.score_name
    return f"epoch {record['epoch']}: loss {record['loss']:.3f}, dev {name} {format_score(name, record['dev'])}"
