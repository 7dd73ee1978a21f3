"""The tree of a search against the answers of the same search."""

from collections import Counter

import pytest

from seqtasks.tasks.task import as_arrays, strings


def check_tree(task, inputs):
    """Checks the trees of inputs: their leaves are the answers, and nothing in them is better than what was kept."""
    beam, penalty = task.settings.search.beam, task.settings.search.length_penalty
    for one in inputs:
        nodes = task.predictor.tree(one, best=2)
        (answer,) = task.predictor.answers([one], best=2)
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
