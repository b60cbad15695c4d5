"""How figures look: readable on a page, safe for colour-blind readers, and with a description in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Okabe and Ito's palette (https://jfly.uni-koeln.de/color/): told apart by every common kind of colour
#: vision.
BLUE, ORANGE, GREEN, VERMILION, PURPLE, SKY, YELLOW, INK, GREY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#F0E442", "#1A1A1A", "#8A8A8A",
)  # fmt: skip

#: From low to high feature values; even in lightness, so that it survives a grey print, and never grey
#: itself.
VALUE_COLOURS = "viridis"

#: One colour and, for those who see none, one hatch a mechanism; the same in every figure.
MECHANISM_LOOK = {
    "mtor_itself": (VERMILION, ""),
    "upstream_genotype": (ORANGE, "//"),
    "mtorc1_activity": (BLUE, ""),
    "bypass_pathways": (SKY, "//"),
    "microenvironment": (GREEN, ""),
    "heterogeneity": (YELLOW, "//"),
    "lineage": (PURPLE, ""),
    "growth": (INK, ""),
    "other_genes": ("#BDBDBD", ""),
}

#: Resolution of written figures, dots per inch.
DPI = 150

_STYLE = {
    "font.size": 10.0,
    "axes.titlesize": 10.5,
    "axes.labelsize": 10.0,
    "xtick.labelsize": 9.0,
    "ytick.labelsize": 9.0,
    "legend.fontsize": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.edgecolor": INK,
    "axes.linewidth": 0.8,
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "figure.facecolor": "white",
    # A user's own style file must not make the text of a figure depend on TeX.
    "text.usetex": False,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draw in the style of the house; matplotlib's settings are as before afterwards."""
    import matplotlib as mpl

    with mpl.rc_context(_STYLE):
        yield


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of that size in inches; pyplot knows nothing of it, so there is nothing to close."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def describe_figure(figure: Figure, words: str) -> Figure:
    """The figure with its description for those who cannot see it; see :func:`alt_text`."""
    figure.set_label(" ".join(words.split()))
    return figure


def alt_text(figure: Figure) -> str:
    """The description of a figure in words, for the ``alt`` of an image."""
    return str(figure.get_label())


def save(figure: Figure, path: str | Path) -> Path:
    """Write a figure; its description goes into the file's metadata.

    Parameters
    ----------
    figure
        From :mod:`predictor.report.plots`.
    path
        The file; its ending (png, svg, pdf) says the format.

    Returns
    -------
    pathlib.Path
        The path.
    """
    target = Path(path)
    key = "Subject" if target.suffix == ".pdf" else "Description"
    # Without a date the same figure is the same file.
    date = {"Date": None} if target.suffix == ".svg" else {}
    figure.savefig(target, dpi=DPI, metadata={key: alt_text(figure), **date})
    return target
