"""How the numerical parameters of a child come from those of its parents."""

from __future__ import annotations

import abc
import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from ...study import Study

FloatArray = npt.NDArray[np.float64]


class BaseCrossover(abc.ABC):
    """Base class of crossovers of numerical parameters."""

    def __str__(self) -> str:
        return type(self).__name__

    @property
    @abc.abstractmethod
    def n_parents(self) -> int:
        """Number of parents that it needs."""

    @abc.abstractmethod
    def crossover(
        self,
        parents_params: FloatArray,
        rng: np.random.RandomState,
        study: Study,
        search_space_bounds: FloatArray,
    ) -> FloatArray:
        """Return the child's parameters.

        Parameters
        ----------
        parents_params : ndarray of shape (n_parents, n_params)
            Coordinates of the parents.
        rng : RandomState
            The only source of randomness to use.
        study : Study
        search_space_bounds : ndarray of shape (n_params, 2)
            Least and largest coordinate of each parameter.

        Returns
        -------
        ndarray of shape (n_params,)
            What lies outside the bounds is drawn again a few times, then moved onto the bound.
        """


class UniformCrossover(BaseCrossover):
    """Each parameter from either parent [1]_.

    Parameters
    ----------
    swapping_prob : float, default 0.5
        Probability of the second parent.

    References
    ----------
    .. [1] Syswerda (1989), Uniform crossover in genetic algorithms, ICGA.
    """

    n_parents = 2

    def __init__(self, swapping_prob: float = 0.5) -> None:
        if not 0.0 <= swapping_prob <= 1.0:
            raise ValueError(
                f"0 <= swapping_prob <= 1 must hold, got swapping_prob={swapping_prob}."
            )
        self._swapping_prob = swapping_prob

    def crossover(
        self,
        parents_params: FloatArray,
        rng: np.random.RandomState,
        study: Study,
        search_space_bounds: FloatArray,
    ) -> FloatArray:
        swapped = rng.rand(parents_params.shape[1]) < self._swapping_prob
        child: FloatArray = np.where(swapped, parents_params[1], parents_params[0])
        return child


class BLXAlphaCrossover(BaseCrossover):
    """Uniform in the box around both parents, widened on each side [1]_.

    Parameters
    ----------
    alpha : float, default 0.5
        How far it is widened, in times of its width.

    References
    ----------
    .. [1] Eshelman, Schaffer (1993), Real-coded genetic algorithms and interval-schemata.
    """

    n_parents = 2

    def __init__(self, alpha: float = 0.5) -> None:
        if not alpha >= 0.0:
            raise ValueError(f"alpha >= 0 must hold, got alpha={alpha}.")
        self._alpha = alpha

    def crossover(
        self,
        parents_params: FloatArray,
        rng: np.random.RandomState,
        study: Study,
        search_space_bounds: FloatArray,
    ) -> FloatArray:
        low, high = parents_params.min(axis=0), parents_params.max(axis=0)
        margin = self._alpha * (high - low)
        child: FloatArray = low - margin + rng.rand(len(low)) * (high - low + 2.0 * margin)
        return child


class _BinaryCrossover(BaseCrossover):
    # The two simulated binary crossovers.

    n_parents = 2
    _default_eta: float

    def __init__(
        self,
        eta: float | None = None,
        uniform_crossover_prob: float = 0.5,
        use_child_gene_prob: float = 0.5,
    ) -> None:
        if eta is not None and not eta >= 0.0:
            raise ValueError(f"eta >= 0 must hold, got eta={eta}.")
        for name, value in (
            ("uniform_crossover_prob", uniform_crossover_prob),
            ("use_child_gene_prob", use_child_gene_prob),
        ):
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"0 <= {name} <= 1 must hold, got {name}={value}.")
        self._eta = eta
        self._uniform_crossover_prob = uniform_crossover_prob
        self._use_child_gene_prob = use_child_gene_prob

    def crossover(
        self,
        parents_params: FloatArray,
        rng: np.random.RandomState,
        study: Study,
        search_space_bounds: FloatArray,
    ) -> FloatArray:
        eta = self._eta
        if eta is None:
            # A recommendation of the literature: wider for one objective.
            single = study is not None and len(study.directions) == 1
            eta = 2.0 if single else 20.0
        children = self._children(parents_params, rng, eta, search_space_bounds)
        n = parents_params.shape[1]
        # Some parameters change places, some come from the parents after all.
        swapped = rng.rand(n) < self._uniform_crossover_prob
        children = np.where(swapped, children[::-1], children)
        kept = rng.rand(n) >= self._use_child_gene_prob
        children = np.where(kept, parents_params, children)
        child: FloatArray = children[int(rng.rand() < 0.5)]
        return child

    @abc.abstractmethod
    def _children(
        self, parents: FloatArray, rng: np.random.RandomState, eta: float, bounds: FloatArray
    ) -> FloatArray:
        """Return two children, shape (2, n_params)."""


