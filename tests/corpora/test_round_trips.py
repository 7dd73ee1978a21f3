"""What is written in a format is read back equal, in words and texts of all of Unicode that the format can hold.

No file holds half of a surrogate pair, nor, but for escapes in JSON, a zero byte. A line holds no line end and does not
end in the `\\r` that may be one, and a file does not begin with a byte order mark. Running text: kinds/test_text.py.
"""

import csv
import gzip
import io
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seqtasks.corpora.kinds import KINDS
from seqtasks.corpora.kinds.spans import words_of
from seqtasks.text.tags import to_tags

PARALLEL, LABELLED, TAGGED = (KINDS[kind] for kind in ("parallel", "labelled", "tagged"))
SAME_FOLDER = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
CHARACTERS = st.one_of(st.sampled_from("#\"',;|-\t\r \x1c\x85\x96\u2028\ufeff\U0001f600"), st.characters(codec="utf-8"))


def texts(without="", *, stripped=""):
    """Texts that are not blank, without some characters, and at their ends without others."""
    kept = st.text(CHARACTERS.filter(lambda character: character not in without), min_size=1, max_size=8)
    return kept.map(lambda text: text.strip(stripped) if stripped else text).filter(str.strip)


ANY = texts()
LINES = texts("\n\0", stripped="\r\ufeff")
FIELDS = texts("\n\0\t", stripped="\r\ufeff")
WORDS = st.text(CHARACTERS.filter(lambda character: not character.isspace()), min_size=1, max_size=4)
WORDS_OF_FILES = WORDS.map(lambda word: word.replace("\0", "").strip("\ufeff")).filter(
    lambda word: word and not word.startswith("-DOCSTART-")
)


def rows_of(**columns):
    return st.lists(st.fixed_dictionaries(columns), min_size=1, max_size=6)


def pairs(side):
    return rows_of(source=side, targets=side.map(lambda text: (text,)))


@st.composite
def sentences(draw, words=WORDS_OF_FILES, classes=False):
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        spans, place = [], 0
        for _ in range(draw(st.integers(0, 2))):
            first = place + draw(st.integers(0, 2))
            place = first + draw(st.integers(1, 2))
            spans.append((draw(st.sampled_from(["PER", "B", "x-y"])), first, place))
        length = max(place, 1) + draw(st.integers(0, 1))
        tags = to_tags(spans, length)
        found = draw(st.lists(words, min_size=length, max_size=length))
        rows.append(
            {
                "words": tuple(found),
                "tags": tuple(draw(st.sampled_from(["NN", "VB"])) for _ in tags) if classes else tuple(tags),
            }
        )
    return rows


def written(path, content):
    path.parent.mkdir(exist_ok=True)
    content = content.encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@SAME_FOLDER
@given(pairs(LINES))
def test_pairs_in_aligned_files(tmp_path, rows):
    written(tmp_path / "pairs" / "train.a", "".join(f"{row['source']}\n" for row in rows))
    written(tmp_path / "pairs" / "train.b.gz", "".join(f"{row['targets'][0]}\r\n" for row in rows))
    assert PARALLEL.read_folder(tmp_path / "pairs", source="a", target="b") == {"train": rows}


@SAME_FOLDER
@given(pairs(FIELDS), st.sampled_from(["x.tsv", "x.tsv.gz"]))
def test_pairs_in_a_table(tmp_path, rows, name):
    table = "".join(f"{row['source']}\t{row['targets'][0]}\n" for row in rows)
    assert PARALLEL.read_file(written(tmp_path / name, table)) == rows


@SAME_FOLDER
@given(rows_of(source=ANY, targets=st.lists(ANY, min_size=1, max_size=3).map(tuple)), st.booleans())
def test_pairs_in_json(tmp_path, rows, escaped):
    lines = [json.dumps({"source": row["source"], "target": row["targets"]}, ensure_ascii=escaped) for row in rows]
    assert PARALLEL.read_file(written(tmp_path / "x.jsonl", "\n".join(lines))) == rows


