"""What a committee can decide, against the rules said once more, the other way round: body by body and day by day."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from almoner.committees.delegation import Register, Wish, kinds_open, outlook, refusal_that_stands, state_of
from almoner.committees.status import DELEGATION_MOVES, DelegationState
from almoner.committees.tables import DelegationAdoption, DelegationItem, DelegationRefusal
from almoner.committees.words import DecisionKind, DelegatedMatter

TODAY = date(2017, 9, 7)
BODIES = [UUID(int=n) for n in range(1, 6)]
NOW = datetime(2017, 9, 7, 13, tzinfo=UTC)

days = st.integers(-3, 3).map(lambda n: TODAY + timedelta(days=n))


@st.composite
def adoptions(draw):
    begins_on = draw(days)
    return DelegationAdoption(
        tenant_id=UUID(int=0),
        committee_id=UUID(int=0),
        item_id=UUID(int=0),
        body_id=draw(st.sampled_from(BODIES)),
        reference="1",
        decided_on=begins_on,
        begins_on=begins_on,
        ends_on=draw(st.none() | st.integers(1, 4).map(lambda n: begins_on + timedelta(days=n))),
        adopted_by=UUID(int=0),
        adopted_at=NOW,
        withdrawn_at=draw(st.none() | st.just(NOW)),
    )


items = st.builds(
    lambda matter, limit: DelegationItem(
        tenant_id=UUID(int=0),
        committee_id=UUID(int=0),
        delegation_id=UUID(int=0),
        position=1,
        matter=matter,
        text="x",
        fund="A fund" if matter is DelegatedMatter.USE_OF_FUNDS else None,
        limit_amount=limit if matter is DelegatedMatter.USE_OF_FUNDS else None,
        proposed_at=NOW,
    ),
    st.sampled_from(DelegatedMatter),
    st.none() | st.integers(1, 3).map(Decimal),
)
registers = st.builds(
    lambda can_decide, members, item, found, used: Register(
        can_decide, {each: f"body{each.int}" for each in members}, item, found if item else [], Decimal(used)
    ),
    st.booleans(),
    st.lists(st.sampled_from(BODIES), unique=True),
    st.none() | items,
    st.lists(adoptions(), max_size=8),
    st.integers(0, 4),
)
wishes = st.builds(
    Wish,
    st.just(DecisionKind.APPROVE) | st.sampled_from(DecisionKind),
    st.lists(st.sampled_from(BODIES), max_size=3),
    st.none() | st.integers(-1, 4).map(Decimal),
    st.booleans(),
)


def delegates(register: Register, body: UUID) -> bool:
    """Whether some adoption of this body reaches the day."""
    for each in register.adoptions:
        last = date.max if each.ends_on is None else each.ends_on - timedelta(days=1)
        if each.body_id == body and each.withdrawn_at is None and each.begins_on <= TODAY <= last:
            return True
    return False


def expected(register: Register, wish: Wish) -> set[tuple[str, UUID | None]]:
    """The codes that there must be, each with its body."""
    item, approves = register.item, wish.kind == DecisionKind.APPROVE
    limit = None if item is None else item.limit_amount
    is_about_funds = item is not None and item.matter == "USE_OF_FUNDS"
    if not approves:
        beside = any((item is not None, bool(wish.bodies), wish.amount is not None))
        return {("ONLY_FOR_APPROVALS", None)} if beside else set()
    found: set[tuple[str, UUID | None]] = set()
    if not register.can_decide:
        found.add(("CANNOT_DECIDE", None))
    if wish.amount is not None and not is_about_funds:
        found.add(("AMOUNT_WITHOUT_FUND", None))
    if is_about_funds and wish.amount is None and limit is not None and register.used >= limit:
        found.add(("OVER_THE_LIMIT", None))
    elif is_about_funds and wish.amount is None and not wish.amount_follows:
        found.add(("AMOUNT_MISSING", None))
    if is_about_funds and wish.amount is not None and wish.amount < Decimal("0.01"):
        found.add(("BAD_AMOUNT", None))
    exceeds = (
        wish.amount is not None and wish.amount > 0 and register.used + wish.amount > (limit or Decimal("Infinity"))
    )
    if is_about_funds and exceeds:
        found.add(("OVER_THE_LIMIT", None))
    found |= {("STRANGER_BODY", body) for body in wish.bodies if body not in register.members}
    if register.members and item is None:
        found.add(("NO_DELEGATION_NAMED", None))
    if item is not None:
        asked = set(wish.bodies) & set(register.members) if wish.bodies else set(register.members)
        found |= {("NOT_DELEGATED", body) for body in asked if not delegates(register, body)}
    return found


@given(registers, wishes)
def test_every_reason_is_told_and_none_that_is_not_there(register, wish):
    found = outlook(register, wish, TODAY)
    assert {(each.code, each.body_id) for each in found.reasons} == expected(register, wish)
    assert found.can_decide is (not expected(register, wish))


@given(registers, wishes)
def test_it_binds_exactly_the_bodies_whose_delegation_is_in_force(register, wish):
    found = outlook(register, wish, TODAY)
    if not found.can_decide or wish.kind != DecisionKind.APPROVE or register.item is None:
        assert found.bound == {}
        return
    assert set(found.bound) == (set(wish.bodies) or set(register.members))
    for body, adoption in found.bound.items():
        assert adoption in register.adoptions
        assert adoption.body_id == body
        assert state_of(adoption, TODAY) is DelegationState.IN_FORCE


@given(registers, wishes)
def test_the_kinds_that_are_open_are_those_that_could_be_decided(register, wish):
    approved = expected(register, replace(wish, kind=DecisionKind.APPROVE))
    beside = {*DecisionKind} - {DecisionKind.APPROVE}
    assert {*kinds_open(register, wish, TODAY)} == (beside if approved else {*DecisionKind})


@given(adoptions())
def test_a_delegation_moves_as_the_table_says_from_day_to_day_and_when_it_is_withdrawn(adoption):
    withdrawn_at, adoption.withdrawn_at = adoption.withdrawn_at, None
    states = [state_of(adoption, TODAY + timedelta(days=n)) for n in range(-5, 9)]
    assert states[0] is DelegationState.PROPOSED
    for before, after in itertools.pairwise(states):
        assert after is before or after in DELEGATION_MOVES[before]
    if withdrawn_at is not None and states[-1] is not DelegationState.EXPIRED:
        adoption.withdrawn_at = withdrawn_at
        assert DelegationState.WITHDRAWN in DELEGATION_MOVES[states[-1]]
        assert state_of(adoption, TODAY) is DelegationState.WITHDRAWN


@given(adoptions(), st.integers(-5, 9).map(lambda n: TODAY + timedelta(days=n)))
def test_it_is_in_force_from_its_first_day_until_before_its_end(adoption, day):
    last = date.max if adoption.ends_on is None else adoption.ends_on - timedelta(days=1)
    in_force = adoption.withdrawn_at is None and adoption.begins_on <= day <= last
    assert (state_of(adoption, day) is DelegationState.IN_FORCE) is in_force


@pytest.mark.parametrize(("days", "state"), [(-1, "PROPOSED"), (0, "IN_FORCE"), (2, "IN_FORCE"), (3, "EXPIRED")])
def test_the_day_on_which_it_ends_is_the_first_without_it(days, state):
    adoption = DelegationAdoption(
        tenant_id=UUID(int=0),
        committee_id=UUID(int=0),
        item_id=UUID(int=0),
        body_id=BODIES[0],
        reference="1",
        decided_on=TODAY,
        begins_on=TODAY,
        ends_on=TODAY + timedelta(days=3),
        adopted_by=UUID(int=0),
        adopted_at=NOW,
    )
    assert state_of(adoption, TODAY + timedelta(days=days)) == state


def refusal(declined_at: datetime) -> DelegationRefusal:
    return DelegationRefusal(
        tenant_id=UUID(int=0),
        committee_id=UUID(int=0),
        item_id=UUID(int=0),
        body_id=BODIES[0],
        reference="1",
        reason="r",
        declined_by=UUID(int=0),
        declined_at=declined_at,
    )


@given(st.lists(adoptions(), max_size=3), st.lists(st.integers(-2, 2), max_size=3))
def test_a_refusal_stands_until_the_body_adopts(found, when):
    said = [refusal(NOW + timedelta(days=n)) for n in when]
    stands = refusal_that_stands(said, found, TODAY)
    living = any(each.withdrawn_at is None and (each.ends_on is None or each.ends_on > TODAY) for each in found)
    adopted_since = bool(found) and max([-9, *when]) < 0
    assert (stands is not None) is (bool(said) and not living and not adopted_since)
    if stands is not None:
        assert stands.declined_at == max(each.declined_at for each in said)


def test_nothing_is_decided_by_what_is_withdrawn_from_the_register():
    item = DelegationItem(
        tenant_id=UUID(int=0),
        committee_id=UUID(int=0),
        delegation_id=UUID(int=0),
        position=1,
        matter=DelegatedMatter.SERVICE_MODELS,
        text="x",
        proposed_at=NOW,
        withdrawn_at=NOW,
    )
    for members in ({}, {BODIES[0]: "body1"}):
        found = outlook(Register(True, members, item, []), Wish(DecisionKind.APPROVE), TODAY)
        assert [each.code for each in found.reasons] == ["DELEGATION_ITEM_WITHDRAWN"]


def test_who_has_adopted_nothing_is_asked_for_it():
    assert state_of(None, TODAY) is DelegationState.PROPOSED
