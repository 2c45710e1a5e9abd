"""The order and the numbers of an agenda: pure, and what the verbs about agendas have in common."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlmodel import col, select

from almoner.authorization.permissions import Permission
from almoner.committees.numbering import numbered
from almoner.committees.publicity import is_out_of_place
from almoner.committees.read import get_meeting
from almoner.committees.rules import Rules
from almoner.committees.status import MeetingStatus
from almoner.committees.tables import AgendaItem, Meeting
from almoner.committees.words import AgendaSection
from almoner.core.errors import Conflict, Invalid, NotFound, Problem
from almoner.core.scope import TenantScope

SECTIONS = tuple(AgendaSection)
#: The formal part: only its items have numbers, and only they must fit into the meeting's time, as on 6 July 2017.
FORMAL = frozenset({AgendaSection.STANDING, AgendaSection.DISCUSSION})
#: More items than any meeting gets through.
MAX_ITEMS = 200
#: While an agenda can be written.
UNPUBLISHED = (MeetingStatus.PLANNED, MeetingStatus.NOTICE_GIVEN)


def arrange(items: Sequence[AgendaItem], scheme: str, day: date) -> None:
    """Give items, which stand in the order of their agenda, their positions and numbers."""
    n = 0
    for position, item in enumerate(items, 1):
        item.position = position
        n += item.section in FORMAL
        item.number = numbered(scheme, day, n) if item.section in FORMAL else None


def placed(items: Sequence[AgendaItem], item: AgendaItem, position: int | None) -> list[AgendaItem]:
    """The agenda with an item that did not stand on it: at that position, or at the end of its section.

    Raises:
        Invalid: the position lies outside of the item's section.
    """
    section = SECTIONS.index(AgendaSection(item.section))
    before = sum(SECTIONS.index(AgendaSection(each.section)) < section for each in items)
    last = before + sum(each.section == item.section for each in items) + 1
    place = last if position is None else position
    if not before < place <= last:
        message = f"The items of this section stand at the positions from {before + 1} to {last}; give one of these."
        raise Invalid([Problem("BAD_POSITION", message, ("position",))])
    return [*items[: place - 1], item, *items[place - 1 :]]


async def agenda_of(scope: TenantScope, meeting_id: UUID) -> list[AgendaItem]:
    """The items of a meeting that are not withdrawn, in their order."""
    query = (
        select(AgendaItem)
        .where(
            col(AgendaItem.tenant_id) == scope.tenant_id,
            col(AgendaItem.meeting_id) == meeting_id,
            col(AgendaItem.withdrawn_at).is_(None),
        )
        .order_by(col(AgendaItem.position), col(AgendaItem.id))
    )
    return list((await scope.session.execute(query)).scalars())


async def hold_item(scope: TenantScope, item_id: UUID) -> tuple[Meeting, AgendaItem]:
    """An item, withdrawn or not, and its meeting, which is locked: the item is as whoever held that before has left it.

    Raises:
        NotFound: none that the viewer may see.
    """
    found = await scope.get(AgendaItem, item_id, Permission.AGENDA_ITEM_VIEW)
    meeting = await get_meeting(scope, found.meeting_id, lock=True)
    return meeting, await scope.get(AgendaItem, item_id, Permission.AGENDA_ITEM_VIEW, lock=True)


async def get_item(scope: TenantScope, item_id: UUID) -> tuple[Meeting, AgendaItem]:
    """An item that stands on an agenda, and its meeting, which is locked.

    Raises:
        NotFound: none that the viewer may see, or it is withdrawn.
    """
    meeting, item = await hold_item(scope, item_id)
    if item.withdrawn_at is not None:
        raise NotFound("This item is not on the agenda any more.")
    return meeting, item


def insist_on_room(items: Sequence[AgendaItem]) -> None:
    """Refuse another item where there are too many.

    Raises:
        Conflict: the agenda is full.
    """
    if len(items) >= MAX_ITEMS:
        raise Conflict(f"An agenda has at most {MAX_ITEMS} items.", code="AGENDA_FULL")


def insist_on_unpublished(meeting: Meeting) -> None:
    """Refuse to change what is published.

    Raises:
        Conflict: the agenda is published, or the meeting was called off.
    """
    if meeting.status in UNPUBLISHED:
        return
    if meeting.status == MeetingStatus.CANCELLED:
        raise Conflict("This meeting was called off: its agenda and papers stay as they are.", code="WRONG_STATUS")
    message = (
        "The agenda of this meeting is published: it and its papers stay as they are. Bring it to the next meeting, or "
        "declare it as other business at the start of this one."
    )
    raise Conflict(message, code="AGENDA_PUBLISHED")


def private_item_problems(rules: Rules, is_private: bool) -> list[Problem]:
    """What keeps a private item from an agenda: some committees are open in all that they do."""
    if rules.private_items or not is_private:
        return []
    return [Problem("NO_PRIVATE_ITEMS", "The committee's rules allow no private items.", ("isPrivate",))]


def public_matter_problems(
    rules: Rules, meeting_is_public: bool, matter: str | None, is_private: bool
) -> list[Problem]:
    """What keeps a matter from an agenda: the committee deliberates and decides on some in public only."""
    if not is_out_of_place(rules, matter, meeting_is_public=meeting_is_public, is_private=is_private):
        return []
    message = f"The committee's rules keep {matter} for public meetings: bring it to one, and not as a private item."
    return [Problem("PUBLIC_MATTER", message, ("matter",))]
