"""A temporary folder of its own for each run of root's tests. Not a test.

PostgreSQL does not run as root, so its account is let through to its files; pytest closes the folder that all runs
share whenever one begins, and the servers of those that are under way would die of that.
"""

from __future__ import annotations

import os
import tempfile

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give the run its folder, unless it has one."""
    if os.geteuid() == 0 and config.option.basetemp is None:
        folder = tempfile.TemporaryDirectory(prefix="almoner-tests-")
        config.option.basetemp = f"{folder.name}/pytest"
        config.add_cleanup(folder.cleanup)
