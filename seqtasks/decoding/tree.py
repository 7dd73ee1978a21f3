"""The hypotheses that a beam search kept after each step, as a tree; no TensorFlow."""

from collections.abc import Sequence
from dataclasses import dataclass

# Below it a hypothesis stands only where there were fewer than the beam is wide.
_UNREACHED = -1e6


@dataclass(frozen=True)
class Node:
    """A piece that a search wrote behind those of its ancestors.

    A node that no other has as its parent was dropped after its step, unless it has a rank.

    Attributes:
        piece: the piece.
        logp: log p of the pieces up to here.
        parent: the number of the node before, None for a first piece.
        rank: of the hypothesis that ends here among the final ones, from 1; None if none ends here.
        score: by which it is ranked, None without a rank.
    """

    piece: str
    logp: float
    parent: int | None
    rank: int | None = None
    score: float | None = None


def tree_of(parents, pieces, logp, order, scores) -> list[Node]:
    """Returns the Nodes of a search, step by step, from what it kept.

    Args:
        parents: (steps, beam) ints, the hypotheses before the step that were continued.
        pieces: (steps, beam) str, "" for hypotheses that had ended before.
        logp: (steps, beam).
        order: (beam,) ints, the last hypotheses, best first.
        scores: (beam,), of them, in that order.
    """
    nodes: list[Node] = []
    last: Sequence[int | None] = [None] * len(order)
    for before, written, totals in zip(parents, pieces, logp, strict=True):
        reached = []
        for parent, piece, total in zip(before, written, totals, strict=True):
            place = last[parent]
            if piece and total > _UNREACHED:
                nodes.append(Node(piece, float(total), place))
                place = len(nodes) - 1
            reached.append(place)
        last = reached
    for rank, (lane, score) in enumerate(zip(order, scores, strict=True), start=1):
        if (place := last[lane]) is not None and score > _UNREACHED:
            node = nodes[place]
            nodes[place] = Node(node.piece, node.logp, node.parent, rank, float(score))
    return nodes
