"""Trained runs on disk."""

from seqtasks.runs.folder import RunFolder

__all__ = ["RunFolder"]
