"""Tables of weights, drawn as a grid or as a text with shaded words."""
