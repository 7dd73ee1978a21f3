"""Curves, bars and matrices of numbers."""
