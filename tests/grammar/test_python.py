"""Whatever the grammar of Python derives parses, and what it reads it writes again, or refuses it by name."""

import ast
import inspect
import random
from collections import Counter
from pathlib import Path

import pytest
from derivations import drawn
from hypothesis import given, settings
from hypothesis import strategies as st

from seqtasks.grammar.expression_reader import KNOWN, CodeError, literal
from seqtasks.grammar.grammar import DerivationError, Grammar
from seqtasks.grammar.python import python
from seqtasks.grammar.reading import completed, read, read_tree

GRAMMAR = python()


def tree(code):
    return ast.dump(ast.parse(code))


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32), budget=st.integers(2, 80))
def test_every_derivation_parses_is_read_again_and_keeps_to_its_budget(seed, budget):
    actions = drawn(GRAMMAR, random.Random(seed).choice, budget)
    assert len(actions) <= budget
    text = GRAMMAR.write(actions)
    assert tree(GRAMMAR.write(read(text, GRAMMAR))) == tree(text)


def test_every_production_is_written_and_parses():
    """Each is reached from the root by a shortest way, and all that is left open is filled at the lowest price."""
    ways, waiting = {GRAMMAR.root: []}, [GRAMMAR.root]
    for slot in waiting:
        for action, production in GRAMMAR.productions[slot].items():
            for new in production.slots:
                if new not in ways:
                    ways[new] = [*ways[slot], (slot, action, new)]
                    waiting.append(new)
    assert set(ways) == set(GRAMMAR.slots)
    for slot, of_slot in GRAMMAR.productions.items():
        for action in of_slot:
            ast.parse(GRAMMAR.write(_completed([*ways[slot], (slot, action, None)])))


def _completed(way):
    """Returns actions that go a way of (slot, action, the slot to go on in)."""
    actions, stack, aims = [], [(GRAMMAR.root, True)], list(way)
    while stack:
        slot, on_the_way = stack.pop()
        aim = None
        if on_the_way and aims:
            _, action, aim = aims.pop(0)
        else:
            action = min(
                GRAMMAR.productions[slot],
                key=lambda one: sum(GRAMMAR.cheapest[s] for s in GRAMMAR.productions[slot][one].slots),
            )
        actions.append((action, {"ID": "x", "NUM": "1", "STR": "'s'"}.get(action, "")))
        slots = GRAMMAR.productions[slot][action].slots
        stack += reversed([(s, s == aim and slots.index(s) == i) for i, s in enumerate(slots)])
    return actions


