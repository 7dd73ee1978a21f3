"""What all tests share."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def _one_share():
    """Computes batches whole, which builds smaller graphs; tests of shares, and commands in their own process, do not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seqtasks.threads.cores", lambda: 1)
        yield
