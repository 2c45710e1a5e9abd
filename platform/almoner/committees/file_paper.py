"""Filing a paper for an agenda item, and taking it back."""

from __future__ import annotations

from uuid import UUID

from almoner.authorization.permissions import Permission
from almoner.committees.agenda import get_item, insist_on_unpublished
from almoner.committees.papers import get_unpublished_paper
from almoner.committees.tables import Paper
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
        Invalid: no such account, or a bad title.
        Conflict: the agenda is published, or the meeting was called off.
    """
    meeting, item = await get_item(scope, item_id)
    scope.require(Permission.PAPER_FILE, item)
    insist_on_unpublished(meeting)
    problems = wording_problems(title, MAX_TITLE, ("title",))
    if not await subject_exists(scope, author_id):
        problems.append(Problem("UNKNOWN_SUBJECT", "There is no such account.", ("author",)))
    if problems:
        raise Invalid(problems)
    paper = Paper(
        tenant_id=scope.tenant_id,
        committee_id=item.committee_id,
        meeting_id=item.meeting_id,
        item_id=item.id,
        author_id=author_id,
        title=title.strip(),
        barred=list(item.barred),
    )
    scope.session.add(paper)
    await scope.session.flush()
    scope.record("paper.filed", paper)
    return paper


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
