"""What all tests share."""

import gc

import pytest
from hypothesis import HealthCheck, settings
from together import eagerly  # noqa: F401  a fixture of all

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
        # A graph is many objects that stay; by default they are looked through for garbage again and again.
        gc.set_threshold(100_000, 20, 10)
        yield


@pytest.fixture
def by_xla(monkeypatch):
    """Compiles updates by XLA, as a process does that is no test."""
    monkeypatch.setattr("seqtasks.training.fitting._BY_XLA", True)


@pytest.fixture
def unchecked(monkeypatch):
    """Exports without the clean process that checks them, which other tests see at work; gives what takes its place."""
    checks = {"meanwhile": lambda: None}
    monkeypatch.setattr(
        "seqtasks.serving.exporting.answers_of", lambda model, batches, *_, **__: checks["meanwhile"]() or batches
    )
    monkeypatch.setattr("seqtasks.serving.exporting.compare", lambda *_: None)
    return checks