class SBXCrossover(_BinaryCrossover):
    """Two children around their parents, spread as by crossing over bit strings [1]_.

    Parameters
    ----------
    eta : float, optional
        The larger, the closer to the parents; default 2 with one objective, 20 with several.
    uniform_crossover_prob : float, default 0.5
        Probability, for each parameter, that the children swap it.
    use_child_gene_prob : float, default 0.5
        Probability, for each parameter, that it is the child's and not the parent's.

    References
    ----------
    .. [1] Deb, Agrawal (1995), Simulated binary crossover for continuous search space, Complex
       Systems 9.
    """

    def _children(
        self, parents: FloatArray, rng: np.random.RandomState, eta: float, bounds: FloatArray
    ) -> FloatArray:
        low, high = parents.min(axis=0), parents.max(axis=0)
        gap = np.maximum(high - low, 1e-10)
        u = rng.rand(parents.shape[1])
        power = 1.0 / (eta + 1.0)

        def spread(room: FloatArray) -> FloatArray:
            # Truncated, so that no child lies beyond the bound.
            alpha = 2.0 - (1.0 + 2.0 * room / gap) ** -(eta + 1.0)
            inner = (u * alpha) ** power
            outer = (1.0 / np.maximum(2.0 - u * alpha, 1e-300)) ** power
            chosen: FloatArray = np.where(u <= 1.0 / alpha, inner, outer)
            return chosen

        middle = 0.5 * (low + high)
        first = middle - 0.5 * spread(low - bounds[:, 0]) * gap
        second = middle + 0.5 * spread(bounds[:, 1] - high) * gap
        return np.stack([first, second])


class VSBXCrossover(_BinaryCrossover):
    """Simulated binary crossover that leaves out no region around the parents [1]_.

    Parameters
    ----------
    eta : float, optional
        The larger, the closer to the parents; default 2 with one objective, 20 with several.
    uniform_crossover_prob : float, default 0.5
        Probability, for each parameter, that the children swap it.
    use_child_gene_prob : float, default 0.5
        Probability, for each parameter, that it is the child's and not the parent's.

    References
    ----------
    .. [1] Ballester, Carter (2004), An effective real-parameter genetic algorithm with parent
       centric normal crossover for multimodal optimisation, GECCO.
    """

    def _children(
        self, parents: FloatArray, rng: np.random.RandomState, eta: float, bounds: FloatArray
    ) -> FloatArray:
        n = parents.shape[1]
        u = np.maximum(rng.rand(n), 1e-10)
        spread = (1.0 / (2.0 * u)) ** (1.0 / (eta + 1.0))
        # Both children lie about one of the parents, chosen for each parameter.
        about_first = rng.rand(n) <= 0.5
        near, far = np.where(about_first, parents, parents[::-1])
        first = 0.5 * ((1.0 + spread) * near + (1.0 - spread) * far)
        second = 0.5 * ((3.0 - spread) * near - (1.0 - spread) * far)
        return np.stack([first, second])


class SPXCrossover(BaseCrossover):
    """Uniform in a simplex around three parents [1]_.

    Parameters
    ----------
    epsilon : float, optional
        How far the simplex is expanded; default ``sqrt(n_params + 2)``.

    References
    ----------
    .. [1] Tsutsui, Yamamura, Higuchi (1999), Multi-parent recombination with simplex crossover in
       real coded genetic algorithms, GECCO.
    """

    n_parents = 3

    def __init__(self, epsilon: float | None = None) -> None:
        self._epsilon = epsilon

    def crossover(
        self,
        parents_params: FloatArray,
        rng: np.random.RandomState,
        study: Study,
        search_space_bounds: FloatArray,
    ) -> FloatArray:
        n_parents, n = parents_params.shape
        centre = parents_params.mean(axis=0)
        epsilon = math.sqrt(n + 2) if self._epsilon is None else self._epsilon
        corners = centre + epsilon * (parents_params - centre)
        offset = np.zeros(n)
        for k in range(1, n_parents):
            ratio = rng.rand() ** (1.0 / k)
            offset = ratio * (corners[k - 1] - corners[k] + offset)
        child: FloatArray = corners[-1] + offset
        return child


class UNDXCrossover(BaseCrossover):
    """Normal around the middle of two parents, as wide across as the third is far [1]_.

    Parameters
    ----------
    sigma_xi : float, default 0.5
        Deviation along the line through the two parents, in times of their distance.
    sigma_eta : float, optional
        Deviation across, in times of the third one's distance from the line; default
        ``0.35 / sqrt(n_params)``.

    References
    ----------
    .. [1] Kita, Ono, Kobayashi (1999), Multi-parental extension of the unimodal normal
       distribution crossover for real-coded genetic algorithms, CEC.
    """

    n_parents = 3

    def __init__(self, sigma_xi: float = 0.5, sigma_eta: float | None = None) -> None:
        self._sigma_xi = sigma_xi
        self._sigma_eta = sigma_eta

    def crossover(
        self,
        parents_params: FloatArray,
        rng: np.random.RandomState,
        study: Study,
        search_space_bounds: FloatArray,
    ) -> FloatArray:
        one, other, third = parents_params
        n = len(one)
        line = other - one
        length = float(np.linalg.norm(line))
        axis = line / length if length > 1e-10 else np.zeros(n)
        apart = third - one
        distance = float(np.linalg.norm(apart - (apart @ axis) * axis))
        sigma_eta = 0.35 / math.sqrt(n) if self._sigma_eta is None else self._sigma_eta
        across = rng.normal(0.0, sigma_eta, n) * distance
        across -= (across @ axis) * axis
        child: FloatArray = 0.5 * (one + other) + rng.normal(0.0, self._sigma_xi) * line + across
        return child
