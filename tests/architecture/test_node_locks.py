"""What the locks of the Node.js packages promise, as far as reading them can show it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
FOLDERS = [TESTS / "http" / "node", *sorted(path for path in (TESTS / "benchmarks" / "peers").iterdir())]

of_every_lock = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def packages(folder: Path) -> dict[str, dict[str, object]]:
    lock = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))
    return {name: package for name, package in lock["packages"].items() if name}


@of_every_lock
def test_every_package_is_locked_by_hash_and_names_no_address(folder):
    found = packages(folder)
    assert found
    assert [name for name, package in found.items() if "integrity" not in package] == []
    assert [name for name, package in found.items() if "resolved" in package] == []


@of_every_lock
def test_the_lock_is_that_of_the_package(folder):
    wanted = json.loads((folder / "package.json").read_text(encoding="utf-8"))["dependencies"]
    found = packages(folder)
    assert {name: found[f"node_modules/{name}"]["version"] for name in wanted} == wanted