def test_statements_of_the_standard_library_come_back_the_same_or_are_refused_by_name():
    same, refused = 0, set()
    for name in ("textwrap", "statistics", "shlex", "fractions", "heapq", "csv"):
        source = Path(ast.__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.stmt):
                continue
            module = ast.Module([node], [])
            try:
                actions = read_tree(module, GRAMMAR)
            except CodeError as error:
                refused.add(str(error).partition(", line")[0].removeprefix("is not in the grammar: "))
                continue
            assert tree(GRAMMAR.write(actions)) == ast.dump(module)
            same += 1
    assert same > 1500
    assert "JoinedStr" in refused
    assert all(one == "JoinedStr" or " in the place of " in one or " behind the end" in one for one in refused)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("sorted( my_list,reverse = True )", "sorted(my_list, reverse=True)"),
        ("a,b=b,a", "(a, b) = (b, a)"),
        ("x[1:,]", "x[1:,]"),
        ("for x in y:\n    print(x)\n    n += 1", "for x in y: print(x); n += 1"),
        ("(-1) ** -2 + (a, )[0]", "(-1) ** -2 + (a,)[0]"),
        ("x[1:, ::2]; return", "x[1:, ::2]; return"),
        ("lambda a, /, b=1, *, c, **d: 1 .real", "lambda a, /, b=1, *, c, **d: (1).real"),
        ('"it\'s" "\\x00\u2028"', "'it\\'s\\x00\\u2028'"),
        ("(x): int = 1e999", "(x): int = 1e309"),
        ("from .. a.b import c as d, e", "from ..a.b import c as d, e"),
        ("u'x'", "u'x'"),
        ("if a:\n  b\nelif c: d; e\nelse:\n  f", "if a: b\nelif c: d; e\nelse: f"),
        ("while a: b\nelse: c", "while a: b\nelse: c"),
        ("with a as (b, c), d: e", "with a as (b, c), d: e"),
        (
            "try: a\nexcept (B, C) as d: e\nexcept: f\nelse: g\nfinally: h",
            "try: a\nexcept (B, C) as d: e\nexcept: f\nelse: g\nfinally: h",
        ),
        ("try: a\nfinally: b", "try: a\nfinally: b"),
        (
            "@a.b\n@c()\nasync def f(a, /, b: int, *c: d, e: f=1, g=2, **h) -> i: pass",
            "@a.b\n@c()\nasync def f(a, /, b: int, *c: d, e: f = 1, g=2, **h) -> i: pass",
        ),
        ("class A: pass", "class A(): pass"),
        ("class A(B, *c, metaclass=D): x = 1; y = 2", "class A(B, *c, metaclass=D): x = 1; y = 2"),
    ],
)
def test_code_is_written_in_one_way(code, text):
    assert GRAMMAR.write(read(code, GRAMMAR)) == text
    assert tree(text) == tree(code)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("print x", r"^does not parse: Missing parentheses.*, line 1$"),
        ("x = 1\ny = (", r"^does not parse: .*, line 2$"),
        ("a\0b", "^does not parse: "),
        ("1" * 5000, "^does not parse: "),
        ("# nothing", "^is empty$"),
        ("x = 1\nf'{x}'", "^is not in the grammar: JoinedStr, line 2$"),
        ("def f():\n  if a: b", "^is not in the grammar: If in the place of body, line 2$"),
        ("with ((a, b)) as c: d", "^is not in the grammar: Tuple in the place of with0, line 1$"),
        ("match a:\n  case b: c", "^is not in the grammar: Match, line 1$"),
        ("if a:\n  if b: c", "^is not in the grammar: If in the place of body, line 2$"),
        ("for x in y: x\nz", "^is not in the grammar: Expr behind the end, line 2$"),
        ("del (a, b)", "^is not in the grammar: Tuple in the place of deleted0, line 1$"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(code, message):
    with pytest.raises(CodeError, match=message):
        read(code, GRAMMAR)


@pytest.mark.parametrize(
    ("line", "whole"),
    [
        ("x = 1", "x = 1"),
        ("  from a . b import c", "from a . b import c"),
        ("for a in b :", "for a in b : pass"),
        (" elif a :", "if True: pass\nelif a : pass"),
        ("else :", "if True: pass\nelse : pass"),
        ("try :", "try : pass\nexcept: pass"),
        ("except A as b :", "try: pass\nexcept A as b : pass"),
        ("finally :", "try: pass\nfinally : pass"),
        ("@ a . b", "@ a . b\ndef _(): pass"),
        ("def f ( a , b = 1 ) :", "def f ( a , b = 1 ) : pass"),
        ("print x", "print x"),
        ("a :: b", "a :: b"),
    ],
)
def test_a_line_of_a_statement_is_completed(line, whole):
    assert completed(line) == whole


@pytest.mark.parametrize(
    "code",
    [
        "x = 1\r\ny = 2\r\n",
        "'only a docstring'",
        "x = [" + "1, " * 1000 + "]",
        "(y := f(x))",
        "@a\nclass B(C, metaclass=D): x: int = 1",
        "async def f(*, a=1): await g(a)",
        "x = '{}' % 1_000; y = 1e999 + 0x10 + 1j",
        "a.b.c[1:2, ...] = *d, e",
        "print('it\\'s', \"\\x41\", b'\\xff', r'\\d', u'\\N{BULLET}')",
        "x = ((((((((((1))))))))))",
        "ﬁ = 2",
        "match = case = type = 1",
        "return (yield)",
        "del a, b[0], c.d",
        "f(*a, **b)(c=1)[d]",
        "__debug__",
    ],
)
def test_odd_code_is_read_and_written(code):
    assert tree(GRAMMAR.write(read(code, GRAMMAR))) == tree(code)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("", "is empty"),
        ("# a comment", "is empty"),
        ("f'{x:{y}}'", "JoinedStr, line 1"),
        ("try: a\nexcept* B: c", "does not parse|TryStar, line 1"),
        ("type A = int", "does not parse|TypeAlias, line 1"),
        ("def f[T](x: T): pass", "does not parse|FunctionDef with type_params, line 1"),
        ("except X, e:", "does not parse"),
        ("if a:\n\tb\n        c", "does not parse: inconsistent use of tabs"),
        ("1 = x", "does not parse"),
        ("f(a=1, 2)", "does not parse"),
        ("07", "does not parse"),
        ("２", "does not parse"),
        ("\ufeffx", "does not parse"),
        ("x\ny\nif z: w", "If in the place of more, line 3"),
        ("(" * 150 + "1" + ")" * 150, None),
        ("-" * 5000 + "1", "too|does not parse|in the grammar"),
    ],
)
def test_odd_code_is_refused_by_name_and_line(code, message):
    if message is None:
        assert tree(GRAMMAR.write(read(code, GRAMMAR))) == tree(code)
        return
    with pytest.raises(CodeError, match=message):
        read(code, GRAMMAR)


