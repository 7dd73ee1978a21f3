"""Filling gaps: the word that is missing in a sentence, from the words on both sides of it."""
