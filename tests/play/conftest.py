"""Servers of the page over models that answer from a table."""

import pytest

pytest.importorskip("uvicorn", reason="play is not installed: pip install 'seqtasks[play]'")

from echoes import Coder, Critic, Echo, Filler, Painter, Writer, serving


@pytest.fixture(scope="module")
def echo():
    return Echo()


@pytest.fixture(scope="module")
def writer():
    return Writer("runs/writer")


@pytest.fixture(scope="module")
def port(echo, writer):
    """Of a server of texts alone."""
    with serving(echo, Echo("runs/other"), Critic("runs/critic"), writer, Filler(), Coder()) as port:
        yield port


@pytest.fixture(scope="module")
def port_of_images():
    with serving(Painter("runs/painter"), Echo()) as port:
        yield port
