"""Properties of a text, character by character, that a unit of a network might follow: quotes, brackets, the line, ...

Like a state, the value at a character holds right after that character was read. So an opening mark is inside the pair
that it opens, a closing mark is outside, and at a line end the position is 0, that of the next line's beginning.
"""

import bisect
import re

import numpy as np

# Distance in characters from which the end of a line is near.
_NEAR = 5
_BRACKETS = {")": "(", "]": "[", "}": "{"}
_PARAGRAPH_END = re.compile(r"\n(?=[^\S\n]*\n)|\Z")
_INDENTATION = re.compile(r"^[ \t]+", re.MULTILINE)
_URL = re.compile(r"(?:\b(?:https?|ftp)://|\bwww\.)[^\s<>\"'`()\[\]{}]*[^\s<>\"'`()\[\]{}.,;:!?]")
_COMMENT = re.compile(r"(?:^|(?<=\s))#(?=[ \t!:])[^\n]*|^[ \t]*//[^\n]*|/\*.*?\*/", re.MULTILINE | re.DOTALL)

# An apostrophe at the beginning of the first, or at the end of the second, is not a quotation mark.
_BEGUN = r"(?:bout|cause|em|gainst|neath|round|till?|tis|twas|tween|twere|twill|twixt|twould|\d0s)\b(?!')"
_ENDED = r"(?<! i)(?<! o)(?<! th)"
_MARKS = {
    '"""': '"""',
    "'''": "'''",
    '"': r'(?<!\\)"',
    "“": "”",
    "„": "[“”]",
    "«": "»",
    "「": "」",
    "'": rf"{_ENDED}(?<!\\)'(?!\w)",
    "‘": r"’(?!\w)",
}
_CLOSING = {opening: re.compile(closing, re.IGNORECASE) for opening, closing in _MARKS.items()}
_OPENING = re.compile(rf"\"\"\"|'''|[\"“„«「‘]|(?<!\w)(?:[bfru]{{1,2}})?'(?!{_BEGUN})", re.IGNORECASE)
# The first may span paragraphs; the second are apostrophes if nothing closes them.
_LONG, _DOUBTFUL = ('"""', "'''"), ("'", "‘")


def properties_of(text):
    """Returns the properties of the characters of a text, {name: (characters,) float64 in [0, 1]}.

    inside quotes: between quotation marks. An unclosed quotation ends with its paragraph; an unclosed single mark is an
        apostrophe.
    inside brackets, depth of brackets: within (), [] or {}, and the depth as a share of the largest; the depth is all 0
        if no brackets are nested. An unclosed bracket ends with its paragraph, unless it is at the end of a line, as in
        program text.
    inside a URL, inside a comment: 1 at all its characters; comments are `# ...`, `// ...` on a line of their own, and
        `/* ... */`.
    position in the line: characters since the line began, as a share of the largest.
    end of the line is near: the end is at most 5 characters away.
    indentation: leading blanks of the line read so far, as a share of the largest; a tab goes to the next multiple of
        8.
    upper case, digit, word start: properties of the character itself.
    """
    depth = _depth(text)
    most = depth.max(initial=0)
    position, near = _place_in_line(text)
    return {
        "inside quotes": _inside_quotes(text),
        "inside brackets": np.minimum(depth, 1),
        "depth of brackets": _share(depth) if most > 1 else np.zeros(len(text)),
        "inside a URL": _matched(_URL, text),
        "inside a comment": _matched(_COMMENT, text),
        "position in the line": _share(position),
        "end of the line is near": near,
        "indentation": _share(_indentation(text)),
        "upper case": _of_each(text, str.isupper),
        "digit": _of_each(text, str.isdigit),
        "word start": _word_starts(text),
    }


def properties_of_pieces(pieces):
    """Returns the properties of pieces, {name: (pieces,)}: those of the first non-blank character of each.

    For a blank piece they are those of its first character, for an empty one those of the piece before.
    """
    lengths = np.array([len(piece) for piece in pieces], int)
    blanks = np.array([len(piece) - len(piece.lstrip()) for piece in pieces], int)
    places = np.cumsum(lengths) - lengths + np.where(blanks < lengths, blanks, 0) - (lengths == 0)
    found = properties_of("".join(pieces))
    if not lengths.sum():
        return {name: np.zeros(len(pieces)) for name in found}
    return {name: values[np.maximum(places, 0)] for name, values in found.items()}


def _inside_quotes(text):
    inside, ends, place = np.zeros(len(text)), _paragraph_ends(text), 0
    while opening := _OPENING.search(text, place):
        place, mark = opening.end(), opening[0].lower().lstrip("bfru")
        end = ends[bisect.bisect_left(ends, place)]
        closing = _CLOSING[mark].search(text, place, len(text) if mark in _LONG else end)
        if closing:
            inside[place - 1 : closing.start()] = 1
            place = closing.end()
        elif mark not in _DOUBTFUL:
            inside[place - 1 : end] = 1
            place = end
    return inside


def _depth(text):
    """Returns the number of open brackets after each character."""
    change, opened, ends = np.zeros(len(text) + 1), [], _paragraph_ends(text)
    for place, character in enumerate(text):
        if place == ends[0]:
            ends.pop(0)
            left = [start for start in opened if text[start + 1 : start + 2] != "\n"]
            opened = [start for start in opened if start not in left]
            _close(change, left, place)
        if character in _BRACKETS.values():
            opened.append(place)
        elif character in _BRACKETS:
            partners = [number for number, start in enumerate(opened) if text[start] == _BRACKETS[character]]
            if partners:
                _close(change, opened[partners[-1] :], place)
                del opened[partners[-1] :]
    _close(change, opened, len(text))
    return np.cumsum(change[:-1])


def _close(change, starts, end):
    for start in starts:
        change[start] += 1
        change[end] -= 1


def _paragraph_ends(text):
    return [end.start() for end in _PARAGRAPH_END.finditer(text)]


def _matched(pattern, text):
    found = np.zeros(len(text))
    for match in pattern.finditer(text):
        found[match.start() : match.end()] = 1
    return found


def _place_in_line(text):
    """Returns the number of characters read in the line, and 1 where its end is near, else 0."""
    places = np.arange(len(text))
    is_end = _of_each(text, "\n".__eq__) > 0
    position = places - np.maximum.accumulate(np.where(is_end, places, -1))
    # The last line may have been cut off, so its end is unknown.
    ends = np.append(np.flatnonzero(is_end), len(text) + _NEAR + 1)
    left = ends[np.searchsorted(ends, places, side="right")] - places - 1
    return position, (left <= _NEAR).astype(float)


def _indentation(text):
    found = np.zeros(len(text))
    for blanks in _INDENTATION.finditer(text):
        start, end = blanks.span()
        line_end = text.find("\n", end)
        found[start : line_end if line_end >= 0 else len(text)] = len(blanks[0].expandtabs())
        found[start:end] = [len(blanks[0][: count + 1].expandtabs()) for count in range(end - start)]
    return found


def _word_starts(text):
    is_word = _of_each(text, str.isalnum)
    before = np.concatenate([[0], is_word])[: len(text)]
    # An apostrophe within a word is part of it.
    for apostrophe in re.finditer(r"(?<=\w)['’](?=\w)", text):
        before[apostrophe.end()] = 1
    return is_word * (1 - before)


def _of_each(text, predicate):
    return np.fromiter(map(predicate, text), float, len(text))


def _share(values):
    return values / max(values.max(initial=0), 1)
