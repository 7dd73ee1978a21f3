"""The tree of a search, and what explains it, against the answers of the same search."""

from collections import Counter

import numpy as np
import pytest

from seqtasks.tasks.task import as_arrays, strings


def check_tree(task, inputs):
    """Checks the trees of inputs: their leaves are the answers, and no more is kept at a step than the beam is wide."""
    beam, penalty = task.settings.search.beam, task.settings.search.length_penalty
    for one in inputs:
        nodes = task.predictor.tree(one, best=2)
        (answer,) = task.predictor.answers([one], best=2)
        both, table = task.predictor.explained(one, best=2)
        assert (both.text, table.rows) == (answer.text, task.predictor.explain(one).rows)
        np.testing.assert_allclose(table.weights, task.predictor.explain(one).weights, atol=1e-5)
        leaves = sorted((node for node in nodes if node.rank), key=lambda node: node.rank)
        paths = [path_of(nodes, node) for node in leaves]
        explained = as_arrays(task.function("explain")(strings([task.reader.content(one)])))
        assert [node.piece for node in paths[0]] == [piece.decode() for piece in explained["target_pieces"][0]]
        scores = [node.score for node in leaves]
        assert scores[:2] == pytest.approx([score for _, score in answer.alternatives], abs=1e-5)
        assert scores == pytest.approx([path[-1].logp / len(path) ** penalty for path in paths], abs=1e-5)
        assert all(node.parent is None or node.logp <= nodes[node.parent].logp for node in nodes)
        depths = [len(path_of(nodes, node)) for node in nodes]
        assert max(Counter(depths).values()) <= beam < len(nodes)
        assert depths == sorted(depths)


def path_of(nodes, node):
    """Returns the Nodes from a first one to this."""
    return [*([] if node.parent is None else path_of(nodes, nodes[node.parent])), node]
