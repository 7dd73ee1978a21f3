"""What is known of a task without TensorFlow, and what the registry refuses."""

import subprocess
import sys

import pytest

from seqtasks.errors import UsageError
from seqtasks.tasks import TASKS, caution_of, reader_class, schema_of, scorer_class, summary_of, task_for, writers

_WITHOUT = """
import sys
from seqtasks.tasks import TASKS, reader_class, schema_of, scorer_class, summary_of, writers
import seqtasks.evaluation
import seqtasks.tasks.predictor
for task in TASKS:
    scorer_class(task), reader_class(task)(), schema_of(task)(), summary_of(task)
writers()
print(sorted({"tensorflow", "keras"} & set(sys.modules)))
"""


def test_settings_scores_answers_and_predictor_need_no_tensorflow():
    done = subprocess.run([sys.executable, "-c", _WITHOUT], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("[]\n", 0), done.stderr


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_its_classes_where_the_registry_says(task):
    settings = schema_of(task)()
    assert settings.task == task
    assert summary_of(task)[0].islower()
    assert caution_of(task).startswith("Not ")
    assert task_for(settings.corpus.kind) == ("language-model" if task == "fill" else task)
    assert isinstance(scorer_class(task).lower_is_better, bool)
    of_others = {"caption": "images", "series": "series", "forecast": "series"}
    assert reader_class(task).argument == of_others.get(task, "texts")


def test_only_language_models_write():
    assert writers() == ["language-model"]


def test_an_unknown_task_is_refused_with_the_nearest():
    with pytest.raises(
        UsageError, match=r"unknown task 'translat'; tasks: sentiment, ner, .* Did you mean 'translate'"
    ):
        schema_of("translat")
