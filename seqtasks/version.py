"""The version of seqtasks."""

__version__ = "0.1.0"
