"""What somebody tries next: mostly what the moment suggests and by whom it falls to, sometimes anything by anybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

from tests.committees.walks import laws, meeting_tries, register_tries
from tests.committees.walks.model import Committee, Meeting
from tests.committees.walks.steps import Try, Walk

Drawer = Callable[[Walk, Random, str], Try | None]
KINDS: dict[str, Drawer] = {**meeting_tries.KINDS, **register_tries.KINDS}
NOT_LIVE = ("HELD", "MINUTES_APPROVED", "CANCELLED")


def draw(walk: Walk, chance: Random) -> tuple[str, Try | None]:
    """A kind of step, and what is tried; time may pass instead."""
    kind = _suggested(walk.model, chance) if chance.random() < 0.82 else chance.choice([*KINDS, "minutes pass"])
    if kind == "days pass":
        walk.model.now += timedelta(days=1)
        return kind, None
    tried = None if kind == "minutes pass" else KINDS[kind](walk, chance, actor(walk.model, chance, kind))
    if tried is None:
        walk.model.now += timedelta(minutes=chance.randint(1, 40))
        return "minutes pass", None
    if kind in laws.RIGHTS and walk.model.role_of(tried.who) not in laws.RIGHTS[kind]:
        tried.forbids = laws.REFUSED
    return kind, tried


def actor(model: Committee, chance: Random, kind: str) -> str:
    """Who tries it: mostly somebody who has the right to."""
    able = [who for who in model.people if model.role_of(who) in laws.RIGHTS.get(kind, ())]
    return chance.choice(able if able and chance.random() < 0.92 else [*model.people])


def _suggested(model: Committee, chance: Random) -> str:
    meetings = [*model.meetings.items()]
    live = [(key, each) for key, each in meetings if each.status not in NOT_LIVE]
    suggested = {"withdraw": 1, "adopt": 2, "end": 0.2, "release": 0.3, "minutes pass": 0.3, "days pass": 0.2}
    of_minutes = {None: ("draft", 1.0), "DRAFTED": ("circulate", 1.0), "CIRCULATED": ("amend", 0.4)}
    for _, meeting in meetings:
        if meeting.status == "HELD" and meeting.minutes in of_minutes:
            name, weight = of_minutes[meeting.minutes]
            suggested[name] = weight
    if live:
        suggested |= _of_the_meeting(model, *live[-1])
    else:
        suggested |= {"plan": 3}
    return chance.choices([*suggested], [*suggested.values()])[0]


def _of_the_meeting(model: Committee, key: str, meeting: Meeting) -> dict[str, float]:
    if meeting.status == "PLANNED":
        return {"notice": 4, "add": 3}
    if meeting.status == "NOTICE_GIVEN":
        return {"add": 3, "publish": 4}
    if meeting.status == "AGENDA_PUBLISHED":
        early = model.today < meeting.day
        return {"days pass": 4} if early else {"arrive": 4, "open": 6, "apologise": 1, "declare": 1}
    if not meeting.formal:
        return {"close": 4}
    unruled = any(None in item.rulings.values() for item in model.items.values())
    common: dict[str, float] = {"arrive": 1, "depart": 2, "declare": 2, "rule": 3 if unruled else 0}
    if not model.is_quorate(meeting):
        common["arrive"] = 12
    if model.open_votes(key):
        return {**common, "cast": 18, "close_vote": 5}
    common["cast"] = 1 if model.votes else 0
    if not model.is_quorate(meeting):
        return {**common, "open_vote": 1, "decide": 3, "approve": 1, "close": 1}
    return {**common, "open_vote": 7, "decide": 13, "approve": 3, "formal": 0.3, "close": 1}
