"""Strings <-> ids. The ids that all vocabularies share, padding, unknown, beginning and end; what marks a gap."""

PAD, UNK, BOS, EOS = 0, 1, 2, 3
END = "</s>"
# What marks a missing word, as a regular expression, and how one is written.
GAP, SHOWN_GAP = "_{3,}", "___"
