"""Images as inputs: names, digests, and what is said of those that cannot be read."""

import struct

import numpy as np
import pytest
from drawing import encoded, noise
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from seqtasks.errors import UsageError
from seqtasks.images.image import Image, fault_of, image_of, size_of

PICTURE = encoded(noise(10, 20))


def test_an_image_is_read_when_asked_for_and_known_by_its_content(tmp_path):
    path = tmp_path / "a.png"
    image = Image.of_file(path)
    path.write_bytes(PICTURE)
    assert image.read() == PICTURE
    assert image == Image.of_bytes("b", PICTURE)
    assert hash(image) == hash(Image.of_bytes("b", PICTURE))
    assert image != Image.of_bytes("a.png", PICTURE + b"\0")
    assert image.name == str(path)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP"])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (300, 2), (70, 513)])
def test_sizes_are_read_from_the_header(form, height, width):
    assert size_of(encoded(np.zeros((height, width, 3)), form)) == (width, height)


@given(st.binary(max_size=80), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"BM"]))
def test_any_bytes_have_a_size_or_a_fault(content, start):
    size, fault = size_of(start + content), fault_of(start + content)
    assert fault is not None or (size is not None and min(size) > 0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"RIFF\x10\0\0\0WEBPVP8 ", "not JPEG, PNG, GIF or BMP (it is WebP); convert it to PNG or JPEG"),
        (b" <svg xmlns='x'/>", "not JPEG, PNG, GIF or BMP (it is SVG); convert it to PNG or JPEG"),
        (b"hello", "not JPEG, PNG, GIF or BMP (it begins with 'hello'); convert it to PNG or JPEG"),
        (b"", "not JPEG, PNG, GIF or BMP (it is empty); convert it to PNG or JPEG"),
        (encoded(Pillow.new("P", (3, 3)), "BMP"), "a BMP image with a palette; convert it to PNG"),
        (
            PICTURE[:16] + struct.pack(">II", 50_000, 50_000) + PICTURE[24:],
            "50,000 x 50,000 pixels are too many to read (at most 100,000,000); make it smaller",
        ),
        (b"\xff\xd8\xff\xe0", "0 x 0 pixels; the image is empty or its header is damaged"),
    ],
)
def test_a_fault_says_what_is_wrong_and_what_to_do(content, said):
    assert fault_of(content) == said


def test_inputs_are_paths_bytes_and_images(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(PICTURE)
    for one in (str(path), path, PICTURE, bytearray(PICTURE), Image.of_bytes("a", PICTURE)):
        assert image_of(one, "image 1").read() == PICTURE
    assert image_of("", "image 1").read() == image_of(b"", "image 1").read() == b""


def test_inputs_that_cannot_be_read_are_refused_by_name(tmp_path):
    (tmp_path / "text.png").write_text("hello")
    (tmp_path / "empty.png").touch()
    for given_, said in (
        (tmp_path / "no.png", f"line 3: no file '{tmp_path}/no.png'; check the spelling and the folder"),
        (tmp_path, f"line 3: '{tmp_path}' is a folder; give the path of an image"),
        (tmp_path / "text.png", f"line 3: {tmp_path}/text.png: not JPEG, PNG, GIF or BMP (it begins with 'hello')"),
        (tmp_path / "empty.png", f"line 3: {tmp_path}/empty.png: not JPEG, PNG, GIF or BMP (it is empty)"),
        (b"hello", "line 3: not JPEG"),
        (3, "line 3 is int; give the path of an image, or its bytes"),
    ):
        with pytest.raises(UsageError) as caught:
            image_of(given_, "line 3")
        assert str(caught.value).startswith(said)
