"""Image captioning: a convolutional network reads, a decoder with attention writes (Show, Attend and Tell)."""
