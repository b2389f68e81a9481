"""Imports of packages that Tunesmith can do without."""

from __future__ import annotations

import contextlib
import importlib.metadata
import re
from collections.abc import Iterator


@contextlib.contextmanager
def optional_dependency(
    needed_by: str,
    package: str,
    extra: str,
    minimum: str | None = None,
    *,
    imported_as: str | None = None,
) -> Iterator[None]:
    """Explain an import that fails because an optional package is missing or too old.

    Parameters
    ----------
    needed_by : str
        What the user asked for, such as the name of a class.
    package : str
        Name of the distribution.
    extra : str
        Extra of Tunesmith that brings the package.
    minimum : str, optional
        Lowest version that will do, such as ``"2.0"``.
    imported_as : str, optional
        Name that the package is imported by, if it is not that of the distribution.

    Raises
    ------
    ImportError
        If the package is missing or older than `minimum`, with the command that installs it.
        An error inside an installed package is left as it is.

    Examples
    --------
    >>> with optional_dependency("Sparkline", "sparklines_", extra="plots", minimum="1.2"):
    ...     import sparklines_
    Traceback (most recent call last):
    ImportError: Sparkline needs 'sparklines_' (1.2 or newer).
    Install it with: pip install "tunesmith[plots]"
    """
    try:
        yield
    except ModuleNotFoundError as error:
        imported = package if imported_as is None else imported_as
        if error.name is None or error.name.partition(".")[0] != imported:
            raise
        raise ImportError(_advice(needed_by, package, extra, minimum), name=package) from error
    found = _installed_version(package)
    if minimum is not None and found is not None and _numbers(found) < _numbers(minimum):
        message = _advice(needed_by, package, extra, minimum, found)
        raise ImportError(message, name=package)


def _advice(
    needed_by: str, package: str, extra: str, minimum: str | None, found: str | None = None
) -> str:
    version = f" ({minimum} or newer)" if minimum is not None else ""
    instead = f", found {found}" if found is not None else ""
    command = f'pip install "tunesmith[{extra}]"'
    return f"{needed_by} needs {package!r}{version}{instead}.\nInstall it with: {command}"


def _installed_version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:  # on the path without having been installed
        return None


def _numbers(version: str) -> list[int]:
    release = re.match(r"\d+(\.\d+)*", version)
    return [int(number) for number in release.group().split(".")] if release else []
