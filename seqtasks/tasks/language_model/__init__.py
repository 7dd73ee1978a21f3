"""Language modeling: the text that comes next, character by character or word by word."""
