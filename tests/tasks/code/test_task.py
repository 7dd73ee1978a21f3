"""The code task keeps the promises of every task, and every program of every search parses."""

import ast
import itertools

import numpy as np
import pytest
import tensorflow as tf
from code_pairs import TINY, write_pairs
from contract import Case, TaskContract, slowly
from trees import check_tree

from seqtasks import corpora
from seqtasks.corpora.named.phrases import split_of
from seqtasks.errors import CorpusError, SettingsError
from seqtasks.grammar.languages import LANGUAGES
from seqtasks.grammar.python import python
from seqtasks.grammar.tables import Tables
from seqtasks.settings import resolve
from seqtasks.tasks import schema_of
from seqtasks.tasks.code.measuring import nearest_programs, seen_and_unseen
from seqtasks.tasks.code.task import Code
from seqtasks.tasks.code.text import Text
from seqtasks.text import BOS, EOS, PAD


def _canary(corpus):
    """Returns code that would leave a file beside a corpus."""
    return f"open({str(corpus.with_name('canary'))!r}, 'w')"


class TestCode(TaskContract):
    test_an_export_answers_as_predict_does_in_a_clean_process = slowly(
        TaskContract.test_an_export_answers_as_predict_does_in_a_clean_process
    )
    test_an_ensemble_answers_and_explains_alone_as_in_a_batch = slowly(
        TaskContract.test_an_ensemble_answers_and_explains_alone_as_in_a_batch
    )

    @pytest.fixture(scope="class")
    def case(self, tmp_path_factory):
        corpus = write_pairs(tmp_path_factory.mktemp("corpus") / "pairs.tsv", count=69)
        with corpus.open("a", encoding="utf-8") as file:
            file.write(f"write canary\t{_canary(corpus)}\n")
        return Case(
            task="code",
            corpus=corpus,
            overrides=TINY,
            inputs=("sort x", "a1 plus b2 .", "for each item in the list stop now"),
            explained=("source_pieces", "target_pieces", "attention"),
            joined=lambda columns: " ".join(columns[:-1]),
            disturbed=("model.recurrent_dropout=0.2", "model.word_dropout=0.2", "search.beam=1", "search.max_length=3"),
        )

    def test_every_hypothesis_of_any_search_parses_and_keeps_to_its_limit(self, trained):
        """As of an untrained model: of two steps."""
        texts = ["", "x", "print 'it\\'s' for \"\\x1\" 07 1.5", "sort None in descending order by key " * 9]
        source, tokens, _ = trained.task.text.read(tf.constant(texts))
        model = trained.task.model
        for beam, limit in ((1, 3), (5, 4), (5, 9), (12, 15)):
            blank = tf.constant([True, False, False, False])
            limits = tf.constant([3, 3, limit, limit])
            found = model.search(source, limits=limits, blank=blank, beam=beam, best=beam, length_penalty=0.0)
            ids = tf.reshape(found.ids, [len(texts) * beam, -1])
            many = [tf.repeat(part, beam, axis=0) for part in (tokens, source.kinds)]
            written, _ = trained.task.text.actions.shown(ids, many[0])
            programs, _ = model.written(ids, written, many[1])
            programs = tf.reshape(programs, [len(texts), beam]).numpy()
            for row, (of_text, scores) in enumerate(zip(programs, found.scores.numpy(), strict=True)):
                reached = [one.decode() for one, score in zip(of_text, scores, strict=True) if score > -1e6]
                assert reached
                assert (reached[0] == "") == (row == 0)
                for program in reached:
                    ast.parse(program)
                assert row == 0 or len(set(reached)) == len(reached)
            assert (found.lengths.numpy() <= limits.numpy()[:, np.newaxis]).all()

    def test_hostile_sentences_get_programs_that_parse(self, trained):
        """Words that no program may have as they are: none of them breaks it."""
        quoted = [r"'a\'", r"'\x1'", r"'\N{x}'", r"'\u12'", r"'\d'", "'a\tb'", "''", '"it\'s"', "'{}%s'", "'" * 200]
        words = [
            "for",
            "None",
            "match",
            "07",
            "1_000",
            "1e999",
            "9" * 5000,
            "-1",
            "1.",
            "__debug__",
            "a.b.c",
            "ﬁ",
            "２",
        ]
        odd = [
            "x " * 3000,
            "? ! ;",
            "unheard of words",
            "😀",
            "排序",
            "\u202eabc",
            "e\u0301\u0301",
            "x " * 10,
            "an unclosed 'quote",
        ]
        texts = [f"set {word} to {word}" for word in (*quoted, *words)] + odd
        for answer in trained.run.answers(texts):
            assert answer.text
            ast.parse(answer.text)

    def test_greedy_search_takes_the_likeliest_action_of_each_step(self, trained, case):
        text = case.inputs[-1]
        source, *_ = trained.task.text.read(tf.constant([text]))
        model = trained.task.model
        memory, state = model.encode(source)
        limits = tf.constant([trained.task.settings.search.max_length])
        memory, state = model.search_memory(memory), model.search_state(state, limits)
        ids, logp = [BOS], 0.0
        while ids[-1] != EOS:
            logits, state, _ = model.step(tf.constant(ids[-1:]), state, memory)
            logp += tf.nn.log_softmax(logits)[0].numpy().max()
            ids.append(int(tf.argmax(logits[0])))
        (answer,) = trained.run.answers([text], beam=1)
        assert answer.score == pytest.approx(logp, abs=1e-4)

    def test_the_loss_is_that_of_the_steps_of_a_search(self, trained, batch):
        """Under teacher forcing and step by step: the same slots, fathers and probabilities."""
        task = trained.task
        arrays = [part[:1] for part in batch]
        total, _, _ = task.loss(arrays)
        ids = arrays[4][0][arrays[4][0] != PAD]
        memory, state = task.model.encode(arrays[:4])
        memory, state = task.model.search_memory(memory), task.model.search_state(state, tf.constant([15]))
        logp = 0.0
        for given, wanted in itertools.pairwise(ids):
            logits, state, _ = task.model.step(tf.constant([given]), state, memory)
            logp += tf.nn.log_softmax(logits)[0, wanted].numpy()
        assert float(total) == pytest.approx(-logp, rel=1e-4)

    def test_explanations_are_trees_that_tell_what_was_copied(self, trained, case):
        found = trained.task.signatures()["explain"].function(tf.constant([case.inputs[1]]))
        fathers, labels = found["fathers"][0].numpy(), found["target_pieces"][0].numpy()
        table = trained.run.explain(case.inputs[1])
        assert len(table.rows) == len(labels) == len(fathers)
        assert table.rows == tuple(label.decode() for label in labels)
        assert (table.fathers, table.copied) == (tuple(fathers), tuple(found["copied"][0].numpy()))
        for row, place in zip(table.rows, table.copied, strict=True):
            assert place < 0 or table.columns[place].strip("'") == row.strip("'")

    @pytest.mark.slow
    def test_the_tree_of_a_search_leads_to_its_answers(self, trained, case, eagerly):
        check_tree(trained.task, case.inputs[1:2])

    def test_a_run_keeps_its_grammar(self, trained):
        folder = trained.run.folder.path / "text"
        assert (folder / "grammar.json").read_text(encoding="utf-8") == python().to_json() + "\n"
        settings = trained.task.settings
        changed = (folder / "grammar.json").read_text(encoding="utf-8").replace('"pass"', '"Pass"')
        other = folder.parent / "other"
        other.mkdir()
        for path in folder.iterdir():
            (other / path.name).write_bytes(path.read_bytes())
        (other / "grammar.json").write_text(changed, encoding="utf-8")
        assert Text.load(folder, settings).fingerprint == trained.task.text.fingerprint
        assert Text.load(other, settings).fingerprint != trained.task.text.fingerprint

    def test_nothing_that_is_read_or_written_is_ever_run(self, trained, case):
        (row,) = [row for split in trained.corpus.splits.values() for row in split if row["source"] == "write canary"]
        programs = [_canary(case.corpus), _canary(case.corpus).replace("'", '"')]
        scores = trained.task.scorer.score(programs, [row] * 2, interval=False)
        assert [score.name for score in scores] == ["exact", "BLEU", "parses"]
        assert [score.value for score in scores] == pytest.approx([100] * 3)
        trained.run.evaluate(split="dev")
        assert not case.corpus.with_name("canary").exists()

    def test_what_is_neither_known_nor_in_the_sentence_is_left_out(self, trained, caplog):
        rows = [{"source": "sort z", "targets": ("sorted(z)", "sorted(unheard)")}]
        assert len(trained.task.examples(rows)) == 1
        assert "1 of 2 programs have a name, number or string that is neither known nor in" in caplog.text
        with pytest.raises(CorpusError, match="no program of train can be written"):
            trained.task.examples([{"source": "sort z", "targets": ("unheard",)}])


