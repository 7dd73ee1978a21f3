"""Trains a task into a run folder: new, resumed, or from another run's text and weights."""

from seqtasks.training.preparing import Prepared, prepare
from seqtasks.training.starting import start, train

__all__ = ["Prepared", "prepare", "start", "train"]
