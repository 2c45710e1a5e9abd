"""What the verbs about papers have in common."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.committees.agenda import insist_on_unpublished
from almoner.committees.read import get_meeting
from almoner.committees.tables import AgendaItem, Paper, Recommendation
from almoner.core.errors import Conflict
from almoner.core.scope import TenantScope


async def get_unpublished_paper(scope: TenantScope, paper_id: UUID, permission: str) -> Paper:
    """A paper that can still be written, for somebody who holds the permission; its meeting is locked.

    Raises:
        NotFound: none that the viewer may see.
        Denied: the viewer lacks the permission for it.
        Conflict: it is published or withdrawn, or its meeting was called off.
    """
    found = await scope.get(Paper, paper_id, Permission.PAPER_VIEW)
    meeting = await get_meeting(scope, found.meeting_id, lock=True)
    paper = await scope.get(Paper, paper_id, Permission.PAPER_VIEW, lock=True)
    scope.require(permission, paper)
    insist_on_unpublished(meeting)
    if paper.withdrawn_at is not None:
        raise Conflict("This paper is withdrawn; file another one.", code="PAPER_WITHDRAWN")
    return paper


async def papers_of(scope: TenantScope, items: Sequence[AgendaItem]) -> list[Paper]:
    """The papers of agenda items that are not withdrawn."""
    query = (
        select(Paper)
        .where(
            col(Paper.tenant_id) == scope.tenant_id,
            col(Paper.item_id).in_([item.id for item in items]),
            col(Paper.withdrawn_at).is_(None),
        )
        .order_by(col(Paper.id))
    )
    return list((await scope.session.execute(query)).scalars())


async def recommendations_of(scope: TenantScope, papers: Sequence[Paper]) -> dict[UUID, list[Recommendation]]:
    """What papers recommend, in order, by the paper's id."""
    query = (
        select(Recommendation)
        .where(
            col(Recommendation.tenant_id) == scope.tenant_id,
            col(Recommendation.paper_id).in_([paper.id for paper in papers]),
            col(Recommendation.withdrawn_at).is_(None),
        )
        .order_by(col(Recommendation.position))
    )
    found: dict[UUID, list[Recommendation]] = {paper.id: [] for paper in papers}
    for each in (await scope.session.execute(query)).scalars():
        found[each.paper_id].append(each)
    return found
