"""Images given by users and corpora: their bytes, what can be read, and the way from bytes to pixels in the graph."""
