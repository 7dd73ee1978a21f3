"""Fingerprints stay what they were: a run recognises its corpus by them."""

import json

import pytest

from seqtasks import corpora

_WORDS = [f"{'abc'[n % 3]}{n}" for n in range(40)]


def _lines(*columns, separator="\t"):
    return "".join(separator.join(fields) + "\n" for fields in zip(*columns, strict=True))


def _records(**columns):
    return "".join(
        json.dumps(dict(zip(columns, values, strict=True))) + "\n" for values in zip(*columns.values(), strict=True)
    )


_LABELS = ["1" if n % 4 else "0" for n in range(40)]
_REFERENCES = [[word, word.upper() + " x"] for word in _WORDS]
_FILES = {
    "pairs.tsv": ("parallel", _lines(_WORDS, _WORDS[::-1]), "bbec8989521920eb"),
    "references.jsonl": ("parallel", _records(source=_WORDS, target=_REFERENCES), "7d3482b3613893f6"),
    "labelled.tsv": ("labelled", _lines(_WORDS, _LABELS), "189f380481764285"),
    "labelled.csv": ("labelled", _lines(["text", *_WORDS], ["label", *_LABELS], separator=","), "189f380481764285"),
    "labelled.jsonl": ("labelled", _records(text=_WORDS, label=[int(label) for label in _LABELS]), "189f380481764285"),
    "labelled.txt": ("labelled", _lines(_LABELS, _WORDS, separator=" "), "189f380481764285"),
    "iob2.conll": ("tagged", "\n".join(f"{word} B-X\n{word} I-X\nx O\n" for word in _WORDS), "61c4643bf02ec1bd"),
    "iobes.conll": ("tagged", "\n".join(f"{word} B-X\n{word} E-X\nx S-X\n" for word in _WORDS), "e425f15c3cffd687"),
    "classes.conll": ("tagged", "\n".join(f"{word}\tN\nx\tV\n" for word in _WORDS), "fc1733b1735af7ea"),
    "spans.jsonl": (
        "tagged",
        _records(text=_WORDS, spans=[[[0, len(word), "X"]] for word in _WORDS]),
        "858b61ad41a01fdd",
    ),
    "lines.txt": ("text", _lines(_WORDS), "886c84167c2dffe6"),
    "lines.jsonl": ("text", _records(text=[f"{word}\n\n{word} é" for word in _WORDS]), "63d0efd70149c5fe"),
}
_MADE = {
    "reverse": "d13b22ebe71f55d7",
    "order": "26980b951458eb82",
    "brackets": "0df86241d50b8b73",
    "quotes": "da6ffd2159a6ad7a",
    "phrases": "dd2985126281cede",
}


@pytest.mark.parametrize("name", list(_FILES))
def test_fingerprints_of_files(tmp_path, name):
    kind, content, expected = _FILES[name]
    (tmp_path / name).write_text(content)
    assert corpora.load(tmp_path / name, kind=kind).fingerprint[:16] == expected


def test_the_fingerprint_of_a_folder_of_aligned_files(tmp_path):
    for split, words in (("train", _WORDS), ("dev", _WORDS[:3])):
        (tmp_path / f"{split}.a").write_text(_lines(words))
        (tmp_path / f"{split}.b").write_text(_lines(words[::-1]))
    assert corpora.load(tmp_path, source="a", target="b").fingerprint[:16] == "44d8e78d2129a2fd"


@pytest.mark.parametrize("name", list(_MADE))
def test_fingerprints_of_made_up_corpora(name):
    assert corpora.load(name).fingerprint[:16] == _MADE[name]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "sizes", "expected"),
    [
        ("emoji", (1791, 358, 1433), "d7080ea04ad142b0"),
        ("emoji_scenes", (20_000, 1000, 2000), "ebd48e5e6f8bc230"),
    ],
)
def test_sizes_and_fingerprints_of_corpora_of_emoji(name, sizes, expected):
    corpus = corpora.load(name)
    assert tuple(len(corpus.split(split)) for split in ("train", "dev", "test")) == sizes
    assert corpus.fingerprint[:16] == expected
