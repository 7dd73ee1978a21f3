"""Upper limits of numbers."""

# The largest int32, the type of sizes and counts inside a graph.
MOST = 2**31 - 1
# The widest beam; each hypothesis takes as much memory as a whole sentence.
MOST_BEAMS = 1000
