"""What a committee may decide, and by whom."""

from __future__ import annotations

from tests.mutants.place import Place

COMMITTEES = "platform/almoner/committees"
WALKS = "tests/committees/walks/test_walks.py"

PLACES = [
    Place(
        "nothing is decided without a quorum",
        f"{COMMITTEES}/declare_decision.py",
        "await insist_on_quorum(scope, meeting, item)",
        "pass",
        (WALKS,),
    ),
    Place(
        "a delegation that is withdrawn binds nobody",
        f"{COMMITTEES}/delegation.py",
        "    if adoption.withdrawn_at is not None:\n        return DelegationState.WITHDRAWN\n",
        "",
        (WALKS,),
    ),
    Place(
        "no ballot is taken after the vote",
        f"{COMMITTEES}/cast_ballot.py",
        "    if vote.closed_at is not None:\n"
        '        raise Conflict("This vote is closed: no ballot is taken any more.", code="VOTE_CLOSED")\n',
        "",
        (WALKS,),
    ),
]
