"""A plugin of pytest's: refuses to run on any other code than that of the folder it is run in."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

PACKAGES = {
    "almoner": "platform",
    "almoner_graphql": "graphql",
    "almoner_policies": "policies",
    "almoner_workers": "workers",
    "almoner_migrations": "migrations",
}


def pytest_configure(config: pytest.Config) -> None:
    """Compare where the packages come from with where they should."""
    for package, folder in PACKAGES.items():
        found, wanted = Path(str(import_module(package).__file__)).parent, Path.cwd() / folder / package
        if found.resolve() != wanted.resolve():
            raise pytest.UsageError(f"{package} is imported from {found}, not from {wanted}")
