"""An image as an input: a name and bytes, and whether they can be read; no TensorFlow."""

import hashlib
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

from seqtasks.errors import UsageError

# More pixels than any camera takes; a file of a few kilobytes may claim more.
MOST_PIXELS = 100_000_000
BROKEN = "broken image data; copy or convert the image anew"
# Markers of JPEG that a frame's size stands behind; the others between are for tables.
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_KNOWN = {
    b"RIFF": "WebP",
    b"<svg": "SVG",
    b"<?xm": "SVG or other XML",
    b"%PDF": "PDF",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
}


class Image:
    """An image: a name to be shown, and its bytes, which are read when they are needed.

    Attributes:
        name: such as the path of its file.
        digest: sha256 (hex) of what determines its pixels, by default of its bytes; equal images have equal ones.
    """

    def __init__(self, name: str, read: Callable[[], bytes], *, digest: str | None = None):
        """Takes the name, a function that returns the bytes, and the digest if it is known without them."""
        self.name, self._read = name, read
        if digest is not None:
            self.digest = digest

    @classmethod
    def of_bytes(cls, name: str, content: bytes) -> "Image":
        """Returns an image whose bytes are at hand."""
        return cls(name, lambda: content)

    @classmethod
    def of_file(cls, path: str | Path, *, name: str | None = None) -> "Image":
        """Returns the image in a file, called `name` or as the path."""
        return cls(name or str(path), Path(path).read_bytes)

    def read(self) -> bytes:
        """Returns its bytes; raises OSError if the file cannot be read."""
        return self._read()

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.read()).hexdigest()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Image) and self.digest == other.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"Image({self.name!r}, {self.digest})"


def fault_of(content: bytes) -> str | None:
    """Returns why the bytes of an image cannot be read, as far as its header tells, or None if they can.

    The header decides what an image is, not a name. `pixels.read_images` reads what has no fault here, and gives a
    blank image for the rest.
    """
    size = size_of(content)
    if size is None:
        found = next(
            (name for start, name in _KNOWN.items() if content.lstrip().lower().startswith(start.lower())), None
        )
        begins = content[:12].decode("ascii", "replace").encode("unicode_escape").decode()
        said = f"it is {found}" if found else f"it begins with '{begins}'" if content else "it is empty"
        return f"not JPEG, PNG, GIF or BMP ({said}); convert it to PNG or JPEG"
    width, height = size
    if width < 1 or height < 1:
        return f"{width} x {height} pixels; the image is empty or its header is damaged"
    if width * height > MOST_PIXELS:
        return f"{width:,} x {height:,} pixels are too many to read (at most {MOST_PIXELS:,}); make it smaller"
    if content.startswith(b"BM") and content[28:30] not in (b"\x18\0", b"\x20\0"):
        return "a BMP image with a palette; convert it to PNG"
    if not _is_whole(content):
        return f"broken image data: they end too early, after {len(content):,} bytes; copy the file anew"
    return None


def _is_whole(content: bytes) -> bool:
    """Returns whether a JPEG or PNG has the mark of its end, behind the last data; True for others."""
    if content.startswith(b"\xff\xd8"):
        return content.rfind(b"\xff\xd9") > content.rfind(b"\xff\xda")
    return not content.startswith(b"\x89PNG") or b"IEND" in content


def size_of(content: bytes) -> tuple[int, int] | None:
    """Returns (width, height) from the header of a JPEG, PNG, GIF or BMP image, None if it is none of these."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) >= 24:
        return _number(content[16:20]), _number(content[20:24])
    if content.startswith((b"GIF87a", b"GIF89a")) and len(content) >= 10:
        return _number(content[6:8][::-1]), _number(content[8:10][::-1])
    if content.startswith(b"BM") and len(content) >= 30:
        # The height is negative if the rows are stored from the top.
        height = int.from_bytes(content[22:26], "little", signed=True)
        return _number(content[18:22][::-1]), abs(height)
    if content.startswith(b"\xff\xd8\xff"):
        return _size_of_jpeg(content)
    return None


def _size_of_jpeg(content: bytes) -> tuple[int, int] | None:
    place = 2
    while place + 9 <= len(content) and content[place] == 0xFF:
        if content[place + 1] in _FRAMES:
            return _number(content[place + 7 : place + 9]), _number(content[place + 5 : place + 7])
        place += 2 + _number(content[place + 2 : place + 4])
    # No frame before the data ends or the markers are damaged.
    return 0, 0


def _number(digits: bytes) -> int:
    return int.from_bytes(digits, "big")


def image_of(one: object, where: str) -> Image:
    """Returns the Image of a path, of bytes, or of an Image; an empty path or no bytes are a blank image.

    Args:
        one: str, Path, bytes or Image.
        where: what it is called in errors, such as "line 3".

    Raises:
        UsageError: there is no such file, or it is no image that can be read, as far as its header tells.
    """
    if isinstance(one, bytes | bytearray | memoryview):
        image = Image.of_bytes(where, bytes(one))
    elif isinstance(one, str | Path):
        if not str(one).strip():
            return Image.of_bytes(str(one), b"")
        image = Image.of_file(one)
    elif isinstance(one, Image):
        return one
    else:
        raise UsageError(f"{where} is {type(one).__name__}; give the path of an image, or its bytes")
    if content := content_of(image, where):
        if fault := fault_of(content):
            raise UsageError(f"{_place(image, where)}: {fault}")
    elif isinstance(one, str | Path):
        raise UsageError(f"{_place(image, where)}: {fault_of(b'')}")
    return image


def content_of(image: Image, where: str) -> bytes:
    """Returns the bytes of an image; raises UsageError if its file cannot be read."""
    try:
        return image.read()
    except IsADirectoryError:
        raise UsageError(f"{where}: '{image.name}' is a folder; give the path of an image") from None
    except FileNotFoundError:
        raise UsageError(f"{where}: no file '{image.name}'; check the spelling and the folder") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UsageError(f"{where}: '{image.name}' cannot be read: {reason}") from None


def _place(image: Image, where: str) -> str:
    return where if image.name == where else f"{where}: {image.name}"
