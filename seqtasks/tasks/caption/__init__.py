"""Image captioning: a convolutional network reads, a decoder with attention writes (Show, Attend and Tell).

Not for those who have to rely on it, such as people who cannot see the image: a caption may name what is not there.
"""