def test_programs_are_learned_as_ids_slots_and_fathers():
    rows = [{"source": "negate 'x' for x1 x1", "targets": ("f('x', -x1)",)}, {"source": "f", "targets": ("f",)}]
    text = Text.fit(corpora.Corpus("made", {"train": rows}, (), "", "", kind="code"), _settings("text.least=9"))
    assert text.actions.tokens == (("ID", "f"), ("NUM", "0"), ("STR", "''"))
    source, programs = text.programs([(row["source"], row["targets"][0]) for row in rows])
    ids, slots, fathers = programs[0]
    size, tables = text.actions.size, Tables(python())
    label = [text.actions.labels[number] if number < size else number - size for number in ids]
    assert label == ["Expr", "Call", "f", 1, "USub", 3, "(end)", "(end)"]
    assert source.copies[0, :5].tolist()[1::2] == [size + 1, size + 3]
    assert source.copies[0, 4] == size + 3
    named = ["program", "test", "attr", "args0", "args1", "factor", "args1", "more"]
    assert slots == [*map(tables.slot, named), 0]
    assert fathers == [0, 1, 2, 2, 2, 5, 2, 0, 0]


def test_words_that_are_not_known_differ_by_their_characters():
    names = ("items", "x", "\N{LATIN SMALL LETTER A WITH ACUTE}")
    rows = [{"source": f"sort {name}", "targets": ("sorted",)} for name in names]
    settings = _settings("text.least=2", "model.characters=true", "model.units=4", "model.embedding=6")
    corpus = corpora.Corpus("made", {"train": rows}, (), "", "", kind="code")
    task = Code(settings, Text.fit(corpus, settings))
    examples = task.examples(rows)
    *_, characters = source = examples.batch([0, 1, 2])[:4]
    assert characters[:, :2, :5].tolist() == [
        [[*b"sort", 0], [*b"items"]],
        [[*b"sort", 0], [*b"x", 0, 0, 0, 0]],
        [[*b"sort", 0], [*b"\xc3\xa1", 0, 0, 0]],
    ]
    read, *_ = task.text.read(tf.constant([row["source"] for row in rows]))
    np.testing.assert_array_equal(read.characters[..., :5], characters)
    # But for the characters the words are the same, so only they can tell the memories apart.
    assert len({tuple(ids) for ids in source[0].tolist()}) == 1
    memory, _ = task.model.encode(source)
    first, second, third = memory["copy_keys"][:, 1].numpy()
    assert min(np.abs(first - second).max(), np.abs(first - third).max()) > 1e-4


