"""The tasks, by name; a chapter is imported when its task is used."""

import importlib

from seqtasks.settings import schema_of
from seqtasks.threads import set_threads

_CHAPTERS = {
    "sentiment": ("seqtasks.tasks.sentiment", "Sentiment"),
    "ner": ("seqtasks.tasks.ner", "Ner"),
    "translate": ("seqtasks.tasks.translate", "Translate"),
    "language-model": ("seqtasks.tasks.language_model", "LanguageModeling"),
}

SUMMARIES = {
    "sentiment": "sequence classification: a class for a whole text",
    "ner": "sequence labeling: a tag for each word, as named entities or parts of speech",
    "translate": "sequence to sequence with attention: a sentence in one language to a sentence in another",
    "language-model": "what comes next, character by character or word by word; writes text",
}


def chapter(task):
    """Returns the class of the named task."""
    schema_of(task)
    set_threads()
    module, name = _CHAPTERS[task]
    return getattr(importlib.import_module(module), name)


def make_task(settings):
    """Returns the task that `settings` describe, without text or model yet."""
    return chapter(settings.task)(settings)
