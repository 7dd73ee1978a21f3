"""A tiny corpus for each task in every form that it may have, and the settings of a tiny model of it."""

import io
import json

import numpy as np
from PIL import Image

_NUMBERS = [" ".join(f"{number * 7919 % 9973:04d}"[: 1 + number % 4]) for number in range(60)]
_CLASSES = [("odd" if int(text[-1]) % 2 else "even") for text in _NUMBERS]
_TAGS = [[("B-ODD" if int(word) % 2 else "O") for word in text.split()] for text in _NUMBERS]
_PAIRS = list(zip(_NUMBERS, [text[::-1] for text in _NUMBERS], strict=True))
_CODE = [(text, f"[{', '.join(text.split()[::-1])}]") for text in _NUMBERS]
_STEPS = [[[int(digit) for digit in word] for word in text.split()] for text in _NUMBERS]
_LABELLED = list(zip(_NUMBERS, _CLASSES, strict=True))


def _lines(rows, separator="\t"):
    return "".join(separator.join(row) + "\n" for row in rows).encode()


def _records(keys, rows):
    return "".join(json.dumps(dict(zip(keys, row, strict=True))) + "\n" for row in rows).encode()


_HOURS = [(f"2024-01-{1 + n // 24:02} {n % 24:02}:00", n * 7919 % 9973 / 100, _CLASSES[n % 60]) for n in range(120)]


def _table():
    content, (times, loads, words) = io.BytesIO(), zip(*_HOURS, strict=True)
    np.savez(content, time=np.array(times), load=np.array(loads), word=np.array(words))
    return content.getvalue()


def _arrays():
    content, lengths = io.BytesIO(), [len(steps) for steps in _STEPS]
    labels = np.array([tag for tags in _TAGS for tag in tags])
    np.savez(content, x=np.concatenate(list(map(np.array, _STEPS))), y=labels, lengths=np.array(lengths))
    return content.getvalue()


def _drawn(number, form):
    """Returns the bytes of an image of stripes of three colours, others for each number."""
    pixels = [(97 * number % 256, place * 8, 255 - place * 8) for place in range(32)]
    image, content = Image.new("RGB", (32, 32)), io.BytesIO()
    image.putdata(pixels * 32)
    image.save(content, form)
    return content.getvalue()


# Images that captions are of, by name.
IMAGES = {f"{number}.{form.lower()}": _drawn(number, form) for number in range(15) for form in ("PNG", "JPEG")}
_CAPTIONS = list(zip(IMAGES, _NUMBERS, strict=False))

