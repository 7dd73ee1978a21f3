"""A thousand damaged inputs through every verb: each is answered or refused in a line, and a refusal leaves no trace.

`pytest -m slow -n 0 tests/cli/test_fuzz.py` prints how many inputs were tried, by verb.
"""

import random
import shutil

import pytest
from attempts import Attempts
from commands import VERBS, call
from damage import HUGE, arrays_swapped, damaged, gz_damaged, json_swapped, structure, yaml_swapped
from tiny_corpora import FORMS, IMAGES, TASKS, sets, texts, tiny_settings, write_beside, write_corpus

from seqtasks.cli import cli
from seqtasks.settings import flatten, resolve, to_yaml
from seqtasks.tasks import schema_of

pytestmark = pytest.mark.slow


def _training(task, *more):
    return ["--task", task, *sets(*tiny_settings(task)), "--run", "new", "--dry-run", *more]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A folder with a run of each task, TASK, and exports of two, TASK-exported."""
    folder = tmp_path_factory.mktemp("tiny")
    for task in TASKS:
        (folder / f"{task}-corpus").mkdir()
        corpus = ["--corpus", write_corpus(folder / f"{task}-corpus", task)]
        done = call("train", "--task", task, *corpus, *sets(*tiny_settings(task)), "--run", folder / task)
        assert done.code == 0, done.err
        assert call("evaluate", folder / task).code == 0
    for task in ("translate", "sentiment"):
        assert call("export", folder / task, "--output", folder / f"{task}-exported").code == 0
    return folder


@pytest.fixture
def attempts(here, tmp_path, capsys):
    made = Attempts(tmp_path)
    yield made
    made.finish(capsys)


@pytest.mark.parametrize("task", TASKS)
def test_recipes(attempts, here, task):
    draw = random.Random(f"recipes of {task}")
    name = write_corpus(here, task).name
    whole = to_yaml(resolve(schema_of(task), overrides=tiny_settings(task))).encode()
    recipes = [*damaged(whole, draw), *(yaml_swapped(whole, draw) for _ in range(25))]
    recipes += [(f"structure {n}", repr(structure(draw)).encode()) for n in range(15)]
    recipes.append(("a link to itself", None))
    for what, recipe in recipes:
        (here / "recipe.yaml").unlink(missing_ok=True)
        if recipe is None:
            (here / "recipe.yaml").symlink_to("recipe.yaml")
        else:
            (here / "recipe.yaml").write_bytes(recipe)
        options = ["--task", task, "--config", "recipe.yaml", "--corpus", name, "--run", "new", "--dry-run"]
        attempts.attempt("train", *options, what=f"{task}: recipe with {what}")


_EVERYWHERE = ["99999999999999999999", "-1", "0", ".nan", "1e999", "1.5", "x", "[1]", "{a: 1}", "null"]
_ODD_TEXTS = [
    *("", "[", "{a: b", "!!python/object:os.system x", "&a [*a]", "0x10", "2024-13-01", "~", "yes", "'", "- a", "? a"),
    *(
        "a: b: c",
        "💩",
        "\n",
        "{" * 1000,
        "9" * 5000,
        "[1, 2]",
        "{x: 1}",
        "{1: 2}",
        "true",
        "\udcff",
        "a\0b",
        "x" * HUGE,
    ),
    *("=", "!!binary x", "!!set {a}", "*a", "<<: 1", "%", "@"),
]
_ODD_KEYS = [
    "",
    ".",
    "..",
    "model.",
    ".model",
    "model..units",
    "seed.x",
    "corpus",
    "model",
    "task",
    "x" * 9999,
    "é",
    "\n",
]


@pytest.mark.parametrize("task", TASKS)
def test_overrides(attempts, here, task):
    draw = random.Random(f"overrides of {task}")
    name = write_corpus(here, task).name
    # A number of layers is taken at its word, and making many takes long; a corpus by another name may be fetched.
    known = [key for key in flatten(resolve(schema_of(task))) if key not in ("corpus.name", "model.layers")]
    overrides = [f"{key}={text}" for key in known for text in _EVERYWHERE]
    for _ in range(60):
        key = draw.choice([draw.choice(known), draw.choice(known), draw.choice(known)[:-1], draw.choice(_ODD_KEYS)])
        overrides.append(f"{key}={draw.choice(_ODD_TEXTS)}")
    for override in overrides:
        what = f"{task}: --set {override[:60]!r}"
        attempts.attempt("train", *_training(task, "--corpus", name, "--set", override), what=what)


@pytest.mark.parametrize("task", TASKS)
def test_corpora(attempts, here, task, tiny):
    draw = random.Random(f"corpora of {task}")
    write_beside(here, task)
    for name, whole in FORMS[task].items():
        files = [(name, what, content) for what, content in damaged(whole, draw)]
        files += [(f"{name}.gz", f"gzip {what}", content) for what, content in gz_damaged(whole, draw)]
        if name.endswith(".jsonl"):
            files += [(name, *json_swapped(whole, draw)) for _ in range(12)]
        for number, (file, what, content) in enumerate(files):
            path = here / file
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
            more = []
            if path.parent != here:
                (path.parent / "train.a").write_bytes(whole)
                more = sets("corpus.source=a", "corpus.target=b")
            corpus = file if path.parent == here else path.parent.name
            what = f"{task}: {file} {what}"
            if number % 2:
                attempts.attempt("train", *_training(task, "--corpus", corpus, *more), what=what)
            else:
                attempts.attempt("corpora", corpus, "--task", task, *sets(*tiny_settings(task)), *more, what=what)
            if number % 4 == 0 and task != "translate":
                run = shutil.copytree(tiny / task, attempts.folder / "run")
                attempts.attempt("evaluate", run, "--input", path, what=what)
                if task == "language-model":
                    attempts.attempt("cells", run, "--input", path, what=what)
                shutil.rmtree(run)
            shutil.rmtree(path.parent) if path.parent != here else path.unlink()


def test_sources_and_references(attempts, here, tiny):
    draw = random.Random("sources")
    whole = texts(6)
    run = shutil.copytree(tiny / "translate", attempts.folder / "run")
    for what, content in damaged(whole, draw):
        (here / "odd.txt").write_bytes(content)
        (here / "even.txt").write_bytes(whole)
        for files in (("odd.txt", "even.txt"), ("even.txt", "odd.txt")):
            attempts.attempt("evaluate", run, "--input", files[0], "--reference", files[1], what=f"{files}: {what}")


# Files of a run, and what is done with what they hold.
_SWAPS = {".json": json_swapped, ".jsonl": json_swapped, ".yaml": yaml_swapped, ".npz": arrays_swapped}


def _damage_run(run, draw):
    """Damages one file of a run; gives what was done to which."""
    parts = [path for path in run.rglob("*") if path.suffix not in (".png", ".tsv") and path.stat().st_size]
    path = draw.choice(sorted(parts))
    name, kind = path.relative_to(run), draw.random()
    if path.is_dir() or kind < 0.1:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        what = draw.choice(["missing", "a file" if path.suffix == "" else "a folder", "a link to itself"])
        if what == "a file":
            path.write_bytes(b"x")
        elif what == "a folder":
            path.mkdir()
        elif what != "missing":
            path.symlink_to(path.name)
        return f"{name} {what}"
    if kind < 0.6 and path.suffix in _SWAPS:
        what, content = _SWAPS[path.suffix](path.read_bytes(), draw)
    else:
        what, content = draw.choice(list(damaged(path.read_bytes(), draw)))
    path.write_bytes(content)
    return f"{name} {what}"


# What is tried with a damaged run RUN (and a whole one, WHOLE), how often for each task, and for which tasks.
_ON_RUNS = [
    (["show", "RUN"], 45, TASKS),
    (["predict", "RUN", "1 2"], 12, TASKS),
    (["attention", "RUN", "1 2"], 8, ["translate", "sentiment", "language-model"]),
    (["attention", "RUN", "IMAGE"], 8, ["caption"]),
    (["predict", "RUN", "IMAGE"], 12, ["caption"]),
    (["evaluate", "RUN"], 10, TASKS),
    (["compare", "RUN", "WHOLE"], 6, TASKS),
    (["compare", "WHOLE", "RUN", "--output", "lines.svg"], 6, TASKS),
    (["export", "RUN", "--output", "model"], 2, ["translate", "sentiment"]),
    (["sample", "RUN", "--length", "4"], 25, ["language-model"]),
    (["cells", "RUN"], 25, ["language-model"]),
    (["gradients", "RUN", "--steps", "5"], 15, ["language-model"]),
    (["gradients", "RUN", "--check"], 8, ["sentiment"]),
    (["train", "--task", "TASK", "--run", "RUN", "--resume", *sets("training.epochs=2")], 8, TASKS),
    (["train", "--task", "TASK", "--from", "RUN", "--run", "new", "--dry-run"], 10, TASKS),
    (["train", "--task", "TASK", "--from", "RUN", "--run", "new"], 4, ["sentiment", "language-model"]),
    (["train", "--task", "TASK", "--corpus", "none.tsv", "--run", "RUN", "--overwrite"], 4, TASKS),
]


@pytest.mark.parametrize(
    ("command", "times", "tasks"),
    _ON_RUNS,
    ids=[" ".join(word for word in one[0] if word != "--set") for one in _ON_RUNS],
)
def test_damaged_runs(attempts, here, tiny, command, times, tasks):
    run = attempts.folder / "run"
    for task in tasks:
        draw = random.Random(f"{command[0]} {task}")
        words = {"RUN": run, "WHOLE": tiny / task, "TASK": task, "IMAGE": tiny / "caption-corpus" / "0.png"}
        for _ in range(times):
            shutil.copytree(tiny / task, run)
            what = f"{task}: {_damage_run(run, draw)}"
            attempts.attempt(*(words.get(word, word) for word in command), what=what)
            shutil.rmtree(run)
            for path in here.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.parametrize("task", ["translate", "sentiment"])
def test_damaged_exports(attempts, tiny, task):
    draw, model = random.Random(f"exports of {task}"), attempts.folder / "model"
    for number in range(24):
        shutil.copytree(tiny / f"{task}-exported", model)
        what = f"{task}: {_damage_run(model, draw)}"
        attempts.attempt("attention" if number % 4 == 0 else "predict", model, "1 2", what=what)
        shutil.rmtree(model)


def test_word_vectors(attempts, here):
    draw = random.Random("vectors")
    name = write_corpus(here, "ner").name
    whole = b"4 4\n" + b"".join(f"{word} 0.1 -2 3e-4 {word}\n".encode() for word in range(4))
    files = [("vectors.txt", *one) for one in damaged(whole, draw)]
    files += [("vectors.txt", *one) for one in damaged(whole[4:], draw)]
    files += [("vectors.txt.gz", *one) for one in gz_damaged(whole, draw)]
    for file, what, vectors in files:
        (here / file).write_bytes(vectors)
        options = _training("ner", "--corpus", name, "--set", f"model.vectors={file}")
        attempts.attempt("train", *options, what=f"{file} {what}")


def test_images(attempts, here, tiny):
    draw = random.Random("images")
    write_beside(here, "caption")
    for name in ("0.png", "1.jpeg"):
        whole = IMAGES[name]
        for number, (what, content) in enumerate([*damaged(whole, draw)] * 2):
            (here / name).write_bytes(content)
            attempts.attempt("predict", tiny / "caption", name, "2.png", what=f"{name} {what}")
            if number % 4 == 0:
                (here / "mine.jsonl").write_bytes(FORMS["caption"]["mine.jsonl"])
                attempts.attempt("train", *_training("caption", "--corpus", "mine.jsonl"), what=f"{name} {what}")
                attempts.attempt("corpora", "mine.jsonl", "--task", "caption", what=f"{name} {what}")
        (here / name).write_bytes(whole)


def test_texts(attempts, here, tiny):
    draw = random.Random("texts")
    whole = texts(9) + "é 你好 👩‍👩‍👧 \u2028 ش\n".encode()
    options = [
        [],
        [],
        *([option] for option in ("--json", "--tokenized", "--conll")),
        ["--beam", "2"],
        ["--n-best", "2"],
    ]
    for number, (what, content) in enumerate([*damaged(whole, draw)] * 2):
        task, more = draw.choice([*TASKS, "sentiment-exported"]), draw.choice(options)
        model = tiny / task
        if number % 2:
            attempts.attempt("predict", model, *more, stdin=content, what=f"{task} {more}: {what} by pipe")
        else:
            (here / "in.txt").write_bytes(content)
            output = ["--output", "out.txt"] if number % 4 else []
            attempts.attempt("predict", model, "--input", "in.txt", *output, *more, what=f"{task} {more}: {what}")
    for text in ("", "\0", "\udcff", "a\nb", "x " * 20_000, "\u2028", "--"):
        attempts.attempt(
            "sample", tiny / "language-model", "--prompt", text, "--length", "3", what=f"prompt {text[:9]!r}"
        )
        attempts.attempt("attention", tiny / "sentiment", "--", text, what=f"text {text[:9]!r}")


def test_arguments(attempts, here, tiny):
    """Options at random with values at random, most of them refused before a model is needed."""
    draw = random.Random("arguments")
    (here / "folder").mkdir()
    (here / "file.txt").write_text("1 2\n")
    values = [
        "",
        "-1",
        "0",
        "2",
        "nan",
        "1e999",
        "9" * 30,
        "folder",
        "file.txt",
        "no/such",
        "a.svg",
        "x" * 300,
        "\n",
        "é",
    ]
    for number in range(240):
        verb = VERBS[number % len(VERBS)]
        arguments = [
            draw.choice(["folder", "nowhere", "", ".", "/dev/null", "x" * 300, "a\nb"])
            for _ in range(draw.randrange(3))
        ]
        for option in draw.sample(cli.commands[verb].params, draw.randrange(len(cli.commands[verb].params) + 1)):
            if option.param_type_name == "option":
                arguments.append(option.opts[-1])
                if not option.is_flag:
                    arguments.append(draw.choice(values))
        attempts.attempt(verb, *arguments, what=" ".join(arguments)[:200])
