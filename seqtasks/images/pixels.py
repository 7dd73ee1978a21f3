"""From the bytes of images to pixels, inside the graph: the same operations in training, in answers and in exports."""

import tensorflow as tf

from seqtasks.images.image import MOST_PIXELS

_PNG, _JPEG, _GIF, _BMP = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF8", b"BM"
# The orientation stands in the first kilobytes of a JPEG, behind this mark.
_EXIF, _EXIF_WITHIN = b"Exif\0\0", 65_536
# The entry of the orientation: tag 0x0112, type 3, count 1, in both byte orders; a number of two bytes follows.
_ENTRIES = b"\x12\x01\x03\0\x01\0\0\0", b"\x01\x12\0\x03\0\0\0\x01"


def read_images(contents, *, size, fit):
    """Reads images in JPEG, PNG, GIF (its first frame) or BMP, as their first bytes tell, in the graph.

    Transparent pixels are laid over white, and a JPEG is turned as its EXIF orientation says. What is none of these
    formats, has too many pixels or a palette in BMP becomes a white image. (An operation that fails in the graph cannot
    be caught there: broken data behind a sound header raises tf.errors.InvalidArgumentError.)

    Args:
        contents: (n,) strings, the bytes of the images.
        size: height and width of the pixels returned.
        fit: what becomes of an image that is not square: "pad" adds white at two sides, "crop" cuts off two sides,
            "stretch" distorts it.

    Returns:
        uint8 (n, size, size, 3), RGB; and {"width", "height": (n,) int32, as given, "read": (n,) bool}.
    """
    pixels = tf.TensorSpec([size, size, 3], tf.uint8)
    facts = {
        "width": tf.TensorSpec([], tf.int32),
        "height": tf.TensorSpec([], tf.int32),
        "read": tf.TensorSpec([], tf.bool),
    }
    return tf.map_fn(
        lambda content: _read(content, size, fit), contents, fn_output_signature=(pixels, facts), parallel_iterations=1
    )


def _read(content, size, fit):
    width, height, known = _header(content)
    read = known & (width > 0) & (height > 0) & (tf.cast(width, tf.int64) * tf.cast(height, tf.int64) <= MOST_PIXELS)
    blank = tf.fill([size, size, 3], tf.constant(255, tf.uint8))
    pixels = tf.cond(read, lambda: _fitted(_decoded(content), size, fit), lambda: blank)
    # What is said to have been read has been, even if nobody asks for the pixels.
    with tf.control_dependencies([pixels]):
        read = tf.identity(read)
    return pixels, {"width": width, "height": height, "read": read}


def _begins(content, mark):
    return tf.equal(tf.strings.substr(content, 0, len(mark)), mark)


def _header(content):
    """Returns the width, the height and whether it is a known format, from the bytes of one image."""
    nothing = tf.zeros([2], tf.int32), tf.constant(False)

    def png():
        sides = _numbers(content, 16, 8)
        return tf.stack([_joined(sides[:4]), _joined(sides[4:])]), tf.constant(True)

    def gif():
        sides = _numbers(content, 6, 4)
        return tf.stack([_joined(sides[1::-1]), _joined(sides[:1:-1])]), tf.constant(True)

    def bmp():
        sides = _numbers(content, 18, 12)
        # The height is negative if the rows are stored from the top.
        found = tf.stack([_joined(sides[3::-1]), tf.abs(_joined(sides[7:3:-1]))])
        return found, tf.equal(sides[11], 0) & (tf.equal(sides[10], 24) | tf.equal(sides[10], 32))

    def jpeg():
        shape = tf.image.extract_jpeg_shape(content)
        return tf.stack([shape[1], shape[0]]), tf.constant(True)

    long = tf.strings.length(content)
    formats = [
        (_begins(content, _PNG) & (long >= 24), png),
        (_begins(content, _JPEG), jpeg),
        (_begins(content, _GIF) & (long >= 10), gif),
        (_begins(content, _BMP) & (long >= 30), bmp),
    ]
    sides, known = tf.case(formats, default=lambda: nothing)
    return sides[0], sides[1], known


def _numbers(content, start, count):
    found = tf.io.decode_raw(tf.strings.substr(content, start, count), tf.uint8)
    return tf.cast(tf.ensure_shape(found, [count]), tf.int32)


def _joined(digits):
    """Returns the int32 number of bytes, (4,) or (2,), the most significant first."""
    found = digits[0]
    for i in range(1, digits.shape[0]):
        found = found * 256 + digits[i]
    return found


