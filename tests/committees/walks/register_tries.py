"""Attempts about what a meeting decides: interests, votes, decisions, delegations; and who the committee is made of."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from tests.committees.walks import laws
from tests.committees.walks.beginning import BODIES
from tests.committees.walks.meeting_tries import some_meeting, watch
from tests.committees.walks.model import Adoption, Decision, Item, Vote
from tests.committees.walks.steps import Try, Walk

from almoner.committees.adopt_delegation import adopt_delegation, withdraw_adoption
from almoner.committees.bodies import release_body
from almoner.committees.cast_ballot import cast_ballot
from almoner.committees.declare_conflict import declare_conflict, rule_on_conflict
from almoner.committees.declare_decision import Declared, declare_decision
from almoner.committees.end_appointment import end_appointment
from almoner.committees.votes import close_vote, open_vote
from almoner.committees.words import BallotChoice, ConflictRuling, DecisionKind, Majority


def _some_item(walk: Walk, chance: Random) -> str:
    at = some_meeting(walk, chance)
    keys = [key for key, each in walk.model.items.items() if each.meeting == at]
    return chance.choice(keys or [*walk.model.items])


def _leave(walk: Walk, item: Item, leaving: set[str]) -> None:
    """Those go who were told to leave, for whichever seat they are in the room."""
    meeting = walk.model.meetings[item.meeting]
    if meeting.status != "IN_SESSION":
        return
    for holder, place in meeting.places.items():
        if place.present and (place.substitute or holder) in leaving:
            place.present = False
            watch(walk, meeting)


def _declare(walk: Walk, chance: Random, who: str) -> Try:
    key = _some_item(walk, chance)
    item = walk.model.items[key]

    def after(row: Any) -> None:
        walk.founded.ids[f"interest of {who} in {key}"] = row.id
        presides = walk.model.role_of(who) == "chair"
        item.rulings[who] = "LEAVE" if presides else None
        if presides:
            _leave(walk, item, {who})

    forbids = laws.may_declare(walk.model, who, key)
    named = {"text": "A share in it."}
    return Try(who, f"interest in {key}", forbids, declare_conflict, (walk.founded.ids[key],), named, after)


def _rule(walk: Walk, chance: Random, who: str) -> Try | None:
    declared = [(key, about) for key, item in walk.model.items.items() for about in item.rulings]
    if not declared:
        return None
    open_ones = [(key, about) for key, about in declared if walk.model.items[key].rulings[about] is None]
    key, about = chance.choice(open_ones if open_ones and chance.random() < 0.8 else declared)
    item, ruling = walk.model.items[key], chance.choice([*ConflictRuling])

    def after(_: Any) -> None:
        item.rulings[about] = ruling.value
        if ruling == "LEAVE":
            _leave(walk, item, {about})

    forbids = laws.may_rule(walk.model, who, key, about)
    arguments = (walk.founded.ids[f"interest of {about} in {key}"], ruling)
    return Try(who, f"rule on {about} in {key}: {ruling}", forbids, rule_on_conflict, arguments, {}, after)


def _open_vote(walk: Walk, chance: Random, who: str) -> Try:
    key = _some_item(walk, chance)
    item = walk.model.items[key]
    asked = chance.choice((None, None, None, Majority.UNANIMOUS, Majority.MAJORITY))

    def after(row: Any) -> None:
        name = f"vote{len(walk.model.votes)}"
        walk.founded.ids[name] = row.id
        walk.model.votes[name] = Vote(key, asked.value if asked else walk.model.rules.majority)
        _leave(walk, item, item.sent_out())

    forbids = laws.may_open_vote(walk.model, who, key, asked.value if asked else None)
    named = {"motion": "That it be so.", "majority": asked}
    return Try(who, f"open vote on {key} {asked=}", forbids, open_vote, (walk.founded.ids[key],), named, after)


def _some_vote(walk: Walk, chance: Random) -> str | None:
    keys = [*walk.model.votes]
    live = [key for key in keys if walk.model.votes[key].is_open]
    return chance.choice(live if live and chance.random() < 0.85 else keys) if keys else None


def _cast(walk: Walk, chance: Random, who: str) -> Try | None:
    key = _some_vote(walk, chance)
    if key is None:
        return None
    vote = walk.model.votes[key]
    meeting = walk.model.meetings[walk.model.items[vote.item].meeting]
    able = [each for each in walk.model.people if not laws.may_cast(walk.model, each, key)]
    who = chance.choice(able) if able and chance.random() < 0.6 else who
    kept = sorted(walk.model.items[vote.item].conflicted())
    who = chance.choice(kept) if kept and chance.random() < 0.25 else who
    choice = chance.choice((*[BallotChoice.FOR] * 5, BallotChoice.AGAINST, BallotChoice.ABSTAIN))
    place = laws.place_of(walk.model, meeting, who)

    def after(_: Any) -> None:
        vote.ballots[str(place)] = (who, choice.value)

    forbids = laws.may_cast(walk.model, who, key)
    return Try(who, f"cast {choice} in {key}", forbids, cast_ballot, (walk.founded.ids[key], choice), {}, after)


def _close_vote(walk: Walk, chance: Random, who: str) -> Try | None:
    key = _some_vote(walk, chance)
    if key is None:
        return None
    vote = walk.model.votes[key]
    item = walk.model.items[vote.item]

    def after(row: Any) -> None:
        vote.is_open = False
        quorate = walk.model.is_quorate(walk.model.meetings[item.meeting], item)
        vote.carried = walk.model.carries(vote) if quorate else None
        walk.counts[f"vote carried: {vote.carried}"] += 1
        assert row.is_carried == vote.carried, f"the model counts {vote.carried}, the product {row.is_carried}"

    forbids = laws.may_close_vote(walk.model, who, key)
    return Try(who, f"close {key}", forbids, close_vote, (walk.founded.ids[key],), {}, after)


def _drawn_decision(walk: Walk, chance: Random, item: str) -> Decision:
    votes = [key for key, each in walk.model.votes.items() if each.item == item and not each.is_open]
    vote = chance.choice(votes) if votes and chance.random() < 0.8 else None
    carried = [key for key in votes if walk.model.votes[key].carried and not walk.model.votes[key].has_carried]
    vote = chance.choice(carried) if carried and chance.random() < 0.8 else vote
    if walk.model.votes and chance.random() < 0.05:
        vote = chance.choice([*walk.model.votes])
    if chance.random() < 0.35:
        kind = chance.choice([each for each in DecisionKind if each != "APPROVE"])
        return Decision(kind.value, vote, bodies=("body1",) if chance.random() < 0.1 else ())
    delegation = chance.choice([*walk.model.funds]) if chance.random() < 0.95 else None
    willing = sorted(laws.delegating(walk.model, delegation)) if delegation else []
    bodies: tuple[str, ...] = ()
    if willing and chance.random() < (0.3 if len(willing) == len(BODIES) else 0.7):
        bodies = tuple(chance.sample(willing, chance.randint(1, len(willing))))
    elif chance.random() < 0.3:
        bodies = tuple(chance.sample(BODIES, chance.randint(1, 3)))
    proper = 200 if delegation == "funds" else None
    amount = proper if chance.random() < 0.85 else chance.choice((None, -1, 500, 501))
    return Decision("APPROVE", vote, delegation, bodies, amount)


def _decide(walk: Walk, chance: Random, who: str) -> Try:
    for _ in range(4):
        key = _some_item(walk, chance)
        carried = [each.item for each in walk.model.votes.values() if each.carried and not each.has_carried]
        key = chance.choice(carried) if carried and chance.random() < 0.6 else key
        wanted = _drawn_decision(walk, chance, key)
        forbids = laws.may_decide(walk.model, who, key, wanted)
        if not forbids or chance.random() < 0.4:
            break
    ids = walk.founded.ids

    def after(row: Any) -> None:
        walk.model.decisions += 1
        if wanted.amount and wanted.delegation:
            walk.model.used[wanted.delegation] = walk.model.used.get(wanted.delegation, 0) + wanted.amount
        if wanted.vote:
            walk.model.votes[wanted.vote].has_carried = True
        walk.counts[f"decided {wanted.kind}"] += 1
        assert row.number == walk.model.decisions, f"number {row.number} after {walk.model.decisions - 1}"

    declared = Declared(
        DecisionKind(wanted.kind),
        "The committee has decided.",
        vote_id=ids[wanted.vote] if wanted.vote else None,
        delegation_item_id=ids[wanted.delegation] if wanted.delegation else None,
        bodies=[ids[each] for each in wanted.bodies],
        amount=None if wanted.amount is None else Decimal(wanted.amount),
    )
    return Try(who, f"decide on {key}: {wanted}", forbids, declare_decision, (ids[key], declared), {}, after)


def _adopt(walk: Walk, chance: Random, who: str) -> Try:
    body, item = chance.choice(BODIES), chance.choice([*walk.model.funds])
    missing = [
        (each, about) for each in BODIES for about in walk.model.funds if each not in laws.delegating(walk.model, about)
    ]
    if missing and chance.random() < 0.7:
        body, item = chance.choice(missing)
    today = walk.model.today
    decided = today + timedelta(days=chance.choice((0, 0, 0, 0, 1)))
    begins = decided + timedelta(days=chance.choice((0, 0, 0, 1, -1)))
    ends = None if chance.random() < 0.6 else begins + timedelta(days=chance.randint(0, 2))

    def after(rows: Any) -> None:
        name = f"adoption{len(walk.model.adoptions)}"
        walk.founded.ids[name] = rows[0].id
        walk.model.adoptions[name] = Adoption(body, item, begins, ends)

    named = {"body_id": walk.founded.ids[body], "reference": "17/43", "decided_on": decided, "begins_on": begins}
    what = f"{body} adopts {item} {decided} {begins} {ends}"
    who, forbids = _officer(chance, who, body, laws.may_adopt(walk.model, body, item, decided, begins, ends))
    arguments = ([walk.founded.ids[item]],)
    return Try(who, what, forbids, adopt_delegation, arguments, named | {"ends_on": ends}, after)


def _officer(chance: Random, who: str, body: str, forbids: set[str]) -> tuple[str, set[str]]:
    """Mostly the body's own officer; for anybody else it is not there or denied."""
    own = f"officer{body[-1]}"
    who = own if chance.random() < 0.92 else who
    return who, forbids if who == own else laws.REFUSED


