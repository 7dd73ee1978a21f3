"""Filling gaps: the word that is missing in a sentence, from the words on both sides of it.

Not for finding out what was really there: a word is filled in because it is likely, not because it is true.
"""
