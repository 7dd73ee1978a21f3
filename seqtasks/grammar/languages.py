"""The languages that programs are written in: a grammar and what reads programs by it."""

import ast
from collections.abc import Callable
from typing import NamedTuple

from seqtasks.grammar import expressions, shell
from seqtasks.grammar.expression_reader import CodeError
from seqtasks.grammar.grammar import Action, Grammar
from seqtasks.grammar.python import python
from seqtasks.grammar.reading import completed, read

_NO_PROGRAM = (SyntaxError, ValueError, RecursionError, MemoryError)


class Language(NamedTuple):
    """A language.

    Attributes:
        grammar: returns its Grammar.
        read: (code, grammar) -> actions; raises CodeError.
        plain: {action: text}, a token of each kind, for where no other can be written.
        tree_of: program -> a string that is the same for programs of the same tree, None for one that does not parse;
            nothing is ever run.
        form_of: program -> the text that it is compared in, or None.
        parser: what reads programs, for signatures.
        completed: program, or a part of one -> the program that is learned.
    """

    grammar: Callable[[], Grammar]
    read: Callable[[str, Grammar], list[Action]]
    plain: dict[str, str]
    tree_of: Callable[[str], str | None]
    form_of: Callable[[str], str | None]
    parser: str
    completed: Callable[[str], str] = str


def _python_tree(program):
    try:
        return ast.dump(ast.parse(program))
    except _NO_PROGRAM:
        return None


def _python_form(program):
    try:
        return ast.unparse(ast.parse(program))
    except _NO_PROGRAM:
        return None


def _shell_form(program):
    grammar = shell.shell()
    try:
        return grammar.write(shell.read_commands(program, grammar))
    except CodeError:
        return None


LANGUAGES = {
    "python": Language(python, read, expressions.PLAIN, _python_tree, _python_form, "Python's ast", completed),
    # A line of commands is its tree: only blanks do not count.
    "shell": Language(shell.shell, shell.read_commands, shell.PLAIN, _shell_form, _shell_form, "shell grammar"),
}
