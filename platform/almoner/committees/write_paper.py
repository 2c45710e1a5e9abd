"""Writing the cover sheet of a paper, a few fields at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.committees.file_paper import MAX_TITLE
from almoner.committees.papers import get_unpublished_paper
from almoner.committees.tables import CommitteeBody, DelegationItem, Meeting, Paper, Recommendation
from almoner.committees.words import PaperPurpose
from almoner.core.errors import Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import LONGEST_TEXT, wording_problems

MAX_NAME = 200
MAX_LIST = 50
Check = Callable[[Any, tuple[str, ...]], list[Problem]]


async def write_paper(scope: TenantScope, paper_id: UUID, changes: Mapping[str, Any]) -> Paper:
    """Write what is given of a paper's cover sheet, until the agenda is published; what is not given stays.

    Args:
        changes: columns of `Paper` (all but ids of other rows, and what is not of the cover sheet), the ids
            `delegation_item_id` and `asks_bodies`, and `recommendations` as a list of texts. Null leaves a field open
            again, a list replaces the one before.

    Raises:
        NotFound: no such paper that the viewer may see.
        Denied: the viewer lacks `paper:write` for it.
        Invalid: everything that is wrong with what is given.
        Conflict: it is published or withdrawn, or the meeting was called off.
    """
    paper = await get_unpublished_paper(scope, paper_id, Permission.PAPER_WRITE)
    given = {name: _stripped(value) for name, value in changes.items()}
    problems = [problem for name, value in given.items() for problem in _problems_of(name, value)]
    problems += await _reference_problems(scope, paper, given)
    recommendations = given.pop("recommendations", None)
    asks_bodies = given.pop("asks_bodies", None)
    if not problems:
        for name, value in given.items():
            setattr(paper, name, value)
        if asks_bodies is not None:
            paper.asks_bodies = [str(body) for body in asks_bodies]
        problems = _contradictions(paper)
    if problems:
        raise Invalid(problems)
    if recommendations is not None:
        await _recommend(scope, paper, recommendations)
    scope.record("paper.written", paper, fields=sorted(changes))
    return paper


def _stripped(value: Any) -> Any:
    if isinstance(value, list):
        return [_stripped(each) for each in value]
    return value.strip() if type(value) is str else value


def _line(limit: int, *, optional: bool = True) -> Check:
    def check(value: Any, path: tuple[str, ...]) -> list[Problem]:
        if value is None:
            return [] if optional else [Problem("TEXT_BLANK", "Say something here.", path)]
        return wording_problems(value, limit, path)

    return check


def _lines(limit: int) -> Check:
    def check(value: Any, path: tuple[str, ...]) -> list[Problem]:
        if len(value or ()) > MAX_LIST:
            return [Problem("LIST_TOO_LONG", f"Give at most {MAX_LIST}.", path)]
        return [found for n, text in enumerate(value or ()) for found in wording_problems(text, limit, (*path, str(n)))]

    return check


def _repeated(value: Any, path: tuple[str, ...]) -> list[Problem]:
    if len(set(value or ())) < len(value or ()):
        return [Problem("LISTED_TWICE", "List each of them once.", path)]
    return []


#: What must hold for a field of a cover sheet, by column: its name in the API, and its check.
_FIELDS: dict[str, tuple[str, Check | None]] = {
    "title": ("title", _line(MAX_TITLE, optional=False)),
    "dated_on": ("datedOn", None),
    "lead_authors": ("leadAuthors", _lines(MAX_NAME)),
    "contributors": ("contributors", _lines(MAX_NAME)),
    "purposes": ("purposes", _repeated),
    "executive_summary": ("executiveSummary", _line(LONGEST_TEXT)),
    "recommendations": ("recommendations", _lines(LONGEST_TEXT)),
    "next_steps": ("nextSteps", _line(LONGEST_TEXT)),
    "equality_impact": ("equalityImpact", None),
    "engagement": ("engagement", None),
    "financial_implications": ("financialImplications", None),
    "risk_identified": ("riskIdentified", None),
    "risk": ("risk", _line(LONGEST_TEXT)),
    "authorised_by": ("authorisedBy", _line(MAX_NAME)),
    "delegation_item_id": ("delegationItem", None),
    "asks_bodies": ("asksBodies", _repeated),
}
#: Columns with lists: null empties them.
_LISTS = frozenset({"lead_authors", "contributors", "purposes", "recommendations", "asks_bodies"})


def _problems_of(name: str, value: Any) -> list[Problem]:
    called, check = _FIELDS[name]
    return check(value, ("cover", called)) if check is not None else []


async def _reference_problems(scope: TenantScope, paper: Paper, given: dict[str, Any]) -> list[Problem]:
    """What is wrong with the rows that a cover sheet names. Empties lists that are null, too."""
    for name in _LISTS & given.keys():
        given[name] = given[name] or []
    problems = []
    if (item_id := given.get("delegation_item_id")) is not None:
        item = await scope.find(DelegationItem, item_id)
        if item is None or item.committee_id != paper.committee_id or item.withdrawn_at is not None:
            message = "There is no such item in the register of delegations to this committee."
            problems.append(Problem("UNKNOWN_DELEGATION_ITEM", message, ("cover", "delegationItem")))
    bodies = await _bodies(scope, paper) if given.get("asks_bodies") else set()
    problems += [
        Problem("UNKNOWN_BODY", "This is none of the bodies of the committee on that day.", _place("asksBodies", n))
        for n, body in enumerate(given.get("asks_bodies", ()))
        if body not in bodies
    ]
    return problems


def _place(name: str, n: int) -> tuple[str, ...]:
    return ("cover", name, str(n))


async def _bodies(scope: TenantScope, paper: Paper) -> set[UUID]:
    """The bodies that the committee is made of on the day of the meeting."""
    meeting = await scope.find(Meeting, paper.meeting_id)
    if meeting is None:
        raise RuntimeError("a foreign key sees to it that there is a meeting")
    query = select(CommitteeBody.body_id).where(
        col(CommitteeBody.tenant_id) == scope.tenant_id,
        col(CommitteeBody.committee_id) == paper.committee_id,
        col(CommitteeBody.since_on) <= meeting.held_on,
        or_(col(CommitteeBody.until_on).is_(None), col(CommitteeBody.until_on) > meeting.held_on),
    )
    return set((await scope.session.execute(query)).scalars())


def _contradictions(paper: Paper) -> list[Problem]:
    """What of a cover sheet does not go together."""
    problems = []
    if paper.risk is not None and paper.risk_identified is not True:
        message = "A risk is named: say that one is identified, or leave it out."
        problems.append(Problem("RISK_NOT_IDENTIFIED", message, ("cover", "risk")))
    asks = paper.delegation_item_id is not None or bool(paper.asks_bodies)
    if asks and PaperPurpose.DECISION not in paper.purposes:
        message = "Only a paper for decision names the delegation and the bodies of one; tick that purpose as well."
        problems.append(Problem("NOT_FOR_DECISION", message, ("cover", "purposes")))
    return problems


async def _recommend(scope: TenantScope, paper: Paper, texts: Sequence[str]) -> None:
    """Replace what a paper recommends; nothing is answered before it is published. Rows are never deleted."""
    query = select(Recommendation).where(
        col(Recommendation.tenant_id) == scope.tenant_id, col(Recommendation.paper_id) == paper.id
    )
    rows = {row.position: row for row in (await scope.session.execute(query)).scalars()}
    for position, text in enumerate(texts, 1):
        row = rows.pop(position, None)
        if row is None:
            row = Recommendation(tenant_id=scope.tenant_id, paper_id=paper.id, position=position, text=text)
            scope.session.add(row)
        row.text = text
        row.withdrawn_at = None
    for row in rows.values():
        row.withdrawn_at = row.withdrawn_at or scope.now()
    await scope.session.flush()