def _settings(*overrides):
    return resolve(schema_of("code"), overrides=overrides)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("search.max_length=2", "search.max_length: received 2 .*allowed: greater than or equal to 3"),
        ("search.max_length=151", "search.max_length: received 151 .*less than or equal to 150"),
        ("search.length_penalty=1.5", "search.length_penalty: received 1.5 .*less than or equal to 1"),
        ("model.attention=none", "model.attention"),
    ],
)
def test_settings_that_do_not_fit_are_refused(override, message):
    with pytest.raises(SettingsError, match=message):
        _settings(override)


def test_phrases_share_no_name_and_have_the_sentence_of_the_lecture():
    corpus = corpora.load("phrases", dev=60, test=60)
    assert {name: len(rows) for name, rows in corpus.splits.items()} == {"train": 10_000, "dev": 60, "test": 60}
    assert corpus.split("test")[0] == {
        "source": "sort my_list in descending order",
        "targets": ("sorted(my_list, reverse=True)",),
    }
    rows = [row for split in corpus.splits.values() for row in split]
    assert len({row["source"] for row in rows}) == len(rows)
    made = {"dev": set(), "test": set(), "train": set()}
    for split, of_split in corpus.splits.items():
        for row in of_split:
            tree = ast.parse(row["targets"][0])
            made[split] |= {
                n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and any(c in n.id for c in "_0123456789")
            }
    for split, names in made.items():
        assert {split_of(name) for name in names} == {split}


