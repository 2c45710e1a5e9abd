"""The first scenes: two committees with different rules, and who may not sit on them."""

from __future__ import annotations

from typing import Any

from almoner.authorization.document import OrganizationKind
from almoner.cli.committees.stage import Stage
from almoner.committees.words import (
    CommitteeKind,
    CommitteeRelationKind,
    ExcludedSeats,
    ExclusionKind,
    Majority,
    PublicSpeaks,
    SeatRole,
    SeatStandsFor,
    SeatVote,
)

BODIES = [f"CCG {n}" for n in range(1, 9)]
MEMBERS = [f"member of {body}" for body in BODIES]
OFFICERS = [f"officer of {body}" for body in BODIES]
ADVISERS = [f"adviser {n}" for n in range(1, 12)]
PEOPLE = ["secretary", "chair", "finance director", "adviser of the government"]

#: Fourteen days for notice, five for papers; a quorum of six voting members from five bodies; a majority carries.
JOINT_RULES = {
    "noticeDays": 14,
    "paperDays": 5,
    "urgentAllowed": True,
    "quorum": {"votingMembers": 6, "bodies": 5},
    "majority": Majority.MAJORITY,
    "itemNumbers": "{yy}{m}{nn}",
    "actionNumbers": "{yy}-{mm}-{nn}",
}
#: 42 U.S.C. 1395ee(c) and its committee's own questions and answers: fifteen days for meetings in public, where alone
#: it deliberates; the public comments meanwhile, and nothing on the agenda is private.
ADVISORY_RULES = {
    "noticeDays": 15,
    "privateNoticeDays": 0,
    "paperDays": 10,
    "urgentAllowed": False,
    "quorum": {"share": "1/2"},
    "majority": Majority.SHARE,
    "majorityShare": "2/3",
    "publicMatters": ["PROPOSAL_REVIEW"],
    "publicSpeaks": PublicSpeaks.DURING_ITEMS,
    "privateItems": False,
    "itemNumbers": "{yyyy}-{mm}.{n}",
}


def found(stage: Stage) -> None:
    """Found the joint committee, the partnership board and the advisory committee."""
    stage.at("2016-12-01 10:00", "Eight commissioning groups form a joint committee.")
    _bodies(stage)
    _joint_committee(stage)
    stage.at("2016-12-12 10:00", "Everybody takes their seats.")
    _appointments(stage)
    _partnership_board(stage)
    _advisory_committee(stage)


def _bodies(stage: Stage) -> None:
    administrator = stage.who("administrator")
    for body, officer in zip(BODIES, OFFICERS, strict=True):
        made = administrator.does(
            "createOrganization",
            "organization { id }",
            kind=OrganizationKind.BODY,
            code=body.replace(" ", "-"),
            name=f"Clinical commissioning group {body.removeprefix('CCG ')}",
        )
        stage.ids[body] = made["organization"]["id"]
        _give(stage, officer, "body_officer", stage.ids[body])


def _give(stage: Stage, name: str, role: str, organization: str) -> None:
    administrator = stage.who("administrator")
    administrator.does(
        "assignRole", subject=stage.subjects[name], role=role, organization=organization, reason="as agreed"
    )


def _committee(stage: Stage, code: str, name: str, kind: CommitteeKind, *, can_decide: bool) -> str:
    made = stage.who("administrator").does(
        "createCommittee",
        "committee { id organization { id } }",
        kind=kind,
        code=code,
        name=name,
        canDecide=can_decide,
        isPublic=True,
    )
    stage.ids[code], stage.ids[f"{code} organization"] = (
        made["committee"]["id"],
        made["committee"]["organization"]["id"],
    )
    return stage.ids[code]


def _seat(stage: Stage, committee: str, title: str, vote: SeatVote, role: SeatRole, **more: Any) -> str:
    made = stage.who("administrator").does(
        "addSeat",
        "seat { id }",
        committee=stage.ids[committee],
        title=title,
        vote=vote,
        role=role,
        drawnFrom=more.pop("drawn_from", "the partners"),
        standsFor=more.pop("stands_for", SeatStandsFor.WHOLE),
        **more,
    )
    stage.ids[f"{committee} {title}"] = made["seat"]["id"]
    return stage.ids[f"{committee} {title}"]


def _joint_committee(stage: Stage) -> None:
    administrator = stage.who("administrator")
    committee = _committee(stage, "JCCCG", "Joint Committee of CCGs", CommitteeKind.JOINT_COMMITTEE, can_decide=True)
    for body in BODIES:
        administrator.does("admitBody", committee=committee, body=stage.ids[body], sinceOn="2016-12-01", weight="1")
    terms = administrator.does(
        "draftTermsOfReference",
        "terms { id }",
        committee=committee,
        text="To take strategic commissioning decisions together, as far as the groups delegate them.",
        rules=JOINT_RULES,
    )["terms"]
    for body, officer in zip(BODIES, OFFICERS, strict=True):
        approved = stage.who(officer).does(
            "approveTermsOfReference",
            "terms { approvals { body { code } } }",
            id=terms["id"],
            body=stage.ids[body],
            approvedOn="2016-12-01",
            reference=f"{body}, governing body of December 2016",
        )["terms"]
    count = len(approved["approvals"])
    stage.say(f"The terms of reference are in force as soon as the last of {count} bodies has approved them.")
    _seat(stage, "JCCCG", "Chair", SeatVote.VOTING, SeatRole.CHAIR, minimum=1, maximum=1)
    _seat(
        stage,
        "JCCCG",
        "Member",
        SeatVote.VOTING,
        SeatRole.MEMBER,
        minimum=8,
        maximum=8,
        drawn_from="one from each CCG",
        stands_for=SeatStandsFor.CONSTITUENCY,
    )
    _seat(stage, "JCCCG", "In attendance", SeatVote.IN_ATTENDANCE, SeatRole.OBSERVER)


