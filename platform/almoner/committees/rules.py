"""The rules that a committee works by: data of its terms of reference, read into values here and nowhere else.

A new rule is a field here, its reading in `parse_rules`, and the one module that keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeVar

from almoner.committees.numbering import scheme_problem
from almoner.committees.words import DecisionKind, Majority, PublicSpeaks
from almoner.core.errors import Invalid, Problem

#: More days, members or bodies than any committee has.
LARGEST = 1_000

Word = TypeVar("Word", Majority, PublicSpeaks)


@dataclass(frozen=True, slots=True)
class QuorumRule:
    """What a meeting needs to decide; everything that is asked for must be there. See `quorum.py`.

    Attributes:
        voting_members: so many voting members are present.
        bodies: so many member bodies have a voting member present.
        share: this share of all voting members is present; 0 asks for nothing.
    """

    voting_members: int = 1
    bodies: int = 0
    share: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one version of terms of reference.

    Attributes:
        notice_days: so many calendar days lie between notice and a public meeting.
        private_notice_days: the same for a meeting that is not public; None: as many as for a public one.
        urgent_allowed: later notice is possible, marked urgent with a reason.
        paper_days: so many calendar days lie between the publication of agenda and papers and the meeting.
        quorum: what a meeting needs to decide.
        majority: how many votes carry a motion unless the chair asks for more: see `majorities.py`.
        majority_share: for `SHARE` and `WEIGHTED`: the share of the votes for and against that must be for; above 0.
        public_matters: codes of matters on which the committee deliberates and decides in public meetings only.
        item_numbers: the numbering scheme of agenda items: see `numbering.py`.
        action_numbers: the scheme of actions' references.
        substitutes_vote: who sits in for a voting member votes.
        vote_needed_for: kinds of decisions that only a carried vote carries; the chair declares all others by
            consensus, too, unless a vote on the item was lost.
        public_speaks: when questions and comments from the public are taken in session.
        private_items: agenda items may be private. A committee that must be open in all that it does says no.
    """

    notice_days: int = 0
    private_notice_days: int | None = None
    urgent_allowed: bool = False
    paper_days: int = 0
    quorum: QuorumRule = QuorumRule()
    majority: Majority = Majority.MAJORITY
    majority_share: Fraction = Fraction(1, 2)
    public_matters: frozenset[str] = frozenset()
    item_numbers: str = "{n}"
    action_numbers: str = "{yy}-{mm}-{nn}"
    substitutes_vote: bool = True
    vote_needed_for: frozenset[DecisionKind] = frozenset({DecisionKind.APPROVE})
    public_speaks: PublicSpeaks = PublicSpeaks.AFTER_FORMAL_PART
    private_items: bool = True


def parse_rules(given: Mapping[str, Any]) -> Rules:
    """The rules that JSON says, in the members that `written` writes; what is not given is as above.

    Raises:
        Invalid: every problem, with its path below `rules`.
    """
    problems: list[Problem] = []
    reading = _Reading(given, problems, ("rules",))
    quorum = reading.part("quorum")
    rules = Rules(
        notice_days=reading.number("noticeDays", 0),
        private_notice_days=reading.number_or_none("privateNoticeDays"),
        urgent_allowed=reading.flag("urgentAllowed", False),
        paper_days=reading.number("paperDays", 0),
        quorum=QuorumRule(
            voting_members=quorum.number("votingMembers", 1),
            bodies=quorum.number("bodies", 0),
            share=quorum.share("share", Fraction(0)),
        ),
        majority=reading.word("majority", Majority.MAJORITY),
        majority_share=reading.share("majorityShare", Fraction(1, 2)),
        public_matters=reading.codes("publicMatters"),
        item_numbers=reading.scheme("itemNumbers", "{n}"),
        action_numbers=reading.scheme("actionNumbers", "{yy}-{mm}-{nn}"),
        substitutes_vote=reading.flag("substitutesVote", True),
        vote_needed_for=reading.kinds("voteNeededFor", frozenset({DecisionKind.APPROVE})),
        public_speaks=reading.word("publicSpeaks", PublicSpeaks.AFTER_FORMAL_PART),
        private_items=reading.flag("privateItems", True),
    )
    for each in (reading, quorum):
        each.nothing_else()
    if rules.majority_share == 0:
        problems.append(Problem("BAD_RULE", "A majority is a share above 0.", ("rules", "majorityShare")))
    if problems:
        raise Invalid(problems)
    return rules


