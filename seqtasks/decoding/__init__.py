"""Sequences found piece by piece; these know a step function, not a model."""
