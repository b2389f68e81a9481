"""What a plot shows, in terms that every renderer draws alike."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

Form = Literal["points", "hollow points", "crosses", "steps", "ticks", "curve"]
"""How a series is drawn. Ticks stand on the lower edge, whatever the scale of the values: their
heights are fractions of the axis."""


@dataclasses.dataclass(frozen=True)
class Series:
    """One series of a chart.

    Attributes
    ----------
    name : str
        Name of the series.
    form : Form
        How it is drawn.
    x : ndarray of int, shape (n_points,)
        Trial numbers or steps.
    y : ndarray of float, shape (n_points,)
        Values there.
    colour : str
        As ``"#rrggbb"``.
    variant : int, default 0
        Which marker or dash, for more series than there are colours.
    deviations : ndarray of float, shape (n_points,), optional
        Half widths of error bars around points, or of a band around steps.
    legend : str, optional
        What the legend says; default nothing.
    notes : sequence of str, optional
        What to say of the points under the mouse: a note for each, or a single one for all.
    """

    name: str
    form: Form
    x: npt.NDArray[np.int64]
    y: npt.NDArray[np.float64]
    colour: str
    variant: int = 0
    deviations: npt.NDArray[np.float64] | None = None
    legend: str | None = None
    notes: Sequence[str] = ()


@dataclasses.dataclass(frozen=True)
class Chart:
    """A whole plot.

    Attributes
    ----------
    title, x_label, y_label : str
        Texts around it.
    series : sequence of Series
        What is drawn, from back to front.
    remark : str, optional
        What to say where there is nothing to draw.
    wide_legend : bool, default False
        Whether the legend may be long and needs room of its own.
    """

    title: str
    x_label: str
    y_label: str
    series: Sequence[Series]
    remark: str | None = None
    wide_legend: bool = False