@pytest.mark.slow
def test_the_whole_standard_library_comes_back_the_same_or_is_refused_by_name():
    same, refused = 0, Counter()
    for path in sorted(Path(ast.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.stmt):
                try:
                    actions = read_tree(ast.Module([node], []), GRAMMAR)
                except CodeError as error:
                    refused[str(error).partition(", line")[0]] += 1
                else:
                    assert tree(GRAMMAR.write(actions)) == ast.dump(ast.Module([node], [])), (path, node.lineno)
                    same += 1
    assert same > 50_000
    assert sum(refused.values()) < same


def test_no_field_of_a_known_class_is_passed_over():
    """Fields that this Python has and the reader does not know are refused where they hold something."""
    passed_over = {
        (name, field) for name, known in KNOWN.items() for field in getattr(ast, name)._fields if field not in known
    }
    assert {field for _, field in passed_over} <= {"ctx", "type_comment", "type_params"}
    classes = {name for name, one in inspect.getmembers(ast, inspect.isclass) if issubclass(one, ast.AST)}
    assert set(KNOWN) <= classes


@given(st.one_of(st.text(st.characters(exclude_categories=["Cs"])), st.binary()))
def test_a_literal_is_its_value(value):
    assert ast.literal_eval(literal(value)) == value
    assert literal(value).isprintable()


def test_a_grammar_is_read_from_json_and_any_change_changes_its_fingerprint():
    again = Grammar.from_json(GRAMMAR.to_json())
    assert (again.productions, again.fingerprint) == (GRAMMAR.productions, GRAMMAR.fingerprint)
    text = GRAMMAR.to_json()
    assert Grammar.from_json(text.replace('"pass"', '"Pass"', 1)).fingerprint != GRAMMAR.fingerprint


def test_fathers_are_those_whose_part_is_written():
    steps, text = GRAMMAR.derive(read("f(a, -b)", GRAMMAR))
    # Expr Call f a USub b END END
    assert text == "f(a, -b)"
    assert [step.father for step in steps] == [-1, 0, 1, 1, 1, 4, 1, -1]
    assert [step.slot for step in steps] == ["program", "test", "attr", "args0", "args1", "factor", "args1", "more"]


@pytest.mark.parametrize(
    ("actions", "step"),
    [
        ([("Pass", "")], 1),
        ([("Pass", ""), ("END", ""), ("END", "")], 2),
        ([("END", "")], 0),
        ([("For", ""), ("END", "")], 1),
    ],
)
def test_what_is_no_program_is_not_allowed(actions, step):
    with pytest.raises(DerivationError) as error:
        GRAMMAR.write(actions)
    assert error.value.step == step


def test_a_slot_that_cannot_be_filled_is_refused():
    table = {"a": {"x": GRAMMAR.productions["body"]["Expr"]._replace(slots=("a",), texts=("",))}}
    with pytest.raises(ValueError, match="never be filled: a"):
        _ = Grammar("a", table, tokens={}, reserved=()).cheapest
