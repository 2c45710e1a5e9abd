"""What forbids each thing that somebody may try, as codes; nothing if it is allowed. By the model alone."""

from __future__ import annotations

from datetime import date, timedelta

from tests.committees.walks.model import BEFORE_ITS_END, Committee, Decision, Meeting

#: Which roles do what; for others it is not there or denied.
RIGHTS = {
    **dict.fromkeys(("plan", "notice", "add", "publish", "cancel", "arrive", "depart", "apologise"), ("secretary",)),
    **dict.fromkeys(("draft", "circulate"), ("secretary",)),
    **dict.fromkeys(("open", "formal", "close", "rule", "open_vote", "close_vote", "decide", "approve"), ("chair",)),
    **dict.fromkeys(("declare", "cast"), ("chair", "member")),
    "amend": ("chair", "member", "secretary"),
    **dict.fromkeys(("end", "release"), ("admin",)),
}
REFUSED = {"DENIED", "NOT_FOUND"}


def may_plan(committee: Committee, starts_at: object) -> set[str]:
    return {"MEETING_IN_PAST"} if starts_at <= committee.now else set()  # type: ignore[operator]


def may_give_notice(committee: Committee, meeting: Meeting, urgent: bool) -> set[str]:
    found = set() if meeting.status == "PLANNED" else {"WRONG_STATUS"}
    if meeting.starts_at <= committee.now:
        found.add("MEETING_IN_PAST")
    late = committee.today > meeting.day - timedelta(days=committee.rules.notice_days)
    if late and not (urgent and committee.rules.urgency):
        found.add("NOTICE_TOO_LATE")
    if urgent and not late:
        found.add("NOT_URGENT")
    return found


def may_add(committee: Committee, meeting: Meeting, matter: str | None, private: bool) -> set[str]:
    found = set() if meeting.status in ("PLANNED", "NOTICE_GIVEN") else {"AGENDA_PUBLISHED", "WRONG_STATUS"}
    if _is_out_of_place(committee, meeting, matter, private):
        found.add("PUBLIC_MATTER")
    return found


def may_publish(committee: Committee, key: str) -> set[str]:
    meeting = committee.meetings[key]
    found = set() if meeting.status == "NOTICE_GIVEN" else {"WRONG_STATUS"}
    if meeting.starts_at <= committee.now:
        found.add("MEETING_IN_PAST")
    if not meeting.urgent and committee.today > meeting.day:
        found.add("PUBLICATION_TOO_LATE")
    items = [item for item in committee.items.values() if item.meeting == key]
    if any(_is_out_of_place(committee, meeting, item.matter, item.private) for item in items):
        found.add("PUBLIC_MATTER")
    return found | (set() if items else {"AGENDA_EMPTY"})


def _is_out_of_place(committee: Committee, meeting: Meeting, matter: str | None, private: bool) -> bool:
    return matter in committee.rules.public_matters and (private or not meeting.public)


def may_open(committee: Committee, meeting: Meeting) -> set[str]:
    found = set() if meeting.status == "AGENDA_PUBLISHED" else {"WRONG_STATUS"}
    return found | ({"BEFORE_ITS_DAY"} if committee.today < meeting.day else set())


def may_end(committee: Committee, key: str, *, formal_only: bool) -> set[str]:
    """Close a meeting, or its formal part."""
    meeting = committee.meetings[key]
    found = set() if meeting.status == "IN_SESSION" else {"MEETING_NOT_IN_SESSION"}
    if formal_only and not meeting.formal:
        found.add("FORMAL_PART_CLOSED")
    return found | ({"VOTE_OPEN"} if committee.open_votes(key) else set())


def may_sit_in(committee: Committee, meeting: Meeting, holder: str, substitute: str | None) -> set[str]:
    if substitute is None or substitute == "guest":
        return set()
    found = set()
    if committee.role_of(substitute) not in ("chair", "member"):
        found.add("SUBSTITUTE_MAY_NOT_VOTE")
    if substitute in committee.holders():
        found.add("SUBSTITUTE_IS_MEMBER")
    if any(place.substitute == substitute for who, place in meeting.places.items() if who != holder):
        found.add("SUBSTITUTE_IS_TAKEN")
    return found


