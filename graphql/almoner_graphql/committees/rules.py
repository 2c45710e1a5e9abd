"""The rules of a committee in the schema: as they are given, and as they are read. `committees.rules` says what is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

import strawberry
from sqlalchemy import Boolean, Integer, Text, func, literal, literal_column
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB
from strawberry.types.base import StrawberryObjectDefinition

from almoner.committees.rules import Rules, written
from almoner_graphql.committees.enums import DecisionKind, Majority, PublicSpeaks
from almoner_graphql.planner.declare import computed, reads, same
from almoner_graphql.planner.sources import Row


def _rule(*path: str, as_: Any = None, description: str, always: bool = True) -> Any:
    """A member of the rules: what is not written, in older terms, is what `rules.Rules` says without it."""

    def read(terms: Row) -> Any:
        found, otherwise = terms.rules, written(Rules())
        for name in path:
            found, otherwise = found[name], otherwise[name]
        text = func.coalesce(found.astext, literal_column(_quoted(otherwise))) if always else found.astext
        return text if as_ is None else sql_cast(text, as_)

    return computed(read, always=always, description=description)


def _quoted(value: Any) -> str:
    """A word, number or flag of our own as text in SQL."""
    return f"'{str(value).lower() if isinstance(value, bool) else value}'"


def _listed(name: str) -> Callable[[Row], Any]:
    """The same for a list."""
    usual = sql_cast(literal(json.dumps(written(Rules())[name]), Text), JSONB)
    return lambda terms: func.coalesce(terms.rules[name], usual)


_NOTICE = "So many calendar days lie between notice and a public meeting"
_PRIVATE_NOTICE = "So many lie between notice and a meeting that is not public; null: as many as for a public one"
_SPEAKS = "When questions and comments from the public are taken in session"
_PRIVATE_ITEMS = "Whether agenda items may be private"
_URGENT = "Later notice is possible, marked urgent with a reason"
_PAPERS = "So many calendar days lie between the publication of agenda and papers and the meeting"
_MAJORITY = "How many votes carry a motion unless the chair asks for more"
_SHARE = "For SHARE and WEIGHTED: the share of the votes for and against that must be for, above 0"
_MATTERS = "Codes of matters on which the committee deliberates and decides in public meetings only"
_ITEMS = "The numbering scheme of agenda items"
_ACTIONS = "The numbering scheme of actions' references"
_SUBSTITUTES = "Whether who sits in for a voting member votes"
_VOTED = "Kinds of decisions that only a carried vote carries"
_MEMBERS = "So many voting members are present"
_BODIES = "So many member bodies have a voting member present"
_OF_ALL = 'This share of all voting members is present, as text: "2/3"; 0 asks for nothing'


@reads()
@strawberry.type(description="What a meeting needs to decide; all of it must be there.")
class QuorumRule:
    """Read from the rules of `terms_of_reference`."""

    voting_members: int = _rule("quorum", "votingMembers", as_=Integer, description=f"{_MEMBERS}.")
    bodies: int = _rule("quorum", "bodies", as_=Integer, description=f"{_BODIES}.")
    share: str = _rule("quorum", "share", description=f"{_OF_ALL}.")


@reads()
@strawberry.type(description="The rules that a committee works by.")
class CommitteeRules:
    """Read from the rules of `terms_of_reference`."""

    notice_days: int = _rule("noticeDays", as_=Integer, description=f"{_NOTICE}.")
    private_notice_days: int | None = _rule(
        "privateNoticeDays", as_=Integer, always=False, description=f"{_PRIVATE_NOTICE}."
    )
    urgent_allowed: bool = _rule("urgentAllowed", as_=Boolean, description=f"{_URGENT}.")
    paper_days: int = _rule("paperDays", as_=Integer, description=f"{_PAPERS}.")
    quorum: QuorumRule = same(description="What a meeting needs to decide.")
    majority: Majority = _rule("majority", description=f"{_MAJORITY}.")
    majority_share: str = _rule("majorityShare", description=f"{_SHARE}.")
    public_matters: list[str] = computed(
        _listed("publicMatters"),
        always=True,  # a coalesce with a list of ours
        description=f"{_MATTERS}.",
    )
    item_numbers: str = _rule("itemNumbers", description=f"{_ITEMS}.")
    action_numbers: str = _rule("actionNumbers", description=f"{_ACTIONS}.")
    substitutes_vote: bool = _rule("substitutesVote", as_=Boolean, description=f"{_SUBSTITUTES}.")
    vote_needed_for: list[DecisionKind] = computed(_listed("voteNeededFor"), always=True, description=f"{_VOTED}.")
    public_speaks: PublicSpeaks = _rule("publicSpeaks", description=f"{_SPEAKS}.")
    private_items: bool = _rule("privateItems", as_=Boolean, description=f"{_PRIVATE_ITEMS}.")


def _given(description: str, otherwise: str) -> Any:
    return strawberry.field(default=strawberry.UNSET, description=f"{description}; {otherwise} if not given.")


@strawberry.input(description="What a meeting needs to decide.")
class QuorumRuleInput:
    """`quorum` of rules."""

    voting_members: int | None = _given(_MEMBERS, "1")
    bodies: int | None = _given(_BODIES, "0")
    share: str | None = _given(_OF_ALL, "0")


@strawberry.input(description="The rules that a committee is to work by.")
class CommitteeRulesInput:
    """Rules as `rules.parse_rules` takes them: see `as_sent`."""

    notice_days: int | None = _given(_NOTICE, "0")
    private_notice_days: int | None = _given(_PRIVATE_NOTICE, "null")
    urgent_allowed: bool | None = _given(_URGENT, "false")
    paper_days: int | None = _given(_PAPERS, "0")
    quorum: QuorumRuleInput | None = _given("What a meeting needs to decide", "one voting member")
    majority: Majority | None = _given(_MAJORITY, "MAJORITY")
    majority_share: str | None = _given(_SHARE, "1/2")
    public_matters: list[str] | None = _given(_MATTERS, "none")
    item_numbers: str | None = _given(_ITEMS, "`{n}`")
    action_numbers: str | None = _given(_ACTIONS, "`{yy}-{mm}-{nn}`")
    substitutes_vote: bool | None = _given(_SUBSTITUTES, "true")
    vote_needed_for: list[DecisionKind] | None = _given(_VOTED, "APPROVE")
    public_speaks: PublicSpeaks | None = _given(_SPEAKS, "AFTER_FORMAL_PART")
    private_items: bool | None = _given(_PRIVATE_ITEMS, "true")


def _keep(_type: type, value: Mapping[str, Any], _context: object) -> Mapping[str, Any]:
    return value


# What was sent goes to the domain as it is, which reads it and names every problem: its names are the GraphQL ones.
_definition: StrawberryObjectDefinition = CommitteeRulesInput.__strawberry_definition__  # type: ignore[attr-defined]
_definition.from_input = _keep


def as_sent(rules: CommitteeRulesInput) -> Mapping[str, Any]:
    """The mapping that a resolver really gets for rules."""
    return cast("Mapping[str, Any]", rules)
