"""Series of vectors with labels: the kind, and the forms of their files."""
