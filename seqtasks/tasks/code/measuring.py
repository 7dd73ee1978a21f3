"""What is measured of a coder besides its programs: those that no pair of train shows, and the nearest sentence's."""

import math
import re
from collections import Counter, defaultdict
from dataclasses import replace

from seqtasks.scores import significance

_WORD = re.compile(r"\w+|[^\w\s]")


def unseen(rows, train):
    """Returns the numbers of the rows whose sentence does not stand in train."""
    known = {row["source"] for row in train}
    return [number for number, row in enumerate(rows) if row["source"] not in known]


def nearest_programs(train, rows):
    """Returns for each row the program of the sentence of train that is most like its own.

    The likeness is the cosine of the words' counts, weighted by log(sentences / sentences with the word).
    """
    bags = [_bag(row["source"]) for row in train]
    idf = {
        word: math.log(1 + len(bags) / count) for word, count in Counter(word for bag in bags for word in bag).items()
    }
    where = defaultdict(list)
    for number, bag in enumerate(bags):
        size = math.sqrt(sum((count * idf[word]) ** 2 for word, count in bag.items()))
        for word, count in bag.items():
            where[word].append((number, count * idf[word] / size))
    found = []
    for row in rows:
        likeness = Counter()
        for word, count in _bag(row["source"]).items():
            for number, weight in where.get(word, ()):
                likeness[number] += count * idf[word] * weight
        best = max(likeness, key=lambda number: (likeness[number], -number), default=0)
        found.append(train[best]["targets"][0])
    return found


def _bag(sentence):
    return Counter(_WORD.findall(sentence.casefold()))


def beside(task, rows, train, answers):
    """Returns the scores of unseen sentences, if others are seen, and those of the nearest sentence; see Task.beside.

    `train` are the rows of train, None if they are gone.
    """
    if train is None:
        return [], []
    new, scores = unseen(rows, train), []
    if new and len(new) < len(rows):
        metric, *_ = task.scorer.metrics([rows[number] for number in new])
        score = significance.score(metric, [answers[number] for number in new])
        scores.append(replace(score, name="exact, unseen"))
    metric, *_ = task.scorer.metrics(rows)
    return scores, [("nearest sentence", significance.score(metric, nearest_programs(train, rows)))]
