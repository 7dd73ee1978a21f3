"""The grammar of a line of Python: simple statements, or one `for`, `while` or `if` with simple statements in it.

The actions are named after the classes of Python's ast. Precedence is in the slots: each level has one, which takes
what binds at least as tightly as it is, and all else in brackets. Lists are automata, such as args0 -> args1 -> kw1,
which allows f(a, *b, k=1, **d) and nothing that Python refuses. So whatever the grammar derives, Python parses.
"""

from functools import cache
from keyword import kwlist

from seqtasks.grammar.grammar import Grammar, Production

END = "END"
# Of tokens: which words of a sentence may be copied as such. A string is a whole literal.
TOKENS = {
    "ID": r"[A-Za-z_][A-Za-z0-9_]*",
    "NUM": r"(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,17})?",
    "STR": r"'(?:[^'\\\r\n]|\\.)*'",
}
# A token of each kind, for where no other can be written.
PLAIN = {"ID": "x", "NUM": "0", "STR": "''"}
_TOKEN = object()


class _Slot(str):
    """A slot among the parts of a production, which are text otherwise."""


# From what binds most loosely; "attr" stands in front of a dot or brackets.
LEVELS = (
    *("test", "or", "and", "not", "cmp", "bor", "bxor", "band", "shift", "arith", "term", "factor", "power", "await"),
    *("atom", "attr"),
)
_SIGNS = {"bor": {"BitOr": "|"}, "bxor": {"BitXor": "^"}, "band": {"BitAnd": "&"}}
_SIGNS |= {"shift": {"LShift": "<<", "RShift": ">>"}, "arith": {"Add": "+", "Sub": "-"}}
_SIGNS |= {"term": {"Mult": "*", "MatMult": "@", "Div": "/", "Mod": "%", "FloorDiv": "//"}}
COMPARISONS = {"Eq": "==", "NotEq": "!=", "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">="}
COMPARISONS |= {"Is": "is", "IsNot": "is not", "In": "in", "NotIn": "not in"}
CONSTANTS = ("None", "True", "False", "...")


def _s(name):
    return _Slot(name)


def _above(level):
    return _s(LEVELS[LEVELS.index(level) + 1])


@cache
def _expressions():
    """Returns {action: (level, parts)} of all expressions."""
    found = {
        "Pow": ("power", (_s("await"), " ** ", _s("factor"))),
        "Not": ("not", ("not ", _s("not"))),
        "Chain": ("cmp", (_s("bor"), _s("link0"))),
        "And": ("and", (_s("not"), " and ", _s("not"), _s("and1"))),
        "Or": ("or", (_s("and"), " or ", _s("and"), _s("or1"))),
        "IfExp": ("test", (_s("or"), " if ", _s("or"), " else ", _s("test"))),
        "Lambda": ("test", ("lambda", _s("lambda0"), ": ", _s("test"))),
        "Attribute": ("atom", (_s("attr"), ".", _s("id"))),
        "Call": ("atom", (_s("attr"), "(", _s("args0"), ")")),
        "Subscript": ("atom", (_s("attr"), "[", _s("index"), "]")),
        "Tuple": ("atom", ("(", _s("tuple0"))),
        "List": ("atom", ("[", _s("list0"), "]")),
        "Set": ("atom", ("{", _s("set0"), "}")),
        "Dict": ("atom", ("{", _s("dict0"), "}")),
        "ListComp": ("atom", ("[", _s("test"), _s("for0"), "]")),
        "SetComp": ("atom", ("{", _s("test"), _s("for0"), "}")),
        "GeneratorExp": ("atom", ("(", _s("test"), _s("for0"), ")")),
        "DictComp": ("atom", ("{", _s("test"), ": ", _s("test"), _s("for0"), "}")),
        "NamedExpr": ("atom", ("(", _s("id"), " := ", _s("test"), ")")),
        "Yield": ("atom", ("(yield", _s("maybe"), ")")),
        "YieldFrom": ("atom", ("(yield from ", _s("test"), ")")),
        "Await": ("await", ("await ", _s("atom"))),
    }
    for level, signs in _SIGNS.items():
        found |= {op: (level, (_s(level), f" {sign} ", _above(level))) for op, sign in signs.items()}
    found |= {op: ("cmp", (_s("bor"), f" {sign} ", _s("bor"))) for op, sign in COMPARISONS.items()}
    for op, sign in {"USub": "-", "UAdd": "+", "Invert": "~"}.items():
        found[op] = ("factor", (sign, _s("factor")))
    found |= {constant: ("atom", (constant,)) for constant in CONSTANTS}
    return found | dict.fromkeys(TOKENS, ("atom", (_TOKEN,)))


def _in_brackets(action, at):
    level, parts = _expressions()[action]
    # 1.real is no attribute of 1.
    loose = level != "atom" or action == "NUM" if at == "attr" else LEVELS.index(level) < LEVELS.index(at)
    return ("(", *parts, ")") if loose else parts


class _Table:
    """A table of productions that is being made."""

    def __init__(self):
        self.productions = {}

    def add(self, slot, action, *parts, then=()):
        """Adds a production of text, slots and perhaps a token; the parts `then` go on with the list it stands in.

        A token stands in front of all slots.
        """
        texts, slots = [""], []
        for part in (*parts, *then):
            if part is _TOKEN:
                texts.append("")
            elif isinstance(part, _Slot):
                slots.append(str(part))
                texts.append("")
            else:
                texts[-1] += part
        opening, *texts = texts
        closing = texts.pop(0) if _TOKEN in parts else ""
        own = sum(isinstance(part, _Slot) for part in parts)
        of_slot = self.productions.setdefault(slot, {})
        of_slot[action] = Production(opening, closing, tuple(slots), tuple(texts), own)

    def expressions(self, slot, at="test", before=(), then=()):
        """Adds all expressions, at a level, with text before them and more behind."""
        for action in _expressions():
            self.add(slot, action, *before, *_in_brackets(action, at), then=then)

    def end(self, *slots, text=""):
        for slot in slots:
            self.add(slot, END, text)

    def optional(self, slot, before, then=()):
        self.expressions(slot, before=(before,), then=then)
        self.end(slot)

    def starred(self, slot, before=(), then=()):
        self.add(slot, "Starred", *before, "*", _s("bor"), then=then)


def _lists(table):
    for slot, following, before in (("list0", "list1", ()), ("list1", "list1", (", ",))):
        for kind in ("list", "set"):
            there = slot.replace("list", kind)
            then = (_s(following.replace("list", kind)),)
            table.expressions(there, before=before, then=then)
            table.starred(there, before, then)
    table.end("list0", "list1", "set1")
    for slot, following, before in (
        ("tuple0", "tuple1", ()),
        ("tuple1", "tuple2", (", ",)),
        ("tuple2", "tuple2", (", ",)),
    ):
        table.expressions(slot, before=before, then=(_s(following),))
        table.starred(slot, before, (_s(following),))
        table.end(slot, text=",)" if slot == "tuple1" else ")")
    for slot, before in (("args0", ()), ("args1", (", ",)), ("kw1", (", ",))):
        if slot != "kw1":
            table.expressions(slot, before=before, then=(_s("args1"),))
            table.starred(slot, before, (_s("args1"),))
        table.add(slot, "keyword", *before, _s("id"), "=", _s("test"), then=(_s("kw1"),))
        table.add(slot, "**", *before, "**", _s("test"), then=(_s("kw1"),))
        table.end(slot)
    for slot, before in (("dict0", ()), ("dict1", (", ",))):
        table.expressions(slot, before=before, then=(": ", _s("test"), _s("dict1")))
        table.add(slot, "**", *before, "**", _s("bor"), then=(_s("dict1"),))
        table.end(slot)
    for slot, level, word in (("and1", "not", " and "), ("or1", "and", " or ")):
        table.expressions(slot, level, (word,), (_s(slot),))
        table.end(slot)
    for op, sign in COMPARISONS.items():
        for slot in ("link0", "link1"):
            table.add(slot, op, f" {sign} ", _s("bor"), then=(_s("link1"),))
    table.end("link1")


def _inside_expressions(table):
    for action, word in (("for", " for "), ("async for", " async for ")):
        for slot in ("for0", "for1"):
            table.add(slot, action, word, _s("target"), " in ", _s("or"), _s("if1"), then=(_s("for1"),))
    table.add("if1", "if", " if ", _s("or"), then=(_s("if1"),))
    table.end("for1", "if1")
    slice_ = (_s("bound"), ":", _s("bound"), _s("step"))
    table.expressions("index")
    table.add("index", "Slice", *slice_)
    table.add("index", "indices", _s("index0"))
    for slot, following, before in (
        ("index0", "index1", ()),
        ("index1", "index2", (", ",)),
        ("index2", "index2", (", ",)),
    ):
        table.expressions(slot, before=before, then=(_s(following),))
        table.add(slot, "Slice", *before, *slice_, then=(_s(following),))
    table.end("index1", text=",")
    table.end("index2")
    table.optional("bound", "")
    table.optional("step", ":")
    table.optional("maybe", " ")
    table.add("id", "ID", _TOKEN)


def _targets(table):
    """What is assigned to; what is deleted or annotated is one thing, not several."""
    forms = _expressions()
    of_one = {action: forms[action][1] for action in ("ID", "Attribute", "Subscript")}
    several = {"Tuple": ("(", _s("targets0")), "List": ("[", _s("items0"), "]")}
    forms = {**of_one, **several}

    def add(slot, chosen, before=(), then=()):
        for action, parts in chosen.items():
            table.add(slot, action, *before, *parts, then=then)

    add("target", forms)
    add("single", of_one)
    lists = [("targets0", "targets1", (), ")"), ("targets1", "targets2", (", ",), ",)")]
    lists += [("targets2", "targets2", (", ",), ")"), ("items0", "items1", (), ""), ("items1", "items1", (", ",), "")]
    for slot, following, before, end in lists:
        add(slot, forms, before, (_s(following),))
        table.add(slot, "Starred", *before, "*", _s("target"), then=(_s(following),))
        table.end(slot, text=end)
    add("deleted0", of_one, then=(_s("deleted1"),))
    add("deleted1", of_one, (", ",), (_s("deleted1"),))
    table.end("deleted1")


def _parameters(table):
    """Those of a lambda, by states: 0 nothing yet, 1 plain ones, 2 with defaults; 3 and 4 likewise after "/".

    5 is behind a bare star, which a parameter must follow, 6 behind the first of those that are given by name.
    """
    for state, before in enumerate((" ", ", ", ", ", ", ", ", ", ", ", ", ")):
        slot, plain = f"lambda{state}", {0: 1, 1: 1, 3: 3, 5: 6, 6: 6}.get(state)
        if plain:
            table.add(slot, "ID", before, _TOKEN, then=(_s(f"lambda{plain}"),))
        default = {0: 2, 1: 2, 3: 4, 5: 6, 6: 6}.get(state, state)
        table.add(slot, "default", before, _s("id"), "=", _s("test"), then=(_s(f"lambda{default}"),))
        if state in (1, 2):
            table.add(slot, "/", ", /", then=(_s(f"lambda{state + 2}"),))
        if state < 5:
            table.add(slot, "vararg", before, "*", _s("id"), then=(_s("lambda6"),))
            table.add(slot, "*", before, "*", then=(_s("lambda5"),))
        if state != 5:
            table.add(slot, "kwarg", before, "**", _s("id"))
            table.end(slot)


def _names(table):
    for slot, before in (("dotted0", ()), ("dotted1", (".",))):
        table.add(slot, "ID", *before, _TOKEN, then=(_s("dotted1"),))
    for slot, before in (("imported0", ()), ("imported1", (", ",))):
        table.add(slot, "alias", *before, _s("dotted0"), _s("as"), then=(_s("imported1"),))
    for slot, before in (("from0", ()), ("from1", (", ",))):
        table.add(slot, "alias", *before, _s("id"), _s("as"), then=(_s("from1"),))
    table.add("from0", "*", "*")
    for slot, before in (("names0", ()), ("names1", (", ",))):
        table.add(slot, "ID", *before, _TOKEN, then=(_s("names1"),))
    for slot in ("module0", "module1"):
        table.add(slot, ".", ".", then=(_s("module1"),))
        table.add(slot, "ID", _TOKEN, then=(_s("dotted1"),))
    table.add("as", "as", " as ", _s("id"))
    table.end("dotted1", "imported1", "from1", "names1", "module1", "as")


def _statements(table):
    simple = {
        "Pass": ("pass",),
        "Break": ("break",),
        "Continue": ("continue",),
        "Expr": (_s("test"),),
        "Return": ("return", _s("maybe")),
        "Assign": (_s("target"), " = ", _s("value")),
        "AnnAssign": (_s("single"), ": ", _s("test"), _s("given")),
        "annotated name in brackets": ("(", _s("id"), "): ", _s("test"), _s("given")),
        "Delete": ("del ", _s("deleted0")),
        "Raise": ("raise", _s("error")),
        "Assert": ("assert ", _s("test"), _s("message")),
        "Import": ("import ", _s("imported0")),
        "ImportFrom": ("from ", _s("module0"), " import ", _s("from0")),
        "Global": ("global ", _s("names0")),
        "Nonlocal": ("nonlocal ", _s("names0")),
    }
    signs = {op: sign for of_level in _SIGNS.values() for op, sign in of_level.items()} | {"Pow": "**"}
    simple |= {f"{op}=": (_s("single"), f" {sign}= ", _s("test")) for op, sign in signs.items()}
    for action, parts in simple.items():
        for slot, before in (("program", ()), ("body", ()), ("more", ("; ",))):
            table.add(slot, action, *before, *parts, then=(_s("more"),))
    table.end("more")
    table.add("program", "For", "for ", _s("target"), " in ", _s("test"), ": ", _s("body"))
    table.add("program", "While", "while ", _s("test"), ": ", _s("body"))
    table.add("program", "If", "if ", _s("test"), ": ", _s("body"))
    table.expressions("value")
    table.add("value", "=", _s("target"), " = ", then=(_s("value"),))
    table.optional("given", " = ")
    table.optional("message", ", ")
    table.optional("error", " ", (_s("cause"),))
    table.optional("cause", " from ")


@cache
def python():
    """Returns the Grammar of a line of Python."""
    table = _Table()
    for level in LEVELS:
        # These two stand nowhere alone.
        if level not in ("cmp", "power"):
            table.expressions(level, level)
    for part in (_lists, _inside_expressions, _targets, _parameters, _names, _statements):
        part(table)
    return Grammar("program", table.productions, tokens=TOKENS, reserved=sorted({*kwlist, "async", "await"}))
