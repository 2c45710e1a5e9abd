"""Attempts about meetings: from planning to their end, who is there, and minutes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlmodel import col, select
from tests.committees.walks import laws
from tests.committees.walks.model import BEHIND, Item, Meeting
from tests.committees.walks.steps import Try, Walk

from almoner.committees.agenda_items import add_agenda_item
from almoner.committees.amend_minutes import amend_minutes
from almoner.committees.approve_minutes import approve_minutes
from almoner.committees.attendance import record_apologies, record_arrival, record_departure
from almoner.committees.cancel_meeting import cancel_meeting
from almoner.committees.close_meeting import close_formal_part, close_meeting
from almoner.committees.give_notice import give_notice
from almoner.committees.minutes import circulate_minutes, draft_minutes
from almoner.committees.open_meeting import open_meeting
from almoner.committees.plan_meeting import plan_meeting
from almoner.committees.publish_agenda import publish_agenda
from almoner.committees.substitutes import Substitute
from almoner.committees.tables import MinutesEntry
from almoner.committees.words import AgendaAction, AgendaFormat, AgendaSection

NOT_LIVE = ("HELD", "MINUTES_APPROVED", "CANCELLED")


def some_meeting(walk: Walk, chance: Random) -> str:
    """Mostly the one that is to come or goes on."""
    keys = [*walk.model.meetings]
    live = [key for key in keys if walk.model.meetings[key].status not in NOT_LIVE]
    return chance.choice(live[-1:] if live and chance.random() < 0.9 else keys)


def watch(walk: Walk, meeting: Meeting) -> None:
    """The model's record of the quorum: each change of it while people come and go."""
    there = walk.model.is_quorate(meeting)
    if meeting.status == "IN_SESSION" and meeting.quorum[-1:] != [there]:
        if meeting.quorum and not there:
            walk.counts["quorum lost"] += 1
        meeting.quorum.append(there)


def _plan(walk: Walk, chance: Random, who: str) -> Try:
    day = walk.model.today + timedelta(days=chance.choice((0, 0, 0, 1, 2)))
    hour, public = chance.choice((9, 14, 20)), chance.random() < 0.8
    starts_at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC) + BEHIND

    def after(row: Any) -> None:
        key = f"meeting{len(walk.model.meetings)}"
        walk.founded.ids[key] = row.id
        walk.model.meetings[key] = Meeting(public, "PLANNED", starts_at)

    given = {"title": "Next", "held_on": day, "begins_at": f"{hour:02}:00", "minutes_allotted": 120, "venue": "Hall"}
    forbids = laws.may_plan(walk.model, starts_at)
    committee = (walk.founded.ids["committee"],)
    return Try(who, f"plan {starts_at}", forbids, plan_meeting, committee, given | {"is_public": public}, after)


def _moving(verb: Any, status: str, forbidding: Callable[[Walk, str], set[str]], **named: Any) -> Any:
    """An attempt to bring a meeting to a status."""

    def drawer(walk: Walk, chance: Random, who: str) -> Try:
        key = some_meeting(walk, chance)

        def after(_: Any) -> None:
            meeting = walk.model.meetings[key]
            meeting.status = status
            if status == "IN_SESSION":
                for holder, place in meeting.places.items():
                    place.came |= {place.substitute or holder} if place.present else set()
                watch(walk, meeting)

        what = f"{verb.__name__} {key}"
        return Try(who, what, forbidding(walk, key), verb, (walk.founded.ids[key],), named, after)

    return drawer


def _notice(walk: Walk, chance: Random, who: str) -> Try:
    key = some_meeting(walk, chance)
    meeting = walk.model.meetings[key]
    late = walk.model.today > meeting.day - timedelta(days=walk.model.rules.notice_days)
    urgent = late if chance.random() < 0.8 else not late

    def after(_: Any) -> None:
        meeting.status, meeting.urgent = "NOTICE_GIVEN", urgent

    named = {"urgent_reason": "It cannot wait." if urgent else None}
    forbids = laws.may_give_notice(walk.model, meeting, urgent)
    return Try(who, f"give_notice {key} {urgent=}", forbids, give_notice, (walk.founded.ids[key],), named, after)


