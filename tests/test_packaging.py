"""What is installed is whole: every file of the package, the recipes, a command that runs without the checkout."""

import itertools
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RECIPES = {path.stem for path in ROOT.glob("configs/*.yaml")}


def run(*command, **options):
    """Runs a command and returns what it printed; fails with what it said where it does not end well."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def recipes_in(listing):
    """Returns the names of the recipes in what `seqtasks tasks` printed."""
    return {name for option, name in itertools.pairwise(listing.split()) if option == "--config"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Builds the wheel from a copy, so that nothing built before is in it and nothing is left in the checkout."""
    folder = tmp_path_factory.mktemp("packaging")
    for name in ("seqtasks", "configs"):
        shutil.copytree(ROOT / name, folder / "source" / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.py", "setup.cfg", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / "source")
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    run(sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", folder, folder / "source")
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_every_file_of_the_package_and_the_recipes_and_nothing_else(wheel):
    package = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.glob("seqtasks/**/*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    found = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert found == package | {f"seqtasks/configs/{name}.yaml" for name in RECIPES}


def test_an_unpacked_wheel_finds_its_recipes_without_the_checkout(wheel, tmp_path):
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    zipfile.ZipFile(wheel).extractall(site)
    python = {"cwd": elsewhere, "env": {"PYTHONPATH": str(site)}}
    origin = run(sys.executable, "-P", "-c", "import seqtasks; print(seqtasks.__file__)", **python)
    assert Path(origin.strip()).parent == site / "seqtasks"
    assert recipes_in(run(sys.executable, "-P", "-m", "seqtasks", "tasks", **python)) == RECIPES
    assert not list(elsewhere.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_an_installed_wheel_runs_with_every_python_that_is_declared(version, wheel, tmp_path):
    interpreter = shutil.which(f"python{version}")
    # A version manager may leave a command that only says that the version is not chosen.
    if interpreter is None or subprocess.run([interpreter, "--version"], capture_output=True, check=False).returncode:
        pytest.skip(f"python{version} is not installed")
    if shutil.disk_usage(tmp_path).free < 4 << 30:
        pytest.skip("needs 4 GB of disk")
    run(interpreter, "-I", "-m", "venv", tmp_path / "venv")
    run(tmp_path / "venv" / "bin" / "python", "-I", "-m", "pip", "install", "--quiet", wheel)
    command = tmp_path / "venv" / "bin" / "seqtasks"
    clean = {"cwd": tmp_path, "env": {}}
    assert recipes_in(run(command, "tasks", **clean)) == RECIPES
    assert "Usage: seqtasks" in run(command, "--help", **clean)
