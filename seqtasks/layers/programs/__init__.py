"""What a model needs that writes programs: the machine of a grammar as tensors, and an output that copies words."""
