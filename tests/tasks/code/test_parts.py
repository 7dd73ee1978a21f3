"""Each part of the coder can be left out."""

import ast

import numpy as np
import pytest
from code_pairs import TINY, write_pairs
from contract import Case, ModelContract, loss_and_gradients

from seqtasks import training
from seqtasks.text import EOS

_PARTS = {
    "model.characters=false": "characters",
    "model.father=false": "father_embedding",
    "model.frontier=false": "slot_embedding",
    "model.copies=false": "copy_kernel",
    "search.grammar=false": None,
}


def _case(folder, *more):
    return Case(
        task="code",
        corpus=write_pairs(folder / "pairs.tsv"),
        overrides=(*TINY, *more),
        inputs=("sort x", "a1 plus b2 .", "for each item in the list stop now"),
        explained=("source_pieces", "target_pieces", "attention"),
        joined=lambda columns: " ".join(columns[:-1]),
    )


@pytest.mark.parametrize("part", _PARTS)
def test_without_a_part_the_others_learn_and_write(part, tmp_path, caplog, eagerly):
    case = _case(tmp_path, "text.least=2", "search.max_length=8", part)
    task, corpus = training.start(case.prepare(tmp_path / "run"))
    assert not any(_PARTS[part] and _PARTS[part] in weight.path for weight in task.model.weights)
    batch = task.examples(corpus.split("train")[:25]).batch(range(4))
    _, gradients = loss_and_gradients(task, batch)
    assert [name for name, gradient in gradients.items() if not np.any(gradient)] == []
    *answers, blank = task.predictor.answers([*case.inputs, ""], beam=2)
    assert blank.text == ""
    if part == "model.copies=false":
        # Names that stand in no program often, and that only copying could write.
        assert "is not known, and nothing is copied; they are left out" in caplog.text
        assert set(task.predictor.explain(case.inputs[0]).copied) == {-1}
        assert (batch[4] < task.text.actions.size).all()
    if part == "search.grammar=false":
        # All actions share the softmax, so all of them are learned.
        _, allowed = task.model(batch[:4], batch[4:])
        assert allowed[:, :, EOS : task.text.actions.size].numpy().all()
        assert any(tree is None for tree in map(_parsed, answers))
    else:
        assert all(tree is not None for tree in map(_parsed, answers))


def _parsed(answer):
    try:
        return ast.parse(answer.text)
    except SyntaxError:
        return None


@pytest.mark.slow
class TestWithoutParts(ModelContract):
    """A sequence without copying, and without connection to anything but the action before."""

    @pytest.fixture(scope="class")
    def case(self, tmp_path_factory):
        return _case(tmp_path_factory.mktemp("corpus"), "text.least=1", *_PARTS)
