"""Lines of commands: what is derived is read again, and what is not in the grammar is refused."""

import random
import shlex

import pytest
from derivations import drawn

from seqtasks.grammar.expression_reader import CodeError
from seqtasks.grammar.grammar import Grammar
from seqtasks.grammar.languages import LANGUAGES
from seqtasks.grammar.shell import read_commands, shell

GRAMMAR = shell()
TOKENS = {
    "WORD": ["ls", "--all", "$HOME", "2"],
    "PLACE": ["{{path/to/file}}", "{{a b}}"],
    "STR": ["'it is'", '"$x \\" y"'],
}


def test_every_derivation_is_read_again_and_keeps_to_its_budget():
    draw = random.Random(7)
    for _ in range(500):
        budget = draw.randrange(4, 40)
        actions = drawn(GRAMMAR, draw.choice, budget, TOKENS)
        text = GRAMMAR.write(actions)
        assert len(actions) <= budget
        assert read_commands(text, GRAMMAR) == actions
        assert shlex.split(text)


def test_every_production_is_drawn():
    draw, drawn_ = random.Random(8), set()
    for _ in range(3000):
        actions = drawn(GRAMMAR, draw.choice, 30, TOKENS)
        steps, _ = GRAMMAR.derive(actions)
        drawn_ |= {(step.slot, action) for step, (action, _) in zip(steps, actions, strict=True)}
    assert drawn_ == {(slot, action) for slot, of_slot in GRAMMAR.productions.items() for action in of_slot}
    assert Grammar.from_json(GRAMMAR.to_json()).fingerprint == GRAMMAR.fingerprint


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("  ls   -l ", "ls -l"),
        ("tar cf {{a.tar}} {{x y}}|gzip>out 2>&1 &", "tar cf {{a.tar}} {{x y}} | gzip > out 2>&1 &"),
        ("ssh {{user}}@{{host}} 'ls -l'; a && b || c", "ssh {{user}}@{{host}} 'ls -l' ; a && b || c"),
        ('echo "it\'s $x" >> f < g 2> h', 'echo "it\'s $x" >> f < g 2> h'),
        ("x=1 a--b='c'd", "x=1 a--b='c'd"),
    ],
)
def test_commands_are_written_in_one_way(code, text):
    assert GRAMMAR.write(read_commands(code, GRAMMAR)) == text
    assert LANGUAGES["shell"].tree_of(code) == text


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("", "is empty"),
        ("for x in y; do z; done", "is not in the grammar: for, line 1"),
        ("echo $(ls)", r"is not in the grammar: '\(ls\)', line 1"),
        ("echo `ls`", "is not in the grammar: '`ls`', line 1"),
        ("echo 'x", 'is not in the grammar: "\'x", line 1'),
        ("a |", "is not in the grammar: a command is missing, line 1"),
        ("| a", "is not in the grammar: a command is missing, line 1"),
        ("a & b", "is not in the grammar"),
        ("a > ", "is not in the grammar: a file is missing, line 1"),
        ("a # b", "is not in the grammar: '# b', line 1"),
        ("a\nb", "is not in the grammar"),
    ],
)
def test_what_is_not_in_the_grammar_is_refused(code, message):
    with pytest.raises(CodeError, match=message):
        read_commands(code, GRAMMAR)
    assert LANGUAGES["shell"].tree_of(code) is None
