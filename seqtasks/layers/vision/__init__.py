"""Layers that look at images."""