def _add(walk: Walk, chance: Random, who: str) -> Try:
    key = some_meeting(walk, chance)
    matter = "PROPOSAL" if chance.random() < 0.3 else None
    private = chance.random() < 0.2

    def after(row: Any) -> None:
        name = f"item{len(walk.model.items)}"
        walk.founded.ids[name] = row.id
        walk.model.items[name] = Item(key, private, matter)

    given: dict[str, Any] = {
        "section": AgendaSection.DISCUSSION,
        "title": "More",
        "owner": "Chair",
        "action": AgendaAction.DECISION,
    }
    given |= {"format": AgendaFormat.VERBAL, "matter": matter, "is_private": private}
    forbids = laws.may_add(walk.model, walk.model.meetings[key], matter, private)
    what = f"add item to {key} {matter=} {private=}"
    return Try(who, what, forbids, add_agenda_item, (walk.founded.ids[key],), given, after)


def _formal(walk: Walk, chance: Random, who: str) -> Try:
    key = some_meeting(walk, chance)

    def after(_: Any) -> None:
        walk.model.meetings[key].formal = False

    forbids = laws.may_end(walk.model, key, formal_only=True)
    return Try(who, f"close formal part of {key}", forbids, close_formal_part, (walk.founded.ids[key],), {}, after)


def _close(walk: Walk, chance: Random, who: str) -> Try:
    key = some_meeting(walk, chance)

    def after(_: Any) -> None:
        meeting = walk.model.meetings[key]
        meeting.status, meeting.formal = "HELD", False

    forbids = laws.may_end(walk.model, key, formal_only=False)
    return Try(who, f"close {key}", forbids, close_meeting, (walk.founded.ids[key],), {}, after)


def _somebody(walk: Walk, chance: Random, meeting: Meeting, *, there: bool) -> str:
    """An appointed person, mostly one who is there, or is not."""
    appointed = [who for who, each in walk.model.people.items() if each.is_appointed]
    fitting = [who for who in appointed if meeting.place(who).present == there]
    return chance.choice(fitting if fitting and chance.random() < 0.85 else appointed)


def _substitute(chance: Random) -> str | None:
    return chance.choice(("deputy", "deputy", "guest", "observer", "member2")) if chance.random() < 0.25 else None


def _as_given(walk: Walk, name: str | None) -> Substitute | None:
    if name is None:
        return None
    return Substitute(name, None if name == "guest" else walk.founded.ids[name])


def _arrive(walk: Walk, chance: Random, who: str) -> Try:
    key = some_meeting(walk, chance)
    meeting = walk.model.meetings[key]
    holder = _somebody(walk, chance, meeting, there=False)
    substitute, in_person = _substitute(chance), chance.random() < 0.2
    place = meeting.place(holder)

    def after(_: Any) -> None:
        place.substitute = None if in_person else substitute or place.substitute
        place.present = True
        if meeting.status == "IN_SESSION":
            place.came.add(place.substitute or holder)
        watch(walk, meeting)

    forbids = laws.may_arrive(walk.model, meeting, holder, substitute, in_person)
    arguments = (walk.founded.ids[key], walk.founded.ids[f"appointment of {holder}"], _as_given(walk, substitute))
    what = f"arrival at {key} of {holder} {substitute=} {in_person=}"
    return Try(who, what, forbids, record_arrival, arguments, {"in_person": in_person}, after)


def _apologise(walk: Walk, chance: Random, who: str) -> Try:
    key = some_meeting(walk, chance)
    meeting = walk.model.meetings[key]
    holder = _somebody(walk, chance, meeting, there=False)
    substitute = _substitute(chance)

    def after(_: Any) -> None:
        meeting.place(holder).substitute = substitute

    forbids = laws.may_apologise(walk.model, meeting, holder, substitute)
    arguments = (walk.founded.ids[key], walk.founded.ids[f"appointment of {holder}"], _as_given(walk, substitute))
    return Try(who, f"apologies at {key} of {holder} {substitute=}", forbids, record_apologies, arguments, {}, after)