def _withdraw(walk: Walk, chance: Random, who: str) -> Try | None:
    if not walk.model.adoptions:
        return None
    live = [key for key, each in walk.model.adoptions.items() if not each.withdrawn]
    key = chance.choice(live if live and chance.random() < 0.85 else [*walk.model.adoptions])
    adoption = walk.model.adoptions[key]

    def after(_: Any) -> None:
        adoption.withdrawn = True

    who, forbids = _officer(chance, who, adoption.body, laws.may_withdraw(walk.model, key))
    named = {"reason": "The body has changed its mind."}
    return Try(who, f"withdraw {key}", forbids, withdraw_adoption, (walk.founded.ids[key],), named, after)


def _end(walk: Walk, chance: Random, who: str) -> Try:
    name = chance.choice(("member1", "member2", "member3", "member4"))
    person = walk.model.people[name]

    def after(_: Any) -> None:
        person.until = walk.model.today
        for meeting in walk.model.meetings.values():
            if meeting.status in ("AGENDA_PUBLISHED", "IN_SESSION"):
                meeting.place(name).present = False
                watch(walk, meeting)

    forbids = {"APPOINTMENT_ENDED"} if person.until is not None else set()
    arguments = (walk.founded.ids[f"appointment of {name}"],)
    return Try(who, f"end {name}", forbids, end_appointment, arguments, {"reason": "Elsewhere."}, after)


def _release(walk: Walk, chance: Random, who: str) -> Try:
    body = chance.choice(("body3", "body3", *BODIES))

    def after(_: Any) -> None:
        walk.model.released[body] = walk.model.today

    forbids = laws.may_release(walk.model, body)
    arguments = (walk.founded.ids[f"membership of {body}"],)
    named = {"until_on": walk.model.today}
    return Try(who, f"release {body}", forbids, release_body, arguments, named, after)


KINDS = {
    "declare": _declare,
    "rule": _rule,
    "open_vote": _open_vote,
    "cast": _cast,
    "close_vote": _close_vote,
    "decide": _decide,
    "adopt": _adopt,
    "withdraw": _withdraw,
    "end": _end,
    "release": _release,
}
