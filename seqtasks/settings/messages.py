"""One-line messages about wrong settings: where, what was received, what is allowed."""

from seqtasks.errors import did_you_mean, listing
from seqtasks.settings.changes import flatten


def explain(schema, problems, origins):
    problem = problems[0]
    path = [str(part) for part in problem["loc"]]
    # For a value that may be of several types, pydantic appends the tried type to its place.
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
            f"{where}{key}: unknown setting; settings of {inside}: {listing(names)}."
            f"{did_you_mean(path[-1], names) or _elsewhere(schema, path[-1])}"
        )
    if problem["type"] == "value_error":
        # The message is about several settings and names them itself.
        return str(problem["ctx"]["error"])
    expected = "; ".join(dict.fromkeys(_expected(p) for p in problems if list(map(str, p["loc"]))[: len(path)] == path))
    return f"{where}{key}: received {problem['input']!r} ({kind_of(problem['input'])}); allowed: {expected}"


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


def kind_of(value):
    names = {dict: "a section", list: "a list", str: "text", bool: "true/false", int: "a number", float: "a number"}
    return names.get(type(value), "nothing" if value is None else type(value).__name__)
