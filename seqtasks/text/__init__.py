"""Strings <-> ids. The ids that every text has: padding, an unknown piece, the beginning and the end."""

PAD, UNK, BOS, EOS = 0, 1, 2, 3
END = "</s>"
