"""Settings as YAML and as flat names, and the differences between two settings."""

import yaml
from pydantic import BaseModel

from seqtasks.settings.sections import RESUMABLE


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
    """Returns the result of `changes` as one line: key: old -> new; ..."""
    return "; ".join(f"{key}: {old} -> {new}" for key, (old, new) in changed.items())
