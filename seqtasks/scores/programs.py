"""Scores of programs: exact matches of trees, BLEU of their tokens, and the share that parses."""

import math
import re
from collections import Counter

from seqtasks.grammar.languages import LANGUAGES
from seqtasks.scores import Metric, rate

_ORDERS = (1, 2, 3, 4)
_MARK, _INNER_CAPITAL = re.compile(r"([^A-Za-z0-9_])"), re.compile(r"([a-z])([A-Z])")


def metrics(references, language="python"):
    """Returns the metrics of programs: exact match of trees, BLEU, the share that parses.

    Two programs are the same if the same tree is read, by Python itself for Python: spaces, brackets that change
    nothing, and how a string is quoted do not count; 1, 1.0 and True are three things.

    Args:
        references: for each sentence, one or more programs; one that does not parse is matched by none.
        language: a key of LANGUAGES.
    """
    tree_of, parser = LANGUAGES[language].tree_of, LANGUAGES[language].parser
    wanted = [{tree for one in of_row if (tree := tree_of(one)) is not None} for of_row in references]

    def exact(programs):
        return [[tree_of(one) in of_row, 1] for one, of_row in zip(programs, wanted, strict=True)]

    def parses(programs):
        return [[tree_of(one) is not None, 1] for one in programs]

    return [
        Metric("exact", f"trees of {parser}|refs:any", exact, lambda totals: float(rate(*totals))),
        _bleu(references, language),
        Metric("parses", parser, parses, lambda totals: float(rate(*totals))),
    ]


def tokens(program, language="python"):
    """Returns the tokens of a program by the rule of Ling et al. (2016), which the field has kept.

    Each mark is a token, a capital behind a small letter begins one, and both quotes are the same. A program that
    parses is taken in the form in which its tree is written, by Python's ast for Python, so that spaces, needless
    brackets and the choice of quotes do not count.
    """
    form = LANGUAGES[language].form_of(program)
    program = program if form is None else form
    program = _INNER_CAPITAL.sub(r"\1 \2", _MARK.sub(r" \1 ", program))
    return program.replace('"', "`").replace("'", "`").split()


def _bleu(references, language):
    """Returns the metric BLEU (Papineni et al., 2002) of the tokens of whole programs, without smoothing.

    As in the evaluation of CoNaLa, whose sum is over the corpus; means of smoothed scores of sentences are higher.
    """
    wanted = [[tokens(one, language) for one in of_row] for of_row in references]
    grams = [[_grams(one) for one in of_row] for of_row in wanted]

    def one(program, of_row, grams_of_row):
        said = tokens(program, language)
        length = min(map(len, of_row), key=lambda length: (abs(length - len(said)), length))
        counts, most = _grams(said), Counter()
        for other in grams_of_row:
            most |= other
        matches, totals = ([0] * len(_ORDERS) for _ in range(2))
        for gram, count in counts.items():
            totals[len(gram) - 1] += count
            matches[len(gram) - 1] += min(count, most[gram])
        return [len(said), length, *matches, *totals]

    def statistics(programs):
        return [one(*given) for given in zip(programs, wanted, grams, strict=True)]

    return Metric("BLEU", "n:1-4|tok:Ling et al.|form:ast|smooth:none|refs:closest", statistics, _bleu_of)


def _grams(tokens):
    return Counter(tuple(tokens[i : i + n]) for n in _ORDERS for i in range(len(tokens) - n + 1))


def _bleu_of(totals):
    said, length, *counts = totals
    matches, found = counts[: len(_ORDERS)], counts[len(_ORDERS) :]
    if not min(matches):
        return 0.0
    precision = sum(math.log(one / of) for one, of in zip(matches, found, strict=True)) / len(_ORDERS)
    return 100 * math.exp(precision + min(0.0, 1 - length / said))