def test_commands_of_a_shell_are_learned_by_their_own_grammar(tmp_path, eagerly):
    pairs = [(f"tool{n}: list '{n}'", f"tool{n} list '{n}' | less > {{{{x}}}}.{n}") for n in range(30)]
    rows = [{"source": sentence, "targets": (command,)} for sentence, command in pairs]
    corpus = corpora.Corpus("made", {"train": rows, "dev": rows[:3]}, (), "", "", kind="code", language="shell")
    settings = _settings(*TINY, "text.least=9")
    task = Code(settings, Text.fit(corpus, settings))
    assert len(task.examples(rows)) == 30
    answers = task.predictor.answers([pairs[0][0], "it's 'a\\'b' | for ; \\ 7 {{x}}", ""])
    assert all(LANGUAGES["shell"].tree_of(answer.text) == answer.text for answer in answers[:2])
    assert answers[2].text == ""
    scores = task.scorer.score([rows[0]["targets"][0].replace(" ", "  "), "a |"], rows[:2], interval=False)
    assert [(score.name, score.value) for score in scores][::2] == [("exact", 50), ("parses", 50)]
    task.text.save(tmp_path)
    again = Text.load(tmp_path, settings)
    assert (again.language, again.fingerprint) == ("shell", task.text.fingerprint)


def test_a_report_has_the_ceiling_of_vocabulary_and_copying():
    rows = [{"source": "a b 'c'", "targets": (code,)} for code in ("f(a)", "f(b, 'c')", "f(d)", "f(x)")]
    text = Text.fit(corpora.Corpus("made", {"train": rows[2:]}, (), "", "", kind="code"), _settings("text.least=9"))
    assert text.measured(rows) == [
        ("can be written", "100.0 % of the programs, 50.0 % without copying"),
        ("longest program", "8 actions of those, the end included"),
    ]
    assert text.measured([{"source": "a", "targets": ("f(g)", "a")}])[0][1].startswith("50.0 % of the programs, 0.0 %")


def test_faults_of_code_are_told_with_their_lines(tmp_path):
    path = write_pairs(tmp_path / "pairs.tsv")
    path.write_text(path.read_text() + "say x\tprint x\nput\tf'{x}'\n", encoding="utf-8")
    with pytest.raises(CorpusError) as error:
        corpora.load(path, kind="code")
    first, second = error.value.faults
    assert first.startswith(f"{path}:71: the code does not parse: Missing parentheses")
    assert second == f"{path}:72: the code is not in the grammar: JoinedStr, line 1"
    assert sum(map(len, corpora.load(path, kind="code", faults="skip").splits.values())) == 70


def test_the_nearest_sentence_is_that_of_the_rarest_words_in_common():
    train = [
        {"source": text, "targets": (code,)} for text, code in (("sort the x", "a"), ("the y", "b"), ("the z", "c"))
    ]
    asked = [{"source": text} for text in ("Sort  the w", "the", "unheard")]
    assert nearest_programs(train, asked) == ["a", "b", "a"]
    rows = [*train[:1], {"source": "new", "targets": ("a",)}, {"source": "the y", "targets": ("a",)}]
    assert seen_and_unseen(rows, train) == ([0], [1, 2])
