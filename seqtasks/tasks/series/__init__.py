"""Labels for series of vectors: one for each step, or one for the whole series.

Not for what a person's safety or health depends on: a label is a guess from what train has shown.
"""
