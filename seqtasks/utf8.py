"""Bytes as text, the same way for files, pipes and arguments: UTF-8, with or without a byte order mark."""

import codecs

from seqtasks.errors import CorpusError

_MARK = "\ufeff"
# UTF-32 first, as its mark begins with that of UTF-16.
_OTHER_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_CHUNK = 1 << 24


def without_mark(text):
    """Returns a text without the byte order mark that it may begin with."""
    return text.removeprefix(_MARK)


def decoded(lines, place, *, what="the file"):
    """Yields the lines of a file or pipe, an iterable of bytes, as they come, without mark, `\\n` and `\\r` before it.

    Raises CorpusError with `place:line` at the first line that is not text, see `faults`.
    """
    for number, line in enumerate(lines, start=1):
        text, fault = read(line, number, what=what)
        if fault:
            raise CorpusError(f"{place}:{number}: {fault}")
        yield text


def read(line, number, *, what="the file"):
    """Returns (text, None) of a line of bytes, without `\\n` and `\\r` before it, or (None, fault) if it is not text.

    The line is the `number`-th of a file or pipe; a byte order mark is dropped from the first.
    """
    if fault := _fault(line, number, what):
        return None, fault
    text = line.removesuffix(b"\n").removesuffix(b"\r").decode("utf-8")
    return without_mark(text) if number == 1 else text, None


def checked(content):
    """Returns the bytes of a whole file without their byte order mark, or None if they are not text; see `faults`."""
    if b"\0" in content or content.startswith(tuple(_OTHER_MARKS)):
        return None
    content = content.removeprefix(codecs.BOM_UTF8)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        # In parts, so that a large text is not held twice.
        for start in range(0, len(content), _CHUNK):
            decoder.decode(content[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return None
    return content


def faults(content, place):
    """Yields the faults of the bytes of a whole file, line by line: a mark of UTF-16 or UTF-32, a zero byte, a byte
    that is not UTF-8."""
    for number, line in enumerate(content.split(b"\n"), start=1):
        if fault := _fault(line, number, "the file"):
            yield f"{place}:{number}: {fault}"
            if line.startswith(tuple(_OTHER_MARKS)):
                return


def _fault(line, number, what):
    """Returns the fault of a line, None if it is text."""
    if number == 1:
        mark = next((name for mark, name in _OTHER_MARKS.items() if line.startswith(mark)), None)
        if mark:
            return f"begins with the mark of {mark}, so it is not UTF-8; convert {what} to UTF-8"
        line = line.removeprefix(codecs.BOM_UTF8)
    if b"\0" in line:
        return f"holds a zero byte, so it is binary or UTF-16; convert {'it' if what == 'the file' else what} to UTF-8"
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"byte {error.start + 1} of the line, 0x{line[error.start]:02x}, is not UTF-8; convert {what} to UTF-8"
    return None
