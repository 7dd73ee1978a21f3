"""Small images for tests, in several formats."""

import io

import numpy as np
from PIL import Image

COLORS = {"red": (220, 30, 30), "green": (30, 170, 60), "blue": (40, 60, 220), "black": (20, 20, 20)}


def encoded(pixels, form="PNG", **options):
    """Returns pixels, an array or a Pillow image, as the bytes of an image."""
    content = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(np.asarray(pixels, np.uint8))
    image.save(content, form, **options)
    return content.getvalue()


def square(color, left, top, *, side=32, size=14):
    """Returns pixels (side, side, 3): a square of a colour, by name, on white; `left` and `top` are its corner."""
    pixels = np.full((side, side, 3), 255, np.uint8)
    pixels[top : top + size, left : left + size] = COLORS[color]
    return pixels


def noise(height, width, seed=0):
    """Returns smooth random pixels (height, width, 3), which formats with losses keep nearly as they are."""
    coarse = np.random.default_rng(seed).integers(0, 256, (-(-height // 8), -(-width // 8), 3))
    return np.kron(coarse, np.ones((8, 8, 1)))[:height, :width].astype(np.uint8)
