"""Scores of captions where the things in an image and their places are known: what is named, and where one looks."""

import re
from dataclasses import dataclass

import numpy as np

from seqtasks.scores import Metric, rate
from seqtasks.scores.captions import words
from seqtasks.text.nouns import NUMBERS, plural

_COUNTS = {"a": 1, "an": 1, **{word: count for count, word in NUMBERS.items()}}
# What is said between two things, with the axis of the middles of boxes and whether the first thing comes first.
_RELATIONS = {"to the left of": (0, True), "to the right of": (0, False), "above": (1, True), "below": (1, False)}
_RELATION = re.compile(rf"\b({'|'.join(_RELATIONS)})\b")
_MOST_RELATION = 5


@dataclass(frozen=True)
class Mention:
    """A thing named in a caption: its noun, its number (None if it is not said), its first word and the one behind."""

    noun: str
    count: int | None
    start: int
    end: int


class Nouns:
    """Finds the nouns of known things in captions."""

    def __init__(self, nouns):
        """Takes the nouns in the singular."""
        self._forms = {tuple(words(form)): noun for noun in nouns for form in (plural(noun), noun)}
        self._longest = max([1, *map(len, self._forms)])

    def mentions(self, said):
        """Returns the Mentions in a list of words, in order; of "hot dog" that of the hot dog alone."""
        found, place = [], 0
        while place < len(said):
            for length in range(self._longest, 0, -1):
                noun = self._forms.get(tuple(said[place : place + length]))
                if noun and place + length <= len(said):
                    count = _COUNTS.get(said[place - 1]) if place else None
                    found.append(Mention(noun, count, place, place + length))
                    place += length
                    break
            else:
                place += 1
        return found


def relations(said, mentions):
    """Returns the relations that a caption states between Mentions: [(noun, relation, noun), ...].

    A relation stands right before the article of its second thing; its first is named before it, or if none is, right
    after the second, as in "below a cat there is a dog".
    """
    found = []
    for number, mention in enumerate(mentions):
        before = " ".join(said[max(0, mention.start - _MOST_RELATION) : mention.start - 1])
        relation = next((name for name in _RELATIONS if before.endswith(name)), None)
        if relation is None:
            continue
        others = mentions[number - 1 : number] if number else mentions[1:2]
        found += [(other.noun, relation, mention.noun) for other in others]
    return found


def holds(relation, one, other):
    """Returns whether a relation holds between all boxes (left, top, right, bottom) of one thing and of another."""
    axis, first = _RELATIONS[relation]
    here, there = ([(box[axis] + box[axis + 2]) / 2 for box in boxes] for boxes in (one, other))
    return max(here) < min(there) if first else min(here) > max(there)


def metrics(things, nouns):
    """Returns the metrics of captions of images whose things are known: object F1 first.

    Args:
        things: for each image {noun: boxes}; a box is (left, top, right, bottom), right and down, in shares of a side.
        nouns: all nouns that may be named.
    """
    finder = Nouns(nouns)

    def named(captions):
        for caption, there in zip(captions, things, strict=True):
            said = words(caption)
            yield said, finder.mentions(said), there

    def objects(captions):
        rows = [({mention.noun for mention in mentions}, set(there)) for _, mentions, there in named(captions)]
        return [(len(said & there), len(said), len(there)) for said, there in rows]

    def numbers(captions):
        rows = []
        for _, mentions, there in named(captions):
            counts = {mention.noun: mention.count for mention in mentions if mention.noun in there}
            rows.append((sum(len(there[noun]) == count for noun, count in counts.items()), len(counts)))
        return rows

    def related(captions):
        rows = []
        for said, mentions, there in named(captions):
            stated = relations(said, mentions)
            right = [
                one in there and other in there and holds(name, there[one], there[other]) for one, name, other in stated
            ]
            rows.append((sum(right), len(right)))
        return rows

    how = f"nouns:{len(set(nouns))}"
    return [
        Metric("object F1", f"micro|{how}", objects, lambda totals: float(rate(2 * totals[0], totals[1] + totals[2]))),
        Metric("hallucinated", f"share of nouns said|{how}", objects, lambda t: float(rate(t[1] - t[0], t[1]))),
        Metric("number", f"share of right nouns|{how}", numbers, lambda totals: float(rate(*totals))),
        Metric("relation", f"share of relations said|{how}", related, lambda totals: float(rate(*totals))),
    ]


def looks(finder, pieces, weights, grid, things):
    """Returns how the attention to an image fits the right nouns of its caption.

    Args:
        finder: a Nouns.
        pieces: the pieces written, as text without marks of word boundaries, one for each step.
        weights: (steps, cells), row by row of the grid.
        grid: (height, width) in cells.
        things: {noun: boxes}.

    Returns:
        For each right noun a tuple: whether the largest weight lies in a box of it at the step of its first word, and
        one step later; the weight inside its boxes then, and one later; the share of the image that its boxes cover.
    """
    said, steps = [], []
    for step, piece in enumerate(pieces):
        for word in words(piece):
            said.append(word)
            steps.append(step)
    found = []
    for mention in finder.mentions(said):
        if mention.noun not in things:
            continue
        covered = _covered(things[mention.noun], grid)
        at = steps[mention.start]
        rows = weights[[at, min(at + 1, len(weights) - 1)]]
        # The middle of the cell with the largest weight lies in a box if at least a quarter of the cell does.
        hits = [_inside(int(row.argmax()), grid, things[mention.noun]) for row in rows]
        found.append((*hits, *(float(row @ covered) for row in rows), float(covered.mean())))
    return found


def _inside(cell, grid, boxes):
    y, x = (cell // grid[1] + 0.5) / grid[0], (cell % grid[1] + 0.5) / grid[1]
    return any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in boxes)


def _covered(boxes, grid):
    """Returns the share of each cell that boxes cover, (cells,); where boxes overlap, the largest share of one."""
    height, width = grid
    shares = np.zeros((height, width))
    for left, top, right, bottom in boxes:
        across = _overlap(left, right, width)
        down = _overlap(top, bottom, height)
        shares = np.maximum(shares, np.outer(down, across))
    return shares.ravel()


def _overlap(low, high, cells):
    edges = np.arange(cells + 1) / cells
    return np.clip(np.minimum(high, edges[1:]) - np.maximum(low, edges[:-1]), 0, None) * cells
