"""Layers made inside a test that asks for `float64` compute in double precision."""

import pytest

from seqtasks.laboratory.gradients import double_precision


@pytest.fixture
def float64():
    with double_precision():
        yield
