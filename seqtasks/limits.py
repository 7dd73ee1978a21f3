"""How large a number may be at most."""

# What an int32 holds, as sizes and counts inside a graph do.
MOST = 2**31 - 1
# Hypotheses of a search, each of which takes as much memory as a whole sentence.
MOST_BEAMS = 1000
