"""Typed settings: schemas with one default in one place, YAML recipes, `key=value` overrides.

Nothing in here imports TensorFlow, so that a bad setting is refused at once.
"""

import copy
from pathlib import Path

import yaml
from pydantic import BaseModel, ValidationError

from seqtasks import utf8
from seqtasks.errors import SettingsError, UsageError, did_you_mean, one_of
from seqtasks.settings.language_model import LanguageModelSettings
from seqtasks.settings.ner import NerSettings
from seqtasks.settings.sections import FORGIVING, RESUMABLE
from seqtasks.settings.sentiment import SentimentSettings
from seqtasks.settings.translate import TranslateSettings

SCHEMAS = {
    "sentiment": SentimentSettings,
    "ner": NerSettings,
    "translate": TranslateSettings,
    "language-model": LanguageModelSettings,
}


def schema_of(task):
    """Returns the settings class of the named task; raises UsageError for an unknown one."""
    if task not in SCHEMAS:
        raise UsageError(f"unknown task '{task}'; tasks: {one_of(SCHEMAS)}.{did_you_mean(task, SCHEMAS)}")
    return SCHEMAS[task]


def task_for(kind):
    """Returns the name of the first task whose corpora are of the kind, None where there is none."""
    return next((task for task, schema in SCHEMAS.items() if schema().corpus.kind == kind), None)


def recipes():
    """Returns the recipes by name, as paths: those of an installed package, or of the checkout."""
    packaged = Path(__file__).parent.parent / "configs"
    folder = packaged if packaged.is_dir() else Path(__file__).parent.parent.parent / "configs"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def resolve(task, *, config=None, overrides=(), start=None, **known):
    """Puts the settings of a training together: defaults, then a recipe, then overrides.

    Args:
        task: name of the task.
        config: name of a recipe or path of a YAML file; None takes the task's own recipe.
        overrides: strings such as "model.units=512"; values are YAML.
        start: settings as nested dicts to begin with, in place of a recipe.
        **known: dotted keys, `.` written `__`, whose value is not None, e.g. `corpus__name="reverse"`.

    Returns:
        The task's settings. Raises SettingsError naming file, key, what was received and what is allowed.
    """
    schema = schema_of(task)
    values, origins = copy.deepcopy(start or {}), {}
    path = _recipe_path(task, config) if start is None else None
    if path is not None:
        values = read_yaml(path)
        try:
            _remember(values, str(path), origins)
        except RecursionError:
            raise SettingsError(f"{path}: a section that holds itself; write its settings out") from None
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
        raise SettingsError(f"{origins.get('task')}: task: received '{values['task']}', but --task says '{task}'")
    return check(schema, {**values, "task": task}, origins=origins)


def check(schema, values, *, origins=None, forgiving=False):
    """Returns `values` as settings of `schema`; raises SettingsError for the first thing that does not fit.

    With `forgiving` what does nothing beside the other settings becomes its default, in place of being refused.
    """
    try:
        return schema.model_validate(values, context=FORGIVING if forgiving else None)
    except ValidationError as error:
        raise SettingsError(_explain(schema, error.errors(), origins or {})) from None


def read_yaml(path):
    """Returns the mapping in a YAML file; raises SettingsError with file:line where it is none."""
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
        raise SettingsError(f"{path}: expected settings as 'key: value' lines, received {_kind(values)}")
    return values


def to_yaml(settings):
    """Returns all settings, resolved, as YAML."""
    values = settings.model_dump()
    text = yaml.safe_dump(values, sort_keys=False, allow_unicode=True)
    # Rare line separators inside a name read back as line ends, unless they are escaped.
    return text if yaml.safe_load(text) == values else yaml.safe_dump(values, sort_keys=False)


def flatten(settings):
    """Returns settings as {"model.units": 256, ...}, in the order of the schema; a value that is a dict stays one."""
    flat = {}
    for key, value in settings:
        if isinstance(value, BaseModel):
            flat.update({f"{key}.{inner}": deep for inner, deep in flatten(value).items()})
        else:
            flat[key] = value
    return flat


def resumable(schema):
    """Returns the names of the settings of a schema, {"model.dropout", ...}, that may change when a run is resumed."""
    names = set()
    for name, field in schema.model_fields.items():
        if hasattr(field.annotation, "model_fields"):
            names.update(f"{name}.{inner}" for inner in resumable(field.annotation))
        elif RESUMABLE in field.metadata:
            names.add(name)
    return names


def changes(old, new):
    """Returns {key: (old value, new value)} of all keys in which two settings differ."""
    before, after = flatten(old), flatten(new)
    return {key: (before.get(key), after.get(key)) for key in {**before, **after} if before.get(key) != after.get(key)}


def listed(changed):
    """Returns what `changes` found as one line: key: old -> new; ..."""
    return "; ".join(f"{key}: {old} -> {new}" for key, (old, new) in changed.items())


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
        raise SettingsError(f"{config}: no such config file; recipes: {one_of(known)}")
    raise SettingsError(f"unknown config '{config}'; recipes: {one_of(known)}, or a file.{did_you_mean(config, known)}")


def _put(values, key, value, origins, *, origin):
    *sections, last = key.split(".")
    for depth, section in enumerate(sections, start=1):
        # A setting may be nothing or a section, as training.class_weights.
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


def _explain(schema, problems, origins):
    problem = problems[0]
    path = [str(part) for part in problem["loc"]]
    # Pydantic appends the tried type to the place of a value that may be of several types.
    while len(path) > 1 and ".".join(path) not in origins and problem["type"] != "extra_forbidden":
        path.pop()
    key = ".".join(path)
    origin = next((origins[".".join(path[:n])] for n in range(len(path), 0, -1) if ".".join(path[:n]) in origins), "")
    where = f"{origin}: " if origin else ""
    if problem["type"] == "extra_forbidden":
        section = _section(schema, path[:-1])
        names = list(section.model_fields)
        inside = f"'{'.'.join(path[:-1])}'" if len(path) > 1 else f"a {schema.model_fields['task'].default} recipe"
        return (
            f"{where}{key}: unknown setting; settings of {inside}: {one_of(names)}."
            f"{did_you_mean(path[-1], names) or _elsewhere(schema, path[-1])}"
        )
    if problem["type"] == "value_error":
        # It spans settings, so it names them itself.
        return str(problem["ctx"]["error"])
    expected = "; ".join(dict.fromkeys(_expected(p) for p in problems if list(map(str, p["loc"]))[: len(path)] == path))
    return f"{where}{key}: received {problem['input']!r} ({_kind(problem['input'])}); allowed: {expected}"


def _expected(problem):
    if problem["type"] == "model_type":
        return "a section of 'key: value' lines"
    if problem["type"] == "string_pattern_mismatch":
        return "a name without a zero byte"
    if problem["type"] == "literal_error":
        return problem["ctx"]["expected"]
    message = problem["msg"].replace("Input should be ", "")
    return message.replace("a valid ", "a ").replace("a integer", "an integer").split(",")[0]


def _section(schema, path):
    for name in path:
        schema = schema.model_fields[name].annotation
    return schema


def _elsewhere(schema, name):
    full = [key for key in flatten(schema()) if key.split(".")[-1] == name]
    return f" Did you mean '{full[0]}'?" if full else ""


def _kind(value):
    names = {dict: "a section", list: "a list", str: "text", bool: "true/false", int: "a number", float: "a number"}
    return names.get(type(value), "nothing" if value is None else type(value).__name__)
