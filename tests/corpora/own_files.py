"""Files of one's own for a test, and what is said when one cannot be read."""

import gzip

import pytest

from seqtasks.errors import CorpusError


def write(path, content):
    """Writes a str or bytes, compressed where the name ends in .gz; makes missing folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def refusal(read, *args, **kwargs):
    """Asserts that `read` raises a CorpusError of one line; returns its message."""
    with pytest.raises(CorpusError) as caught:
        read(*args, **kwargs)
    message = str(caught.value)
    assert "\n" not in message
    return message
