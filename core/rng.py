"""Randomness without state: every draw is a function of (seed, trial number, purpose).

A sampler that holds no stream has nothing to save: trial *k* of a study draws the same numbers
whether the study ran through, was resumed, or was shared among workers, and two workers with the
same seed never draw the same trial twice, because numbers are given once.

Keys are made with BLAKE2b [1]_; arrays of draws come from NumPy's counter-based Philox [2]_.

References
----------
.. [1] Aumasson et al. (2013), BLAKE2: simpler, smaller, fast as MD5.
.. [2] Salmon et al. (2011), Parallel random numbers: as easy as 1, 2, 3.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_53_BITS = 2.0**-53


class SeededRandomness:
    """Draws that depend on a seed, a trial's number and a purpose, and on nothing else.

    Parameters
    ----------
    seed : int, optional
        Any integer. None takes a fresh one from the operating system.

    Examples
    --------
    >>> rng = SeededRandomness(seed=7)
    >>> rng.uniform(3, "x") == SeededRandomness(seed=7).uniform(3, "x")
    True
    """

    __slots__ = ("_key", "seed")

    def __init__(self, seed: int | None = None) -> None:
        if seed is None:
            seed = secrets.randbits(64)
        self.seed = seed
        self._key = hashlib.blake2b(str(int(seed)).encode(), digest_size=32).digest()

    def uniform(self, number: int, purpose: str) -> float:
        """Return one float, uniform in [0, 1)."""
        digest = hashlib.blake2b(
            b"%d:%b" % (number, purpose.encode()), digest_size=8, key=self._key
        ).digest()
        return (int.from_bytes(digest, "little") >> 11) * _53_BITS

    def generator(self, number: int, purpose: str) -> np.random.Generator:
        """Return a NumPy generator of its own for this trial and purpose."""
        import numpy as np

        digest = hashlib.blake2b(
            b"%d:%b" % (number, purpose.encode()), digest_size=16, key=self._key
        ).digest()
        return np.random.Generator(np.random.Philox(key=int.from_bytes(digest, "little")))
