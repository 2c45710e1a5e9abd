"""Where a walk begins: a committee as the model has it, drawn by chance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random

from tests.committees.building import LONG_AGO
from tests.committees.walks.model import Adoption, Committee, Item, Meeting, Person, Place, Rules

#: Noon in the tenant's zone.
BEGIN = datetime(2017, 6, 1, 19, tzinfo=UTC)
BODIES = ("body1", "body2", "body3")
PEOPLE = {
    "chair": Person("chair", votes=True, is_appointed=True),
    "member1": Person("member", votes=True, is_appointed=True, body="body1"),
    "member2": Person("member", votes=True, is_appointed=True, body="body2"),
    "member3": Person("member", votes=True, is_appointed=True, body="body1"),
    "member4": Person("member", votes=True, is_appointed=True, body="body2"),
    "observer": Person("observer", is_appointed=True),
    "deputy": Person("member"),
    "secretary": Person("secretary"),
}
#: Of the tenant, and of all its committees; nobody of the committee's.
OTHERS = {
    "admin": "program_administrator",
    "outsider": "nobody",
    "officer1": "officer1",
    "officer2": "officer2",
    "officer3": "officer3",
}


def drawn(chance: Random) -> Committee:
    """A committee as the rules may have it, with two meetings: one was held, one is to come."""
    rules = Rules(
        members=chance.choice((2, 2, 3)),
        bodies=chance.choice((0, 1, 2)),
        majority=chance.choice(("MAJORITY", "MAJORITY", "UNANIMOUS", "SHARE", "WEIGHTED")),
        share=chance.choice((Fraction(1, 2), Fraction(2, 3))),
        substitutes_vote=chance.random() < 0.7,
        notice_days=chance.choice((0, 0, 2)),
        urgency=chance.random() < 0.5,
        vote_needed_for=chance.choice((("APPROVE",), ("APPROVE",), ())),
    )
    people = {name: Person(**vars(each)) for name, each in PEOPLE.items()}
    people |= {name: Person(role if role == "nobody" else name) for name, role in OTHERS.items()}
    model = Committee(
        now=BEGIN,
        rules=rules,
        can_decide=chance.random() < 0.9,
        people=people,
        weights={"body1": 1, "body2": 2, "body3": 3},
        funds={"models": None, "funds": 500},
    )
    _draw_meetings(model, chance)
    for body in BODIES:
        for item in model.funds:
            if chance.random() < 0.8:
                ends = None if chance.random() < 0.7 else model.today + timedelta(days=chance.randint(0, 2))
                model.adoptions[f"adoption of {item} by {body}"] = Adoption(body, item, LONG_AGO, ends)
    return model


def _draw_meetings(model: Committee, chance: Random) -> None:
    held = Meeting(True, "HELD", BEGIN - timedelta(days=7))
    held.minutes = chance.choice((None, "CIRCULATED", "CIRCULATED"))
    held.formal = False
    held.places = {who: Place(True, None, {who}) for who in ("chair", "member1")}
    status = chance.choice((*("AGENDA_PUBLISHED",) * 7, "NOTICE_GIVEN", "PLANNED"))
    starts_at = BEGIN + timedelta(minutes=30 if chance.random() < 0.8 else 24 * 60)
    coming = Meeting(chance.random() < 0.88, status, starts_at)
    model.meetings |= {"meeting0": held, "meeting1": coming}
    model.items["item0"] = Item("meeting0")
    if status != "PLANNED":
        model.items |= {"item1": Item("meeting1"), "item2": Item("meeting1", private=True)}
        model.items["item3"] = Item("meeting1", matter="PROPOSAL")
    if status == "AGENDA_PUBLISHED" and coming.day == model.today:
        for who, person in PEOPLE.items():
            if person.is_appointed and chance.random() < 0.7:
                coming.places[who] = Place(True)
