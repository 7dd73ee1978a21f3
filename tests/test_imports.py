"""Imports point one way, those inside functions too: read from the source, nothing is imported."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import seqtasks

PACKAGE = Path(seqtasks.__file__).parent

# A folder or file of the package may import those above it in this list, and itself.
ORDER = (
    "version",
    "errors",
    "limits",
    "utf8",
    "writing",
    "locking",
    "archives",
    "images",
    "series",
    "settings",
    "grammar",
    "text",
    "batches",
    "decoding",
    "layers",
    "scores",
    "pictures",
    "tasks",
    "corpora",
    "runs",
    "laboratory",
    "evaluation",
    "serving",
    "training",
    "answering",
    "api",
    "beam",
    "play",
    "__init__",
    "cli",
    "__main__",
)


def modules(package=PACKAGE):
    """Returns {dotted name: path} of the modules, packages under their own names."""
    found = {}
    for path in package.rglob("*.py"):
        parts = path.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(path, known):
    """Returns the names of the modules of the package that the file at `path` imports anywhere."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                names.update(name for name in [whole if whole in known else node.module] if name in known)
    return names


KNOWN = modules()
GRAPH = {name: imported(path, KNOWN) for name, path in KNOWN.items()}


def part_of(name):
    parts = name.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def test_the_order_names_all_parts_of_the_package():
    assert {part_of(name) for name in KNOWN} - {"configs"} == set(ORDER)


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_a_module_imports_nothing_that_comes_after_its_part(name):
    later = {other for other in GRAPH[name] if ORDER.index(part_of(other)) > ORDER.index(part_of(name))}
    assert not later


def test_no_modules_import_each_other_in_a_circle():
    # What a package hands on of its own modules is no circle: they do not ask the package for it.
    try:
        TopologicalSorter(GRAPH).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def task_of(name):
    """Returns the folder in tasks/ that a module lies in, None for one that no task has to itself."""
    path = KNOWN[name]
    below = path.relative_to(PACKAGE / "tasks").parts if path.is_relative_to(PACKAGE / "tasks") else ()
    return below[0] if len(below) > 1 else None


def test_one_task_never_imports_another():
    assert task_of("seqtasks.tasks.language_model.beside.scores") == "language_model"
    for name, others in GRAPH.items():
        if own := task_of(name):
            assert {task_of(other) for other in others} <= {None, own}, name


def test_an_arrow_that_runs_up_is_seen(tmp_path):
    made = tmp_path / "module.py"
    made.write_text(
        "def late():\n    from seqtasks.cli import cards\n    import seqtasks.runs.folder\n", encoding="utf-8"
    )
    assert imported(made, KNOWN) == {"seqtasks.cli.cards", "seqtasks.runs.folder"}
