"""Who votes, what follows from interests, what ballots weigh and which majority is stricter, against restatements."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from tests.committees.refusals import refused

from almoner.committees.conflicts import CONSEQUENCES, kept_from_voting
from almoner.committees.majorities import carried_by_all, carries, is_as_strict, may_be_asked_for, tally
from almoner.committees.voters import Place, place_to_vote_from, sitting
from almoner.committees.weights import shown, weights_of
from almoner.committees.words import BallotChoice, ConflictRuling, Majority

PEOPLE = [UUID(int=n) for n in range(1, 5)]
PLACES = st.lists(
    st.builds(
        lambda holder, body, present, substitute: (holder, body, present, substitute),
        st.sampled_from(PEOPLE),
        st.sampled_from([None, UUID(int=91), UUID(int=92)]),
        st.booleans(),
        st.one_of(st.none(), st.just("named"), st.sampled_from(PEOPLE)),
    ),
    max_size=5,
).map(
    lambda found: [
        Place(
            UUID(int=100 + n),
            holder,
            body,
            present,
            substitute is not None,
            substitute if isinstance(substitute, UUID) else None,
        )
        for n, (holder, body, present, substitute) in enumerate(found)
    ]
)


def in_the_room(place: Place, person: UUID, substitutes_vote: bool) -> bool:
    """A person is there with this place's vote, said once more."""
    if not place.is_present:
        return False
    if place.has_substitute:
        return substitutes_vote and place.substitute_id == person
    return place.holder_id == person


@given(PLACES, st.sampled_from(PEOPLE), st.booleans(), st.booleans())
def test_a_vote_is_of_who_is_in_the_room_for_a_seat_and_has_no_interest(places, person, substitutes_vote, conflicted):
    mine = [place for place in places if in_the_room(place, person, substitutes_vote)]
    known = [p for p in places if p.holder_id == person or (substitutes_vote and p.substitute_id == person)]

    def ask() -> Place:
        return place_to_vote_from(person, places, substitutes_vote=substitutes_vote, conflicted=conflicted)

    if mine and not conflicted:
        assert ask() == min(mine, key=lambda place: place.appointment_id)
        return
    with refused("CONFLICT_OF_INTEREST" if mine else "NOT_PRESENT" if known else "NOT_A_VOTING_MEMBER"):
        ask()


@given(PLACES, st.booleans(), st.frozensets(st.sampled_from(PEOPLE)))
def test_the_quorum_counts_exactly_who_could_vote_each_once(places, substitutes_vote, conflicted):
    found = sitting(places, substitutes_vote=substitutes_vote, conflicted=conflicted)
    could = {
        person
        for person in PEOPLE
        if person not in conflicted and any(in_the_room(place, person, substitutes_vote) for place in places)
    }
    assert len(found) == len({each.appointment_id for each in found}) == len(could)


def test_only_who_may_stay_and_vote_votes():
    declared = list(zip(PEOPLE, [None, *ConflictRuling], strict=True))
    assert kept_from_voting(declared) == {who for who, ruling in declared if ruling != "STAY"}
    assert set(CONSEQUENCES) == {None, *ConflictRuling}
    assert [ruling for ruling, follows in CONSEQUENCES.items() if not (follows.stays and follows.reads)] == ["LEAVE"]


BODIES = st.sampled_from([None, *PEOPLE])
WEIGHTS = st.dictionaries(st.sampled_from(PEOPLE), st.decimals(0, 1000, places=3))


@given(st.lists(BODIES, max_size=12), WEIGHTS)
def test_a_body_weighs_what_it_weighs_however_many_of_its_members_vote(bodies, weights):
    voted = {UUID(int=200 + n): body for n, body in enumerate(bodies)}
    found = weights_of(Majority.WEIGHTED, voted, weights)
    assert found.keys() == voted.keys()
    for body in {*bodies}:
        shares = [found[each] for each in voted if voted[each] == body]
        assert len(set(shares)) == 1
        assert sum(shares) == Fraction(weights.get(body, Decimal(0)))
    for kind in set(Majority) - {Majority.WEIGHTED}:
        assert set(weights_of(kind, voted, weights).values()) <= {Fraction(1)}


@given(st.fractions(0, 10**6))
def test_a_shown_weight_is_off_by_less_than_anybody_sees(weight):
    assert abs(Fraction(shown(weight)) - weight) <= Fraction(1, 2 * 10**12)


SHARES = st.fractions(Fraction(1, 50), 1, max_denominator=50)
KINDS = st.sampled_from(Majority)


BALLOTS = st.lists(st.tuples(st.sampled_from(BallotChoice), BODIES), max_size=6)


def counted(kind, ballots, weights):
    """The tally of these ballots, each a choice and the body that it comes from, as a kind of majority counts them."""
    voted = {UUID(int=300 + n): body for n, (_, body) in enumerate(ballots)}
    counts = weights_of(kind, voted, weights)
    return tally((choice, counts[each]) for each, (choice, _) in zip(voted, ballots, strict=True))


@given(KINDS, SHARES, KINDS, SHARES, BALLOTS, WEIGHTS)
def test_what_a_stricter_majority_carries_the_rules_carry(asked, asked_share, ruled, ruled_share, ballots, weights):
    carried = carries(asked, counted(asked, ballots, weights), asked_share)
    if is_as_strict(asked, asked_share, ruled, ruled_share) and carried:
        assert carries(ruled, counted(ruled, ballots, weights), ruled_share)


@given(KINDS, SHARES, KINDS, SHARES, BALLOTS, WEIGHTS)
def test_whatever_a_chair_asks_for_is_carried_by_the_rules_own_majority(
    asked, asked_share, ruled, ruled_share, ballots, weights
):
    wanted = ((asked, asked_share), (ruled, ruled_share))
    each = [carries(kind, counted(kind, ballots, weights), share) for kind, share in wanted]
    assert carried_by_all(wanted, lambda kind: counted(kind, ballots, weights)) is (each == [True, True])


def test_some_majorities_are_stricter_and_others_are_not():
    half, most = Fraction(1, 2), Fraction(2, 3)
    assert is_as_strict(Majority.SHARE, most, Majority.MAJORITY, half)
    assert is_as_strict(Majority.UNANIMOUS, half, Majority.SHARE, most)
    assert not is_as_strict(Majority.UNANIMOUS, half, Majority.WEIGHTED, most)  # one head may weigh nothing
    assert all(may_be_asked_for(Majority.UNANIMOUS, half, ruled, most) for ruled in Majority)
    assert not is_as_strict(Majority.SHARE, half, Majority.MAJORITY, half)
    assert not is_as_strict(Majority.SHARE, half, Majority.SHARE, most)
    assert not is_as_strict(Majority.MAJORITY, half, Majority.UNANIMOUS, half)
    assert not is_as_strict(Majority.SHARE, most, Majority.WEIGHTED, half)  # heads say nothing of weights
