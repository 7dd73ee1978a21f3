"""Memory: exports and explanations at the sizes of the default recipes, and training on a packed corpus."""

import base64
import json
import random
import subprocess
import sys

import pytest
from drawing import encoded, noise

from seqtasks.tasks import TASKS

pytestmark = pytest.mark.slow

_GIGABYTES = 2.5
_WORDS, _ROWS = 20_000, 1_500
_SETTINGS = ["training.epochs=1", "training.batch_size=64"]

# Runs a command and prints the memory of the largest process that it was or started.
_MEASURED = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e9
print(json.dumps({"code": done.returncode, "out": done.stdout, "err": done.stderr, "peak": peak}))
"""
_EXPLAIN = """
import base64, json, sys
import tensorflow as tf, tensorflow_text
with open(sys.argv[2], encoding="utf-8") as file:
    inputs = tf.constant([base64.b64decode(one) for one in json.load(file)])
explain = tf.saved_model.load(sys.argv[1]).signatures["explain"]
found = explain(**{next(iter(explain.structured_input_signature[1])): inputs})
print(json.dumps({name: value.shape.as_list() for name, value in found.items()}))
"""


def measured(*command):
    """Runs a command in a process of its own; returns how it ended and its peak in gigabytes."""
    done = subprocess.run([sys.executable, "-c", _MEASURED, *map(str, command)], check=True, capture_output=True)
    return json.loads(done.stdout)


def write_corpus(folder, task):
    """Writes a corpus with as many different words as the vocabularies of the default recipes hold.

    Returns its path, and 64 inputs as bytes.
    """
    draw = random.Random(7)
    words = sorted({"".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randrange(2, 9))) for _ in range(_WORDS)})
    rows = [draw.sample(words, draw.randrange(10, 21)) for _ in range(_ROWS)]
    if task == "ner":
        tags = ("O", "B-PER", "B-LOC", "B-ORG", "B-MISC")
        lines = ["".join(f"{word}\t{draw.choice(tags)}\n" for word in row) for row in rows]
    elif task == "translate":
        lines = [f"{' '.join(row)}\t{' '.join(reversed(row))}" for row in rows]
    elif task == "caption":
        for number in range(64):
            (folder / f"{number}.png").write_bytes(encoded(noise(72, 72, seed=number)))
        lines = ["image\tcaption", *(f"{number % 64}.png\t{' '.join(row)}" for number, row in enumerate(rows))]
    else:
        label = task == "sentiment"
        lines = [" ".join(row) + (f"\t{draw.choice(['good', 'bad'])}" if label else "") for row in rows]
    path = folder / {"ner": "made.conll", "language-model": "made.txt", "fill": "made.txt"}.get(task, "made.tsv")
    path.write_text("\n".join(lines), encoding="utf-8")
    if task == "caption":
        return path, [(folder / f"{number}.png").read_bytes() for number in range(64)]
    gaps = ["___"] * (len(words) // 10 if task == "fill" else 0)
    return path, [" ".join(draw.choices([*words, *gaps], k=300)).encode() for _ in range(64)]


@pytest.mark.parametrize("task", TASKS)
def test_the_default_recipe_is_exported_and_explains_long_texts_within_memory(task, tmp_path, record_property):
    corpus, inputs = write_corpus(tmp_path, task)
    seqtasks, run, model = [sys.executable, "-m", "seqtasks"], tmp_path / "run", tmp_path / "model"
    few = {"language-model": [], "fill": [], "caption": ["corpus.dev=5", "corpus.test=5"]}
    wanted = [*_SETTINGS, *few.get(task, ["corpus.dev=50", "corpus.test=50"])]
    sets = [word for setting in wanted for word in ("--set", setting)]
    trained = measured(*seqtasks, "train", "--task", task, "--corpus", corpus, "--run", run, *sets)
    assert trained["code"] == 0, trained["err"]
    exported = measured(*seqtasks, "export", run, "--output", model)
    assert exported["code"] == 0, exported["err"]
    given = tmp_path / "inputs.json"
    given.write_text(json.dumps([base64.b64encode(one).decode() for one in inputs]))
    explained = measured(sys.executable, "-c", _EXPLAIN, model, given)
    assert explained["code"] == 0, explained["err"]
    assert {shape[0] for shape in json.loads(explained["out"].splitlines()[-1]).values()} == {64}
    peaks = {"export": exported["peak"], "explain": explained["peak"]}
    record_property("peaks in gigabytes", peaks)
    assert all(peak < _GIGABYTES for peak in peaks.values()), peaks


def test_training_on_a_packed_corpus_takes_no_more_memory_when_it_grows(tmp_path):
    seqtasks, peaks = [sys.executable, "-m", "seqtasks"], {}
    tiny = ["model.units=8", "model.embedding=8", "model.attention_units=8", "training.epochs=1", "corpus.dev=50"]
    tiny += ["text.source.kind=words", "text.target.kind=words", "training.batch_size=1024", "corpus.test=50"]
    sets = [word for setting in tiny for word in ("--set", setting)]
    for rows in (5_000, 400_000):
        draw, corpus, packed = random.Random(1), tmp_path / f"{rows}.tsv", tmp_path / f"packed-{rows}"
        pairs = ((f"{n} {draw.randrange(500)} {n % 499}", f"{n % 503} {n}") for n in range(rows))
        corpus.write_text("".join(f"{source}\t{target}\n" for source, target in pairs))
        done = measured(*seqtasks, "pack", corpus, "--task", "translate", "--output", packed, *sets)
        assert done["code"] == 0, done["err"]
        run = tmp_path / f"run-{rows}"
        trained = measured(*seqtasks, "train", "--task", "translate", "--corpus", packed, "--run", run, *sets)
        assert trained["code"] == 0, trained["err"]
        peaks[rows] = trained["peak"]
    # Its rows as Python objects alone would take a quarter of a gigabyte.
    assert peaks[400_000] < peaks[5_000] + 0.1, peaks
