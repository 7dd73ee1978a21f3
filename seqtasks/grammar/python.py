"""The grammar of a line of Python: simple statements, or one that has others in it, which are simple.

The actions are named after the classes of Python's ast. Whatever the grammar derives, Python parses. What follows the
body of a statement, such as `else`, stands on a line of its own.
"""

from functools import cache
from keyword import kwlist

from seqtasks.grammar.building import TOKEN, Slot
from seqtasks.grammar.expressions import (
    LEVELS,
    SIGNS,
    TOKENS,
    PythonTable,
    inside_expressions,
    lists,
    parameters,
    targets,
)
from seqtasks.grammar.grammar import Grammar


def _names(table):
    for slot, before in (("dotted0", ()), ("dotted1", (".",))):
        table.add(slot, "ID", *before, TOKEN, then=(Slot("dotted1"),))
    for slot, before in (("imported0", ()), ("imported1", (", ",))):
        table.add(slot, "alias", *before, Slot("dotted0"), Slot("as"), then=(Slot("imported1"),))
    for slot, before in (("from0", ()), ("from1", (", ",))):
        table.add(slot, "alias", *before, Slot("id"), Slot("as"), then=(Slot("from1"),))
    table.add("from0", "*", "*")
    for slot, before in (("names0", ()), ("names1", (", ",))):
        table.add(slot, "ID", *before, TOKEN, then=(Slot("names1"),))
    for slot in ("module0", "module1"):
        table.add(slot, ".", ".", then=(Slot("module1"),))
        table.add(slot, "ID", TOKEN, then=(Slot("dotted1"),))
    table.add("as", "as", " as ", Slot("id"))
    table.end("dotted1", "imported1", "from1", "names1", "module1", "as")


def _statements(table):
    simple = {
        "Pass": ("pass",),
        "Break": ("break",),
        "Continue": ("continue",),
        "Expr": (Slot("test"),),
        "Return": ("return", Slot("maybe")),
        "Assign": (Slot("target"), " = ", Slot("value")),
        "AnnAssign": (Slot("single"), ": ", Slot("test"), Slot("given")),
        "annotated name in brackets": ("(", Slot("id"), "): ", Slot("test"), Slot("given")),
        "Delete": ("del ", Slot("deleted0")),
        "Raise": ("raise", Slot("error")),
        "Assert": ("assert ", Slot("test"), Slot("message")),
        "Import": ("import ", Slot("imported0")),
        "ImportFrom": ("from ", Slot("module0"), " import ", Slot("from0")),
        "Global": ("global ", Slot("names0")),
        "Nonlocal": ("nonlocal ", Slot("names0")),
    }
    signs = {op: sign for of_level in SIGNS.values() for op, sign in of_level.items()} | {"Pow": "**"}
    simple |= {f"{op}=": (Slot("single"), f" {sign}= ", Slot("test")) for op, sign in signs.items()}
    for action, parts in simple.items():
        for slot, before in (("program", ()), ("body", ()), ("more", ("; ",))):
            table.add(slot, action, *before, *parts, then=(Slot("more"),))
    table.end("more")
    table.expressions("value")
    table.add("value", "=", Slot("target"), " = ", then=(Slot("value"),))
    table.optional("given", " = ")
    table.optional("message", ", ")
    table.optional("error", " ", (Slot("cause"),))
    table.optional("cause", " from ")


def _compound(table):
    body = (": ", Slot("body"))
    loops = {
        "For": ("for ", Slot("target"), " in ", Slot("test"), *body, Slot("else")),
        "With": ("with ", Slot("with0"), *body),
        "FunctionDef": ("def ", Slot("id"), "(", Slot("parameter0"), ")", Slot("returns"), *body),
    }
    others = {f"Async{action}": ("async ", *parts) for action, parts in loops.items()} | {
        "While": ("while ", Slot("test"), *body, Slot("else")),
        "If": ("if ", Slot("test"), *body, Slot("orelse")),
        "Try": ("try", *body, Slot("handler0")),
        "ClassDef": ("class ", Slot("id"), "(", Slot("args0"), ")", *body),
    }
    for action, parts in {**loops, **others}.items():
        table.add("program", action, *parts)
        if action.endswith("Def"):
            table.add("decorated", action, *parts)
    for slot in ("program", "decorated"):
        table.add(slot, "decorator", "@", Slot("test"), then=("\n", Slot("decorated")))
    table.optional("returns", " -> ")
    table.add("orelse", "elif", "\nelif ", Slot("test"), *body, then=(Slot("orelse"),))
    for slot in ("else", "orelse"):
        table.add(slot, "else", "\nelse", *body)
    # A tuple that stands alone in brackets would be read as several things.
    for slot, before in (("with0", ()), ("with1", (", ",))):
        table.expressions(slot, before=before, then=(Slot("taken"), Slot("with1")), without=("Tuple",))
    for slot in ("handler0", "handler1"):
        table.expressions(slot, before=("\nexcept ",), then=(Slot("as"), *body, Slot("handler1")))
        table.add(slot, "except", "\nexcept", *body, then=(Slot("handler2"),))
    for slot in ("handler1", "handler2"):
        table.add(slot, "else", "\nelse", *body, then=(Slot("handler3"),))
    for slot in ("handler0", "handler1", "handler2", "handler3"):
        table.add(slot, "finally", "\nfinally", *body)
    table.end("else", "orelse", "with1", "handler1", "handler2", "handler3")


@cache
def python():
    """Returns the Grammar of a line of Python."""
    table = PythonTable()
    for level in LEVELS:
        # These two stand nowhere alone.
        if level not in ("cmp", "power"):
            table.expressions(level, level)
    for part in (lists, inside_expressions, targets, _names, _statements, _compound):
        part(table)
    parameters(table, "lambda", " ", annotated=False)
    parameters(table, "parameter", "", annotated=True)
    return Grammar("program", table.productions, tokens=TOKENS, reserved=sorted({*kwlist, "async", "await"}))