def may_arrive(
    committee: Committee, meeting: Meeting, holder: str, substitute: str | None, in_person: bool
) -> set[str]:
    found = set() if meeting.status in ("AGENDA_PUBLISHED", "IN_SESSION") else {"WRONG_STATUS"}
    if committee.today < meeting.day:
        found.add("BEFORE_ITS_DAY")
    place = meeting.place(holder)
    if place.present:
        found.add("ALREADY_PRESENT")
    if in_person and substitute is not None:
        found.add("SUBSTITUTE_NOT_WANTED")
    comes = None if in_person else substitute or place.substitute
    return found | _appointed(committee, holder) | may_sit_in(committee, meeting, holder, comes)


def may_apologise(committee: Committee, meeting: Meeting, holder: str, substitute: str | None) -> set[str]:
    found = set() if meeting.status in BEFORE_ITS_END else {"WRONG_STATUS"}
    if meeting.place(holder).present:
        found.add("ALREADY_PRESENT")
    return found | _appointed(committee, holder) | may_sit_in(committee, meeting, holder, substitute)


def may_depart(committee: Committee, meeting: Meeting, holder: str) -> set[str]:
    found = set() if meeting.status in ("AGENDA_PUBLISHED", "IN_SESSION") else {"WRONG_STATUS"}
    if not meeting.place(holder).present:
        found.add("NOT_PRESENT")
    return found | _appointed(committee, holder)


def _appointed(committee: Committee, holder: str) -> set[str]:
    return set() if committee.people[holder].sits else {"NOT_APPOINTED"}


def may_declare(committee: Committee, who: str, key: str) -> set[str]:
    item = committee.items[key]
    meeting = committee.meetings[item.meeting]
    found = set() if meeting.status in BEFORE_ITS_END else {"WRONG_STATUS"}
    if who in item.rulings:
        found.add("DECLARED_ALREADY")
    if who in item.hidden_from():
        found.add("NOT_FOUND")
    sits_in = any(place.substitute == who for place in meeting.places.values())
    return found | (set() if sits_in or committee.people[who].sits else {"NOT_APPOINTED"})


def may_rule(committee: Committee, who: str, key: str, about: str) -> set[str]:
    item = committee.items[key]
    found = set() if committee.meetings[item.meeting].status in BEFORE_ITS_END else {"WRONG_STATUS"}
    if item.rulings[about] is not None:
        found.add("RULED_ALREADY")
    if who in item.hidden_from():
        found.add("NOT_FOUND")
    return found | ({"OWN_CONFLICT"} if who == about else set())


def may_open_vote(committee: Committee, who: str, key: str, asked: str | None) -> set[str]:
    item = committee.items[key]
    meeting = committee.meetings[item.meeting]
    found = set() if meeting.status == "IN_SESSION" else {"MEETING_NOT_IN_SESSION"}
    if not meeting.formal:
        found.add("FORMAL_PART_CLOSED")
    if committee.open_votes(item.meeting):
        found.add("VOTE_OPEN")
    if _is_out_of_place(committee, meeting, item.matter, item.private):
        found.add("PUBLIC_MATTER")
    if who in item.conflicted():
        found.add("CONFLICT_OF_INTEREST")
    if who in item.hidden_from():
        found.add("NOT_FOUND")
    if asked not in (None, "UNANIMOUS", committee.rules.majority):
        found.add("MAJORITY_TOO_LOW")
    return found | (set() if committee.is_quorate(meeting, item) else {"INQUORATE"})


