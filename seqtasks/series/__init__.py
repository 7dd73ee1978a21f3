"""Series of vectors: as lines of text, and the way from such a line to numbers in the graph."""
