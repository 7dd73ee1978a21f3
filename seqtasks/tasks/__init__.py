"""The registry of tasks: one line each in TASKS. The rest of a task is in its package, imported on first use.

tasks/<task>/__init__.py   the first line of its docstring is what `seqtasks tasks` prints, the rest what not to rely on
tasks/<task>/settings.py   Settings
tasks/<task>/scorer.py     Scorer
tasks/<task>/answer.py     Reader
tasks/<task>/task.py       the class named here
tasks/<task>/view.js       how `play` shows its answers, if not as those of any task
"""

import importlib
from importlib.resources import files

from seqtasks.batches.cores import set_threads
from seqtasks.errors import UsageError, did_you_mean, listing

TASKS = {
    "sentiment": "Sentiment",
    "ner": "Ner",
    "translate": "Translate",
    "caption": "Caption",
    "code": "Code",
    "language-model": "LanguageModeling",
    "fill": "Fill",
    "series": "Series",
    "forecast": "Forecasting",
}


def schema_of(task):
    """Returns the settings class of the named task; raises UsageError for an unknown one."""
    return _module(task, "settings").Settings


def task_class(task):
    """Returns the class of the named task; imports TensorFlow."""
    set_threads()
    return getattr(_module(task, "task"), TASKS[task])


def summary_of(task):
    """Returns a one-line description of the named task."""
    line = (_module(task).__doc__ or "").partition("\n")[0].removesuffix(".")
    return line[:1].lower() + line[1:]


def caution_of(task):
    """Returns in a sentence or two where the answers of the named task must not be relied on."""
    return " ".join((_module(task).__doc__ or "").partition("\n")[2].split())


def task_for(kind):
    """Returns the name of the first task whose corpora are of a kind, None if there is none."""
    return next((task for task in TASKS if schema_of(task)().corpus.kind == kind), None)


def make_task(settings, corpus):
    """Returns a new task with these settings and a text fitted on the train split of a Corpus."""
    kind = task_class(settings.task)
    return kind(settings, kind.Text.fit(corpus, settings))


def scorer_class(task):
    """Returns the Scorer of the named task; imports no TensorFlow."""
    return _module(task, "scorer").Scorer


def reader_class(task):
    """Returns the Reader of the named task; imports no TensorFlow."""
    return _module(task, "answer").Reader


def writers():
    """Returns the names of the tasks whose models continue a text piece by piece."""
    return [task for task in TASKS if reader_class(task).writes]


def view_of(task):
    """Returns the view of the named task in the page of `play`, a JavaScript module; None if it has none of its own."""
    view = files(_module(task)) / "view.js"
    return view.read_text(encoding="utf-8") if view.is_file() else None


def _module(task, part=None):
    if task not in TASKS:
        raise UsageError(f"unknown task '{task}'; tasks: {listing(TASKS)}.{did_you_mean(task, TASKS)}")
    place = f"seqtasks.tasks.{task.replace('-', '_')}"
    return importlib.import_module(f"{place}.{part}" if part else place)