def _depart(walk: Walk, chance: Random, who: str) -> Try:
    key = some_meeting(walk, chance)
    meeting = walk.model.meetings[key]
    holder = _somebody(walk, chance, meeting, there=True)

    def after(_: Any) -> None:
        meeting.place(holder).present = False
        watch(walk, meeting)

    forbids = laws.may_depart(walk.model, meeting, holder)
    arguments = (walk.founded.ids[key], walk.founded.ids[f"appointment of {holder}"])
    return Try(who, f"departure from {key} of {holder}", forbids, record_departure, arguments, {}, after)


def _draft(walk: Walk, chance: Random, who: str) -> Try:
    held = [key for key, each in walk.model.meetings.items() if each.status == "HELD"]
    key = chance.choice(held if held and chance.random() < 0.8 else [*walk.model.meetings])

    def after(row: Any) -> None:
        walk.founded.ids[f"minutes of {key}"] = row.id
        walk.model.meetings[key].minutes = "DRAFTED"

    forbids = laws.may_draft(walk.model.meetings[key])
    return Try(who, f"draft minutes of {key}", forbids, draft_minutes, (walk.founded.ids[key],), {}, after)


def _with_minutes(walk: Walk, chance: Random) -> str | None:
    keys = [key for key, each in walk.model.meetings.items() if each.minutes]
    return chance.choice(keys) if keys else None


def _circulate(walk: Walk, chance: Random, who: str) -> Try | None:
    key = _with_minutes(walk, chance)
    if key is None:
        return None

    def after(_: Any) -> None:
        walk.model.meetings[key].minutes = "CIRCULATED"

    forbids = laws.may_circulate(walk.model.meetings[key])
    minutes = (walk.founded.ids[f"minutes of {key}"],)
    return Try(who, f"circulate minutes of {key}", forbids, circulate_minutes, minutes, {}, after)


async def _amend_first(scope: Any, minutes_id: Any, **named: Any) -> Any:
    """The paragraph about attendance, which is about no item, so nobody is kept from it."""
    query = select(MinutesEntry).where(col(MinutesEntry.minutes_id) == minutes_id, col(MinutesEntry.item_id).is_(None))
    entry = (await scope.session.execute(query.order_by(col(MinutesEntry.position)).limit(1))).scalar_one()
    return await amend_minutes(scope, entry.id, **named)


def _amend(walk: Walk, chance: Random, who: str) -> Try | None:
    key = _with_minutes(walk, chance)
    if key is None:
        return None
    forbids = laws.may_amend(walk.model, who, walk.model.meetings[key])
    named = {"text": f"At {walk.model.now}.", "reason": "It was so."}
    minutes = (walk.founded.ids[f"minutes of {key}"],)
    return Try(who, f"amend minutes of {key}", forbids, _amend_first, minutes, named, lambda _: None)


def _approve(walk: Walk, chance: Random, who: str) -> Try | None:
    own = _with_minutes(walk, chance)
    if own is None:
        return None
    at = own if chance.random() < 0.15 else some_meeting(walk, chance)

    def after(_: Any) -> None:
        walk.model.meetings[own].minutes = "APPROVED"
        walk.model.meetings[own].status = "MINUTES_APPROVED"

    forbids = laws.may_approve_minutes(walk.model, own, at)
    arguments = (walk.founded.ids[f"minutes of {own}"], walk.founded.ids[at])
    return Try(who, f"approve minutes of {own} at {at}", forbids, approve_minutes, arguments, {}, after)


KINDS = {
    "plan": _plan,
    "notice": _notice,
    "add": _add,
    "publish": _moving(publish_agenda, "AGENDA_PUBLISHED", lambda walk, key: laws.may_publish(walk.model, key)),
    "cancel": _moving(
        cancel_meeting,
        "CANCELLED",
        lambda walk, key: laws.may_cancel(walk.model.meetings[key]),
        reason="Nobody can come.",
    ),
    "open": _moving(open_meeting, "IN_SESSION", lambda walk, key: laws.may_open(walk.model, walk.model.meetings[key])),
    "formal": _formal,
    "close": _close,
    "arrive": _arrive,
    "apologise": _apologise,
    "depart": _depart,
    "draft": _draft,
    "circulate": _circulate,
    "amend": _amend,
    "approve": _approve,
}