# The forms of each task's corpora; the first is what the tiny runs are trained on.
FORMS = {
    "translate": {
        "mine.tsv": _lines(_PAIRS),
        "mine.jsonl": _records(("source", "target"), _PAIRS),
        "pairs/train.b": _lines(_PAIRS).replace(b"\t", b" "),
    },
    "sentiment": {
        "mine.tsv": _lines(_LABELLED),
        "mine.csv": _lines([("text", "label"), *_LABELLED], ","),
        "mine.jsonl": _records(("text", "label"), _LABELLED),
        "mine.txt": _lines([(label, text) for text, label in _LABELLED], " "),
    },
    "ner": {
        "mine.conll": "\n".join(
            "".join(f"{word} {tag}\n" for word, tag in zip(text.split(), tags, strict=True))
            for text, tags in zip(_NUMBERS, _TAGS, strict=True)
        ).encode(),
        "mine.jsonl": _records(("words", "tags"), [(t.split(), g) for t, g in zip(_NUMBERS, _TAGS, strict=True)]),
        "spans.jsonl": _records(("text", "spans"), [(text, [[0, len(text.split()[0]), "ODD"]]) for text in _NUMBERS]),
    },
    "language-model": {"mine.txt": _lines(_PAIRS, " is "), "mine.jsonl": _records(("text",), [(t,) for t in _NUMBERS])},
    "fill": {"mine.txt": _lines(_PAIRS, " is "), "mine.jsonl": _records(("text",), [(t,) for t in _NUMBERS])},
    "forecast": {
        "mine.csv": _lines([("time", "load", "word"), *((t, str(x), word) for t, x, word in _HOURS)], ","),
        "mine.tsv": _lines([("time", "load", "word"), *((t, str(x), word) for t, x, word in _HOURS)]),
        "mine.jsonl": _records(("time", "load", "word"), _HOURS),
        "mine.npz": _table(),
    },
    "code": {
        "mine.tsv": _lines(_CODE),
        "mine.jsonl": _records(("source", "target"), _CODE),
    },
    "series": {
        "mine.jsonl": _records(
            ("series", "labels"), zip(_STEPS, [[tag[:1] for tag in tags] for tags in _TAGS], strict=True)
        ),
        "mine.csv": _lines(
            [
                ("id", "label", "a", "b", "c", "d"),
                *(
                    (str(number), tag[:1], *word)
                    for number, (text, tags) in enumerate(zip(_NUMBERS, _TAGS, strict=True))
                    for word, tag in zip(text.split(), tags, strict=True)
                ),
            ],
            ",",
        ),
        "mine.npz": _arrays(),
        "mine.ts": b"@classLabel true odd even\n@data\n"
        + "".join(
            ":".join([*(",".join(map(str, channel)) for channel in zip(*steps, strict=True)), label]) + "\n"
            for steps, label in zip(_STEPS, _CLASSES, strict=True)
        ).encode(),
    },
    "caption": {
        "mine.jsonl": _records(("image", "caption"), _CAPTIONS),
        "mine.tsv": _lines([("image", "caption"), *_CAPTIONS]),
        "captions.txt": _lines([("image", "caption"), *_CAPTIONS], ","),
    },
}
_TINY = {
    "translate": [
        *("text.source.kind=words", "text.target.kind=words", "text.max_length=12", "model.cell=rnn"),
        *("model.bidirectional=false", "model.attention_units=4", "search.max_length=8", "search.beam=2"),
    ],
    "sentiment": ["text.kind=words"],
    "ner": ["text.max_length=8", "model.character_units=4"],
    "language-model": ["training.chunk=8", "training.batch_size=4", "training.sample_every=0", "sampling.length=4"],
    "fill": ["model.hidden=4"],
    "series": ["text.max_length=12"],
    "forecast": [
        *("corpus.future=[word,hour]", "training.chunk=4", "training.batch_size=4", "training.rollout=1"),
        *("search.horizon=2", "text.max_length=12"),
    ],
    "code": [
        *("text.max_length=12", "text.least=2", "model.cell=rnn", "model.bidirectional=false"),
        *("model.attention_units=4", "search.max_length=8", "search.beam=2"),
    ],
    "caption": [
        *("images.size=32", "model.channels=4", "model.attention_units=4", "corpus.dev=4", "corpus.test=4"),
        *("training.augment=0", "search.max_length=8", "search.beam=2"),
    ],
}
TASKS = list(_TINY)


def write_corpus(folder, task):
    """Writes the first form of a task's corpora, and what lies beside it, into a folder; returns its path."""
    name, content = next(iter(FORMS[task].items()))
    write_beside(folder, task)
    (folder / name).write_bytes(content)
    return folder / name


def write_beside(folder, task):
    """Writes the files that a task's corpora name into a folder."""
    for name, content in (IMAGES if task == "caption" else {}).items():
        (folder / name).write_bytes(content)


def texts(count):
    """Returns so many lines of text."""
    return _lines([(text,) for text in _NUMBERS[:count]])


def sets(*settings):
    return [part for setting in settings for part in ("--set", setting)]


def tiny_settings(task):
    return [*_TINY[task], "model.units=4", "model.embedding=4", "training.epochs=1", "training.warmup=0"]
