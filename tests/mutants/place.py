"""A place where a check stands that somebody relies on, and what would be there without it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: The authorization matrix, of which `-k` takes the rows that are named.
MATRIX = "tests/graphql/test_authorization_matrix.py"
PGRLS = "tests/isolation/test_pgrls.py"
FENCES = "tests/isolation/test_fences.py"
CATALOGUE = "tests/architecture/test_catalogue.py"
VERSIONS = "migrations/almoner_migrations/versions"
AUTHORIZATION = "platform/almoner/authorization"
IDENTITY = "platform/almoner/identity"
READER = "graphql/almoner_graphql/planner/reader.py"
BUILD = "graphql/almoner_graphql/planner/build.py"


@dataclass(frozen=True)
class Place:
    """A check, and the same code without it.

    Attributes:
        name: what is taken away, in a few words.
        text: found exactly once in the file.
        instead: what stands there then.
        tests: arguments of pytest.
    """

    name: str
    file: str
    text: str
    instead: str
    tests: tuple[str, ...]


def broken(place: Place, root: Path = ROOT) -> str:
    """The file's text without the check.

    Raises:
        ValueError: the place is not found exactly once.
    """
    text = (root / place.file).read_text(encoding="utf-8")
    found = text.count(place.text)
    if found != 1:
        raise ValueError(f"{place.name}: {found} times in {place.file}, not once; say anew where it is:\n{place.text}")
    return text.replace(place.text, place.instead)
