"""Sequence labeling: a tag for each word, as named entities or parts of speech."""
