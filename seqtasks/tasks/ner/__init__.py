"""Sequence labeling: a tag for each word, as named entities or parts of speech.

Not for taking names out of texts that must not show them: some are missed, rare and foreign ones most of all.
"""
