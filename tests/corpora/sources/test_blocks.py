"""Files read block by block: the same rows as at once, and faults at their own lines."""

import gzip
import json

import pytest

from seqtasks.corpora.faults import Faults
from seqtasks.corpora.kinds import KINDS
from seqtasks.corpora.sources import files
from seqtasks.corpora.sources.blocks import rows_in_blocks
from seqtasks.errors import CorpusError, FaultsError

NUMBERS = range(25)
TABLE = "".join(f"one {n}\tuno {n}\n" for n in NUMBERS)
FORMS = {
    "plain.tsv": ("parallel", TABLE),
    "headed.tsv": ("labelled", "text\tlabel\n" + "".join(f"text {n}\t{n % 3}\n" for n in NUMBERS)),
    "bare.tsv": ("labelled", "".join(f"text {n}\t{n % 3}\n" for n in NUMBERS)),
    "quoted.csv": ("labelled", "label,text\n" + "".join(f'{n % 3},"text\n{n}, ""so"""\n' for n in NUMBERS)),
    "first.txt": ("labelled", "".join(f"{n % 3} text {n}\n" for n in NUMBERS)),
    "keys.jsonl": ("parallel", "".join(json.dumps({"source": f"a {n}", "target": f"b {n}"}) + "\n" for n in NUMBERS)),
    "words.conll": ("tagged", "".join(f"Ann{n} B-PER\nLee I-PER\nsings O\n\n" for n in NUMBERS)),
    "unended.tsv": ("parallel", TABLE.removesuffix("\n")),
}


def in_blocks(path, kind, lines=4, *, skip=False, **columns):
    faults, kind = Faults(skip=skip), KINDS[kind]
    columns = {**dict.fromkeys(kind.columns), **columns}
    paths = path if isinstance(path, tuple) else (path,)
    blocks = list(rows_in_blocks([paths], kind, faults=faults, columns=columns, lines=lines))
    return [row for block in blocks for row in block], len(blocks), faults


@pytest.mark.parametrize("name", FORMS)
def test_a_file_in_blocks_gives_the_rows_that_it_gives_at_once(name, tmp_path):
    kind, text = FORMS[name]
    for path, content in ((tmp_path / name, text.encode()), (tmp_path / f"{name}.gz", gzip.compress(text.encode()))):
        path.write_bytes(content)
        at_once = files.rows_by_split({"train": [path]}, KINDS[kind], faults=Faults())["train"]
        rows, blocks, _ = in_blocks(path, kind)
        assert rows == at_once and len(rows) == len(NUMBERS)
        assert blocks > 3


def test_columns_named_by_the_first_line_are_those_of_every_block(tmp_path):
    path = tmp_path / "named.tsv"
    path.write_text("b\ta\n" + TABLE)
    rows, _, _ = in_blocks(path, "parallel", source="a", target="b")
    assert rows[-1] == {"source": "uno 24", "targets": ("one 24",)}
    assert len(rows) == len(NUMBERS)


def test_aligned_files_are_cut_at_the_same_lines(tmp_path):
    paths = (tmp_path / "train.en", tmp_path / "train.es")
    paths[0].write_text("".join(f"one {n}\n" for n in NUMBERS))
    paths[1].write_text("".join(f"uno {n}\n" for n in NUMBERS))
    rows, blocks, _ = in_blocks(paths, "parallel", source="en", target="es")
    assert rows == [{"source": f"one {n}", "targets": (f"uno {n}",)} for n in NUMBERS]
    assert blocks == 7
    paths[1].write_text("".join(f"uno {n}\n" for n in NUMBERS[:-5]))
    with pytest.raises(CorpusError, match=r"train\.es:21: no line here, but its partner has one"):
        in_blocks(paths, "parallel", source="en", target="es")


@pytest.mark.parametrize(("name", "kind", "line"), [("plain.tsv", "parallel", 18), ("headed.tsv", "labelled", 19)])
def test_a_fault_is_told_by_its_line_in_the_whole_file(name, kind, line, tmp_path):
    path, lines = tmp_path / name, FORMS[name][1].split("\n")
    lines[line - 1] = "\t" + lines[line - 1].split("\t")[1]
    path.write_text("\n".join(lines))
    with pytest.raises(FaultsError, match=rf"{name}:{line}: "):
        in_blocks(path, kind)
    rows, _, faults = in_blocks(path, kind, skip=True)
    assert len(rows) == len(NUMBERS) - 1
    assert faults.places == [f"{path}:{line}"]
