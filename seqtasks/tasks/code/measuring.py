"""What is measured of a coder besides: pairs that train shows and others apart, the nearest sentence's program."""

import math
import re
from collections import Counter, defaultdict
from dataclasses import replace

from seqtasks.scores import significance

_WORD = re.compile(r"\w+|[^\w\s]")


def seen_and_unseen(rows, train):
    """Returns the numbers of the rows of which a pair of sentence and program stands in train, and of the others."""
    known, found = {pair for row in train for pair in _pairs(row)}, ([], [])
    for number, row in enumerate(rows):
        found[known.isdisjoint(_pairs(row))].append(number)
    return found


def _pairs(row):
    return {(row["source"], target) for target in row["targets"]}


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
    """Returns the scores of seen and of unseen pairs apart, if there are both, and those of the nearest sentence.

    See Task.beside; `train` are the rows of train, None if they are gone.
    """
    if train is None:
        return [], []
    scores, parts = [], dict(zip(("seen", "unseen"), seen_and_unseen(rows, train), strict=True))
    for name, numbers in parts.items() if all(parts.values()) else ():
        metric, *_ = task.scorer.metrics([rows[number] for number in numbers])
        score = significance.score(metric, [answers[number] for number in numbers])
        signature = f"pairs {'' if name == 'seen' else 'not '}in train|n:{len(numbers):,}|{score.signature}"
        scores.append(replace(score, name=f"exact, {name}", signature=signature))
    metric, *_ = task.scorer.metrics(rows)
    return scores, [("nearest sentence", significance.score(metric, nearest_programs(train, rows)))]
