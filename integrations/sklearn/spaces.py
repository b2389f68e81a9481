"""Search spaces in the forms that scikit-learn's users write them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from tunesmith.integrations.sklearn.dimensions import Dimension, dimension
from tunesmith.trial import BaseTrial

Params = dict[str, Any]
#: Which of several dictionaries a trial took its parameters from.
BRANCH = "(branch)"


class Space(Protocol):
    """What a search asks of its space."""

    @property
    def n_combinations(self) -> int | None:
        """How many candidates there are; None if there is no end of them, or no telling."""

    def suggest(self, trial: BaseTrial) -> Params:
        """Suggest one candidate: values for ``estimator.set_params``."""

    def combination(self, index: int) -> Params:
        """What the study calls the values of one of finitely many combinations."""

    def stored(self, params: Params) -> Params:
        """What the study calls some parameters that a user has written by name and value."""


class Product:
    """All combinations of what is said for each parameter."""

    def __init__(self, dimensions: Mapping[str, Dimension]) -> None:
        self._dimensions = dict(dimensions)
        sizes = [dim.n_values for dim in self._dimensions.values()]
        known = [size for size in sizes if size is not None]
        self.n_combinations = math.prod(known) if len(known) == len(sizes) else None

    def suggest(self, trial: BaseTrial) -> Params:
        return {name: dim.suggest(trial) for name, dim in self._dimensions.items()}

    def combination(self, index: int) -> Params:
        values: Params = {}
        # In the order of scikit-learn's ParameterGrid: the last name changes fastest.
        for _, dim in sorted(self._dimensions.items(), reverse=True):
            assert dim.n_values is not None
            index, place = divmod(index, dim.n_values)
            values[dim.name] = dim.stored(place)
        return values

    def stored(self, params: Params) -> Params:
        by_name = {dim.stored_name: dim for dim in self._dimensions.values()}
        values: Params = {}
        for name, value in params.items():
            if name in self._dimensions:
                dim = self._dimensions[name]
                values[dim.stored_name] = dim.stored_value(value)
            elif name in by_name:
                values[name] = value
            else:
                known = ", ".join(map(repr, self._dimensions))
                raise ValueError(f"The search space has no parameter {name!r}; it has {known}.")
        return values


class Branches:
    """One of several spaces; each has the parameters of its own dictionary only."""

    def __init__(self, products: Sequence[Product]) -> None:
        self._products = list(products)
        sizes = [product.n_combinations for product in products]
        known = [size for size in sizes if size is not None]
        self.n_combinations = sum(known) if len(known) == len(sizes) else None

    def suggest(self, trial: BaseTrial) -> Params:
        branch = trial.suggest_categorical(BRANCH, list(range(len(self._products))))
        return self._products[branch].suggest(trial)

    def combination(self, index: int) -> Params:
        for branch, product in enumerate(self._products):
            assert product.n_combinations is not None
            if index < product.n_combinations:
                return {BRANCH: branch, **product.combination(index)}
            index -= product.n_combinations
        raise IndexError(index)

    def stored(self, params: Params) -> Params:
        if not params:
            return {}
        others = {name: value for name, value in params.items() if name != BRANCH}
        said = params.get(BRANCH)
        for branch in range(len(self._products)) if said is None else [int(said)]:
            try:
                return {BRANCH: branch, **self._products[branch].stored(others)}
            except ValueError as error:
                reason = error
        if said is not None or len(self._products) == 1:
            raise reason
        raise ValueError("No dictionary of the search space has all of them, with these values.")


class DefinedByRun:
    """A function of the trial that returns the parameters."""

    n_combinations = None

    def __init__(self, function: Callable[[BaseTrial], Mapping[str, Any]]) -> None:
        self._function = function

    def suggest(self, trial: BaseTrial) -> Params:
        params = self._function(trial)
        if not isinstance(params, Mapping):
            raise TypeError(
                "A space that is a function returns a dictionary of the estimator's parameters, "
                f"got {params!r}."
            )
        return dict(params)

    def combination(self, index: int) -> Params:
        raise AssertionError("there is no telling")

    def stored(self, params: Params) -> Params:
        return dict(params)


def search_space(given: Any) -> Space:
    """Read a search space.

    Parameters
    ----------
    given : dict, list of dict or callable
        Values or a distribution for each parameter; several such dictionaries, of which each
        candidate takes one; or a function that is given a trial and returns the parameters.

    Raises
    ------
    TypeError
        If it is none of these.
    ValueError
        If there is a list without values.

    Examples
    --------
    >>> search_space([{"kernel": ["rbf"], "gamma": [1, 2]}, {"kernel": ["linear"]}]).n_combinations
    3
    """
    if callable(given):
        return DefinedByRun(given)
    if isinstance(given, Mapping):
        return Product({name: dimension(name, values) for name, values in given.items()})
    if not isinstance(given, Sequence) or isinstance(given, (str, bytes)) or not given:
        raise TypeError(
            "The search space must be a dictionary, a list of dictionaries or a function of the "
            f"trial, got {given!r}."
        )
    for branch in given:
        if not isinstance(branch, Mapping):
            raise TypeError(f"A list of spaces must hold dictionaries, got {branch!r}.")
    branches = [
        {name: dimension(name, values) for name, values in branch.items()} for branch in given
    ]
    return Branches([Product(_told_apart(branches, place)) for place in range(len(branches))])


def _told_apart(branches: Sequence[Mapping[str, Dimension]], place: int) -> dict[str, Dimension]:
    """The parameters of a branch, renamed in the study where another branch has them as well."""
    return {
        name: dim.named(f"{name} (branch {place})")
        if sum(name in branch for branch in branches) > 1
        else dim
        for name, dim in branches[place].items()
    }
