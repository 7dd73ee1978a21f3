"""How a page is shown inside a notebook."""

from html import escape


def framed(page: str, *, height: int) -> str:
    """Returns a self-contained HTML page as a frame of `height` pixels, so that it keeps its styles to itself."""
    return f'<iframe srcdoc="{escape(page)}" width="100%" height="{height}" style="border: 0"></iframe>'
