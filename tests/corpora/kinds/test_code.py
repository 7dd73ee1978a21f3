"""Pairs of a sentence and code in the forms in which they are given."""

import json

import pytest
from own_files import write

from seqtasks import corpora
from seqtasks.corpora.kinds import code
from seqtasks.errors import CorpusError, FaultsError
from seqtasks.settings.corpora import CodeCorpus

_LINES = ("x = 1", "  else :", "for a in b :", "@ f", "return ( x )", "except A :")


def test_djangos_lines_are_split_by_place_and_completed(tmp_path, monkeypatch):
    monkeypatch.setattr(code, "_DJANGO_TRAIN", 3)
    monkeypatch.setattr(code, "_DJANGO_DEV", 1)
    write(tmp_path / "all.code", "".join(f"{line}\n" for line in _LINES))
    write(tmp_path / "all.anno", "".join(f"sentence {n}\n" for n in range(len(_LINES))))
    corpus = corpora.load(tmp_path, kind="code")
    found = {name: [row["targets"] for row in rows] for name, rows in corpus.splits.items()}
    assert found == {
        "train": [("x = 1",), ("if True: pass\nelse : pass",), ("for a in b : pass",)],
        "dev": [("@ f\ndef _(): pass",)],
        "test": [("return ( x )",), ("try: pass\nexcept A : pass",)],
    }
    monkeypatch.setattr(code, "_DJANGO_TRAIN", 9)
    with pytest.raises(CorpusError, match=r"all.anno has 6 lines; Django's has 18,805, of which 9 are train, 1 dev"):
        corpora.load(tmp_path, kind="code")


def test_conala_is_read_as_it_is(tmp_path):
    records = [
        {"intent": f"do {n}", "rewritten_intent": None if n % 2 else f"do `{n}`", "snippet": f"f({n})"}
        for n in range(40)
    ]
    write(tmp_path / "conala-train.json", json.dumps(records[:30], indent=2))
    write(tmp_path / "conala-test.json", json.dumps(records[30:]))
    write(tmp_path / "conala-mined.jsonl", "{}")
    corpus = corpora.load(tmp_path, kind="code")
    assert [row["source"] for row in corpus.split("test")][:3] == ["do `30`", "do 31", "do `32`"]
    assert sum(map(len, corpus.splits.values())) == 40
    lines = "".join(json.dumps(record) + "\n" for record in records)
    plain = corpora.load(write(tmp_path / "x.jsonl", lines), kind="code", source="intent", target="snippet")
    assert {"source": "do 3", "targets": ("f(3)",)} in [row for rows in plain.splits.values() for row in rows]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{}", "x.json is no list of JSON objects; a file with an object a line must end in .jsonl"),
        ('[\n{"source": "a", "target": "b"},\n{"source" 1}]', "x.json:3: not JSON: Expecting ':' delimiter"),
        ('[\n{"source": "a", "target": "b"}\n{}]', "x.json:2: not JSON: expected , or ] behind"),
        ('[\n{"source": "a", "target": "b"},\n\n 7]', "x.json:4: int where an object with the keys source, target"),
        ('[\n{"source": "a", "target": "print b"}]', "x.json:2: the code does not parse: Missing parentheses"),
        ('[{"intent": "a", "snippet": "match a:\\n case b: c"}]', "x.json:1: the code is not in the grammar: Match"),
        ('[{"intent": null, "snippet": "a"}]', "x.json:1: 'rewritten_intent' must be a string"),
        ('[\n{"source": "a", "target": "b"}', "x.json:2: not JSON: expected , or ] behind"),
    ],
)
def test_what_is_no_list_of_pairs_is_refused_with_its_line(content, message, tmp_path):
    with pytest.raises(CorpusError, match=message.replace("(", "\\(")):
        corpora.load(write(tmp_path / "x.json", content), kind="code")


def test_pairs_that_leak_are_told(tmp_path):
    for name, lines in {"train": "a\tf\nb\tg\n", "dev": "a\tf\nb\tf\nc\th\n", "test": "d\tg\n"}.items():
        write(tmp_path / f"{name}.tsv", lines)
    corpus = corpora.Corpus(
        "made",
        {name: code.Code().read_file(tmp_path / f"{name}.tsv") for name in ("train", "dev", "test")},
        (),
        "",
        "",
        kind="code",
    )
    report = corpora.report(corpus)
    assert report.overlaps == {"dev": {"source": 2, "code": 2, "pair": 1}, "test": {"source": 0, "code": 1, "pair": 0}}


def test_commands_of_your_own_are_read_by_their_language(tmp_path):
    lines = [f"list files {n}\tls -a {{{{x}}}}{n} | less\n" for n in range(30)]
    path = write(tmp_path / "mine.tsv", "".join(lines))
    corpus = corpora.load(path, kind="code", language="shell")
    assert corpus.language == "shell"
    rows = [row for split in corpus.splits.values() for row in split]
    assert {"source": "list files 3", "targets": ("ls -a {{x}}3 | less",)} in rows
    with pytest.raises(CorpusError, match="mine.tsv:1: the code does not parse"):
        corpora.load(path, kind="code")
    write(path, "".join([*lines, *(f"wait {n}\tsleep {n} | | less\n" for n in range(30))]))
    with pytest.raises(FaultsError, match="mine.tsv:31: .*grammar: a command is missing, line 1") as refused:
        corpora.load(path, kind="code", language="shell")
    assert "--task code --set corpus.language=shell" in refused.value.__notes__[-1]
    with pytest.raises(CorpusError, match="corpus.language is 'shel'; allowed: python or shell. Did you mean 'shell'"):
        corpora.load(path, kind="code", language="shel")
    with pytest.raises(CorpusError, match="corpus.language is 'shell', but phrases has no choice there; leave it out"):
        corpora.load("phrases", language="shell")
    with pytest.raises(CorpusError, match="corpus.language is 'python', but tldr has 'shell'; leave it out"):
        corpora.load("tldr", language="python")
    section = CodeCorpus(name="tldr")
    assert corpora.kind_of_section(section).language == "shell"
    assert corpora.kind_of_section(CodeCorpus()).language == "python"
