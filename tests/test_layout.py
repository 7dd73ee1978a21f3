"""The package stays easy to walk: few files a folder, short files, short functions."""

import ast
from collections import Counter
from pathlib import Path
from statistics import median

import seqtasks

PACKAGE = Path(seqtasks.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))


def lines_of(path):
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_folder_has_more_than_twelve_files():
    files = (path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    # Recipes, where they are installed with the package, are found by their names.
    folders = Counter(path.parent for path in files if path.parent.name != "configs")
    assert {str(folder): count for folder, count in folders.items() if count > 12} == {}


def test_files_are_short():
    assert {str(path): lines_of(path) for path in FILES if lines_of(path) > 350} == {}
    assert median(map(lines_of, FILES)) <= 150


def test_functions_are_short():
    long = {}
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                lines = node.end_lineno - node.lineno + 1
                if lines > 60:
                    long[f"{path.relative_to(PACKAGE)}:{node.name}"] = lines
    assert long == {}


def test_a_module_gives_a_name_to_one_thing():
    """As where a constant of a module is assigned again further down."""
    for path in FILES:
        names = Counter()
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                names[node.name] += 1
            elif isinstance(node, ast.Assign):
                names.update(target.id for target in node.targets if isinstance(target, ast.Name))
        assert [name for name, count in names.items() if count > 1] == [], path
