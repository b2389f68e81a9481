"""Numbers kept in order while more arrive."""

from __future__ import annotations

import bisect
import math


class OrderedValues:
    """A multiset of floats that answers for ranks and percentiles.

    Values wait unsorted until somebody asks, so filling costs an append each, and one value that
    arrives between two questions costs a binary search.

    Attributes
    ----------
    n_nan : int
        How many NaN were added; they have no place in the order.
    """

    __slots__ = ("_ordered", "_waiting", "n_nan")

    def __init__(self) -> None:
        self._ordered: list[float] = []
        self._waiting: list[float] = []
        self.n_nan = 0

    def __len__(self) -> int:
        """Return how many values were added, NaN not counted."""
        return len(self._ordered) + len(self._waiting)

    def add(self, value: float) -> None:
        """Add one value."""
        if math.isnan(value):
            self.n_nan += 1
        else:
            # Plain floats: NumPy's warn where inf - inf is meant to be NaN.
            self._waiting.append(float(value))

    def ascending(self) -> list[float]:
        """Return the values in ascending order, without NaN; do not change the list."""
        if self._waiting:
            if len(self._waiting) <= 4:
                for value in self._waiting:
                    bisect.insort(self._ordered, value)
            else:
                self._ordered += self._waiting
                self._ordered.sort()
            self._waiting.clear()
        return self._ordered

    def percentile(self, q: float) -> float:
        """Return the percentile with linear interpolation between neighbours.

        Equal to ``numpy.nanpercentile``, also in that a value next to an infinite one is NaN:
        ``2 + 0 * (inf - 2)``.

        Parameters
        ----------
        q : float
            Between 0 and 100.

        Returns
        -------
        float
            NaN if there are no values.

        Examples
        --------
        >>> values = OrderedValues()
        >>> for value in (3.0, 1.0, 2.0, 5.0):
        ...     values.add(value)
        >>> values.percentile(50)
        2.5
        """
        values = self.ascending()
        if not values:
            return math.nan
        position = (len(values) - 1) * (q / 100)
        index = int(position)
        fraction = position - index
        low, high = values[index], values[min(index + 1, len(values) - 1)]
        # From the nearer end, as NumPy does: the last bits depend on it.
        if fraction < 0.5:
            return low + (high - low) * fraction
        return high - (high - low) * (1 - fraction)
