"""Pages inside a notebook."""

from html import escape


def framed(page: str, *, height: int) -> str:
    """Returns a self-contained HTML page in a frame of `height` pixels, which isolates its styles."""
    return f'<iframe srcdoc="{escape(page)}" width="100%" height="{height}" style="border: 0"></iframe>'
