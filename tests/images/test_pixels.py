"""From bytes to pixels, checked against Pillow."""

import io

import numpy as np
import pytest
import tensorflow as tf
from drawing import encoded, noise
from PIL import Image, ImageOps

from seqtasks.images.image import MOST_PIXELS, fault_of, size_of
from seqtasks.images.pixels import read_images

SIZE = 32


@pytest.fixture(scope="module")
def read():
    signature = [tf.TensorSpec([None], tf.string)]
    functions = {
        fit: tf.function(lambda x, fit=fit: read_images(x, size=SIZE, fit=fit), signature, autograph=False)
        for fit in ("pad", "crop", "stretch")
    }

    def of(*contents, fit="pad"):
        pixels, facts = functions[fit](tf.constant(contents))
        return pixels.numpy().astype(int), {name: value.numpy().tolist() for name, value in facts.items()}

    return of


def forms():
    image = Image.fromarray(noise(SIZE, SIZE))
    gray, alpha = image.convert("L"), image.convert("RGBA")
    return {
        "png": (encoded(image), image),
        "png with a palette": (encoded(image.quantize(64)), image.quantize(64).convert("RGB")),
        "gray png": (encoded(gray), gray.convert("RGB")),
        "png of one bit": (encoded(image.convert("1")), image.convert("1").convert("RGB")),
        "png with alpha": (encoded(alpha), image),
        "gray png with alpha": (encoded(image.convert("LA")), gray.convert("RGB")),
        "jpeg": (encoded(image, "JPEG", quality=98), image),
        "gray jpeg": (encoded(gray, "JPEG", quality=98), gray.convert("RGB")),
        "progressive jpeg": (encoded(image, "JPEG", quality=98, progressive=True), image),
        "gif": (encoded(image.quantize(64), "GIF"), image.quantize(64).convert("RGB")),
        "animated gif": (
            encoded(image.quantize(64), "GIF", save_all=True, append_images=[image.rotate(90).quantize(64)]),
            image.quantize(64).convert("RGB"),
        ),
        "bmp": (encoded(image, "BMP"), image),
        "bmp of 32 bits": (encoded(alpha, "BMP"), image),
    }


@pytest.mark.parametrize("form", sorted(forms()))
def test_every_form_is_read_as_pillow_reads_it(read, form):
    content, wanted = forms()[form]
    assert fault_of(content) is None
    assert size_of(content) == (SIZE, SIZE)
    pixels, facts = read(content)
    assert facts == {"width": [SIZE], "height": [SIZE], "read": [True]}
    if "jpeg" in form:
        wanted = Image.open(io.BytesIO(content)).convert("RGB")
    assert np.abs(pixels[0] - np.asarray(wanted, int)).mean() < (3 if "jpeg" in form else 1)


def test_an_image_of_16_bits_and_one_in_cmyk_are_read(read):
    levels = np.linspace(0, 65_535, SIZE * SIZE).reshape(SIZE, SIZE).astype(np.uint16)
    pixels, facts = read(
        encoded(Image.fromarray(levels)), encoded(Image.fromarray(noise(SIZE, SIZE)).convert("CMYK"), "JPEG")
    )
    assert facts["read"] == [True, True]
    assert np.abs(pixels[0] - (levels // 257)[..., np.newaxis]).max() <= 1
    assert np.abs(pixels[1] - noise(SIZE, SIZE)).mean() < 16


def test_transparent_pixels_are_laid_over_white(read):
    whole = np.zeros((SIZE, SIZE, 4), np.uint8)
    whole[..., 3] = 51
    pixels, _ = read(encoded(Image.fromarray(whole)))
    assert set(pixels.ravel()) == {204}
    indexed = Image.fromarray(np.zeros((SIZE, SIZE), np.uint8), "P")
    assert read(encoded(indexed, transparency=0))[0].min() == 255


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_photo_is_turned_as_its_orientation_says(read, orientation, order):
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif.endian = order
    photo = encoded(noise(16, SIZE), "JPEG", quality=98, exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(photo))).convert("RGB")
    turned, straight = read(photo)[0], read(encoded(upright))[0]
    assert np.abs(turned - straight).mean() < 3


def test_an_image_that_is_not_square_is_padded_cropped_or_stretched(read):
    wide = np.zeros((SIZE // 2, SIZE, 3), np.uint8)
    wide[:, : SIZE // 4] = 200
    content = encoded(wide)
    padded, cropped, stretched = (read(content, fit=fit)[0][0] for fit in ("pad", "crop", "stretch"))
    assert np.all(padded[: SIZE // 4] == 255) and np.all(padded[-SIZE // 4 :] == 255)
    np.testing.assert_array_equal(padded[SIZE // 4 : 3 * SIZE // 4], wide)
    # The quarter at the left is cut off.
    assert cropped.max() < 60
    assert stretched[:, : SIZE // 4 - 2].min() > 190 and stretched[:, SIZE // 4 + 2 :].max() < 10


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 3000), (3000, 1), (7, 500)])
def test_extreme_sizes_are_read(read, height, width):
    pixels, facts = read(encoded(np.full((height, width, 3), 9)))
    assert facts == {"width": [width], "height": [height], "read": [True]}
    assert pixels.min() == 9


def test_what_is_no_image_is_white_and_told(read):
    bomb = bytearray(encoded(noise(8, 8)))
    bomb[16:24] = (100_000).to_bytes(4, "big") * 2
    contents = [b"", b"no image at all", b"RIFF1234WEBPVP8 ", b"<svg></svg>", b"\x89PNG\r\n\x1a\n", bytes(bomb)]
    contents.append(encoded(Image.fromarray(noise(8, 8)).quantize(8), "BMP"))
    pixels, facts = read(*contents)
    assert facts["read"] == [False] * len(contents)
    assert pixels.min() == 255
    assert MOST_PIXELS < 100_000**2
    assert all(fault_of(content) for content in contents)


def test_an_image_does_not_depend_on_those_beside_it(read):
    contents = [encoded(noise(20, 30)), b"", encoded(noise(64, 64, 1), "JPEG"), encoded(noise(9, 5, 2), "BMP")]
    together, _ = read(*contents)
    for content, pixels in zip(contents, together, strict=True):
        np.testing.assert_array_equal(read(content)[0][0], pixels)
