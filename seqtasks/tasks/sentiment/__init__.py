"""Sequence classification: a class for a whole text."""
