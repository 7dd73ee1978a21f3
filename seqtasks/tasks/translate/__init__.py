"""Sequence to sequence with attention: a sentence in one language to a sentence in another."""
