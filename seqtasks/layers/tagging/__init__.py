"""Scores of tag sequences: a conditional random field, and the best legal sequence."""
