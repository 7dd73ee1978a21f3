"""Programs as trees in the order of their text: a table of what may be written, and a machine that writes it."""
