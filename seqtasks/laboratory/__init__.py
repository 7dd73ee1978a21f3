"""Inspection of trained networks: gradients, gradient flow, single units."""
