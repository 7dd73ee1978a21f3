"""Batches: their examples and order, and sharing a batch among the cores."""
