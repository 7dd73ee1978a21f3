"""Language modeling: the text that comes next, character by character or word by word.

Not for facts. It writes what is likely in texts like those of its corpus, true or not.
"""
