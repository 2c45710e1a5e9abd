"""What somebody tries next: mostly what the moment suggests and by whom it falls to, sometimes anything by anybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import cycle
from random import Random

from hypothesis import strategies as st
from tests.committees.walks import laws, meeting_tries, register_tries
from tests.committees.walks.model import Committee, Meeting
from tests.committees.walks.steps import Try, Walk

Drawer = Callable[[Walk, Random, str], Try | None]
KINDS: dict[str, Drawer] = {**meeting_tries.KINDS, **register_tries.KINDS}
WAITING = ("minutes pass", "days pass")
NOT_LIVE = ("HELD", "MINUTES_APPROVED", "CANCELLED")


class Chance(Random):
    """Chance from bytes that hypothesis has drawn: the lower they are, the nearer to the first of a choice."""

    def __init__(self, drawn: bytes) -> None:
        super().__init__()
        self._drawn = cycle(drawn)

    def random(self) -> float:
        return next(self._drawn) / 256

    def _randbelow(self, n: int) -> int:
        return next(self._drawn) * n // 256

    def __repr__(self) -> str:
        return "…"


@st.composite
def chances(draw: st.DrawFn) -> Chance:
    """More bytes than a step needs, drawn as one: so hypothesis takes steps away whole, and changes no other."""
    return Chance(draw(st.binary(min_size=32, max_size=32)))


def some_kind(model: Committee, chance: Random) -> str:
    """A kind of step."""
    if chance.random() < 0.82:
        suggested = _suggested(model)
        return chance.choices([*suggested], [*suggested.values()])[0]
    return chance.choice([*KINDS, "minutes pass"])


def draw(walk: Walk, kind: str, chance: Random) -> Try | None:
    """What is tried; if there is nothing to try, some minutes pass instead."""
    walk.model.now += timedelta(seconds=chance.randint(1, 60))
    if kind == "days pass":
        walk.model.now += timedelta(days=1)
        return None
    tried = None if kind in WAITING else KINDS[kind](walk, chance, actor(walk.model, chance, kind))
    if tried is None:
        walk.model.now += timedelta(minutes=chance.randint(1, 40))
    elif kind in laws.RIGHTS and walk.model.role_of(tried.who) not in laws.RIGHTS[kind]:
        tried.forbids = laws.REFUSED
    return tried


def actor(model: Committee, chance: Random, kind: str) -> str:
    """Who tries it: mostly somebody who has the right to."""
    able = [who for who in model.people if model.role_of(who) in laws.RIGHTS.get(kind, ())]
    return chance.choice(able if able and chance.random() < 0.92 else [*model.people])


def _suggested(model: Committee) -> dict[str, float]:
    """Kinds of steps, and how likely each is."""
    meetings = [*model.meetings.items()]
    live = [(key, each) for key, each in meetings if each.status not in NOT_LIVE]
    suggested: dict[str, float] = _of_the_meeting(model, *live[-1]) if live else {"plan": 3}
    of_minutes = {None: ("draft", 1.0), "DRAFTED": ("circulate", 1.0), "CIRCULATED": ("amend", 0.4)}
    for _, meeting in meetings:
        if meeting.status == "HELD" and meeting.minutes in of_minutes:
            name, weight = of_minutes[meeting.minutes]
            suggested[name] = weight
    often = {"adopt": 2, "withdraw": 1, "release": 0.3, "end": 0.2, "minutes pass": 0.3, "days pass": 0.2}
    return {**often, **suggested}


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
