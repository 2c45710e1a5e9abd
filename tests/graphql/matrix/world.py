"""What the matrix is made of: a tenant with one of each, and a row for each field at the root of the schema."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

PASSWORD = "correct horse battery staple"
ISSUER = "https://id.agency.example"
ADMINISTRATOR, ACTUARY, AUDITOR, NOBODY = "program_administrator", "actuary", "auditor", "nobody"
INTEGRATOR, POLICY_ADMINISTRATOR = "integrator", "policy_administrator"

#: What a response comes down to: `ok`, `null`, `empty`, or the code of an error or a problem.
OK, EMPTY, DENIED, NOT_FOUND = "ok", "empty", "DENIED", "NOT_FOUND"
#: What somebody of another tenant does there is that tenant's business.
OWN = "ok"
#: What the public of an agency gets that has made nothing public.
NOTHING = frozenset({EMPTY, DENIED, NOT_FOUND})


@dataclass
class World:
    """A tenant with one of each, ids as the API has them."""

    tenant: Any
    ids: dict[str, Any] = field(default_factory=dict)


_VARIABLE = re.compile(r"\$(\w+)")
_TYPES = {"package": "SubmitRateDevelopmentInput", "soon": "DateTime", "today": "Date", "day": "Date"}
Prepare = Callable[[World], Awaitable[None]]


async def nothing(world: World) -> None:
    """The world is as it is needed."""


@dataclass(frozen=True)
class Row:
    """One root field: what to send, who may, and what the others get.

    `$id` in the arguments stands for what the field is about, every other variable for what the world has by its name.
    Whoever sends it has just stepped up, so that a refusal is about the role. `public_sees` is for what tells the
    public of an agency something whatever is public.
    """

    kind: str
    name: str
    arguments: str
    selection: str
    right: str
    wrong: str
    wrong_gets: str
    stranger_gets: str
    prepare: Prepare = nothing
    anonymous_gets: str = "UNAUTHENTICATED"
    right_gets: str = OK
    public_sees: bool = False

    about: str = "development"
    journaled: bool = True
    #: What another tenant's administrator gets of its own where the right one gets an answer; most are denied it.
    others_get: str = DENIED

    @property
    def variables(self) -> list[str]:
        return sorted({*_VARIABLE.findall(self.arguments)})

    @property
    def public_gets(self) -> frozenset[str]:
        if self.kind != "query":
            return frozenset({self.anonymous_gets})
        return frozenset({OK}) if self.public_sees else NOTHING

    @property
    def document(self) -> str:
        # A variable that is used where nothing may be missing must say so.
        declared = ", ".join(f"${name}: {_TYPES.get(name, 'ID')}!" for name in self.variables)
        return f"{self.kind} {f'({declared})' if declared else ''} {{ {self.name}{self.arguments} {self.selection} }}"


PROBLEMS = "{ problems { code } }"


def alike(name: str, arguments: str, gets: str, *, public: bool = False) -> Row:
    """What answers everybody in the same way, with these arguments; `public` is also for somebody unknown."""
    anonymous = gets if public else "UNAUTHENTICATED"
    return Row(
        "mutation",
        name,
        arguments,
        PROBLEMS,
        NOBODY,
        NOBODY,
        gets,
        gets,
        anonymous_gets=anonymous,
        right_gets=gets,
    )


def administrators(
    name: str,
    arguments: str,
    stranger_gets: str = NOT_FOUND,
    prepare: Prepare = nothing,
    *,
    about: str = "development",
) -> Row:
    """What administrators may do, and auditors may not, who know of it."""
    sent = ("mutation", name, arguments, PROBLEMS)
    return Row(*sent, ADMINISTRATOR, AUDITOR, DENIED, stranger_gets, prepare, about=about)
