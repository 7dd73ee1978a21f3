"""The answers of the fill task: sentences with their gaps filled."""

import heapq
import math
import re
from dataclasses import dataclass

from seqtasks.pictures.attention.table import AttentionTable
from seqtasks.tasks import answer
from seqtasks.tasks.answer import Answer, decoded
from seqtasks.text import GAP, SHOWN_GAP

# A letter or digit right before or behind a gap.
_GLUED = re.compile(rf"[^\W_]{GAP}|{GAP}[^\W_]")


@dataclass(frozen=True)
class Filling(Answer):
    """An Answer to a sentence with gaps: the sentence with a word in each, the rest of it as it was given.

    Its score is the probability of the words, 0 if there is no gap. Each is that of its gap alone, the others unknown,
    so the probability of several is the product of theirs.

    Attributes:
        gaps: ({"begin", "end", "word", "probability"}, ...), places in characters of the input.
        candidates: for each gap ((word, probability), ...), as many as were asked for, the likeliest first.
        glued: whether a letter or digit is attached to a gap.
    """

    gaps: tuple = ()
    candidates: tuple = ()
    glued: bool = False

    graded = True

    def details(self):
        return {"gaps": list(self.gaps)}

    @property
    def remark(self):
        if self.text and not self.gaps and not self.cut:
            return "it has no gap; mark one by ___"
        return "a gap is a whole word, but letters are attached to one" if self.glued else None


class Reader(answer.Reader):
    """Reads the likeliest words of each gap; the alternatives of an Answer are ways to fill all gaps."""

    options = ("best",)
    answer_type = Filling
    odd_inputs = (*answer.Reader.odd_inputs, "___", "a _ __ ____ ?", "___ " * 300)

    def input_of(self, row):
        """Returns the sentence of a row with a gap in the middle."""
        words = row["text"].split()
        words[len(words) // 2 : len(words) // 2 + 1] = [SHOWN_GAP] * bool(words)
        return " ".join(words)

    def answers(self, inputs, found, *, best=1, **_):
        columns = (found[name] for name in ("filled", "words", "probabilities", "cut", "unknown"))
        return [_filling(one, *row, best=best) for one, *row in zip(inputs, *columns, strict=True)]

    def explanation(self, one, found):
        (filling,) = self.answers([one], found)
        return AttentionTable(
            kind="saliency",
            columns=tuple(map(decoded, found["pieces"][0])),
            rows=tuple(gap["word"] for gap in filling.gaps),
            weights=found["weights"][0],
            source=one,
            prediction=filling.text,
            layout="text",
        )


def _filling(sentence, filled, words, probabilities, cut, unknown, *, best):
    """Returns the Filling of a sentence from words and their probabilities, (gaps, ...) with padding, best first."""
    places = [match.span() for match in re.finditer(GAP, sentence)]
    choices = [
        [(decoded(word), float(share)) for word, share in zip(*gap, strict=True)]
        for gap in zip(words, probabilities, strict=True)
        if decoded(gap[0][0])
    ]
    gaps = [
        {"begin": begin, "end": end, "word": gap[0][0], "probability": round(gap[0][1], 4)}
        for (begin, end), gap in zip(places, choices, strict=False)
    ]
    ways = [
        (_filled(sentence, places, chosen), math.exp(score) if choices else 0.0)
        for score, chosen in _likeliest(choices, best)
    ]
    text = decoded(filled)
    alternatives, glued = ((text, ways[0][1]), *ways[1:]), bool(_GLUED.search(sentence))
    candidates = tuple(tuple(gap[:best]) for gap in choices)
    return Filling(text, ways[0][1], alternatives, bool(cut), float(unknown), tuple(gaps), candidates, glued)


def _likeliest(choices, best):
    """Returns the `best` likeliest ways to choose a word for each gap, [(log p, [word, ...]), ...].

    `choices` holds for each gap [(word, probability), ...], best first, the gaps independent of each other.
    """
    ways = [(0.0, [])]
    for gap in choices:
        scored = [(word, math.log(max(share, 1e-30))) for word, share in gap]
        # Before a way of rank i with a word of rank j come i * j - 1 others.
        longer = (
            (score + logp, [*chosen, word])
            for rank, (score, chosen) in enumerate(ways, start=1)
            for word, logp in scored[: best // rank]
        )
        ways = heapq.nlargest(best, longer, key=lambda way: way[0])
    return ways


def _filled(sentence, places, words):
    """Returns a sentence with words in its first gaps, as GappedWords.filled does."""
    text, end = "", 0
    words = [*words, *[SHOWN_GAP] * (len(places) - len(words))]
    for (begin, after), word in zip(places, words, strict=True):
        text, end = text + sentence[end:begin] + word, after
    return text + sentence[end:]
