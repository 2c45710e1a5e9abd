"""Filing a paper for an agenda item, and taking it back."""

from __future__ import annotations

from uuid import UUID

from almoner.authorization.holders import somebody_may
from almoner.authorization.permissions import Permission
from almoner.committees.agenda import get_item, insist_on_unpublished
from almoner.committees.papers import get_unpublished_paper
from almoner.committees.tables import Meeting, Paper
from almoner.core.errors import Invalid, Problem
from almoner.core.scope import TenantScope
from almoner.core.texts import wording_problems
from almoner.identity.subjects import subject_exists

MAX_TITLE = 500


async def file_paper(scope: TenantScope, item_id: UUID, *, author_id: UUID, title: str) -> Paper:
    """Ask somebody for a paper: from now on its author sees it, and writes it until the agenda is published.

    Raises:
        NotFound: no such item that the viewer may see.
        Denied: the viewer lacks `paper:file` there.
        Invalid: no such account, one that could not write the paper, or a bad title.
        Conflict: the agenda is published, or the meeting was called off.
    """
    meeting, item = await get_item(scope, item_id)
    scope.require(Permission.PAPER_FILE, item)
    insist_on_unpublished(meeting)
    paper = Paper(
        tenant_id=scope.tenant_id,
        committee_id=item.committee_id,
        meeting_id=item.meeting_id,
        item_id=item.id,
        author_id=author_id,
        title=title.strip(),
        barred=list(item.barred),
    )
    problems = wording_problems(title, MAX_TITLE, ("title",))
    problems += await _author_problems(scope, meeting, paper)
    if problems:
        raise Invalid(problems)
    scope.session.add(paper)
    await scope.session.flush()
    scope.record("paper.filed", paper)
    return paper


async def _author_problems(scope: TenantScope, meeting: Meeting, paper: Paper) -> list[Problem]:
    """Nobody is asked for a paper that they would neither see nor write."""
    if not await subject_exists(scope, paper.author_id):
        return [Problem("UNKNOWN_SUBJECT", "There is no such account.", ("author",))]
    asked: tuple[tuple[Permission, Meeting | Paper], ...] = (
        (Permission.MEETING_VIEW, meeting),
        (Permission.PAPER_VIEW, paper),
        (Permission.PAPER_WRITE, paper),
    )
    for permission, row in asked:
        if not await somebody_may(scope, paper.author_id, permission, row):
            message = "This account could not write the paper: give it the role of an author at this committee first."
            return [Problem("AUTHOR_MAY_NOT_WRITE", message, ("author",))]
    return []


async def withdraw_paper(scope: TenantScope, paper_id: UUID) -> Paper:
    """Take a paper off its item, until the agenda is published.

    Raises:
        NotFound: no such paper that the viewer may see.
        Denied: the viewer lacks `paper:file` for it.
        Conflict: it is published or withdrawn already, or the meeting was called off.
    """
    paper = await get_unpublished_paper(scope, paper_id, Permission.PAPER_FILE)
    paper.withdrawn_at = scope.now()
    scope.record("paper.withdrawn", paper)
    return paper
