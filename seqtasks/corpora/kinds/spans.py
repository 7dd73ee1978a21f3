"""Entities given as spans of characters, as tags of words."""

import unicodedata
from itertools import groupby

from seqtasks.text.tags import to_tags


def words_of(text):
    """Returns the words of a text as (first, end) in characters.

    A word is a run of letters, their accents, digits and underscores, or any other character that is no blank.
    """
    found = []
    for kind, run in groupby(enumerate(text), key=lambda place: _kind(place[1])):
        places = [place for place, _ in run]
        if kind == "word":
            found.append((places[0], places[-1] + 1))
        elif kind == "mark":
            found += [(place, place + 1) for place in places]
    return found


def words_and_tags(text, spans):
    """Returns the words of a text and their iob2 tags from `spans`, each [first, end, type] in characters.

    Raises ValueError for a text or spans of another form, a span that begins or ends inside a word or outside the text,
    and spans that overlap.
    """
    if not isinstance(text, str) or not isinstance(spans, list) or not text.strip():
        raise ValueError("'text' must be a string that is not blank, and 'spans' a list of [first, end, type]")
    words = words_of(text)
    firsts = {first: number for number, (first, _) in enumerate(words)}
    ends = {end: number for number, (_, end) in enumerate(words, start=1)}
    found, covered = [], {}
    for span in spans:
        match span:
            case [int(first), int(end), str(kind)] if kind.strip() and 0 <= first < end <= len(text):
                pass
            case _:
                raise ValueError(f"the span {span} is no [first, end, type] inside the text of {len(text)} characters")
        if first not in firsts or end not in ends:
            cut = next((word for word in words if word[0] < first < word[1] or word[0] < end < word[1]), None)
            what = f"cuts the word '{text[slice(*cut)]}' ({cut[0]} to {cut[1]})" if cut else "has a blank at its edge"
            raise ValueError(f"the span {span}, '{text[first:end]}', {what}; move it to the edges of words")
        for number in range(firsts[first], ends[end]):
            if number in covered:
                raise ValueError(f"the spans {covered[number]} and {span} overlap; keep one of them")
            covered[number] = span
        found.append((kind.strip(), firsts[first], ends[end]))
    return tuple(text[first:end] for first, end in words), tuple(to_tags(found, len(words)))


def _kind(character):
    if character.isspace():
        return "blank"
    return "word" if character == "_" or unicodedata.category(character)[0] in "LMN" else "mark"
