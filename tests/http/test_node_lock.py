"""What the lock of the Node.js packages promises, as far as reading it can show it."""

from __future__ import annotations

import json
from pathlib import Path

FOLDER = Path(__file__).parent / "node"
LOCK = json.loads((FOLDER / "package-lock.json").read_text(encoding="utf-8"))
PACKAGES = {name: package for name, package in LOCK["packages"].items() if name}


def test_every_package_is_locked_by_hash_and_names_no_address():
    assert PACKAGES
    assert [name for name, package in PACKAGES.items() if "integrity" not in package] == []
    assert [name for name, package in PACKAGES.items() if "resolved" in package] == []


def test_the_lock_is_that_of_the_package():
    wanted = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert {name: PACKAGES[f"node_modules/{name}"]["version"] for name in wanted} == wanted