def _decoded(content):
    """Returns the pixels of one image of a known format, float32 (height, width, 3), 0-255."""

    def png():
        # With 4 channels asked for, an image of fewer than 8 bits without alpha would get a wrong one.
        pixels = tf.cast(tf.io.decode_png(content, channels=0), tf.float32)
        channels = tf.shape(pixels)[2]
        alpha = tf.cond(
            tf.equal(channels % 2, 0), lambda: pixels[..., -1:] / 255, lambda: tf.ones_like(pixels[..., :1])
        )
        colors = tf.cond(channels > 2, lambda: pixels[..., :3], lambda: tf.repeat(pixels[..., :1], 3, axis=2))
        return tf.ensure_shape(colors, [None, None, 3]) * alpha + 255 * (1 - alpha)

    def other():
        pixels = tf.io.decode_image(content, channels=3, expand_animations=False)
        return tf.ensure_shape(tf.cast(pixels, tf.float32), [None, None, 3])

    return tf.case(
        [
            (_begins(content, _PNG), png),
            (_begins(content, _JPEG), lambda: _turned(other(), _orientation(content))),
        ],
        default=other,
    )


def _orientation(content):
    """Returns the EXIF orientation of a JPEG, 1 to 8; 1, upright, if there is none."""
    head = tf.strings.substr(content, 0, _EXIF_WITHIN)
    found = tf.io.decode_raw(head, tf.uint8)
    places = tf.where(_matches(found, _EXIF))[:, 0]

    def behind():
        rest = found[places[0] :]
        numbers = []
        for entry, low in zip(_ENTRIES, (0, 1), strict=True):
            at = tf.where(_matches(rest, entry))[:, 0]
            padded = tf.pad(rest, [[0, len(entry) + 2]])
            start = tf.concat([at, [0]], 0)[0] + len(entry)
            numbers.append(tf.where(tf.size(at) > 0, tf.cast(padded[start + low], tf.int32), 1))
        # Which of the byte orders it is stands right behind the mark.
        return tf.where(tf.equal(rest[len(_EXIF)], ord("I")), numbers[0], numbers[1])

    number = tf.cond(tf.size(places) > 0, behind, lambda: tf.constant(1))
    return tf.where((number >= 1) & (number <= 8), number, 1)


def _matches(numbers, pattern):
    """Returns for each place in uint8 (n,) whether the pattern, bytes, begins there: bool (n - len(pattern) + 1,)."""
    count = tf.maximum(tf.size(numbers) - len(pattern) + 1, 0)
    found = tf.fill([count], True)
    for i, byte in enumerate(pattern):
        found &= tf.equal(numbers[i : i + count], byte)
    return found


def _turned(pixels, orientation):
    """Returns the pixels upright; EXIF 2.32, 4.6.4, Orientation: where the first row and column of the data belong."""
    transposed = tf.cond(orientation >= 5, lambda: tf.transpose(pixels, [1, 0, 2]), lambda: pixels)
    # Of the transposed ones, 6 turns right, 7 mirrors along the other diagonal, 8 turns left.
    sideways = tf.reduce_any(tf.equal(orientation, [2, 3, 6, 7]))
    upside_down = tf.reduce_any(tf.equal(orientation, [3, 4, 7, 8]))
    mirrored = tf.cond(sideways, lambda: tf.reverse(transposed, [1]), lambda: transposed)
    return tf.cond(upside_down, lambda: tf.reverse(mirrored, [0]), lambda: mirrored)


def _fitted(pixels, size, fit):
    """Returns pixels (height, width, 3) as uint8 (size, size, 3)."""
    sides = tf.shape(pixels)[:2]
    if fit == "crop":
        side = tf.reduce_min(sides)
        first = (sides - side) // 2
        pixels = tf.slice(pixels, tf.concat([first, [0]], 0), tf.stack([side, side, 3]))
        sides = tf.stack([side, side])
    wanted = tf.stack([size, size])
    if fit == "pad":
        share = tf.cast(sides, tf.float32) / tf.cast(tf.reduce_max(sides), tf.float32)
        wanted = tf.maximum(1, tf.cast(tf.round(share * size), tf.int32))
    resized = tf.cond(
        tf.reduce_all(tf.equal(sides, wanted)),
        lambda: pixels,
        lambda: tf.image.resize(pixels, wanted, antialias=True),
    )
    before = (size - wanted) // 2
    after = size - wanted - before
    paddings = tf.stack([tf.stack([before[0], after[0]]), tf.stack([before[1], after[1]]), tf.zeros([2], tf.int32)])
    padded = tf.pad(resized, paddings, constant_values=255.0)
    found = tf.cast(tf.clip_by_value(tf.round(padded), 0, 255), tf.uint8)
    return tf.ensure_shape(found, [size, size, 3])
