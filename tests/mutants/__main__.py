"""`python -m tests.mutants`: takes one check away at a time, in a copy of the tree, and runs the tests for it.

Exit code: 0 every one was noticed, 1 some were not, 2 a place is not where it should be, or the tests fail without any
of it.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.mutants.origin import PACKAGES
from tests.mutants.page import PAGE, Row, rows_of, written
from tests.mutants.place import ROOT, Place, broken
from tests.mutants.places import PLACES

_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+?::[^\s\[]+)", re.MULTILINE)
#: pytest's own exit codes.
_GREEN, _RED, _NOT_COLLECTED = 0, 1, 2
#: Ours.
_SURVIVORS, _UNUSABLE = 1, 2
#: What is read from tables is checked when the schema is built, and no test of the API is collected without one.
_REFUSAL = "almoner_graphql.planner.catalog.BadDeclaration"


class Unusable(Exception):
    """The tests did not run, or fail without anything being taken away: nothing would follow from them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="one place; may be repeated")
    parser.add_argument("--missing", action="store_true", help="those that docs/checks.md does not tell of")
    parser.add_argument("--without-control", action="store_true", help="trust that the tests are green as they are")
    given = parser.parse_args(arguments)
    told = rows_of(PAGE.read_text(encoding="utf-8")) if given.missing else {}
    places = [place for place in PLACES if place.name not in told and (not given.only or place.name in given.only)]
    if unknown := set(given.only) - {place.name for place in PLACES}:
        _say(f"There is no such place: {', '.join(sorted(unknown))}")
        return _UNUSABLE
    try:
        for place in PLACES:
            broken(place)
        return _run(places, control=not given.without_control)
    except (ValueError, Unusable) as reason:
        _say(str(reason))
        return _UNUSABLE


def _run(places: Sequence[Place], *, control: bool) -> int:
    with tempfile.TemporaryDirectory(prefix="almoner-mutants-") as folder:
        copy = Path(folder) / "tree"
        _copy(copy)
        # The database's own account must be able to go through to the data that tests keep below.
        for each in (Path(folder), copy):
            each.chmod(0o755)
        if control:
            _control(copy, places)
        survivors = []
        for place in places:
            row = _without(copy, place)
            PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), {place.name: row}), encoding="utf-8")
            survivors += [] if row.noticed else [place.name]
    _say(f"{len(places)} taken away, {len(survivors)} unnoticed{': ' if survivors else '.'}{'; '.join(survivors)}")
    return _SURVIVORS if survivors else 0


def _copy(target: Path) -> None:
    """What git knows of, and what it does not ignore: the tree as it is now, without what is made from it."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def _control(copy: Path, places: Sequence[Place]) -> None:
    """All the tests must be green before anything is taken away."""
    tests = {one: None for place in places for one in place.tests if one.startswith("tests/")}
    _say(f"First as it is: {' '.join(tests)}")
    code, output = _pytest(copy, [*tests])
    if code != _GREEN:
        raise Unusable(f"Nothing is taken away, and yet exit code {code}:\n{output[-3000:]}")


def _without(copy: Path, place: Place) -> Row:
    file = copy / place.file
    whole = file.read_text(encoding="utf-8")
    began = time.monotonic()
    file.write_text(broken(place, copy), encoding="utf-8")
    try:
        code, output = _pytest(copy, place.tests)
    finally:
        file.write_text(whole, encoding="utf-8")
    row = Row(_who_noticed(place, code, output), round(time.monotonic() - began))
    _say(f"{place.name} | {place.file} | {row.noticed or 'NOTHING'} | {row.seconds} s")
    return row


def _who_noticed(place: Place, code: int, output: str) -> str | None:
    found = _FAILED.search(output)
    if code == _RED and found is not None:
        return found[1]
    if code == _NOT_COLLECTED and _REFUSAL in output:
        return "the schema, which is not built"
    if code != _GREEN:
        raise Unusable(f"{place.name}: exit code {code}:\n{output[-3000:]}")
    return None


def _pytest(copy: Path, tests: Sequence[str]) -> tuple[int, str]:
    """Run tests of the copy on the copy's packages: the plugin refuses if they are imported from elsewhere."""
    path = os.pathsep.join(str(copy / folder) for folder in PACKAGES.values())
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "tests.mutants.origin", "-p", "no:cacheprovider"]
    command += ["-m", "not broker and not node and not wrk and not bench", *tests]
    done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
