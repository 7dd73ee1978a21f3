"""The expressions of Python as productions.

Precedence is in the slots: each level has one, which takes what binds at least as tightly as it is, and all else in
brackets. Lists are automata, such as args0 -> args1 -> kw1, which allows f(a, *b, k=1, **d) and nothing that Python
refuses.
"""

from functools import cache

from seqtasks.grammar.building import TOKEN, Slot, Table

# Of tokens: which words of a sentence may be copied as such. A string is a whole literal.
TOKENS = {
    "ID": r"[A-Za-z_][A-Za-z0-9_]*",
    "NUM": r"(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?",
    "STR": r"'(?:[^'\\\r\n]|\\.)*'",
}
# A token of each kind, for where no other can be written.
PLAIN = {"ID": "x", "NUM": "0", "STR": "''"}
# From what binds most loosely; "attr" stands in front of a dot or brackets.
LEVELS = (
    *("test", "or", "and", "not", "cmp", "bor", "bxor", "band", "shift", "arith", "term", "factor", "power", "await"),
    *("atom", "attr"),
)
SIGNS = {"bor": {"BitOr": "|"}, "bxor": {"BitXor": "^"}, "band": {"BitAnd": "&"}}
SIGNS |= {"shift": {"LShift": "<<", "RShift": ">>"}, "arith": {"Add": "+", "Sub": "-"}}
SIGNS |= {"term": {"Mult": "*", "MatMult": "@", "Div": "/", "Mod": "%", "FloorDiv": "//"}}
COMPARISONS = {"Eq": "==", "NotEq": "!=", "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">="}
COMPARISONS |= {"Is": "is", "IsNot": "is not", "In": "in", "NotIn": "not in"}
CONSTANTS = ("None", "True", "False", "...")


def _above(level):
    return Slot(LEVELS[LEVELS.index(level) + 1])


@cache
def _expressions():
    """Returns {action: (level, parts)} of all expressions."""
    found = {
        "Pow": ("power", (Slot("await"), " ** ", Slot("factor"))),
        "Not": ("not", ("not ", Slot("not"))),
        "Chain": ("cmp", (Slot("bor"), Slot("link0"))),
        "And": ("and", (Slot("not"), " and ", Slot("not"), Slot("and1"))),
        "Or": ("or", (Slot("and"), " or ", Slot("and"), Slot("or1"))),
        "IfExp": ("test", (Slot("or"), " if ", Slot("or"), " else ", Slot("test"))),
        "Lambda": ("test", ("lambda", Slot("lambda0"), ": ", Slot("test"))),
        "Attribute": ("atom", (Slot("attr"), ".", Slot("id"))),
        "Call": ("atom", (Slot("attr"), "(", Slot("args0"), ")")),
        "Subscript": ("atom", (Slot("attr"), "[", Slot("index"), "]")),
        "Tuple": ("atom", ("(", Slot("tuple0"))),
        "List": ("atom", ("[", Slot("list0"), "]")),
        "Set": ("atom", ("{", Slot("set0"), "}")),
        "Dict": ("atom", ("{", Slot("dict0"), "}")),
        "ListComp": ("atom", ("[", Slot("test"), Slot("for0"), "]")),
        "SetComp": ("atom", ("{", Slot("test"), Slot("for0"), "}")),
        "GeneratorExp": ("atom", ("(", Slot("test"), Slot("for0"), ")")),
        "DictComp": ("atom", ("{", Slot("test"), ": ", Slot("test"), Slot("for0"), "}")),
        "NamedExpr": ("atom", ("(", Slot("id"), " := ", Slot("test"), ")")),
        "Yield": ("atom", ("(yield", Slot("maybe"), ")")),
        "YieldFrom": ("atom", ("(yield from ", Slot("test"), ")")),
        "Await": ("await", ("await ", Slot("atom"))),
    }
    for level, signs in SIGNS.items():
        found |= {op: (level, (Slot(level), f" {sign} ", _above(level))) for op, sign in signs.items()}
    found |= {op: ("cmp", (Slot("bor"), f" {sign} ", Slot("bor"))) for op, sign in COMPARISONS.items()}
    for op, sign in {"USub": "-", "UAdd": "+", "Invert": "~"}.items():
        found[op] = ("factor", (sign, Slot("factor")))
    found |= {constant: ("atom", (constant,)) for constant in CONSTANTS}
    return found | dict.fromkeys(TOKENS, ("atom", (TOKEN,)))


def _in_brackets(action, at):
    level, parts = _expressions()[action]
    # 1.real is no attribute of 1.
    loose = level != "atom" or action == "NUM" if at == "attr" else LEVELS.index(level) < LEVELS.index(at)
    return ("(", *parts, ")") if loose else parts


class PythonTable(Table):
    """A table of productions of Python that is being made."""

    def expressions(self, slot, at="test", before=(), then=(), without=()):
        """Adds all expressions, at a level, with text before them and more behind."""
        for action in _expressions():
            if action not in without:
                self.add(slot, action, *before, *_in_brackets(action, at), then=then)

    def optional(self, slot, before, then=()):
        self.expressions(slot, before=(before,), then=then)
        self.end(slot)

    def starred(self, slot, before=(), then=()):
        self.add(slot, "Starred", *before, "*", Slot("bor"), then=then)


def lists(table):
    for slot, following, before in (("list0", "list1", ()), ("list1", "list1", (", ",))):
        for kind in ("list", "set"):
            there = slot.replace("list", kind)
            then = (Slot(following.replace("list", kind)),)
            table.expressions(there, before=before, then=then)
            table.starred(there, before, then)
    table.end("list0", "list1", "set1")
    for slot, following, before in (
        ("tuple0", "tuple1", ()),
        ("tuple1", "tuple2", (", ",)),
        ("tuple2", "tuple2", (", ",)),
    ):
        table.expressions(slot, before=before, then=(Slot(following),))
        table.starred(slot, before, (Slot(following),))
        table.end(slot, text=",)" if slot == "tuple1" else ")")
    for slot, before in (("args0", ()), ("args1", (", ",)), ("kw1", (", ",))):
        if slot != "kw1":
            table.expressions(slot, before=before, then=(Slot("args1"),))
            table.starred(slot, before, (Slot("args1"),))
        table.add(slot, "keyword", *before, Slot("id"), "=", Slot("test"), then=(Slot("kw1"),))
        table.add(slot, "**", *before, "**", Slot("test"), then=(Slot("kw1"),))
        table.end(slot)
    for slot, before in (("dict0", ()), ("dict1", (", ",))):
        table.expressions(slot, before=before, then=(": ", Slot("test"), Slot("dict1")))
        table.add(slot, "**", *before, "**", Slot("bor"), then=(Slot("dict1"),))
        table.end(slot)
    for slot, level, word in (("and1", "not", " and "), ("or1", "and", " or ")):
        table.expressions(slot, level, (word,), (Slot(slot),))
        table.end(slot)
    for op, sign in COMPARISONS.items():
        for slot in ("link0", "link1"):
            table.add(slot, op, f" {sign} ", Slot("bor"), then=(Slot("link1"),))
    table.end("link1")


def inside_expressions(table):
    for action, word in (("for", " for "), ("async for", " async for ")):
        for slot in ("for0", "for1"):
            table.add(slot, action, word, Slot("target"), " in ", Slot("or"), Slot("if1"), then=(Slot("for1"),))
    table.add("if1", "if", " if ", Slot("or"), then=(Slot("if1"),))
    table.end("for1", "if1")
    slice_ = (Slot("bound"), ":", Slot("bound"), Slot("step"))
    table.expressions("index")
    table.add("index", "Slice", *slice_)
    table.add("index", "indices", Slot("index0"))
    for slot, following, before in (
        ("index0", "index1", ()),
        ("index1", "index2", (", ",)),
        ("index2", "index2", (", ",)),
    ):
        table.expressions(slot, before=before, then=(Slot(following),))
        table.add(slot, "Slice", *before, *slice_, then=(Slot(following),))
    table.end("index1", text=",")
    table.end("index2")
    table.optional("bound", "")
    table.optional("step", ":")
    table.optional("maybe", " ")
    table.add("id", "ID", TOKEN)


def targets(table):
    """What is assigned to; what is deleted or annotated is one thing, not several."""
    forms = _expressions()
    of_one = {action: forms[action][1] for action in ("ID", "Attribute", "Subscript")}
    several = {"Tuple": ("(", Slot("targets0")), "List": ("[", Slot("items0"), "]")}
    forms = {**of_one, **several}
    for action, parts in forms.items():
        table.add("taken", action, " as ", *parts)
    table.end("taken")

    def add(slot, chosen, before=(), then=()):
        for action, parts in chosen.items():
            table.add(slot, action, *before, *parts, then=then)

    add("target", forms)
    add("single", of_one)
    lists = [("targets0", "targets1", (), ")"), ("targets1", "targets2", (", ",), ",)")]
    lists += [("targets2", "targets2", (", ",), ")"), ("items0", "items1", (), ""), ("items1", "items1", (", ",), "")]
    for slot, following, before, end in lists:
        add(slot, forms, before, (Slot(following),))
        table.add(slot, "Starred", *before, "*", Slot("target"), then=(Slot(following),))
        table.end(slot, text=end)
    add("deleted0", of_one, then=(Slot("deleted1"),))
    add("deleted1", of_one, (", ",), (Slot("deleted1"),))
    table.end("deleted1")


def parameters(table, name, first, *, annotated):
    """Adds the slots of parameters, name0 to name6; `first` is the text before the first one.

    They are states: 0 nothing yet, 1 plain ones, 2 with defaults; 3 and 4 likewise after "/". 5 is behind a bare star,
    which a parameter must follow, 6 behind the first of those that are given by name.
    """
    annotation = {"": ()} | ({"annotated ": (": ", Slot("test"))} if annotated else {})
    for state, before in enumerate((first, *[", "] * 6)):
        slot, plain = f"{name}{state}", {0: 1, 1: 1, 3: 3, 5: 6, 6: 6}.get(state)
        following = {0: 2, 1: 2, 3: 4, 5: 6, 6: 6}.get(state, state)
        if plain:
            table.add(slot, "ID", before, TOKEN, then=(Slot(f"{name}{plain}"),))
        for mark, parts in annotation.items():
            if mark and plain:
                table.add(slot, "annotated", before, Slot("id"), *parts, then=(Slot(f"{name}{plain}"),))
            sign = " = " if mark else "="
            default = (before, Slot("id"), *parts, sign, Slot("test"))
            table.add(slot, f"{mark}default", *default, then=(Slot(f"{name}{following}"),))
            if state < 5:
                table.add(slot, f"{mark}vararg", before, "*", Slot("id"), *parts, then=(Slot(f"{name}6"),))
            if state != 5:
                table.add(slot, f"{mark}kwarg", before, "**", Slot("id"), *parts)
        if state in (1, 2):
            table.add(slot, "/", ", /", then=(Slot(f"{name}{state + 2}"),))
        if state < 5:
            table.add(slot, "*", before, "*", then=(Slot(f"{name}5"),))
        if state != 5:
            table.end(slot)
