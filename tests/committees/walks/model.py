"""What may happen in a committee, written anew in plain Python from the field's rules: no function of the product.

Every `may_…` answers the codes of all that forbids something; nothing if it is allowed. People and things are names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

#: The tenant's time zone has no daylight saving and is seven hours behind.
BEHIND = timedelta(hours=7)
BEFORE_ITS_END = ("PLANNED", "NOTICE_GIVEN", "AGENDA_PUBLISHED", "IN_SESSION")


@dataclass
class Person:
    """Somebody with a role; `until`: since when the appointment has ended."""

    role: str
    votes: bool = False
    is_appointed: bool = False
    body: str | None = None
    until: date | None = None

    @property
    def sits(self) -> bool:
        return self.is_appointed and self.until is None


@dataclass
class Place:
    """How an appointed person takes part.

    `substitute`: who sits in, an account or the `guest`, who has none; `came`: who was in the room in session.
    """

    present: bool = False
    substitute: str | None = None
    came: set[str] = field(default_factory=set)


@dataclass
class Item:
    meeting: str
    private: bool = False
    matter: str | None = None
    rulings: dict[str, str | None] = field(default_factory=dict)

    def conflicted(self) -> set[str]:
        return {who for who, ruling in self.rulings.items() if ruling != "STAY"}

    def sent_out(self) -> set[str]:
        return {who for who, ruling in self.rulings.items() if ruling == "LEAVE"}

    def hidden_from(self) -> set[str]:
        return self.sent_out() if self.private else set()


@dataclass
class Vote:
    item: str
    majority: str
    ballots: dict[str, tuple[str, str]] = field(default_factory=dict)
    is_open: bool = True
    carried: bool | None = None
    has_carried: bool = False


@dataclass
class Meeting:
    public: bool
    status: str
    starts_at: datetime
    urgent: bool = False
    formal: bool = True
    places: dict[str, Place] = field(default_factory=dict)
    quorum: list[bool] = field(default_factory=list)
    minutes: str | None = None

    @property
    def day(self) -> date:
        return (self.starts_at - BEHIND).date()

    def place(self, who: str) -> Place:
        return self.places.setdefault(who, Place())


@dataclass
class Adoption:
    body: str
    item: str
    begins: date
    ends: date | None
    withdrawn: bool = False

    def in_force(self, day: date) -> bool:
        return not self.withdrawn and self.begins <= day and (self.ends is None or day < self.ends)


@dataclass
class Rules:
    members: int
    bodies: int
    majority: str
    share: Fraction
    substitutes_vote: bool
    notice_days: int
    urgency: bool
    public_matters: tuple[str, ...] = ("PROPOSAL",)
    vote_needed_for: tuple[str, ...] = ("APPROVE",)


@dataclass
class Decision:
    """What the chair is about to declare."""

    kind: str
    vote: str | None = None
    delegation: str | None = None
    bodies: tuple[str, ...] = ()
    amount: int | None = None


@dataclass
class Committee:
    """Everything that the rules look at.

    `funds`: items of the register, and the limit of those about funds; `used`: how much of it decisions have used.
    """

    now: datetime
    rules: Rules
    can_decide: bool
    people: dict[str, Person]
    weights: dict[str, int]
    funds: dict[str, int | None]
    released: dict[str, date] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)
    meetings: dict[str, Meeting] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    votes: dict[str, Vote] = field(default_factory=dict)
    adoptions: dict[str, Adoption] = field(default_factory=dict)
    decisions: int = 0

    @property
    def today(self) -> date:
        return (self.now - BEHIND).date()

    def role_of(self, who: str) -> str:
        person = self.people[who]
        return "nobody" if person.until is not None else person.role

    def is_made_of(self, body: str, day: date) -> bool:
        return body not in self.released or day < self.released[body]

    def holders(self) -> list[str]:
        return [who for who, each in self.people.items() if each.votes and each.sits]

    def voter(self, meeting: Meeting, holder: str) -> str | None:
        """Who votes from a place; nobody for a guest, or for a substitute where those do not vote."""
        substitute = meeting.place(holder).substitute
        if substitute is None:
            return holder
        return substitute if substitute != "guest" and self.rules.substitutes_vote else None

    def is_quorate(self, meeting: Meeting, item: Item | None = None, absent: set[str] | None = None) -> bool:
        """Whether enough of those who vote are in the room; for an item, those with an interest in it do not count."""
        away = (absent or set()) | (item.conflicted() if item else set())
        present: dict[str, str | None] = {}
        for holder in self.holders():
            voter = self.voter(meeting, holder)
            if meeting.place(holder).present and voter is not None and voter not in away:
                present.setdefault(voter, self.people[holder].body)
        bodies = set(present.values()) - {None}
        return len(present) >= self.rules.members and len(bodies) >= self.rules.bodies

    def open_votes(self, meeting: str) -> list[str]:
        return [key for key, vote in self.votes.items() if vote.is_open and self.items[vote.item].meeting == meeting]

    def carries(self, vote: Vote) -> bool:
        """By the majority that was asked for, and by that of the rules."""
        return all(self._carries(vote, kind) for kind in (vote.majority, self.rules.majority))

    def _carries(self, vote: Vote, kind: str) -> bool:
        """The count: heads, or for WEIGHTED the weight of each body, shared by its members who voted."""
        counted = {
            holder: choice
            for holder, (voter, choice) in vote.ballots.items()
            if voter not in self.items[vote.item].conflicted() and self.people[holder].sits
        }
        sums = {"FOR": Fraction(0), "AGAINST": Fraction(0), "ABSTAIN": Fraction(0)}
        for holder, choice in counted.items():
            body = self.people[holder].body
            counts = Fraction(1)
            if kind == "WEIGHTED":
                sharing = sum(self.people[each].body == body for each in counted)
                counts = Fraction(self.weights[body], sharing) if body is not None else Fraction(0)
            sums[choice] += counts
        yes, no = sums["FOR"], sums["AGAINST"]
        if kind == "UNANIMOUS":
            return yes > 0 and no == 0
        if kind == "MAJORITY":
            return yes > no
        return yes > 0 and yes >= self.rules.share * (yes + no)
