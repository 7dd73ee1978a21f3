"""The machine in the graph against the plain one, and what it promises of any search."""

import ast
import random

import numpy as np
import pytest
import tensorflow as tf
from derivations import TOKENS, drawn

from seqtasks.grammar.python import python
from seqtasks.grammar.reading import read
from seqtasks.grammar.tables import FINISHED, NO_ACTION, Tables
from seqtasks.layers.programs.pushdown import Pushdown

GRAMMAR = python()
TABLES = Tables(GRAMMAR)
MOST = 60


@pytest.fixture(scope="module")
def programs():
    """Random programs, and as many as fill a batch; their classes, and their tokens."""
    random_ = random.Random(3)
    found = [drawn(GRAMMAR, random_.choice, random_.randrange(2, MOST)) for _ in range(200)]
    classes = np.full((len(found), MOST), NO_ACTION, np.int32)
    tokens = np.full((len(found), MOST), "", object)
    for row, actions in enumerate(found):
        classes[row, : len(actions) + 1] = [*(TABLES.class_of(action) for action, _ in actions), FINISHED]
        tokens[row, : len(actions)] = [token for _, token in actions]
    return found, classes, tokens


def test_slots_fathers_and_depths_are_those_of_the_plain_machine(programs):
    found, classes, _ = programs
    machine = Pushdown(TABLES, MOST)
    nothing = tf.zeros([len(found)], tf.int32)
    none = tf.zeros([len(found), 2])
    stack = machine.advance(machine.start(tf.fill([len(found)], MOST), size=2), nothing, nothing, none)
    derived = [GRAMMAR.derive(actions)[0] for actions in found]
    for t in range(MOST):
        slots, fathers = (part.numpy() for part in machine.top(stack))
        # What is kept of a father goes wherever he does, and no deeper than any stack.
        np.testing.assert_array_equal(machine.top_share(stack), np.repeat(fathers[:, np.newaxis], 2, axis=1))
        assert stack.shares.shape[1] == max(1, stack.depth.numpy().max())
        fits, allowed = machine.fits(slots).numpy(), machine.allowed(stack).numpy()
        for row, steps in enumerate(derived):
            if t < len(steps):
                assert slots[row] == TABLES.slot(steps[t].slot)
                assert fathers[row] == steps[t].father + 1
                own = {TABLES.class_of(action) for action in GRAMMAR.productions[steps[t].slot]}
                assert set(np.flatnonzero(fits[row])) == own
                assert allowed[row, classes[row, t]]
            elif t == len(steps):
                assert (slots[row], fathers[row], stack.owed[row].numpy()) == (0, 0, 0)
                assert np.flatnonzero(allowed[row]).tolist() == [FINISHED]
        stack = machine.advance(stack, tf.constant(classes[:, t]), tf.fill([len(found)], t + 1), none + t + 1)


def test_texts_and_fathers_are_those_of_the_plain_machine(programs):
    found, classes, tokens = programs
    texts, fathers = tf.function(Pushdown(TABLES, MOST).write)(classes, tf.constant(tokens.tolist()))
    for row, actions in enumerate(found):
        steps, text = GRAMMAR.derive(actions)
        assert texts[row].numpy().decode() == text
        assert fathers[row].numpy().tolist() == [step.father for step in steps] + [-1] * (MOST - len(steps))


def test_every_walk_ends_within_its_limit_and_parses():
    """Whatever is allowed is taken at random, or what costs most, within any limit, on a stack as deep as the limit."""
    chance, rows = np.random.default_rng(5), 300
    limits = chance.integers(3, 40, rows).astype(np.int32)
    machine, taken = Pushdown(TABLES, 40), []
    greedy = np.arange(rows) % 3 == 0
    nothing = tf.zeros([rows], tf.int32)
    stack = machine.advance(machine.start(tf.constant(limits)), nothing, nothing)
    for _ in range(40):
        allowed = machine.allowed(stack).numpy()
        ended = machine.top(stack)[0].numpy() == 0
        assert allowed.any(axis=1)[stack.left.numpy() > 0].all()
        prices = np.where(allowed, TABLES.cost[machine.top(stack)[0].numpy()], -1) * greedy[:, np.newaxis]
        scores = np.where(allowed, chance.random(allowed.shape) + prices, -1)
        chosen = np.where(ended, FINISHED, scores.argmax(axis=1)).astype(np.int32)
        taken.append(chosen)
        assert (stack.depth.numpy() <= stack.owed.numpy()).all()
        stack = machine.advance(stack, tf.constant(chosen), nothing)
    classes = np.array(taken).T
    lengths = (classes != FINISHED).sum(axis=1)
    assert (lengths + 1 <= limits).all()
    assert (lengths + 1 == limits).mean() > 0.2
    tokens = np.full(classes.shape, "", object)
    for name, choices in TOKENS.items():
        tokens[classes == TABLES.class_of(name)] = choices[1]
    texts, _ = machine.write(classes, tf.constant(tokens.tolist()))
    for text in texts.numpy():
        ast.parse(text.decode())
        read(text.decode(), GRAMMAR)


def test_an_action_that_is_not_allowed_changes_nothing_but_what_is_left():
    machine = Pushdown(TABLES, 9)
    before = machine.start(tf.constant([9, 9]))
    classes = tf.constant([TABLES.class_of("END"), NO_ACTION])
    after = machine.advance(before, classes, tf.constant([7, 7]))
    for name in ("slots", "fathers", "depth", "owed"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
    assert after.left.numpy().tolist() == [9, 9]


def test_a_machine_that_is_not_enforced_writes_the_names_of_what_does_not_fit():
    machine = Pushdown(TABLES, 9, enforced=False)
    assert np.flatnonzero(~machine.allowed(machine.start(tf.constant([3])))[0]).tolist() == [NO_ACTION]
    actions = ["Add", "Expr", "Call", "END", "ID", "END", "END", "Pass"]
    classes = tf.constant([[*map(TABLES.class_of, actions), FINISHED]])
    texts, _ = machine.write(classes, tf.constant([["", "", "", "", "f", "", "", "", ""]]))
    assert texts.numpy().tolist() == [b" Add ENDf() Pass"]
