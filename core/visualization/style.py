"""Colours that the plots share, told apart also by people who are colour-blind [1]_.

References
----------
.. [1] Okabe, Ito (2002), Color universal design.
"""

from __future__ import annotations

BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
SKY = "#56B4E9"
GREY = "#757575"
BLACK = "#000000"

CYCLE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY)

MANY_POINTS = 300
"""Points in a chart from which on they are drawn smaller."""


def shortened(text: str, length: int = 48) -> str:
    """Return a text with its middle left out where it is too long for a legend.

    Examples
    --------
    >>> shortened("resnet-50-on-imagenet-with-warm-up", length=20)
    'resnet-50-…h-warm-up'
    """
    if len(text) <= length:
        return text
    tail = (length - 1) // 2
    return f"{text[: length - 1 - tail]}…{text[len(text) - tail :]}"
