"""Beam search and sampling, piece by piece; they take a step function, not a model."""
