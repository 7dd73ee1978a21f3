"""Splits never leak, are of the size asked for, and depend on nothing but the rows and the seed."""

import os
import random
import subprocess
import sys
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtasks.corpora import splitting
from seqtasks.corpora.corpus import Corpus
from seqtasks.corpora.kinds import KINDS
from seqtasks.corpora.kinds.kind import sentence_key
from seqtasks.errors import CorpusError

PARALLEL = KINDS["parallel"]
carve, complete, components = (
    partial(function, kind=PARALLEL) for function in (splitting.carve, splitting.complete, splitting.components)
)
SENTENCES = st.text("abAB \u00e9\u0301e", min_size=1, max_size=3)
ROWS = st.lists(
    st.builds(
        lambda source, targets: {"source": source, "targets": tuple(targets)},
        SENTENCES,
        st.lists(SENTENCES, min_size=1, max_size=3),
    ),
    min_size=1,
    max_size=30,
)


def pair(source, *targets):
    return {"source": source, "targets": targets}


def keys(rows, side):
    return {sentence_key(text) for row in rows for text in ([row["source"]] if side == "source" else row["targets"])}


def brute_components(rows):
    """The first row that each row reaches, found by spreading until nothing changes."""
    found = list(range(len(rows)))
    changed = True
    while changed:
        changed = False
        for a, one in enumerate(rows):
            for b, other in enumerate(rows):
                touch = any(keys([one], side) & keys([other], side) for side in ("source", "target"))
                if touch and found[a] != found[b]:
                    found[a] = found[b] = min(found[a], found[b])
                    changed = True
    return found


@settings(max_examples=60)
@given(ROWS)
def test_components_are_those_of_brute_force(rows):
    assert components(rows) == brute_components(rows)


@settings(max_examples=100)
@given(ROWS, st.integers(1, 4), st.integers(1, 4), st.integers(0, 5))
def test_nothing_is_refused_while_single_sentences_remain(rows, dev, test, seed):
    found = brute_components(rows)
    sources = [{row["source"] for row, root in zip(rows, found, strict=True) if root == one} for one in set(found)]
    try:
        carve(rows, {"dev": dev, "test": test}, seed=seed)
    except CorpusError:
        assert sum(len(one) == 1 for one in sources) <= dev + test
    else:
        assert len(sources) >= 3
        assert any(len(one) <= dev for one in sources)


@settings(max_examples=100)
@given(ROWS, st.integers(1, 4), st.integers(1, 4), st.integers(0, 5))
def test_no_sentence_is_in_two_splits_and_no_pair_is_lost(rows, dev, test, seed):
    # Enough of their own that no split stays empty.
    rows = rows + [pair(f"s{n}", f"t{n}") for n in range(dev + test + 1)]
    splits = carve(rows, {"dev": dev, "test": test}, seed=seed)
    assert list(splits) == ["train", "dev", "test"]
    for one, other in (("train", "dev"), ("train", "test"), ("dev", "test")):
        for side in ("source", "target"):
            assert not keys(splits[one], side) & keys(splits[other], side)
    pairs = {(row["source"], target) for row in rows for target in row["targets"]}
    assert pairs == {(row["source"], target) for split in splits.values() for row in split for target in row["targets"]}
    assert 1 <= len(splits["dev"]) <= dev
    assert 1 <= len(splits["test"]) <= test
    assert [row for row in rows if row in splits["train"]] == splits["train"]
    for name in ("dev", "test"):
        order = list(dict.fromkeys(row["source"] for row in rows))
        assert [row["source"] for row in splits[name]] == [
            source for source in order if source in {row["source"] for row in splits[name]}
        ]


@settings(max_examples=50)
@given(st.integers(0, 100), st.integers(1, 20), st.integers(1, 20), st.randoms())
def test_sizes_are_exact_while_single_sentences_remain(seed, dev, test, shuffle):
    rows = [pair(f"s{n}", f"t{n}") for n in range(50)] + [pair("big", f"b{n}") for n in range(5)]
    rows += [pair(f"c{n}", "common") for n in range(30)]
    splits = carve(rows, {"dev": dev, "test": test}, seed=seed)
    assert (len(splits["dev"]), len(splits["test"])) == (dev, test)
    shuffle.shuffle(rows)
    again = carve(rows, {"dev": dev, "test": test}, seed=seed)
    for name in splits:
        assert {row["source"] for row in splits[name]} == {row["source"] for row in again[name]}


def test_a_component_larger_than_the_splits_is_left_to_train():
    rows = [pair(f"c{n}", "common") for n in range(6)] + [pair(f"s{n}", f"t{n}") for n in range(10)]
    for seed in range(20):
        splits = carve(rows, {"dev": 5, "test": 5}, seed=seed)
        assert [row["source"] for row in splits["train"]] == [f"c{n}" for n in range(6)]


