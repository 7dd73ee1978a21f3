"""What all tests share."""

import gc

import pytest
from hypothesis import HealthCheck, settings

# How long an example takes depends on what else the machine does, and tells nothing.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def _small_graphs():
    """Computes batches whole, and updates without XLA: graphs are made faster.

    Tests of shares do not, nor do commands in their own process.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seqtasks.batches.cores.cores", lambda: 1)
        patch.setattr("seqtasks.training.fitting._BY_XLA", False)
        # What is kept grows with each test, and would be looked through for garbage ever longer.
        gc.set_threshold(100_000, 50, 1000)
        yield