def may_cast(committee: Committee, who: str, key: str) -> set[str]:
    vote = committee.votes[key]
    item = committee.items[vote.item]
    meeting = committee.meetings[item.meeting]
    found = set() if vote.is_open else {"VOTE_CLOSED"}
    if meeting.status != "IN_SESSION":
        found.add("MEETING_NOT_IN_SESSION")
    place = place_of(committee, meeting, who)
    if place is None:
        found |= {"NOT_A_VOTING_MEMBER", "NOT_PRESENT"}
    elif place in vote.ballots or any(voter == who for voter, _ in vote.ballots.values()):
        found.add("ALREADY_VOTED")
    if who in item.conflicted():
        found.add("CONFLICT_OF_INTEREST")
    return found | ({"NOT_FOUND"} if who in item.hidden_from() else set())


def place_of(committee: Committee, meeting: Meeting, who: str) -> str | None:
    """The seat from which somebody who is in the room votes."""
    held = [h for h in committee.holders() if meeting.place(h).present and committee.voter(meeting, h) == who]
    return held[0] if held else None


def may_close_vote(committee: Committee, who: str, key: str) -> set[str]:
    vote = committee.votes[key]
    item = committee.items[vote.item]
    found = set() if vote.is_open else {"VOTE_CLOSED"}
    if committee.meetings[item.meeting].status != "IN_SESSION":
        found.add("MEETING_NOT_IN_SESSION")
    return found | ({"NOT_FOUND"} if who in item.hidden_from() else set())


def may_decide(committee: Committee, who: str, key: str, wanted: Decision) -> set[str]:
    item = committee.items[key]
    meeting = committee.meetings[item.meeting]
    found = {"NOT_FOUND"} if who in item.hidden_from() else set()
    if meeting.status != "IN_SESSION":
        found.add("NOT_IN_SESSION")
    elif not meeting.formal:
        found.add("FORMAL_PART_CLOSED")
    else:
        found |= set() if committee.is_quorate(meeting, item) else {"INQUORATE"}
        found |= {"CONFLICT_OF_INTEREST"} if who in item.conflicted() else set()
    if _is_out_of_place(committee, meeting, item.matter, item.private):
        found.add("PUBLIC_MATTER")
    reaches = wanted.delegation is not None or bool(wanted.bodies) or wanted.amount is not None
    if not meeting.public and (reaches or wanted.kind in ("RECOMMEND", "REFER")):
        found.add("NOT_ADMINISTRATION")
    if wanted.kind == "APPROVE":
        found |= _may_approve(committee, wanted)
    elif reaches:
        found.add("ONLY_FOR_APPROVALS")
    return found | _may_stand_on(committee, key, wanted)


def _may_stand_on(committee: Committee, item: str, wanted: Decision) -> set[str]:
    votes = [each for each in committee.votes.values() if each.item == item]
    if any(each.is_open for each in votes):
        return {"VOTE_OPEN"}
    if wanted.vote is None:
        if votes and not votes[-1].carried and wanted.kind != "NOTE":
            return {"VOTE_NOT_CARRIED"}
        return {"VOTE_NEEDED"} if wanted.kind in committee.rules.vote_needed_for else set()
    if committee.votes[wanted.vote].item != item:
        return {"VOTE_OF_ANOTHER_ITEM"}
    if not committee.votes[wanted.vote].carried:
        return {"VOTE_NOT_CARRIED"}
    return {"VOTE_USED"} if committee.votes[wanted.vote].has_carried else set()


def _may_approve(committee: Committee, wanted: Decision) -> set[str]:
    found = set() if committee.can_decide else {"CANNOT_DECIDE"}
    members = {body for body in committee.weights if committee.is_made_of(body, committee.today)}
    if any(body not in members for body in wanted.bodies):
        found.add("STRANGER_BODY")
    limit = None if wanted.delegation is None else committee.funds[wanted.delegation]
    if limit is None:
        found |= set() if wanted.amount is None else {"AMOUNT_WITHOUT_FUND"}
    elif wanted.amount is None:
        found.add("AMOUNT_MISSING" if limit > committee.used.get(str(wanted.delegation), 0) else "OVER_THE_LIMIT")
    elif wanted.amount <= 0:
        found.add("BAD_AMOUNT")
    elif wanted.amount + committee.used.get(str(wanted.delegation), 0) > limit:
        found.add("OVER_THE_LIMIT")
    if wanted.delegation is None:
        return found | {"NO_DELEGATION_NAMED"}
    lacking = bound_by(committee, wanted, members) - delegating(committee, wanted.delegation)
    return found | ({"NOT_DELEGATED"} if lacking else set())


