"""Resolves settings, from defaults, a recipe and overrides in this order, and checks them."""

import copy
from pathlib import Path

import yaml
from pydantic import ValidationError

from seqtasks import utf8
from seqtasks.errors import SettingsError, did_you_mean, listing
from seqtasks.settings.messages import explain, kind_of
from seqtasks.settings.sections import FORGIVING


def recipes():
    """Returns the recipes as {name: path}, those of the installed package or of the checkout."""
    packaged = Path(__file__).parent.parent / "configs"
    folder = packaged if packaged.is_dir() else Path(__file__).parent.parent.parent / "configs"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def resolve(schema, *, config=None, overrides=(), start=None, **known):
    """Resolves the settings of a training: defaults, then a recipe, then overrides.

    Args:
        schema: the settings class of a task.
        config: name of a recipe or path of a YAML file; None takes the task's own recipe.
        overrides: strings such as "model.units=512"; values are YAML.
        start: settings as nested dicts to start from, instead of a recipe.
        **known: dotted keys, `.` written `__`, whose value is not None, e.g. `corpus__name="reverse"`.

    Returns:
        The task's settings. Raises SettingsError naming file, key, what was received and what is allowed.
    """
    task = schema.model_fields["task"].default
    values, origins = copy.deepcopy(start or {}), {}
    path = _recipe_path(task, config) if start is None else None
    if path is not None:
        values = read_yaml(path)
        try:
            _remember(values, str(path), origins)
        except RecursionError:
            raise SettingsError(f"{path}: a section contains itself; write its settings out") from None
    for override in overrides:
        key, equals, text = override.partition("=")
        if not equals or not key.strip():
            raise SettingsError(f"--set {override}: expected KEY=VALUE, such as --set model.units=512")
        try:
            value = yaml.safe_load(text)
        except (yaml.YAMLError, ValueError, RecursionError):
            value = text
        _put(values, key.strip(), value, origins, origin="--set")
    for key, value in known.items():
        if value is not None:
            _put(values, key.replace("__", "."), value, origins, origin="command line")
    if values.get("task", task) != task:
        raise SettingsError(f"{origins.get('task')}: task: received '{values['task']}', but --task is '{task}'")
    return check(schema, {**values, "task": task}, origins=origins)


def check(schema, values, *, origins=None, forgiving=False):
    """Returns `values` as settings of `schema`; raises SettingsError for the first that does not fit.

    With `forgiving`, settings without effect are reset to their defaults instead of refused.
    """
    try:
        return schema.model_validate(values, context=FORGIVING if forgiving else None)
    except ValidationError as error:
        raise SettingsError(explain(schema, error.errors(), origins or {})) from None


def read_yaml(path):
    """Returns the mapping in a YAML file; raises SettingsError with file:line if there is none."""
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    text = utf8.checked(content)
    if text is None:
        raise SettingsError(next(utf8.faults(content, path)))
    try:
        values = yaml.safe_load(text.decode("utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "cannot be parsed"
        raise SettingsError(f"{path}{line}: not YAML: {problem}") from None
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path}: not YAML: {error}") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise SettingsError(f"{path}: expected settings as 'key: value' lines, received {kind_of(values)}")
    return values


def _recipe_path(task, config):
    known = recipes()
    if config is None:
        return known.get(task)
    if str(config) in known:
        return known[str(config)]
    path = Path(config)
    if path.is_file():
        return path
    if path.suffix in {".yaml", ".yml"} or len(path.parts) > 1:
        raise SettingsError(f"{config}: no such config file; recipes: {listing(known)}")
    raise SettingsError(
        f"unknown config '{config}'; recipes: {listing(known)}, or a file.{did_you_mean(config, known)}"
    )


def _put(values, key, value, origins, *, origin):
    *sections, last = key.split(".")
    for depth, section in enumerate(sections, start=1):
        # A setting may be null or a section, such as training.class_weights.
        if values.get(section) is None:
            origins[".".join(sections[:depth])] = origin
            values[section] = {}
        inner = values[section]
        if not isinstance(inner, dict):
            raise SettingsError(f"{origin} {key}: '{section}' is a value, not a section")
        values = inner
    values[last] = value
    origins[key] = origin


def _remember(values, origin, origins, prefix=""):
    for key, value in values.items():
        origins[f"{prefix}{key}"] = origin
        if isinstance(value, dict):
            _remember(value, origin, origins, f"{prefix}{key}.")
