"""Scores of programs: exact matches of trees, and the share that parses."""

import ast

from seqtasks.scores import Metric, rate


def metrics(references):
    """Returns the metrics of programs: exact match of trees, the share that parses.

    Two programs are the same if Python reads the same tree: spaces, brackets that change nothing, and how a string is
    quoted do not count; 1, 1.0 and True are three things.

    Args:
        references: for each sentence, one or more programs; one that does not parse is matched by none.
    """
    wanted = [{tree for one in of_row if (tree := tree_of(one)) is not None} for of_row in references]

    def exact(programs):
        return [[tree_of(one) in of_row, 1] for one, of_row in zip(programs, wanted, strict=True)]

    def parses(programs):
        return [[tree_of(one) is not None, 1] for one in programs]

    return [
        Metric("exact", "trees of Python's ast|refs:any", exact, lambda totals: float(rate(*totals))),
        Metric("parses", "Python's ast", parses, lambda totals: float(rate(*totals))),
    ]


def tree_of(program):
    """Returns a string that is the same for programs of the same tree, None for one that does not parse.

    The program is read, never run.
    """
    try:
        return ast.dump(ast.parse(program))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