def bound_by(committee: Committee, wanted: Decision, members: set[str] | None = None) -> set[str]:
    """The bodies that an approval is to bind."""
    known = members or {body for body in committee.weights if committee.is_made_of(body, committee.today)}
    return known & set(wanted.bodies) if wanted.bodies else known


def delegating(committee: Committee, item: str) -> set[str]:
    """The bodies that delegate an item of the register now."""
    adoptions = committee.adoptions.values()
    return {each.body for each in adoptions if each.item == item and each.in_force(committee.today)}


def may_adopt(committee: Committee, body: str, item: str, decided: date, begins: date, ends: date | None) -> set[str]:
    found = set()
    if decided > committee.today:
        found.add("DECIDED_IN_FUTURE")
    if begins < decided:
        found.add("BEGINS_BEFORE_DECIDED")
    if ends is not None and ends <= begins:
        found.add("ENDS_BEFORE_BEGIN")
    if not committee.is_made_of(body, begins):
        found.add("STRANGER_BODY")
    for each in committee.adoptions.values():
        same = each.body == body and each.item == item and not each.withdrawn
        if same and (each.ends is None or each.ends > begins) and (ends is None or each.begins < ends):
            found.add("ALREADY_IN_FORCE")
    return found


def may_withdraw(committee: Committee, key: str) -> set[str]:
    adoption = committee.adoptions[key]
    if adoption.withdrawn:
        return {"ADOPTION_WITHDRAWN"}
    expired = adoption.ends is not None and adoption.ends <= committee.today
    return {"ADOPTION_EXPIRED"} if expired else set()


def may_draft(meeting: Meeting) -> set[str]:
    found = set() if meeting.status == "HELD" else {"MEETING_NOT_HELD"}
    return found | (set() if meeting.minutes is None else {"MINUTES_EXIST"})


def may_circulate(meeting: Meeting) -> set[str]:
    return {"DRAFTED": set(), "CIRCULATED": {"MINUTES_CIRCULATED"}}.get(meeting.minutes or "", {"MINUTES_FROZEN"})


def _circulated(meeting: Meeting) -> set[str]:
    return {"DRAFTED": {"MINUTES_NOT_CIRCULATED"}, "CIRCULATED": set()}.get(meeting.minutes or "", {"MINUTES_FROZEN"})


def may_amend(committee: Committee, who: str, meeting: Meeting) -> set[str]:
    attended = any(who in place.came for place in meeting.places.values())
    found = set() if attended or committee.role_of(who) == "secretary" else {"NOT_ATTENDED"}
    return found | _circulated(meeting)


def may_approve_minutes(committee: Committee, own: str, at: str) -> set[str]:
    meeting, later = committee.meetings[own], committee.meetings[at]
    found = _circulated(meeting)
    if own == at:
        return found | {"OWN_MINUTES"}
    if later.starts_at <= meeting.starts_at:
        found = found | {"EARLIER_MEETING"}
    if later.status != "IN_SESSION":
        found = found | {"MEETING_NOT_IN_SESSION"}
    if not later.formal:
        found = found | {"FORMAL_PART_CLOSED"}
    return found | (set() if committee.is_quorate(later) else {"INQUORATE"})


def may_cancel(meeting: Meeting) -> set[str]:
    return set() if meeting.status in ("PLANNED", "NOTICE_GIVEN", "AGENDA_PUBLISHED") else {"WRONG_STATUS"}


def may_release(committee: Committee, body: str) -> set[str]:
    found = {"BODY_RELEASED"} if body in committee.released else set()
    sits = any(each.body == body and each.sits for each in committee.people.values())
    return found | ({"BODY_STILL_SITS"} if sits else set())
