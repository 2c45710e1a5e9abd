"""Delegations: where they stand, and what a committee can decide by them. Pure: whoever asks brings the facts.

Bodies delegate a kind of decision to a committee, each by a decision of its own. An approval of the committee stands on
an item of that register and binds the bodies that have it in force on the day of the decision.

Source: the register of proposed delegations of the joint committee of 6 July 2017, and the paper on the governance of
its partnership, of the same day.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from almoner.committees.status import DelegationState
from almoner.committees.tables import DelegationAdoption, DelegationItem, DelegationRefusal
from almoner.committees.words import DecisionKind, DelegatedMatter


def state_of(adoption: DelegationAdoption | None, on: date) -> DelegationState:
    """Where a body's delegation stands on a day, from its adoption; None: it has adopted nothing.

    A withdrawal counts from when it is recorded, whichever day is asked about. `delegation_states` of the API says the
    same in SQL.
    """
    if adoption is None:
        return DelegationState.PROPOSED
    if adoption.withdrawn_at is not None:
        return DelegationState.WITHDRAWN
    if adoption.ends_on is not None and adoption.ends_on <= on:
        return DelegationState.EXPIRED
    return DelegationState.IN_FORCE if adoption.begins_on <= on else DelegationState.PROPOSED


#: An adoption in one of these is not over.
LIVING = frozenset({DelegationState.PROPOSED, DelegationState.IN_FORCE})


def refusal_that_stands(
    refusals: Iterable[DelegationRefusal], adoptions: Collection[DelegationAdoption], on: date
) -> DelegationRefusal | None:
    """The last refusal of a body, unless the body has adopted the item since; of one item and one body.

    `refusals_that_stand` of the API says the same in SQL.
    """
    last = max(refusals, key=lambda each: (each.declined_at, each.id), default=None)
    if last is None or any(state_of(each, on) in LIVING or each.adopted_at > last.declined_at for each in adoptions):
        return None
    return last


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a committee cannot decide.

    Attributes:
        body_id: the body that it is about, if it is about one.
        about: what of the decision it is about, as `declareDecision` calls it; empty for the decision as a whole.
    """

    code: str
    message: str
    body_id: UUID | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a committee can decide.

    Attributes:
        reasons: why it cannot; empty if it can.
        bound: the bodies that the decision binds if it can be taken, and by what each delegates.
    """

    reasons: tuple[Reason, ...]
    bound: Mapping[UUID, DelegationAdoption]

    @property
    def can_decide(self) -> bool:
        """Whether nothing is in the way."""
        return not self.reasons


@dataclass(frozen=True, slots=True)
class Wish:
    """A decision that is taken or thought of.

    Attributes:
        bodies: the bodies that it is to bind; empty: all member bodies.
        amount: of the funds that it uses; None for none.
        amount_follows: the amount is not known yet, and is not asked for.
    """

    kind: DecisionKind
    bodies: Collection[UUID] = ()
    amount: Decimal | None = None
    amount_follows: bool = False


@dataclass(frozen=True, slots=True)
class Register:
    """What there is to decide by.

    Attributes:
        can_decide: the committee is a legal entity that decides.
        members: the member bodies on the day, and what people call each.
        item: the item of the register that the decision is to stand on; None if none is named.
        adoptions: all adoptions of that item.
        used: of its fund, by the decisions that stand on it so far.
    """

    can_decide: bool
    members: Mapping[UUID, str]
    item: DelegationItem | None = None
    adoptions: Collection[DelegationAdoption] = ()
    used: Decimal = Decimal(0)


def outlook(register: Register, wish: Wish, on: date) -> Outlook:
    """Whether a committee can decide something on a day, and whom that binds; every reason against it, if it cannot.

    Only an approval needs a delegation. A committee without member bodies has nobody's powers but its own: if it can
    decide, it decides by itself and binds nobody else.
    """
    if wish.kind != DecisionKind.APPROVE:
        return Outlook(tuple(_beside_an_approval(register, wish)), {})
    reasons = [] if register.can_decide else [CANNOT_DECIDE]
    reasons += _about_the_amount(register, wish)
    strangers = [each for each in wish.bodies if each not in register.members]
    reasons += [_stranger(each) for each in dict.fromkeys(strangers)]
    wanted = [each for each in register.members if not wish.bodies or each in wish.bodies]
    if register.item is None:
        reasons += [NOTHING_NAMED] if register.members else []
        return Outlook(tuple(reasons), {})
    if register.item.withdrawn_at is not None:
        return Outlook((*reasons, ITEM_WITHDRAWN), {})
    in_force = {each.body_id: each for each in _in_force(register.adoptions, on)}
    reasons += [_not_delegated(each, register.members[each]) for each in wanted if each not in in_force]
    return Outlook(tuple(reasons), {} if reasons else {each: in_force[each] for each in wanted})


def kinds_open(register: Register, wish: Wish, on: date) -> tuple[DecisionKind, ...]:
    """The kinds of decisions that a committee can take on a day about what is wished, whatever kind that is of.

    All but an approval stand on no delegation, so what is named for one is left out.
    """
    asked = {kind: (Register(register.can_decide, register.members), Wish(kind)) for kind in DecisionKind}
    asked[DecisionKind.APPROVE] = (register, replace(wish, kind=DecisionKind.APPROVE))
    return tuple(kind for kind, (known, wanted) in asked.items() if outlook(known, wanted, on).can_decide)


CANNOT_DECIDE = Reason(
    "CANNOT_DECIDE",
    "This committee decides nothing by itself: it can note, endorse, recommend or refer.",
    about="kind",
)
ITEM_WITHDRAWN = Reason(
    "DELEGATION_ITEM_WITHDRAWN",
    "This item is withdrawn from the register of delegations: name one that is not.",
    about="delegationItem",
)
NOTHING_NAMED = Reason(
    "NO_DELEGATION_NAMED", "Name the item of the register of delegations that this stands on.", about="delegationItem"
)


def _beside_an_approval(register: Register, wish: Wish) -> Iterable[Reason]:
    message = "Only an approval stands on a delegation, binds bodies and uses funds: leave this out."
    given = {
        "delegationItem": register.item is not None,
        "bodies": bool(wish.bodies),
        "amount": wish.amount is not None,
    }
    return [Reason("ONLY_FOR_APPROVALS", message, about=name) for name, is_given in given.items() if is_given]


def _about_the_amount(register: Register, wish: Wish) -> Iterable[Reason]:
    item = register.item
    if item is None or item.matter != DelegatedMatter.USE_OF_FUNDS:
        if wish.amount is not None:
            message = "An amount is decided on by an item of the register about the use of funds: name one."
            yield Reason("AMOUNT_WITHOUT_FUND", message, about="amount")
        return
    if wish.amount is not None and wish.amount <= 0:
        yield Reason("BAD_AMOUNT", "An amount is more than 0.", about="amount")
    elif item.limit_amount is not None and _is_too_much(wish.amount, item.limit_amount - register.used):
        left = max(item.limit_amount - register.used, Decimal(0))
        message = (
            f"Of {item.limit_amount:f} of the fund {item.fund}, decisions have left {left:f}: use no more than that."
        )
        yield Reason("OVER_THE_LIMIT", message, about="amount")
    elif wish.amount is None and not wish.amount_follows:
        yield Reason("AMOUNT_MISSING", f"Say how much of the fund {item.fund} this uses.", about="amount")


def _is_too_much(amount: Decimal | None, left: Decimal) -> bool:
    """Whether a fund has not left so much; an amount that is not known is something."""
    return left <= 0 if amount is None else amount > left


def _in_force(adoptions: Iterable[DelegationAdoption], on: date) -> Iterable[DelegationAdoption]:
    return (each for each in adoptions if state_of(each, on) is DelegationState.IN_FORCE)


def _stranger(body_id: UUID) -> Reason:
    return Reason("STRANGER_BODY", "A body that this is to bind is not a member body then.", body_id, "bodies")


def _not_delegated(body_id: UUID, code: str) -> Reason:
    message = f"{code} has not delegated this, or not for that day: leave it out, or wait until it has."
    return Reason("NOT_DELEGATED", message, body_id, "bodies")
