"""The words of a text as they are shaded: from pieces to what is shown, how strong each is, and where lines break."""

import unicodedata

from seqtasks.pictures.pieces import BOUNDARY, SPACE, display_width, elide, visible

LONGEST_WORD = 40
# Sets a mark apart from the word it was glued to, in texts of words.
_JOINER = "\N{WORD JOINER}"
_END = "</s>"


def words_of(table):
    """Returns a pair for each column of an AttentionTable: whether a space stands before it, and the text to show.

    Spaces stand where pieces have the word-boundary mark. Where none has it, columns are words, with a space between
    them, but for characters of a text that was written without spaces.
    """
    marked = any(piece.startswith(BOUNDARY) for piece in table.columns)
    spaced = not marked and _plain("".join(table.columns)) not in _plain(table.source)
    words, glued = [], True
    for piece in table.columns:
        text = piece.removeprefix(BOUNDARY)
        begins = (spaced or piece == _END or (piece != text and bool(text))) and not glued
        begins, glued = begins and not text.startswith(_JOINER), text.endswith(_JOINER)
        shown = visible(text.strip(_JOINER)) if text else SPACE
        words.append((begins, elide(shown, columns=LONGEST_WORD)))
    return words


def _plain(text):
    return unicodedata.normalize("NFKC", text).casefold()


def strengths(weights):
    """Returns weights (n,) as shares of the largest; a word's weight in a long text is small, however it stands out."""
    return weights / weights.max(initial=1e-9)


def strongest(words, weights):
    """Returns in words which has the largest weight; a shade is a share of it."""
    if not words:
        return "no words"
    return f"most: {words[weights.argmax()][1]}, {100 * float(weights.max()):.1f} %"


def lines_of(words, sizes, *, space, width):
    """Breaks a text into lines of at most `width`, at spaces and between wide characters where that can be.

    Args:
        words: as `words_of` gives them.
        sizes: how wide each is.
        space: how wide a space is.

    Returns:
        A list of lists of numbers of words; a word alone may be wider.
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
