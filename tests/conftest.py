"""What all tests share."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def _one_share():
    """Computes batches whole: the graphs are smaller. Tests of shares do not, nor do commands in their own process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seqtasks.batches.cores.cores", lambda: 1)
        yield
