"""Ways in which files and values come damaged, each drawn from a generator: the same seed damages alike."""

import copy
import gzip
import io
import json
import re

import numpy as np
import yaml

HUGE = 200_000
ODD = [None, True, 0, -1, 1.5, 10**30, float("nan"), float("inf"), "", "x", "é" * 300, "a\n\tb", "../x", [], [[]], {}]
ODD += [{"a": {}}, ["x", 1], [None], "1e999", "\0"]
SHAPES = [b"[]", b"{}", b"null", b"5", b'"x"', b"NaN", b"-Infinity", b"1e999", b'[1, ["a"], {}]', b'{"a": {"b": []}}']
NUMBERS = ["NaN", "1e999", "-1", "0", "1.5", "9" * 40, "9" * 5000, "-0", "\u0663", "0x10", "true", '"3"']


def _insert(content, draw, what):
    place = draw.randrange(len(content) + 1)
    return content[:place] + what + content[place:]


def _flipped(content, draw):
    flipped = bytearray(content)
    for _ in range(draw.randrange(1, 9)):
        flipped[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    return bytes(flipped)


def _odd_number(content, draw):
    found = list(re.finditer(rb"\d+", content)) or [re.search(rb"$", content)]
    place = draw.choice(found)
    return content[: place.start()] + draw.choice(NUMBERS).encode() + content[place.end() :]


def _ragged(content, draw):
    lines = content.split(b"\n")
    number, by = draw.randrange(len(lines)), draw.choice([b"\t", b" ", b","])
    lines[number] = draw.choice([lines[number].replace(by, b""), lines[number] + by, by + lines[number], by * 9])
    return b"\n".join(lines)


def _recoded(encoding):
    return lambda content, draw: content.decode("latin-1").encode(encoding)


WAYS = {
    "empty": lambda content, draw: b"",
    "cut short": lambda content, draw: content[: draw.randrange(len(content))],
    "flipped": _flipped,
    "random bytes": lambda content, draw: draw.randbytes(300),
    "Latin-1": lambda content, draw: _insert(content, draw, b"\xe9"),
    "UTF-16": _recoded("utf-16"),
    "UTF-16 without a mark": _recoded("utf-16-le"),
    "a mark in the middle": lambda content, draw: _insert(content, draw, "\ufeff".encode()),
    "a NUL": lambda content, draw: _insert(content, draw, b"\0"),
    "a huge field": lambda content, draw: _insert(content, draw, b"x" * HUGE),
    "an odd number": _odd_number,
    "ragged": _ragged,
    "twice": lambda content, draw: content + content,
    "blank lines": lambda content, draw: content.replace(b"\n", b"\n\n \n"),
    "old line ends": lambda content, draw: content.replace(b"\n", b"\r"),
    "deep": lambda content, draw: draw.choice([b"[", b'{"a":', b"a: {"]) * 20_000,
    "another shape": lambda content, draw: draw.choice(SHAPES),
}


def damaged(content, draw):
    """Yields (way, content) for every way."""
    for way, damage in WAYS.items():
        yield way, damage(content, draw)


def gz_damaged(content, draw):
    """Yields (way, gzip file) of whole and broken ones."""
    whole = gzip.compress(content)
    yield "whole", whole
    yield "cut short", whole[: draw.randrange(2, len(whole))]
    yield "flipped", whole[:12] + _flipped(whole[12:], draw)
    yield "no gzip at all", content
    yield "with rubbish behind", whole + b"rubbish"


def swapped(value, draw):
    """Returns (what, value) with one thing inside it replaced by something odd, or left out."""
    value = copy.deepcopy(value)
    inside = list(_places(value))
    if not inside:
        return "all of it", draw.choice(ODD)
    holder, key, name = draw.choice(inside)
    if draw.random() < 0.2:
        del holder[key]
        return f"{name} left out", value
    holder[key] = odd = draw.choice(ODD)
    return f"{name} = {str(odd)[:20]!r}", value


def _places(value, name=""):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        yield value, key, f"{name}.{key}"
        yield from _places(inner, f"{name}.{key}")


def json_swapped(content, draw):
    """Returns (what, content) of JSON or of lines of it, with one value swapped."""
    try:
        what, value = swapped(json.loads(content), draw)
        return what, json.dumps(value).encode()
    except ValueError:
        lines = content.decode().splitlines()
        number = draw.randrange(len(lines))
        what, value = swapped(json.loads(lines[number]), draw)
        lines[number] = json.dumps(value)
        return what, "".join(f"{line}\n" for line in lines).encode()


def yaml_swapped(content, draw):
    what, value = swapped(yaml.safe_load(content), draw)
    return what, yaml.safe_dump(value).encode()


def arrays_swapped(content, draw):
    """Returns (what, content) of an .npz file with one array or its notes changed."""
    with np.load(io.BytesIO(content)) as stored:
        arrays = {name: stored[name] for name in stored.files}
    name = draw.choice(sorted(arrays))
    changes = {
        "left out": None,
        "flat": arrays[name].reshape(-1)[:-1] if arrays[name].size > 1 else np.zeros(3),
        "text": np.full(arrays[name].shape, "x"),
        "objects": np.full(arrays[name].shape, None),
        "not numbers": np.full(arrays[name].shape, np.nan),
        "numbers": np.zeros(arrays[name].shape, np.int64),
    }
    what = draw.choice(list(changes))
    if name == "notes" and draw.random() < 0.7:
        what, notes = swapped(json.loads(str(arrays[name])), draw)
        arrays[name] = np.array(json.dumps(notes))
    elif changes[what] is None:
        del arrays[name]
    else:
        arrays[name] = changes[what]
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return f"{name} {what}", buffer.getvalue()


def structure(draw, depth=4):
    """Returns values in sections and lists at random."""
    kind = draw.random()
    if depth == 0 or kind < 0.4:
        return draw.choice(ODD)
    if kind < 0.6:
        return [structure(draw, depth - 1) for _ in range(draw.randrange(4))]
    keys = ["model", "units", "training", "corpus", "name", "text", "seed", "task", 1, None, True, "", "a.b"]
    return {draw.choice(keys): structure(draw, depth - 1) for _ in range(draw.randrange(4))}
