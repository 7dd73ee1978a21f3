"""The words of a shaded text: from pieces to words, their strengths, and line breaks."""

import unicodedata

import numpy as np

from seqtasks.pictures.pieces import BOUNDARY, SPACE, display_width, elide, visible

LONGEST_WORD = 40
# Sets a mark apart from the word it was glued to, in texts of words.
JOINER = "\N{WORD JOINER}"
_END = "</s>"


def words_of(table):
    """Returns a pair for each column of an AttentionTable: whether a space stands before it, and the text to show.

    A space stands before each piece with the word-boundary mark. If no piece has it, columns are words with a space
    between them, unless they are characters of a text without spaces.
    """
    marked = any(piece.startswith(BOUNDARY) for piece in table.columns)
    spaced = not marked and _plain("".join(table.columns)) not in _plain(table.source)
    words, glued = [], True
    for piece in table.columns:
        text = piece.removeprefix(BOUNDARY)
        begins = (spaced or piece == _END or (piece != text and bool(text))) and not glued
        begins, glued = begins and not text.startswith(JOINER), text.endswith(JOINER)
        shown = visible(text.strip(JOINER)) if text else SPACE
        words.append((begins, elide(shown, columns=LONGEST_WORD)))
    return words


def _plain(text):
    return unicodedata.normalize("NFKC", text).casefold()


def strengths(weights):
    """Returns weights divided by the largest, whatever its sign.

    In a long text even a word that stands out has a small weight.
    """
    return weights / np.abs(weights).max(initial=1e-9)


def strongest(words, weights, *, signed=False):
    """Returns the word with the largest weight, and that weight, as text; shades are relative to it.

    Of `signed` weights it is the word that speaks most for the answer and the one that speaks most against it.
    """
    if not words:
        return "no words"
    if signed:
        most = [
            f"{what}: {words[place][1]}, {weights[place]:+.2f}"
            for what, place in (("for", weights.argmax()), ("against", weights.argmin()))
            if (weights[place] > 0) == (what == "for")
        ]
        return "; ".join([*most, f"together {weights.sum():+.2f} nats"])
    return f"most: {words[weights.argmax()][1]}, {100 * float(weights.max()):.1f} %"


def note_of(table):
    """Returns a sentence that explains the shades of a text."""
    if table.signed:
        return (
            "Blue words speak for it, orange and underlined ones against it: what each adds to log p, in nats "
            "(integrated gradients)."
        )
    return f"The stronger a word is shaded, the more {table.kind} weight it has."


def lines_of(words, sizes, *, space, width):
    """Breaks a text into lines of at most `width`, at spaces and between wide characters where possible.

    Args:
        words: from `words_of`.
        sizes: width of each word.
        space: width of a space.

    Returns:
        A list of lists of numbers of words; a line of one word may be wider.
    """
    lines, used = [], 0
    for chunk in _unbroken(words):
        parts = [chunk] if sum(sizes[number] for number in chunk) <= width else [[number] for number in chunk]
        for part in parts:
            needed = sum(sizes[number] for number in part) + space * words[part[0]][0]
            if not lines or used + needed > width:
                lines.append([])
                used = -space * words[part[0]][0]
            lines[-1] += part
            used += needed
    return lines


def _unbroken(words):
    """Returns lists of numbers of words that should stand on one line."""
    chunks, before = [], SPACE
    for number, (spaced, text) in enumerate(words):
        if spaced or before == SPACE or display_width(text) > len(text):
            chunks.append([])
        chunks[-1].append(number)
        before = text
    return chunks
