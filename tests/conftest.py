"""What all tests share."""

import gc

import pytest
import tensorflow as tf
from clean import CleanProcess
from hypothesis import HealthCheck, settings
from together import eagerly, without_checks  # noqa: F401  one is a fixture of all

# How long an example takes depends on what else the machine does, and tells nothing.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def _small_graphs():
    """Computes batches whole, updates without XLA, and graphs as they are written: they are made faster.

    Tests of shares do not, nor do commands in their own process.
    """
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seqtasks.batches.cores.cores", lambda: 1)
        patch.setattr("seqtasks.training.fitting._BY_XLA", False)
        # A graph is many objects that stay; by default they are looked through for garbage again and again.
        gc.set_threshold(100_000, 20, 10)
        yield


@pytest.fixture
def by_xla(monkeypatch):
    """Improves graphs and compiles updates by XLA, as a process does that is no test."""
    monkeypatch.setattr("seqtasks.training.fitting._BY_XLA", True)
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": False})
    yield
    tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


@pytest.fixture
def unchecked():
    """Exports without the clean process that checks them; gives what takes its place."""
    with without_checks() as checks:
        yield checks


@pytest.fixture(scope="session")
def clean_process():
    process = CleanProcess()
    yield process
    process.close()
