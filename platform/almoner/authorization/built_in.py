"""The built-in policy: what `policies/` holds, read once and checked line by line."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from almoner.authorization.check import policy_problems
from almoner.authorization.document import Assertion, Grant, Item, PolicyDocument, Role, Separation

ROLE_COLUMNS = ("role", "held_at", "includes", "emergency", "comment")
GRANT_COLUMNS = ("role", "resource", "action", "scope", "effect", "comment")
SEPARATION_COLUMNS = ("role", "other", "comment")
_MAY_BE_EMPTY = frozenset({"includes"})


class BadPolicy(ValueError):
    """A policy file names something that does not exist, or does not say why."""


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """What every tenant has.

    Attributes:
        model: casbin's model.
        digest: names exactly these files' content.
    """

    model: str
    document: PolicyDocument
    digest: str


def parse_csv(text: str, name: str, columns: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV with their line numbers.

    Raises:
        BadPolicy: other columns, or an empty field; the last column says why the line is there.
    """
    rows = list(csv.reader(text.splitlines()))
    if not rows or tuple(rows[0]) != columns:
        raise BadPolicy(f"{name}: the first line must be {','.join(columns)}.")
    for number, row in enumerate(rows[1:], 2):
        filled = len(row) == len(columns) and all(
            field.strip() or column in _MAY_BE_EMPTY for column, field in zip(columns, row, strict=True)
        )
        if not filled:
            raise BadPolicy(f"{name}, line {number}: {len(columns)} filled fields are needed, the last says why.")
        yield number, row


def parse_roles(text: str, name: str) -> list[Role]:
    """The roles in a CSV; several included ones are separated by spaces.

    Raises:
        BadPolicy: see `parse_csv`; or `emergency` is neither yes nor no.
    """
    found = []
    for number, (role, held_at, includes, emergency, comment) in parse_csv(text, name, ROLE_COLUMNS):
        if emergency not in ("yes", "no"):
            raise BadPolicy(f"{name}, line {number}: emergency is yes or no.")
        found.append(Role(role, held_at, comment, tuple(includes.split()), emergency == "yes"))
    return found


def parse_assertions(text: str, name: str) -> list[Assertion]:
    """The assertions in a YAML list of `{roles, may | may_not, row, always, why}`.

    Raises:
        BadPolicy: something else is in it.
    """
    found = yaml.safe_load(text)
    if not isinstance(found, list):
        raise BadPolicy(f"{name}: a list of assertions is needed.")
    return [_assertion(entry, f"{name}, entry {number}") for number, entry in enumerate(found, 1)]


def _assertion(entry: Any, where: str) -> Assertion:
    known = {"roles", "may", "may_not", "row", "always", "why"}
    if not isinstance(entry, dict) or not set(entry) <= known or not entry.get("roles") or not entry.get("why"):
        raise BadPolicy(
            f"{where}: `roles` and `why` are needed, with `may` or `may_not`; `row` and `always` if wanted."
        )
    if ("may" in entry) == ("may_not" in entry):
        raise BadPolicy(f"{where}: either `may` or `may_not`.")
    return Assertion(
        roles=tuple(entry["roles"]),
        permission=str(entry.get("may", entry.get("may_not"))),
        allowed="may" in entry,
        comment=str(entry["why"]),
        row=tuple(entry.get("row", ())),
        always=bool(entry.get("always", False)),
    )


def parse_grants(text: str, name: str) -> list[Grant]:
    """The grants in a CSV.

    Raises:
        BadPolicy: see `parse_csv`.
    """
    return [Grant(*row) for _number, row in parse_csv(text, name, GRANT_COLUMNS)]


def _read() -> Iterator[tuple[str, str]]:
    folder = files("almoner_policies")
    for place in (folder, folder.joinpath("assertions")):
        for path in sorted(place.iterdir(), key=lambda path: path.name):
            if path.name.endswith((".csv", ".yaml", ".conf")):
                yield path.name, path.read_text(encoding="utf-8")


def _parse(name: str, text: str) -> list[Item]:
    if name.endswith(".yaml"):
        return [*parse_assertions(text, name)]
    if name == "roles.csv":
        return [*parse_roles(text, name)]
    if name == "separations.csv":
        return [Separation(*row) for _number, row in parse_csv(text, name, SEPARATION_COLUMNS)]
    return [*parse_grants(text, name)]


@lru_cache(maxsize=1)
def built_in() -> BuiltIn:
    """The policy that ships with the platform.

    Raises:
        BadPolicy: a file is not right; every problem is named.
    """
    texts = dict(_read())
    items = [item for name, text in texts.items() if name != "model.conf" for item in _parse(name, text)]
    repeated = len(items) - len({item.key for item in items})
    document = PolicyDocument.of(items)
    problems = policy_problems(document, PolicyDocument())
    if problems or repeated:
        raise BadPolicy(
            "; ".join([problem.message for problem in problems] + [f"{repeated} repeated"] * bool(repeated))
        )
    digest = hashlib.sha256(repr(sorted(texts.items())).encode()).hexdigest()
    return BuiltIn(texts["model.conf"], document, f"built-in-{digest[:12]}")
