"""The steps of a walk: each is drawn, foretold by the model, tried as a verb on the database, and compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import text
from tests.committees.walks.founding import Founded
from tests.committees.walks.model import Committee

from almoner.core.errors import AlmonerError


@dataclass
class Try:
    """Something that somebody tries.

    Attributes:
        forbids: what the model says against it; empty: it will be done.
        after: what changes in the model if it is done, from what the verb answered.
    """

    who: str
    what: str
    forbids: set[str]
    verb: Callable[..., Awaitable[Any]]
    arguments: tuple[Any, ...]
    named: dict[str, Any]
    after: Callable[[Any], None]


@dataclass
class Walk:
    """A committee on its way.

    Attributes:
        counts: what happened, for the run's account: `kind`, `kind refused`, `code`.
        told: each step in words, for a walk that fails.
        approved: of meetings, which meeting has approved their minutes, and when.
    """

    founded: Founded
    counts: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)
    approved: dict[str, Any] = field(default_factory=dict)
    _digest: str | None = None

    @property
    def model(self) -> Committee:
        return self.founded.model

    async def step(self, number: int) -> None:
        """Do what the number says, or be refused as the model foretells, and then change nothing."""
        from tests.committees.walks.drawing import draw

        chance = Random(number)
        self.model.now += timedelta(seconds=chance.randint(1, 60))
        kind, tried = draw(self, chance)
        if tried is None:
            self.told.append(f"{kind}: {self.model.now}")
            return
        self.told.append(f"{self.model.now:%d %H:%M:%S} {tried.who}: {tried.what}")
        self.counts["steps"] += 1
        before = await self.digest() if tried.forbids else None
        try:
            answer = await self.founded.tenant.do(
                self.founded.key(tried.who), tried.verb, *tried.arguments, **tried.named
            )
        except AlmonerError as refused:
            codes = {each.code for each in refused.problems}
            self.told[-1] += f" -> {sorted(codes)}"
            self.counts[f"{kind} refused"] += 1
            self.counts.update(codes)
            assert tried.forbids, "the model allows this"
            assert codes <= tried.forbids, f"the model says {sorted(tried.forbids)}"
            assert await self.digest() == before, "what was refused has changed something"
        else:
            self.told[-1] += " -> done"
            assert not tried.forbids, f"the model says {sorted(tried.forbids)}"
            self.counts[kind] += 1
            self._digest = None
            tried.after(answer)

    async def digest(self) -> str:
        """All of the committee's rows in one word."""
        if self._digest is None:
            house, tenant = self.founded.tenant.house, self.founded.tenant.id
            async with house.database.tenant_transaction(tenant) as session:
                found = await session.execute(text(_DIGEST), {"committee": self.founded.ids["committee"]})
                self._digest = str(found.scalar_one())
        return self._digest


OF_A_COMMITTEE = (
    *("meeting", "agenda_item", "attendance", "quorum_change", "conflict_declaration", "vote", "ballot"),
    *("decision", "delegation_adoption", "minutes", "minutes_entry", "appointment", "committee_body"),
)
_DIGEST = "select md5(string_agg(x, '' order by x)) from ({}) found".format(
    " union all ".join(
        [
            *(f"select t::text as x from almoner.{name} t where committee_id = :committee" for name in OF_A_COMMITTEE),
            "select s::text from almoner.attendance_span s join almoner.attendance a on a.id = s.attendance_id "
            "where a.committee_id = :committee",
        ]
    )
)