def written(rules: Rules) -> dict[str, Any]:
    """The JSON of rules, which `parse_rules` reads back as the same."""
    return {
        "noticeDays": rules.notice_days,
        "privateNoticeDays": rules.private_notice_days,
        "urgentAllowed": rules.urgent_allowed,
        "paperDays": rules.paper_days,
        "quorum": {
            "votingMembers": rules.quorum.voting_members,
            "bodies": rules.quorum.bodies,
            "share": str(rules.quorum.share),
        },
        "majority": rules.majority.value,
        "majorityShare": str(rules.majority_share),
        "publicMatters": sorted(rules.public_matters),
        "itemNumbers": rules.item_numbers,
        "actionNumbers": rules.action_numbers,
        "substitutesVote": rules.substitutes_vote,
        "voteNeededFor": sorted(rules.vote_needed_for),
        "publicSpeaks": rules.public_speaks.value,
        "privateItems": rules.private_items,
    }


class _Reading:
    """Reads members of one JSON object, and notes what is wrong."""

    def __init__(self, given: Mapping[str, Any], problems: list[Problem], path: tuple[str, ...]) -> None:
        self._given = given
        self._problems = problems
        self._path = path
        self._known: set[str] = set()

    def _take(self, name: str, default: Any) -> Any:
        self._known.add(name)
        return self._given.get(name, default)

    def _wrong(self, name: str, message: str) -> None:
        self._problems.append(Problem("BAD_RULE", message, (*self._path, name)))

    def number(self, name: str, default: int) -> int:
        found = self._take(name, default)
        if type(found) is not int or not 0 <= found <= LARGEST:
            self._wrong(name, f"{name} is a whole number from 0 to {LARGEST}.")
            return default
        return found

    def number_or_none(self, name: str) -> int | None:
        return None if self._take(name, None) is None else self.number(name, 0)

    def flag(self, name: str, default: bool) -> bool:
        found = self._take(name, default)
        if type(found) is not bool:
            self._wrong(name, f"{name} is true or false.")
            return default
        return found

    def share(self, name: str, default: Fraction) -> Fraction:
        found = self._take(name, str(default))
        try:
            share = Fraction(found) if isinstance(found, str) and len(found) <= 20 else Fraction(-1)
        except (ValueError, ZeroDivisionError):
            share = Fraction(-1)
        if not 0 <= share <= 1:
            self._wrong(name, f'{name} is a share as text from 0 to 1: "2/3" or "0.75".')
            return default
        return share

    def word(self, name: str, default: Word) -> Word:
        found, words = self._take(name, default.value), type(default)
        if found not in tuple(words):
            self._wrong(name, f"{name} is one of {', '.join(words)}.")
            return default
        return words(found)

    def codes(self, name: str) -> frozenset[str]:
        found = self._take(name, [])
        if not isinstance(found, list) or not all(isinstance(code, str) and 0 < len(code) <= 60 for code in found):
            self._wrong(name, f"{name} is a list of codes, of at most 60 characters each.")
            return frozenset()
        return frozenset(found)

    def kinds(self, name: str, default: frozenset[DecisionKind]) -> frozenset[DecisionKind]:
        found = self._take(name, sorted(default))
        if not isinstance(found, list) or not all(each in tuple(DecisionKind) for each in found):
            self._wrong(name, f"{name} is a list of kinds of decisions, each one of {', '.join(DecisionKind)}.")
            return default
        return frozenset(DecisionKind(each) for each in found)

    def scheme(self, name: str, default: str) -> str:
        found = self._take(name, default)
        problem = scheme_problem(found)
        if problem:
            self._wrong(name, problem)
            return default
        return str(found)

    def part(self, name: str) -> _Reading:
        found = self._take(name, {})
        if not isinstance(found, Mapping):
            self._wrong(name, f"{name} is an object.")
            found = {}
        return _Reading(found, self._problems, (*self._path, name))

    def nothing_else(self) -> None:
        for name in self._given.keys() - self._known:
            self._wrong(name, f"There is no rule {name}: the rules are {', '.join(sorted(self._known))}.")