def _appoint(stage: Stage, seat: str, name: str, begins_on: str, by: str, **more: Any) -> str:
    made = stage.who("administrator").does(
        "appoint",
        "appointment { id }",
        seat=stage.ids[seat],
        subject=stage.subjects[name],
        name=name[0].upper() + name[1:],
        beginsOn=begins_on,
        appointedBy=by,
        **more,
    )
    found: str = made["appointment"]["id"]
    return found


def _appointments(stage: Stage) -> None:
    _give(stage, "secretary", "committee_secretary", stage.ids["JCCCG organization"])
    _give(stage, "finance director", "committee_author", stage.ids["JCCCG organization"])
    stage.ids["chair"] = _appoint(stage, "JCCCG Chair", "chair", "2017-01-01", "the groups together")
    for body, member in zip(BODIES, MEMBERS, strict=True):
        stage.ids[member] = _appoint(stage, "JCCCG Member", member, "2017-01-01", body, body=stage.ids[body])
    stage.say("The chair, and a member from each group; a ninth is proposed:")
    stage.told["overMaximum"] = stage.refused(
        "administrator",
        "appoint",
        seat=stage.ids["JCCCG Member"],
        subject=stage.subjects["finance director"],
        name="Finance director",
        beginsOn="2017-01-01",
        appointedBy="CCG 1",
    )


def _partnership_board(stage: Stage) -> None:
    stage.say("A partnership board brings recommendations; who votes in the joint committee must not vote in it.")
    administrator = stage.who("administrator")
    board = _committee(stage, "STP-BOARD", "Partnership Board", CommitteeKind.BOARD, can_decide=False)
    administrator.does(
        "relateCommittee", committee=board, kind=CommitteeRelationKind.ADVISES, other=stage.ids["JCCCG organization"]
    )
    administrator.does(
        "addExclusion",
        committee=board,
        kind=ExclusionKind.VOTING_SEAT_ELSEWHERE,
        other=stage.ids["JCCCG"],
        reason="separate roles",
    )
    seat = _seat(stage, "STP-BOARD", "Lay member", SeatVote.VOTING, SeatRole.MEMBER, minimum=0, maximum=5)
    stage.say(f"The {MEMBERS[0]} is proposed for a voting seat there:")
    stage.told["excludedElsewhere"] = stage.refused(
        "administrator",
        "appoint",
        seat=seat,
        subject=stage.subjects[MEMBERS[0]],
        name=MEMBERS[0],
        beginsOn="2017-09-15",
        appointedBy="the partners",
    )


def _advisory_committee(stage: Stage) -> None:
    stage.say("An advisory committee has eleven members, and deliberates in public, on fifteen days of notice.")
    administrator = stage.who("administrator")
    committee = _committee(
        stage, "PTAC", "Technical Advisory Committee", CommitteeKind.ADVISORY_COMMITTEE, can_decide=False
    )
    administrator.does(
        "draftTermsOfReference",
        committee=committee,
        text="To comment on proposals of payment models and to recommend.",
        rules=ADVISORY_RULES,
    )
    administrator.does(
        "addExclusion",
        committee=committee,
        kind=ExclusionKind.AFFILIATION,
        affiliation="FEDERAL_EMPLOYEE",
        seats=ExcludedSeats.MEMBERS,
        reason="members are independent of the government",
    )
    _seat(stage, "PTAC", "Chair", SeatVote.VOTING, SeatRole.CHAIR, minimum=1, maximum=1)
    seat = _seat(stage, "PTAC", "Expert", SeatVote.VOTING, SeatRole.MEMBER, minimum=10, maximum=10)
    for adviser in ADVISERS:
        place = "PTAC Chair" if adviser == ADVISERS[0] else "PTAC Expert"
        by = "the Comptroller General"
        stage.ids[adviser] = _appoint(stage, place, adviser, "2017-01-01", by, endsOn="2019-10-01")
    stage.say("A federal employee is proposed for the time after the first term:")
    stage.told["federalEmployee"] = stage.refused(
        "administrator",
        "appoint",
        seat=seat,
        subject=stage.subjects["adviser of the government"],
        name="Adviser of the government",
        beginsOn="2019-10-01",
        appointedBy="the Comptroller General",
        affiliations=["FEDERAL_EMPLOYEE"],
    )
    _give(stage, "secretary", "committee_secretary", stage.ids["PTAC organization"])
    _give(stage, ADVISERS[1], "committee_author", stage.ids["PTAC organization"])
