"""Which examples make a batch, in which order, and how a batch is shared among the cores."""
