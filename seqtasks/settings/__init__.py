"""Typed settings: schemas with one default for each setting, YAML recipes, `key=value` overrides.

Nothing here imports TensorFlow, so a bad setting is refused at once, and nothing depends on a task: each task has its
own schema, made of the sections in `sections.py`.
"""

from seqtasks.settings.changes import changes, flatten, listed, resumable, to_yaml
from seqtasks.settings.resolving import check, read_yaml, recipes, resolve

__all__ = ["changes", "check", "flatten", "listed", "read_yaml", "recipes", "resolve", "resumable", "to_yaml"]
