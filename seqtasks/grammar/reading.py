"""Python code to actions, by way of Python's own parser.

Nothing is ever dropped: a class or a field of the tree that is not known here is refused by its name.
"""

import ast

from seqtasks.grammar.building import END
from seqtasks.grammar.expression_reader import CodeError, ExpressionReader
from seqtasks.grammar.grammar import Action, DerivationError, Grammar

# What stands before and behind a line that is a part of a statement, so that it is a whole one.
_COMPLETIONS = (
    ("", ""),
    ("", " pass"),
    ("if True: pass\n", " pass"),
    ("", " pass\nexcept: pass"),
    ("try: pass\n", " pass"),
    ("", "\ndef _(): pass"),
)


def read(code: str, grammar: Grammar) -> list[Action]:
    """Returns the actions that write a program with the tree of `code`; raises CodeError."""
    return read_tree(parsed(code), grammar)


def completed(code: str) -> str:
    """Returns code that parses: as it is, or if it is a line of a statement, such as `else:`, with what it lacks.

    `if x:` gets a body, `except E:` a `try` before it, a decorator a function behind it. What parses in no such way is
    returned as it is.
    """
    for before, behind in (("", None), *_COMPLETIONS):
        whole = code if behind is None else f"{before}{code.strip()}{behind}"
        try:
            ast.parse(whole)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        return whole
    return code


def parsed(code: str) -> ast.Module:
    """Returns the tree of code; raises CodeError if it does not parse."""
    try:
        return ast.parse(code)
    except SyntaxError as error:
        raise CodeError(f"does not parse: {error.msg}, line {error.lineno}") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise CodeError(f"does not parse: {error or 'too deep'}") from None


def read_tree(tree: ast.Module, grammar: Grammar) -> list[Action]:
    """Returns the actions of a tree, as `read` does."""
    if not tree.body:
        raise CodeError("is empty")
    reader = _StatementReader()
    try:
        reader.each(tree.body)
        # A statement that has a body ends with the body.
        if len(tree.body) > 1 or not hasattr(tree.body[0], "body"):
            reader.do(END)
        grammar.derive(reader.actions)
    except DerivationError as error:
        line = reader.lines[min(error.step, len(reader.lines) - 1)]
        raise CodeError(f"is not in the grammar: {error}, line {line}") from None
    except RecursionError:
        raise CodeError("is not in the grammar: too deep") from None
    return reader.actions


class _StatementReader(ExpressionReader):
    """Statements too."""

    def _assign(self, node):
        self.do("Assign")
        self.put(node.targets[0])
        for target in node.targets[1:]:
            self.do("=")
            self.put(target)
        self.put(node.value)

    def _augassign(self, node):
        self.do(f"{type(node.op).__name__}=")
        self.each([node.target, node.value])

    def _annassign(self, node):
        in_brackets = isinstance(node.target, ast.Name) and not node.simple
        self.do("annotated name in brackets" if in_brackets else "AnnAssign")
        self.each([node.target, node.annotation, node.value])

    def _raise(self, node):
        self.do("Raise")
        self.put(node.exc)
        if node.exc is not None:
            self.put(node.cause)

    def _import(self, node):
        self.do("Import")
        for one in node.names:
            self.do("alias")
            self.put(one.name.split("."))
            self._as(one.asname)
        self.do(END)

    def _importfrom(self, node):
        self.do("ImportFrom")
        for _ in range(node.level or 0):
            self.do(".")
        self.put(node.module.split(".") if node.module else [])
        if node.names[0].name == "*":
            self.do("*")
            return
        for one in node.names:
            self.do("alias")
            self.do("ID", one.name)
            self._as(one.asname)
        self.do(END)

    def _as(self, name):
        if name:
            self.do("as")
        self.put(name)

    def _for(self, node):
        self.do(type(node).__name__)
        self.each([node.target, node.iter, node.body])
        self._else(node.orelse)

    def _while(self, node):
        self.do("While")
        self.each([node.test, node.body])
        self._else(node.orelse)

    def _if(self, node, action="If"):
        self.do(action)
        self.each([node.test, node.body])
        if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
            self._if(node.orelse[0], "elif")
        else:
            self._else(node.orelse)

    def _else(self, body):
        if body:
            self.do("else")
        self.put(body)

    def _with(self, node):
        self.do(type(node).__name__)
        self.each([node.items, node.body])

    def _withitem(self, node):
        self.each([node.context_expr, node.optional_vars])

    def _try(self, node):
        self.do("Try")
        self.put(node.body)
        self.each(node.handlers)
        for word, body in (("else", node.orelse), ("finally", node.finalbody)):
            if body:
                self.do(word)
                self.put(body)
        if not node.finalbody:
            self.do(END)

    def _excepthandler(self, node):
        if node.type is None:
            self.do("except")
        else:
            self.put(node.type)
            self._as(node.name)
        self.put(node.body)

    def _functiondef(self, node):
        for decorator in node.decorator_list:
            self.do("decorator")
            self.put(decorator)
        self.do(type(node).__name__)
        self.each([node.name, node.args, node.returns, node.body])

    def _classdef(self, node):
        for decorator in node.decorator_list:
            self.do("decorator")
            self.put(decorator)
        self.do("ClassDef")
        self.put(node.name)
        self.each(node.bases)
        self.each([node.keywords, node.body])

    _asyncfor, _asyncwith, _asyncfunctiondef = _for, _with, _functiondef