def labels(without):
    return texts(without).map(str.strip)


@SAME_FOLDER
@given(
    rows_of(text=FIELDS, label=labels("\n\0\t").map(lambda label: label.strip("\ufeff")).map(str.strip).filter(bool))
)
def test_labelled_texts_in_a_table(tmp_path, rows):
    table = "text\tlabel\n" + "".join(f"{row['text']}\t{row['label']}\n" for row in rows)
    assert LABELLED.read_file(written(tmp_path / "x.tsv", table)) == rows


@SAME_FOLDER
@given(
    rows_of(
        text=texts("\0").filter(lambda text: "\r\n" not in text),
        label=labels("\0").filter(lambda label: "\r\n" not in label),
    )
)
def test_labelled_texts_in_a_quoted_table(tmp_path, rows):
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerows([("label", "text"), *((row["label"], row["text"]) for row in rows)])
    assert LABELLED.read_file(written(tmp_path / "x.csv", table.getvalue())) == rows


@SAME_FOLDER
@given(rows_of(text=ANY, label=labels("")), st.booleans())
def test_labelled_texts_in_json(tmp_path, rows, escaped):
    lines = "".join(json.dumps(row, ensure_ascii=escaped) + "\n" for row in rows)
    assert LABELLED.read_file(written(tmp_path / "x.jsonl", lines)) == rows


# A label ends at the first blank or tab, which may be several; others that str.strip takes do not end it.
@SAME_FOLDER
@given(rows_of(text=LINES.map(lambda text: text.strip(" \t\r")).filter(str.strip), label=labels(" \t\n\0\r\ufeff")))
def test_labels_before_texts(tmp_path, rows):
    lines = "".join(f"{row['label']} {row['text']}\n" for row in rows)
    assert LABELLED.read_file(written(tmp_path / "x.txt", lines)) == rows


@pytest.mark.parametrize("classes", [False, True])
@SAME_FOLDER
@given(data=st.data(), separator=st.sampled_from("\t "), extra=st.booleans())
def test_words_and_tags_in_columns(tmp_path, classes, data, separator, extra):
    rows = data.draw(sentences(classes=classes))
    # Between blanks, a # in front of a sentence is a word if its tag stands elsewhere, as it does by this one.
    rows.insert(0, {"words": ("a", "b"), "tags": ("NN", "VB") if classes else ("O", "O")})
    blocks = []
    for row in rows:
        columns = (row["words"], ["x"] * len(row["words"]), row["tags"]) if extra else (row["words"], row["tags"])
        blocks.append("".join(separator.join(fields) + "\n" for fields in zip(*columns, strict=True)))
    assert TAGGED.read_files({"train": written(tmp_path / "x.conll", "\n".join(blocks))}) == {"train": rows}


@SAME_FOLDER
@given(sentences(WORDS), st.booleans())
def test_words_and_tags_in_json(tmp_path, rows, escaped):
    lines = "".join(json.dumps(row, ensure_ascii=escaped) + "\n" for row in rows)
    assert TAGGED.read_files({"train": written(tmp_path / "x.jsonl", lines)}) == {"train": rows}


@SAME_FOLDER
@given(st.lists(ANY, min_size=1, max_size=4), st.randoms())
def test_spans_of_texts_in_json(tmp_path, found, draw):
    rows, lines = [], []
    for text in found:
        words, spans, place = words_of(text), [], 0
        while place < len(words):
            end = min(place + draw.randint(1, 2), len(words))
            if draw.random() < 0.5:
                spans.append((draw.choice(["PER", "x y".replace(" ", "_")]), place, end))
            place = end
        told = [[words[first][0], words[end - 1][1], kind] for kind, first, end in spans]
        lines.append(json.dumps({"text": text, "spans": told}))
        rows.append(
            {"words": tuple(text[first:end] for first, end in words), "tags": tuple(to_tags(spans, len(words)))}
        )
    assert TAGGED.read_files({"train": written(tmp_path / "x.jsonl", "\n".join(lines))}) == {"train": rows}
