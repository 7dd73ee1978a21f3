"""The inputs and answers of the caption task: images, and captions, best first."""

import base64
import struct
import zlib

import numpy as np

from seqtasks.images.image import BROKEN, Image, content_of, image_of
from seqtasks.pictures.attention.table import AttentionTable
from seqtasks.tasks import answer
from seqtasks.tasks.answer import best_of, decoded, ranked_answers


def png_of_size(width, height, *, level=0):
    """Returns a PNG image, black or of a brighter level up to 255."""
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress((b"\0" + bytes([level]) * width) * height)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )


class Reader(answer.Reader):
    """Takes paths, bytes or Images; reads captions and their scores, one or several for each image."""

    argument = "images"
    options = ("beam", "best", "prefix")
    broken = BROKEN
    odd_inputs = (b"", b"no image", png_of_size(1, 1), png_of_size(700, 3), png_of_size(3, 700))

    def checked(self, inputs):
        return [image_of(one, f"image {number}") for number, one in enumerate(inputs, start=1)]

    def from_line(self, line, where):
        return image_of(line, where)

    def content(self, one):
        return content_of(one, one.name) if isinstance(one, Image) else one

    def shown(self, one):
        return one.name if isinstance(one, Image) else f"an image of {len(one):,} bytes"

    def length(self, one):
        return 1

    def to_probe(self, one):
        return base64.b64encode(self.content(one)).decode()

    def from_probe(self, probe):
        return base64.b64decode(probe)

    def input_of(self, row):
        return row["image"]

    def answers(self, inputs, found, **_):
        return ranked_answers(found, len(inputs), "captions")

    def explanation(self, one, found):
        rows = tuple(map(decoded, found["target_pieces"][0]))
        height, width = map(int, found["grid"][0])
        return AttentionTable(
            kind=decoded(found["kind"][0]),
            columns=tuple(f"row {1 + i // width}, column {1 + i % width}" for i in range(height * width)),
            rows=rows,
            weights=np.asarray(found["attention"][0])[: len(rows)],
            source=self.shown(one),
            prediction=best_of(found["captions"][0]),
            layout="image",
            image=np.asarray(found["pixels"][0], np.uint8),
            grid=(height, width),
        )
