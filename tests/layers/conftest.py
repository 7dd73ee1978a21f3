"""Fixtures for layers: double precision, and every matrix spread as only large ones are."""

import pytest

from seqtasks.laboratory.gradients import double_precision
from seqtasks.layers import products


@pytest.fixture
def float64():
    """Layers made inside a test compute in double precision."""
    with double_precision():
        yield


@pytest.fixture(params=[False, True], ids=["", "spread"])
def spreading(request, monkeypatch):
    """Runs a test twice, the second time with columns of zeros behind every matrix."""
    if request.param:
        monkeypatch.setattr(products, "_APART", 1)
