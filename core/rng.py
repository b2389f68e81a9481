"""Randomness without state: every draw is a function of (seed, trial number, purpose).

A sampler that holds no stream has nothing to save: trial *k* of a study draws the same numbers
whether the study ran through, was resumed, or was shared among workers, and two workers with the
same seed never draw the same trial twice, because numbers are given once.

Keys are made with BLAKE2b [1]_. A single draw mixes the trial's and the purpose's key with the
finalizer of SplitMix64 [2]_; arrays of draws come from NumPy's counter-based Philox [3]_.

References
----------
.. [1] Aumasson et al. (2013), BLAKE2: simpler, smaller, fast as MD5.
.. [2] Steele, Lea, Flood (2014), Fast splittable pseudorandom number generators.
.. [3] Salmon et al. (2011), Parallel random numbers: as easy as 1, 2, 3.
"""

from __future__ import annotations

import functools
import hashlib
import secrets
import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_53_BITS = 2.0**-53
_64_BITS = 0xFFFF_FFFF_FFFF_FFFF

_of_thread = threading.local()


@functools.cache
def _any_seed() -> np.random.SeedSequence:
    # Without one, Philox would first ask the operating system, which takes longer than the rest.
    import numpy as np

    return np.random.SeedSequence(0)


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

    __slots__ = ("_keyed", "_of_trial", "_purposes", "seed")

    def __init__(self, seed: int | None = None) -> None:
        if seed is None:
            seed = secrets.randbits(64)
        self.seed = seed
        key = hashlib.blake2b(str(int(seed)).encode(), digest_size=32).digest()
        self._keyed = hashlib.blake2b(digest_size=16, key=key)
        self._purposes: dict[str, int] = {}
        self._of_trial = (-1, 0)  # number and key of the last trial

    def _key(self, text: str) -> int:
        digest = self._keyed.copy()  # half the time of keying anew
        digest.update(text.encode())
        return int.from_bytes(digest.digest(), "little")

    def __getstate__(self) -> int:
        return self.seed

    def __setstate__(self, seed: int) -> None:
        self.__init__(seed)  # type: ignore[misc]  # hash objects cannot be pickled

    def uniform(self, number: int, purpose: str) -> float:
        """Return one float, uniform in [0, 1)."""
        known, key = self._of_trial
        if known != number:
            key = self._key(f"trial:{number}") & _64_BITS
            self._of_trial = (number, key)  # one assignment, so threads see both or neither
        x = self._purposes.get(purpose)
        if x is None:
            x = self.purpose_key(purpose)
        x ^= key
        x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _64_BITS
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _64_BITS
        return ((x ^ (x >> 31)) >> 11) * _53_BITS

    def purpose_key(self, purpose: str) -> int:
        """Return what :meth:`uniforms` takes for a purpose."""
        key = self._purposes[purpose] = self._key(f"purpose:{purpose}") & _64_BITS
        return key

    def uniforms(
        self, numbers: Iterable[int], purpose_keys: Sequence[int]
    ) -> npt.NDArray[np.float64]:
        """Return what :meth:`uniform` does, for several trials and purposes at once.

        Parameters
        ----------
        numbers : iterable of int
            Trials.
        purpose_keys : sequence of int
            From :meth:`purpose_key`.

        Returns
        -------
        ndarray of shape (n_trials, n_purposes)
        """
        import numpy as np

        keys = [self._key(f"trial:{number}") & _64_BITS for number in numbers]
        x = np.array(keys, dtype=np.uint64)[:, None] ^ np.array(purpose_keys, dtype=np.uint64)
        x ^= x >> np.uint64(30)
        x *= np.uint64(0xBF58476D1CE4E5B9)
        x ^= x >> np.uint64(27)
        x *= np.uint64(0x94D049BB133111EB)
        x ^= x >> np.uint64(31)
        draws: npt.NDArray[np.float64] = (x >> np.uint64(11)) * _53_BITS
        return draws

    def generator(self, number: int, purpose: str) -> np.random.Generator:
        """Return a NumPy generator of its own for this trial and purpose."""
        import numpy as np

        bits = np.random.Philox(_any_seed())
        bits.state = self._state(f"{number}:{purpose}")
        return np.random.Generator(bits)

    def brief_generator(self, number: int, purpose: str) -> np.random.Generator:
        """Return :meth:`generator`, to be used before the thread asks for another one.

        There is one per thread: to make one anew takes several times as long, and a system call.
        """
        import numpy as np

        rng: np.random.Generator | None = getattr(_of_thread, "rng", None)
        if rng is None:
            rng = _of_thread.rng = np.random.Generator(np.random.Philox(_any_seed()))
        rng.bit_generator.state = self._state(f"{number}:{purpose}")
        return rng

    def _state(self, text: str) -> Any:
        # Philox at its beginning, as Philox(key=...) is.
        key = self._key(text)
        return {
            "bit_generator": "Philox",
            "state": {"counter": (0, 0, 0, 0), "key": (key & _64_BITS, key >> 64)},
            "buffer": (0, 0, 0, 0),
            "buffer_pos": 4,
            "has_uint32": 0,
            "uinteger": 0,
        }
