"""How Sphinx builds these pages: sphinx-build -W -b html docs build/docs."""

import json
from pathlib import Path

from sphinx.util.docutils import SphinxDirective

from seqtasks.limits import MOST
from seqtasks.settings import flatten, resumable
from seqtasks.tasks import TASKS, schema_of
from seqtasks.version import __version__

project = "seqtasks"
release = version = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
highlight_language = "none"
html_theme = "furo"
html_title = "seqtasks"
html_show_sphinx = html_show_copyright = False
# A notebook that was run leaves runs beside it, with a README.md in each.
exclude_patterns = ["releasing.md", "notebooks/**"]

myst_heading_anchors = 3
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_member_order = "bysource"


class Settings(SphinxDirective):
    """`{settings}`: for each task a section with a table of its settings, made from its schema."""

    def run(self):
        lines = [line for task in TASKS for line in (f"## {task}", "", *_table(schema_of(task)), "")]
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


class Notebook(SphinxDirective):
    """`{notebook} NAME`: the text and the code of docs/notebooks/NAME.ipynb, its headings one level down."""

    required_arguments = 1

    def run(self):
        path = Path(self.env.srcdir, "notebooks", f"{self.arguments[0]}.ipynb")
        self.env.note_dependency(path)
        parts = []
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            text = "".join(cell["source"])
            is_code = cell["cell_type"] == "code"
            parts.append(f"```python\n{text}\n```" if is_code else f"#{text}" if text.startswith("#") else text)
        return self.parse_text_to_nodes("\n\n".join(parts), allow_section_headings=True)


def _table(schema):
    rows, may_change = ["| setting | values | default | |", "|---|---|---|---|"], resumable(schema)
    for key, default in flatten(schema()).items():
        if key != "task":
            part, mark = _part(schema, key), " ↻" if key in may_change else ""
            meaning = part.get("description", "").replace("|", "\\|")
            rows.append(f"| `{key}`{mark} | {_values(part)} | {_code(default)} | {meaning} |")
    return rows


def _part(schema, key):
    """Returns what the JSON schema of a task's settings says of one."""
    *sections, name = key.split(".")
    for section in sections:
        schema = schema.model_fields[section].annotation
    return schema.model_json_schema()["properties"][name]


def _values(part):
    """Returns the values that a part of a JSON schema allows, in words."""
    if "anyOf" in part:
        return " or ".join(_values(one) for one in part["anyOf"])
    if "enum" in part or "const" in part:
        return ", ".join(_code(value) for value in part.get("enum", [part.get("const")]))
    if part["type"] == "boolean":
        return "`true`, `false`"
    if part["type"] == "null":
        return "`null`"
    ends = {"minimum": "from", "exclusiveMinimum": "above", "maximum": "to", "exclusiveMaximum": "below"}
    bounds = [f"{words} {part[end]:g}" for end, words in ends.items() if part.get(end, MOST) != MOST]
    kind = {"string": "text", "object": "numbers by name"}.get(part["type"], part["type"])
    return " ".join([kind, *bounds])


def _code(value):
    shown = "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{shown}`"


def setup(app):
    """Adds the directives."""
    app.add_directive("settings", Settings)
    app.add_directive("notebook", Notebook)
