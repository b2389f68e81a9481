"""Finds the packages; everything else about the build stands in pyproject.toml.

The import package ``tunesmith`` is spread over three folders at the top of the repository.
"""

from setuptools import find_packages, setup

# core/ holds symlinks to the other two folders as well, for tools that read the sources.
ELSEWHERE = ["integrations*", "callbacks*"]
FOLDERS = [
    ("tunesmith", find_packages("core", exclude=ELSEWHERE)),
    ("tunesmith.integrations", find_packages("integrations")),
    ("tunesmith.callbacks", find_packages("callbacks")),
]

names = [name for top, found in FOLDERS for name in (top, *(f"{top}.{sub}" for sub in found))]
setup(packages=names)
