"""The style that all drawn pictures share, and figures as bytes that are the same every time."""

import contextlib
import io
import logging
import warnings

INK, QUIET, LINE = "#1b2733", "#6b7885", "#dde3ea"
DEEP, WARM = "#084594", "#c2570c"
# Colours of the lines in a chart.
_SERIES = (DEEP, WARM, "#3b7d3b", "#7a4fa0", "#8a6d00", "#b03060")
DOTS_PER_INCH = 160
# About 160 MB while drawing; a picture above it is drawn coarser, not refused.
MOST_PIXELS = 40_000_000


@contextlib.contextmanager
def style(*, families):
    """Draws with matplotlib's defaults and our few choices, independent of the user's matplotlib settings."""
    import matplotlib

    choices = {
        "font.family": families,
        "text.color": INK,
        "axes.labelcolor": QUIET,
        "axes.edgecolor": LINE,
        "xtick.color": INK,
        "ytick.color": INK,
        "svg.fonttype": "none",
        "svg.hashsalt": "seqtasks",
    }
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(choices)
        # Our own warning about missing characters is more helpful; in an SVG the viewer's fonts draw them.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")
        warnings.filterwarnings("ignore", message=r"Matplotlib currently does not support")
        with _quiet_font_manager():
            yield


@contextlib.contextmanager
def _quiet_font_manager():
    """Silences matplotlib's message that a chosen family has no face of the exact weight."""
    logger = logging.getLogger("matplotlib.font_manager")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def series(number):
    """Returns the colour of the line with this number."""
    return _SERIES[number % len(_SERIES)]


def blues():
    """Returns the colour map from white for 0 to deep blue for 1, in even steps of lightness."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("blues", ["#ffffff", "#b3cfec", "#609ad0", "#1f66ab", "#08306b"])


def oranges():
    """Returns the colour map from white for 0 to deep orange for 1, of the lightness of `blues`."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("oranges", ["#ffffff", "#f3c6a0", "#dc8443", "#a94c08", "#5c2503"])


def both_ways():
    """Returns the colour map from deep orange for -1 by way of white to deep blue for 1."""
    from matplotlib.colors import ListedColormap

    shades = [step / 127 for step in range(128)]
    return ListedColormap([*oranges()(shades[::-1]), *blues()(shades)])


def new_figure(width, height):
    """Returns an empty white figure of `width` by `height` inches, drawn without a display."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def ruled(axes):
    """Gives axes fine horizontal lines instead of edges and ticks."""
    axes.tick_params(which="both", length=0, labelsize=10.5, labelcolor=QUIET)
    axes.grid(axis="y", color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    for edge in axes.spines.values():
        edge.set_visible(False)


def text_width(text, *, size):
    """Returns the width in inches of `text` set in `size` points."""
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.font_manager import FontProperties

    pixels, _, _ = RendererAgg(1, 1, 72).get_text_width_height_descent(text, FontProperties(size=size), False)
    return pixels / 72


def encode(figure, suffix):
    """Returns `figure` as the bytes of a `.png` or `.svg` file; the same figure gives the same bytes."""
    width, height = figure.get_size_inches()
    finest = (MOST_PIXELS / (width * height)) ** 0.5
    metadata = {"Software": None} if suffix == ".png" else {"Date": None, "Creator": "seqtasks"}
    content = io.BytesIO()
    figure.savefig(content, format=suffix[1:], dpi=min(DOTS_PER_INCH, finest), metadata=metadata)
    return content.getvalue()
