"""The grammar of a line of shell commands: words, joined by pipes and lists, with redirections.

A word is a plain word, a placeholder such as {{path/to/file}}, a literal in quotes, or several of them side by side.
Expansions in brackets, compound commands, escapes outside quotes and comments are not in it. Read, never run.
"""

import re
from functools import cache

from seqtasks.grammar.building import END, TOKEN, Slot, Table
from seqtasks.grammar.expression_reader import CodeError
from seqtasks.grammar.grammar import Action, DerivationError, Grammar

# Of tokens: which words of a sentence may be copied as such.
_PLAIN = r"A-Za-z0-9_./:@%+=,~^\-"
TOKENS = {
    "WORD": rf"[{_PLAIN}]*[A-Za-z0-9][{_PLAIN}]*",
    "PLACE": r"\{\{[^{}\n]+\}\}",
    "STR": r"'[^'\\\r\n]*'",
}
PLAIN = {"WORD": "x", "PLACE": "{{x}}", "STR": "''"}
_RESERVED = tuple(
    re.findall(r"\w+", "if then elif else fi for while until do done case esac in function select time coproc")
)
_LISTS = ("|", "&&", "||", ";")
_REDIRECTIONS = (">", ">>", "<", "2>", "2>>", "&>")
# What a user is told where nothing stands in a slot.
_MISSING = {"name": "a command is missing", "file": "a file is missing"}
# What a line is made of; a redirection begins a word.
_LEXER = re.compile(
    r"(?P<blank>[ \t]+)|(?P<same>2>&1)|(?P<redirection>2>>|2>(?!&)|&>(?!>)|>>|>(?![&|>])|<(?![<(&>]))"
    r"|(?P<list>\|\||&&|\|(?!&)|;(?!;)|&)"
    r"|(?P<PLACE>\{\{[^{}\n]+\}\})|(?P<STR>'[^'\n]*'|\"(?:[^\"\\\n`]|\\[^\n])*\")|(?P<WORD>[^\s'\"\\|&;<>(){}`#]+)"
)


def _words(table, slot, before="", then=()):
    """Adds all forms of a word."""
    for token in TOKENS:
        table.add(slot, token, before, TOKEN, then=then)
    table.add(slot, "Joined", before, Slot("joined"), then=then)


def _parts(table):
    """The parts of a joined word, two at least; two plain words side by side would be one."""
    for token in TOKENS:
        plain = token == "WORD"
        table.add("joined", token, TOKEN, then=(Slot("behind word" if plain else "behind other"),))
        for slot in ("behind other", "more"):
            table.add(slot, token, TOKEN, then=(Slot("more behind word" if plain else "more"),))
        if not plain:
            for slot in ("behind word", "more behind word"):
                table.add(slot, token, TOKEN, then=(Slot("more"),))
    table.end("more", "more behind word")


@cache
def shell():
    """Returns the Grammar of a line of commands."""
    table = Table()
    table.add("line", "Command", Slot("name"), Slot("arguments"), then=(Slot("rest"),))
    _words(table, "name")
    _words(table, "arguments", " ", (Slot("arguments"),))
    _words(table, "file")
    _parts(table)
    for sign in _REDIRECTIONS:
        table.add("arguments", sign, f" {sign} ", Slot("file"), then=(Slot("arguments"),))
    table.add("arguments", "2>&1", " 2>&1", then=(Slot("arguments"),))
    for sign in _LISTS:
        table.add("rest", sign, f" {sign} ", Slot("name"), Slot("arguments"), then=(Slot("rest"),))
    table.add("rest", "&", " &")
    table.end("arguments", "rest")
    return Grammar("line", table.productions, tokens=TOKENS, reserved=_RESERVED)


def read_commands(code: str, grammar: Grammar) -> list[Action]:
    """Returns the actions that write a line of commands; raises CodeError for one that is not in the grammar."""
    actions: list[Action] = [("Command", "")]
    parts: list[Action] = []

    def finish_word():
        actions.extend(parts if len(parts) < 2 else [("Joined", ""), *parts, (END, "")])
        parts.clear()

    place, code = 0, code.strip()
    while place < len(code):
        found = _LEXER.match(code, place)
        if not found:
            raise CodeError(f"is not in the grammar: {code[place : place + 10]!r}, line 1")
        kind, text = str(found.lastgroup), found[0]
        if kind in TOKENS:
            if text in _RESERVED:
                raise CodeError(f"is not in the grammar: {text}, line 1")
            parts.append((kind, text))
        else:
            finish_word()
            if kind == "list":
                actions += [(END, ""), (text, "")]
            elif kind != "blank":
                actions.append((text, ""))
        place = found.end()
    finish_word()
    if actions[-1] != ("&", ""):
        actions += [(END, "")] * 2
    if len(code) == 0:
        raise CodeError("is empty")
    try:
        grammar.derive(actions)
    except DerivationError as error:
        ends = error.slot in _MISSING and actions[error.step] == (END, "")
        why = _MISSING[error.slot] if ends else error
        raise CodeError(f"is not in the grammar: {why}, line 1") from None
    return actions
