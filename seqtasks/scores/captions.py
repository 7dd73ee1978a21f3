"""Scores of captions: CIDEr-D, BLEU-1 to BLEU-4, ROUGE-L, exact matches, repeated words.

METEOR and SPICE are left out, since both need Java and lists of words.
"""

import re
from collections import Counter
from functools import partial

import numpy as np

from seqtasks.scores import Metric, bleu, rate
from seqtasks.scores.translation import spaces_words, streams, tokenizer_for

_ORDERS = (1, 2, 3, 4)
# Of CIDEr-D, in words, and the weight of recall in ROUGE-L.
_SIGMA, _BETA = 6.0, 1.2
_WORD = re.compile(r"\w+(?:['’]\w+)*")


def metrics(references, *, language=""):
    """Returns the metrics of captions, CIDEr-D first.

    Args:
        references: for each image, one or more str.
        language: code of the captions' language; without spaces between words, characters are counted.
    """
    tokenizer = tokenizer_for(language, references)
    spaced = spaces_words(language) and tokenizer not in ("zh", "char")
    split = words if spaced else _characters
    tokens = f"case:lc|tok:{'words' if spaced else 'characters'}"
    found = [
        cider(references, split=split, tokens=tokens),
        *_bleu(references, tokenizer),
        rouge(references, split=split, tokens=tokens),
    ]
    return [*found, _exact(references, split, tokens), _repeated(split, tokens)]


def words(caption):
    """Returns the words of a caption in lower case, without marks."""
    return _WORD.findall(caption.casefold())


def _characters(caption):
    return [character for character in caption.casefold() if character.isalnum()]


def cider(references, *, split=words, tokens="case:lc|tok:words"):
    """Returns the metric CIDEr-D (Vedantam, Zitnick and Parikh, 2015, section 6), on the scale of its authors' code.

    The code of MS COCO (pycocoevalcap's Cider) is followed where it differs from the paper: the Gaussian is of the
    difference in the number of bigrams, and the mean over references, of orders 1 to 4, is times 10. As is usual, a
    hundred times that is shown, so that 95.3 is what COCO's code prints as 0.953. The document frequencies are those
    of the given references, in which an n-gram that all images have counts nothing.
    """
    references = [[_counts(split(one)) for one in of_image] for of_image in references]
    frequencies = Counter(gram for of_image in references for gram in set().union(*of_image))
    images = np.log(max(1, len(references)))
    weights = {gram: images - np.log(count) for gram, count in frequencies.items()}
    vectors = [[_vector(counts, weights, images) for counts in of_image] for of_image in references]

    def statistics(captions):
        return [
            (np.mean([_similarity(_vector(_counts(split(caption)), weights, images), one) for one in of_image]), 1)
            for caption, of_image in zip(captions, vectors, strict=True)
        ]

    signature = f"n:1-4|sigma:{_SIGMA:g}|idf:these references|scale:1000|{tokens}"
    return Metric("CIDEr-D", signature, statistics, lambda totals: 1000 * totals[0] / max(1, totals[1]))


def _counts(tokens):
    """Returns the Counter of n-grams of orders 1 to 4, as tuples."""
    return Counter(tuple(tokens[i : i + n]) for n in _ORDERS for i in range(len(tokens) - n + 1))


def _vector(counts, weights, unknown):
    """Returns ({n-gram: weight}, (4,) norms, number of bigrams); n-grams of no reference have the weight `unknown`."""
    vector = {gram: count * weights.get(gram, unknown) for gram, count in counts.items()}
    squares = np.zeros(len(_ORDERS))
    for gram, weight in vector.items():
        squares[len(gram) - 1] += weight * weight
    return vector, np.sqrt(squares), sum(count for gram, count in counts.items() if len(gram) == 2)


def _similarity(caption, reference):
    """Returns the clipped cosine of two vectors, mean over orders, 0-1."""
    (one, norms, length), (other, norms_of_other, length_of_other) = caption, reference
    products = np.zeros(len(_ORDERS))
    for gram, weight in one.items():
        if gram in other:
            products[len(gram) - 1] += min(weight, other[gram]) * other[gram]
    norms = norms * norms_of_other
    cosines = np.divide(products, norms, out=np.zeros_like(products), where=norms > 0)
    return float(np.mean(cosines) * np.exp(-((length - length_of_other) ** 2) / (2 * _SIGMA**2)))


def rouge(references, *, split=words, tokens="case:lc|tok:words"):
    """Returns the metric ROUGE-L (Lin, 2004), as MS COCO's code has it.

    The best precision and the best recall of a longest common subsequence are each taken over all references, and
    combined with beta 1.2; the score is the mean over images.
    """
    references = [[split(one) for one in of_image] for of_image in references]

    def one(caption, of_image):
        said = split(caption)
        common = [_common(said, reference) for reference in of_image]
        precision = max(common) / len(said) if said else 0.0
        recall = max(c / len(reference) if reference else 0.0 for c, reference in zip(common, of_image, strict=True))
        below = recall + _BETA**2 * precision
        return (1 + _BETA**2) * precision * recall / below if below else 0.0

    def statistics(captions):
        return [(one(caption, of_image), 1) for caption, of_image in zip(captions, references, strict=True)]

    return Metric("ROUGE-L", f"beta:{_BETA:g}|{tokens}", statistics, lambda totals: float(rate(*totals)))


def _common(one, other):
    """Returns the length of the longest common subsequence of two sequences."""
    lengths = [0] * (len(other) + 1)
    for word in one:
        before = 0
        for i, another in enumerate(other, start=1):
            before, lengths[i] = lengths[i], before + 1 if word == another else max(lengths[i], lengths[i - 1])
    return lengths[-1]


def _bleu(references, tokenizer):
    found = bleu.by_order(tokenizer, references=streams(references), orders=_ORDERS[::-1])
    return [
        Metric(name, str(one.get_signature()), partial(bleu.statistics, one, streams=None), partial(bleu.value, one))
        for name, one in found.items()
    ]


def _exact(references, split, tokens):
    """Returns the metric of captions that equal a reference."""
    wanted = [{tuple(split(one)) for one in of_image} for of_image in references]

    def statistics(captions):
        return [(tuple(split(one)) in right, 1) for one, right in zip(captions, wanted, strict=True)]

    return Metric("exact", tokens, statistics, lambda totals: float(rate(*totals)))


def _repeated(split, tokens):
    """Returns the metric of captions with a word, or two words, said twice in a row; lower is better."""

    def repeats(said):
        return any(said[i : i + n] == said[i + n : i + 2 * n] for n in (1, 2) for i in range(len(said) - 2 * n + 1))

    def statistics(captions):
        return [(repeats(split(one)), 1) for one in captions]

    return Metric("repeated", f"captions with one or two words twice in a row|{tokens}", statistics, _rate)


def _rate(totals):
    return float(rate(*totals))
