"""Sequence classification: a class for a whole text.

Not for decisions about people. A class is a guess from the words of a text; it says nothing of who wrote it, or why.
"""
