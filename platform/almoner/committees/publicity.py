"""Behind which doors a committee may decide: what is kept for public meetings, and what meetings that are not are for.

Source: the advisory committee's answers about its meetings: non-public ones prepare public ones and decide on the
committee's own operations and processes, never on recommendations.
"""

from __future__ import annotations

from collections.abc import Iterable

from almoner.committees.delegation import Reason
from almoner.committees.rules import Rules
from almoner.committees.tables import AgendaItem, Meeting
from almoner.committees.words import DecisionKind

#: What a committee may do about itself behind closed doors.
OF_ADMINISTRATION = frozenset({DecisionKind.NOTE, DecisionKind.ENDORSE, DecisionKind.APPROVE})


def is_out_of_place(rules: Rules, matter: str | None, *, meeting_is_public: bool, is_private: bool) -> bool:
    """Whether the rules keep a matter for public meetings, and this is none, or the item is private."""
    return matter in rules.public_matters and (is_private or not meeting_is_public)


def publicity_reasons(
    meeting: Meeting, item: AgendaItem, rules: Rules, kind: DecisionKind, *, reaches_others: bool
) -> Iterable[Reason]:
    """Why a decision cannot be taken behind the doors of this meeting, or of this item.

    Args:
        reaches_others: it stands on a delegation, binds bodies, uses funds or answers recommendations.
    """
    if is_out_of_place(rules, item.matter, meeting_is_public=meeting.is_public, is_private=item.is_private):
        message = f"{item.matter} is a matter for public meetings: bring it to one, under an item that is not private."
        yield Reason("PUBLIC_MATTER", message, about="item")
    if not meeting.is_public and (reaches_others or kind not in OF_ADMINISTRATION):
        message = (
            "A meeting that is not public decides on administration and planning only: bring this to a public one."
        )
        yield Reason("NOT_ADMINISTRATION", message)
