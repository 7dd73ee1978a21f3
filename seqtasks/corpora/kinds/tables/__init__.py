"""Tables in time order: rows that follow each other, as days or hours do."""

from seqtasks.corpora.kinds.tables.kind import Table

__all__ = ["Table"]
