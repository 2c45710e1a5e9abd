"""Packages to calculate with: a published letter, and made-up ones."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest

from almoner.rates.engine import FigureKey, calculate
from almoner.rates.package import Package
from almoner.rates.parse import parse_package

RawPackage = dict[str, Any]


@pytest.fixture(scope="session")
def sfy10() -> Callable[[], RawPackage]:
    """Makes a fresh raw package with the content of the SFY10 letter."""
    text = files("almoner.rates").joinpath("samples", "sfy10-package.json").read_text(encoding="utf-8")

    def fresh() -> RawPackage:
        package: RawPackage = json.loads(text)
        return package

    return fresh


@pytest.fixture(scope="session")
def letter(sfy10: Callable[[], RawPackage]) -> Package:
    """The SFY10 letter, parsed."""
    return parse_package(sfy10())


@pytest.fixture(scope="session")
def values_of() -> Callable[[Package], dict[FigureKey, Any]]:
    """Calculates a package and gives its values by key."""
    return lambda package: {figure.key: figure.value for batch in calculate(package) for figure in batch}
