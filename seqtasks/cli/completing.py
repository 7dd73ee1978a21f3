"""What a shell offers while a command is typed, and the verb that tells the shell; without TensorFlow."""

from pathlib import Path
from typing import get_args

import click
from click.shell_completion import BashComplete, CompletionItem, FishComplete, ZshComplete

from seqtasks.cli.group import cli
from seqtasks.settings import flatten, read_yaml
from seqtasks.settings import recipes as known_recipes
from seqtasks.tasks import TASKS, schema_of


class _Bash(BashComplete):
    # A setting's value follows at once.
    source_template = BashComplete.source_template.replace(
        "    return 0\n", "    [[ ${COMPREPLY-} == *= ]] && compopt -o nospace\n\n    return 0\n"
    )


_SHELLS = {"bash": _Bash, "zsh": ZshComplete, "fish": FishComplete}


@cli.command()
@click.argument("shell", type=click.Choice(list(_SHELLS)))
def completion(shell):
    """Print a script by which a shell completes verbs, names of tasks and corpora, settings, and runs.

    \b
    bash, in ~/.bashrc:                     eval "$(seqtasks completion bash)"
    zsh, in ~/.zshrc:                       eval "$(seqtasks completion zsh)"
    fish, in ~/.config/fish/config.fish:    seqtasks completion fish | source
    """
    click.echo(_SHELLS[shell](cli, {}, "seqtasks", "_SEQTASKS_COMPLETE").source())


def tasks(context, parameter, incomplete):
    """Offers the names of tasks."""
    return _beginning(TASKS, incomplete)


def recipes(context, parameter, incomplete):
    """Offers the names of the task's recipes, and files."""
    own = [name for name, path in known_recipes().items() if read_yaml(path).get("task", name) in _tasks(context)]
    return [CompletionItem(incomplete, type="file"), *_beginning(own, incomplete)]


def corpora(context, parameter, incomplete):
    """Offers the names of corpora that the task can be trained on, and files."""
    from seqtasks.corpora.named import NAMED

    kinds = {schema_of(task)().corpus.kind for task in _tasks(context)}
    own = [name for name, known in NAMED.items() if known.kind in kinds]
    return [CompletionItem(incomplete, type="file"), *_beginning(own, incomplete)]


def settings(context, parameter, incomplete):
    """Offers the task's settings, and the values of one of which there are few."""
    key, equals, _ = incomplete.partition("=")
    schemas = [schema_of(task) for task in _tasks(context)]
    if not equals:
        names = dict.fromkeys(name for schema in schemas for name in flatten(schema()) if name != "task")
        return _beginning([f"{name}=" for name in names], incomplete)
    return _beginning([f"{key}={value}" for schema in schemas for value in _values(schema, key)], incomplete)


def runs(context, parameter, incomplete):
    """Offers the runs and exported models of this folder, and folders."""
    found = [path.parent for path in (*Path("runs").glob("*/manifest.json"), *Path("runs").glob("*/*/manifest.json"))]
    found += [path.parent for path in Path("saved_models").glob("*/*/seqtasks.json")]
    return [CompletionItem(incomplete, type="dir"), *_beginning(sorted(map(str, found)), incomplete)]


def _tasks(context):
    """Returns the task that was typed already, or all."""
    return [context.params["task"]] if context.params.get("task") in TASKS else list(TASKS)


def _values(schema, key):
    """Returns the values of a setting that is true or false or one of a few, as strings."""
    *sections, name = key.split(".")
    for section in sections:
        field = schema.model_fields.get(section)
        schema = field.annotation if field and hasattr(field.annotation, "model_fields") else None
        if schema is None:
            return []
    kind = schema.model_fields[name].annotation if name in schema.model_fields else None
    return ["true", "false"] if kind is bool else [value for value in get_args(kind) if isinstance(value, str)]


def _beginning(names, incomplete):
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]
