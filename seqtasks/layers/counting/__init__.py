"""Counting beside reading: which n-grams a text has, without their order."""
