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
GREY = "#8C8C8C"

CYCLE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY)
