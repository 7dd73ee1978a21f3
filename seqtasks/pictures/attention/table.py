"""The weights behind a prediction: one row over the source for each target piece, class or tag."""

import base64
import json
from dataclasses import dataclass
from os import PathLike
from typing import Self

import numpy as np

from seqtasks.errors import UsageError
from seqtasks.pictures.attention.tiles import pixels_of, png_of
from seqtasks.pictures.notebook import framed
from seqtasks.pictures.suffixes import checked_suffix
from seqtasks.writing import to_json, write_atomically

SUFFIXES = (".png", ".svg", ".html", ".json")
_TEXTS = ("kind", "source", "prediction")
_LAYOUTS = ("grid", "text", "image", "series")


@dataclass(frozen=True, eq=False)
class AttentionTable:
    """Weights over the source pieces, one row for each target piece, class or entity.

    Attributes:
        kind: "attention" for attention weights, "saliency" for shares of gradient times input; "attribution" for what
            each piece adds to log p of the row in nats, for it or against it: integrated gradients.
        columns: source pieces in reading order.
        rows: target pieces in the order they were produced; "</s>" is last if the end was produced.
        weights: `(rows, columns)` float32, read-only; each row sums to 1, but for attributions.
        source: the source as it was given.
        prediction: the answer as it is printed.
        layout: how the table is shown. "grid": rows by columns. "text": for each row the source as a flowing text, its
            words shaded by their weights; for few rows over a text that may be long. "image": the source is an image,
            columns are its cells, and the weights are shown on it. "series": the source is a series of vectors,
            columns are its steps as text, and its channels are drawn as lines over the weights.
        image: of the layout "image": the pixels (height, width, 3), uint8, as the model saw them.
        grid: of the layout "image": the number of its cells down and across; columns go row by row.
        channels: of the layout "series": the names of the channels.
        spans: of the layout "series": for each row the steps that it is about, as (first, end).

    Raises:
        ValueError: the weights do not fit the pieces, are not finite, or a row of shares does not sum to 1; unknown
            layout.
    """

    kind: str
    columns: tuple[str, ...]
    rows: tuple[str, ...]
    weights: np.ndarray
    source: str
    prediction: str
    layout: str = "grid"
    image: np.ndarray | None = None
    grid: tuple[int, int] | None = None
    channels: tuple[str, ...] | None = None
    spans: tuple[tuple[int, int], ...] | None = None

    def __post_init__(self):
        if self.layout not in _LAYOUTS:
            raise ValueError(f"the layout is {self.layout!r}; allowed: {', '.join(_LAYOUTS)}")
        columns, rows = tuple(self.columns), tuple(self.rows)
        if self.layout == "image":
            _check_image(self.image, self.grid, columns)
        if self.layout == "series":
            _check_series(self.channels, self.spans, rows, columns)
        weights = np.array(self.weights, dtype=np.float32)
        if not rows and not weights.size:
            weights = weights.reshape(0, len(columns))
        _check_weights(weights, rows, columns, signed=self.signed)
        weights.setflags(write=False)
        for name, value in (("columns", columns), ("rows", rows), ("weights", weights)):
            object.__setattr__(self, name, value)

    @property
    def signed(self) -> bool:
        """Whether weights are of either sign and have no fixed sum, not shares."""
        return self.kind == "attribution"

    def to_json(self) -> str:
        """Returns the table as one line of JSON; numbers are the shortest that read back as the same float32."""
        record = {name: getattr(self, name) for name in (*_TEXTS, "layout", "columns", "rows")}
        record["weights"] = [[float(str(weight)) for weight in row] for row in self.weights]
        if self.image is not None:
            record |= {"grid": self.grid, "image": base64.b64encode(png_of(self.image)).decode()}
        if self.channels is not None:
            record |= {"channels": self.channels, "spans": self.spans}
        return to_json(record)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Returns the table that `to_json` wrote.

        Raises:
            UsageError: `text` is not such a table.
        """
        try:
            record = json.loads(text)
            if not all(isinstance(record[name], str) for name in _TEXTS):
                raise TypeError("kind, source and prediction must be texts")
            for name in ("columns", "rows"):
                if not isinstance(record[name], list) or not all(isinstance(piece, str) for piece in record[name]):
                    raise TypeError(f"{name} must be a list of texts")
            if "image" in record:
                image = pixels_of(base64.b64decode(record["image"], validate=True))
                record |= {"image": image, "grid": tuple(record["grid"])}
            if "channels" in record:
                spans = tuple((int(first), int(end)) for first, end in record["spans"])
                record |= {"channels": tuple(map(str, record["channels"])), "spans": spans}
            return cls(**record)
        except KeyError as error:
            raise UsageError(f"This is not an attention table: the key {error} is missing.") from error
        except (TypeError, ValueError) as error:
            raise UsageError(f"This is not an attention table: {error}.") from error

    def _repr_html_(self) -> str:
        """Returns the page as a notebook shows it."""
        from seqtasks.pictures.attention.page import as_html

        rows = {"text": 1 + len(self.columns) // 12, "series": 5 * len(self.rows)}.get(self.layout, len(self.rows))
        return framed(as_html(self), height=min(800, 220 + 40 * rows))

    def save(self, path: str | PathLike) -> None:
        """Writes the table to `path` in the format that its suffix names: .png, .svg, .html or .json.

        Missing folders are made; the file is written under another name and renamed into place.

        Raises:
            UsageError: the suffix is not one of these.
            StorageError: the file cannot be written.
        """
        suffix = checked_suffix(path, SUFFIXES)
        if suffix == ".json":
            content = (self.to_json() + "\n").encode("utf-8", "backslashreplace")
        elif suffix == ".html":
            from seqtasks.pictures.attention.page import as_html

            content = as_html(self).encode("utf-8")
        else:
            from seqtasks.pictures.attention import heatmap, shaded_text, tiles, traces

            drawn = {"grid": heatmap, "text": shaded_text, "image": tiles, "series": traces}[self.layout]
            content = drawn.as_picture(self, suffix)
        write_atomically(path, content)


def _check_image(image, grid, columns):
    if image is None or image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError("the layout 'image' needs an image, (height, width, 3), uint8")
    if grid is None or len(grid) != 2 or grid[0] * grid[1] != len(columns):
        raise ValueError(f"the grid is {grid} but there are {len(columns)} columns")


def _check_series(channels, spans, rows, columns):
    if not channels:
        raise ValueError("the layout 'series' needs the names of its channels")
    if spans is None or len(spans) != len(rows):
        raise ValueError(f"the layout 'series' needs spans for its {len(rows)} rows")
    if wrong := [span for span in spans if not 0 <= span[0] < span[1] <= len(columns)]:
        raise ValueError(f"the span {wrong[0]} does not lie in {len(columns)} steps")


def _check_weights(weights, rows, columns, *, signed):
    if weights.shape != (len(rows), len(columns)):
        shape = " x ".join(str(size) for size in weights.shape)
        if weights.ndim == 2 and len(columns) == weights.shape[1]:
            pieces = f"there are {len(rows)} target pieces: {' '.join(map(repr, rows))}"
        elif weights.ndim == 2 and len(rows) == weights.shape[0]:
            pieces = f"there are {len(columns)} source pieces: {' '.join(map(repr, columns))}"
        else:
            pieces = (
                f"there are {len(rows)} target pieces: {' '.join(map(repr, rows))}, "
                f"and {len(columns)} source pieces: {' '.join(map(repr, columns))}"
            )
        raise ValueError(f"weights are {shape} but {pieces}")
    if signed:
        if not np.isfinite(weights).all():
            raise ValueError("weights must be finite")
        return
    # In half precision the sum of a long row is off by some thousandths; a softmax over the wrong axis by far more.
    wrong = np.flatnonzero(~(np.abs(weights.sum(axis=1) - 1.0) < 0.02) | (weights < 0).any(axis=1))
    if wrong.size:
        row = int(wrong[0])
        raise ValueError(
            f"weights of target piece {row + 1}, {rows[row]!r}, must be at least 0 and sum to 1, "
            f"but they sum to {weights[row].sum():.4g}"
        )