def test_carved_splits_have_a_row_a_source_and_train_keeps_its_pairs():
    rows = [pair("uno", "one"), pair("dos", "two"), pair("uno", "a"), pair("uno", "one")]
    assert PARALLEL.grouped(rows) == [pair("uno", "one", "a"), pair("dos", "two")]
    seen = set()
    for seed in range(20):
        splits = carve(rows, {"dev": 1}, seed=seed)
        seen.add(splits["dev"][0]["source"])
        assert splits["dev"] in ([pair("uno", "one", "a")], [pair("dos", "two")])
        assert splits["train"] in ([rows[1]], [rows[0], rows[2], rows[3]])
    assert seen == {"uno", "dos"}


def test_case_spaces_and_unicode_form_make_no_new_sentence():
    assert sentence_key(" Caf\u00e9\u00a0 AU lait ") == sentence_key("cafe\u0301 au LAIT")
    assert components([pair("Hola.", "Hi."), pair("hola. ", "Hello."), pair("Buenas.", "HELLO.")]) == [0, 0, 0]


def test_what_cannot_be_split_is_refused_and_what_falls_short_is_logged(caplog):
    expected = "nothing is left for dev: the corpus has 3 sources, up to 3 of them connected .* and 1 source for dev"
    with pytest.raises(CorpusError, match=expected):
        carve([pair(f"c{n}", "common") for n in range(3)], {"dev": 1}, seed=1)
    with pytest.raises(CorpusError, match="nothing is left for train"):
        carve([pair("a", "b")], {"dev": 5}, seed=1)
    rows = [pair("c1", "common"), pair("c2", "common"), pair("d1", "also"), pair("d2", "also")]
    carve(rows, {"dev": 3}, seed=1)
    assert "dev has 2 of the 3 sources asked for" in caplog.text


def test_only_missing_splits_are_carved():
    rows = [pair(f"s{n}", f"t{n}") for n in range(40)]
    other = [pair("x", "y")]
    sizes = {"seed": 1, "dev": 2000, "test": 3}
    both = complete({"train": rows}, **sizes)
    assert {name: len(found) for name, found in both.items()} == {"train": 33, "dev": 4, "test": 3}
    one = complete({"train": rows, "test_2016": other}, **sizes)
    assert {name: len(found) for name, found in one.items()} == {"train": 36, "dev": 4, "test_2016": 1}
    for untouched in ({"train": rows, "dev": other}, {"test": other}):
        assert complete(untouched, **sizes) == untouched


def test_splits_are_the_same_in_every_process():
    program = (
        "from seqtasks import corpora; from seqtasks.corpora.splitting import carve\n"
        "rows = [{'source': f'é{n % 60}', 'targets': (f't{n % 45}', f'u{n}')} for n in range(70)]\n"
        "splits = carve(rows, {'dev': 7, 'test': 5}, kind=corpora.KINDS['parallel'], seed=3)\n"
        "print(corpora.Corpus('c', splits, ('a', 'b'), '', '').fingerprint)"
    )
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(answers) == 1
    assert len(answers.pop().strip()) == 64


def test_the_fingerprint_sees_every_row_and_their_order():
    def fingerprint(splits):
        return Corpus("c", splits, ("a", "b"), "", "").fingerprint

    rows = [pair("a", "b"), pair("c", "d", "e")]
    shuffled = random.Random(0).sample(rows[::-1], 2)
    different = [
        {"train": rows},
        {"train": rows[::-1]},
        {"dev": rows},
        {"train": rows, "dev": []},
        {"train": [pair("a", "b"), pair("c", "e", "d")]},
        {"train": [pair("a", "b"), pair("c", "de")]},
    ]
    assert len({fingerprint(splits) for splits in different}) == len(different)
    assert fingerprint({"train": sorted(shuffled, key=lambda row: row["source"])}) == fingerprint({"train": rows})


def test_a_split_is_found_by_name_and_test_by_its_start():
    corpus = Corpus("mine", {"train": [1], "test_2016": [2]}, ("a", "b"), "", "")
    assert corpus.split("test") == corpus.split("test_2016") == [2]
    with pytest.raises(CorpusError, match=r"mine has no split 'trian'; it has train, test_2016. Did you mean 'train'"):
        corpus.split("trian")
    two = Corpus("mine", {"test_a": [1], "test_b": [2]}, ("a", "b"), "", "")
    with pytest.raises(CorpusError, match="no split 'test'; it has test_a, test_b"):
        two.split("test")
