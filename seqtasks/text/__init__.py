"""Strings <-> ids. The ids that all vocabularies share: padding, unknown, beginning and end."""

PAD, UNK, BOS, EOS = 0, 1, 2, 3
END = "</s>"
