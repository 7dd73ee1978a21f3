"""One piece of text as it is shown in a picture, and its width in terminal columns.

The word-boundary mark `▁` of subword pieces is kept: "▁Hola" and "Hola" are two entries of a vocabulary, and a label
that spells the piece can be looked up there. Pages and figures draw the mark faintly, so that the words stand out.
"""

import unicodedata

BOUNDARY = "▁"
EMPTY = "∅"
SPACE = "␣"
DOTTED_CIRCLE = "◌"

# Joiners shape the letters beside them in Persian, Indic scripts and emoji, so they stay where they have neighbours.
_JOINERS = "\u200c\u200d"
_BLANKS = "".join(chr(code) for code in range(0x3001) if unicodedata.category(chr(code)) == "Zs")
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def visible(piece):
    """Returns `piece` with its invisible and direction-changing characters made visible.

    Control and format characters, lone surrogates and private characters become escapes such as `\\n` or `\\u202e`;
    blanks at either end become `␣`; a mark with nothing before it sits on a dotted circle; an empty piece is `∅`.
    """
    if not piece:
        return EMPTY
    core = piece.strip(_BLANKS)
    start = piece.index(core) if core else len(piece)
    shown = [_shown(character, inside=0 < index < len(core) - 1) for index, character in enumerate(core)]
    if not display_width(shown[0] if shown else SPACE):
        shown.insert(0, DOTTED_CIRCLE)
    return SPACE * start + "".join(shown) + SPACE * (len(piece) - start - len(core))


def in_text(text):
    """Returns `text` with its invisible and direction-changing characters escaped; blanks and line ends stay."""
    # After a letter, so that a combining mark needs no dotted circle.
    return "".join(character if character in " \t\n" else visible("x" + character)[1:] for character in text)


def _shown(character, *, inside):
    if inside and character in _JOINERS:
        return character
    if unicodedata.category(character) in _INVISIBLE:
        return character.encode("unicode_escape").decode("ascii")
    return character


def display_width(text):
    """Returns the number of terminal columns `text` takes: 2 for a wide East-Asian character, 0 for a mark on one."""
    return sum(map(_columns, text))


def _columns(character):
    if unicodedata.category(character) in {"Mn", "Me", "Cf"} or "\u1160" <= character <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def elide(text, *, columns):
    """Returns `text`, cut and ended with `…` when it takes more than `columns` terminal columns."""
    if display_width(text) <= columns:
        return text
    kept, used = "", 0
    for character in text:
        used += _columns(character)
        if used > columns - 1:
            break
        kept += character
    return kept + "…"
