"""Committees, seats and appointments over HTTP: what each mutation answers, and where problems point to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select
from tests.committees.building import make_chamber
from tests.committees.founding import ADMIN, Founder
from tests.graphql.test_authorization_matrix import contents

from almoner.committees.tables import TermsOfReference
from almoner.core.ids import global_id

pytestmark = pytest.mark.anyio
SEAT = 'title: "Lay", vote: VOTING, drawnFrom: "trusts", standsFor: WHOLE, role: MEMBER'
HOLDER = 'name: "The lay member", appointedBy: "the board"'


class Api:
    """Sends mutations about a committee of two bodies and two members."""

    def __init__(self, ask: Any, chamber: Any) -> None:
        self.ask = ask
        self.chamber = chamber
        self.founder = Founder(chamber.tenant)

    async def send(self, who: str, text: str) -> Any:
        body = (await self.ask(text, token=self.chamber.tenant.token(who))).json()
        assert "errors" not in body, body
        return body["data"]

    async def done(self, call: str, selection: str, who: str = ADMIN) -> Any:
        """What a mutation has made or changed."""
        ((_, payload),) = (await self.send(who, f"mutation {{ {call} {selection} }}")).items()
        return payload

    async def refused(self, call: str, who: str = ADMIN) -> list[tuple[str, str]]:
        """Codes and paths of the problems of a mutation that must change nothing."""
        before = await contents(self.chamber.tenant)
        payload = await self.done(call, "{ problems { code path } }", who)
        assert await contents(self.chamber.tenant) == before
        return [(problem["code"], ".".join(problem["path"])) for problem in payload["problems"]]

    def organization(self, row_id: Any) -> str:
        return global_id("Organization", row_id)

    def seat(self, title: str) -> str:
        return global_id("Seat", self.chamber.seats[title])

    async def subject(self, who: str) -> str:
        return global_id("Subject", await self.founder.person(who))


@pytest.fixture
async def api(ask, tenant) -> Api:
    return Api(ask, await make_chamber(tenant, members=2))


async def test_a_committee_is_founded_and_related(api):
    given = 'kind: JOINT_COMMITTEE, code: "JC", name: "Joint", canDecide: true, isPublic: true'
    made = await api.done(
        f"createCommittee({given})",
        "{ committee { id kind code name canDecide publicAt terms { number } } problems { code } }",
    )
    committee = made["committee"]
    id_ = committee.pop("id")
    assert committee.pop("publicAt") is not None
    assert made == {
        "committee": {"kind": "JOINT_COMMITTEE", "code": "JC", "name": "Joint", "canDecide": True, "terms": None},
        "problems": [],
    }
    assert await api.refused(f"createCommittee({given})") == [("ORGANIZATION_EXISTS", "code")]
    call = f'relateCommittee(committee: "{id_}", kind: REPORTS_TO, other: "{api.organization(api.chamber.id)}")'
    related = (await api.done(call, "{ relation { id kind other { code } endedAt } }"))["relation"]
    relation = related.pop("id")
    assert related == {"kind": "REPORTS_TO", "other": {"code": "committee"}, "endedAt": None}
    assert await api.refused(call) == [("RELATION_EXISTS", "")]
    ended = await api.done(f'endCommitteeRelation(id: "{relation}")', "{ relation { endedAt } }")
    assert ended["relation"]["endedAt"] is not None
    assert await api.refused(f'endCommitteeRelation(id: "{relation}")') == [("RELATION_ENDED", "")]


async def test_a_body_is_admitted_and_released(api):
    body = await api.founder.organization("B9")
    head = f'admitBody(committee: "{api.chamber.committee}", body: "{api.organization(body.id)}"'
    assert await api.refused(f'{head}, weight: "0", sinceOn: "2020-01-01")') == [("WEIGHT_NOT_POSITIVE", "weight")]
    assert await api.refused(f'{head}, sinceOn: "yesterday")') == [("DATE_MALFORMED", "sinceOn")]
    made = await api.done(
        f'{head}, weight: "1.50", sinceOn: "2020-01-01")',
        "{ membership { id weight sinceOn untilOn body { code } } }",
    )
    id_ = made["membership"].pop("id")
    assert made["membership"] == {"weight": "1.5", "sinceOn": "2020-01-01", "untilOn": None, "body": {"code": "B9"}}
    assert await api.refused(f'{head}, sinceOn: "2021-01-01")') == [("BODY_ADMITTED_ALREADY", "sinceOn")]
    assert await api.refused(f'releaseBody(id: "{id_}", untilOn: "2019-01-01")') == [("PERIOD_ORDER", "untilOn")]
    released = await api.done(f'releaseBody(id: "{id_}", untilOn: "2021-01-01")', "{ membership { untilOn } }")
    assert released["membership"] == {"untilOn": "2021-01-01"}


async def test_a_seat_says_how_it_is_filled_today(api):
    head = f'addSeat(committee: "{api.chamber.committee}", {SEAT}'
    assert await api.refused(f"{head}, minimum: 3, maximum: 2)") == [("SEAT_NUMBERS", "maximum")]
    look = "filled lacking minimum maximum"
    made = await api.done(f"{head}, minimum: 3)", f"{{ seat {{ id {look} }} }}")
    id_ = made["seat"].pop("id")
    assert made["seat"] == {"filled": 0, "lacking": 3, "minimum": 3, "maximum": None}
    today = await api.founder.today()
    terms = {
        "now": (today, None),
        "until-tomorrow": (today - timedelta(days=9), today + timedelta(days=1)),
        "until-today": (today - timedelta(days=9), today),
        "from-tomorrow": (today + timedelta(days=1), None),
    }
    for who, (begin, end) in terms.items():
        days = f'beginsOn: "{begin}"' + ("" if end is None else f', endsOn: "{end}"')
        call = f'appoint(seat: "{id_}", subject: "{await api.subject(who)}", {HOLDER}, {days})'
        made = await api.done(call, "{ appointment { seat { filled lacking } } problems { code } }")
        assert made["problems"] == []
    assert made["appointment"]["seat"] == {"filled": 2, "lacking": 1}
    query = f'{{ committee(id: "{api.chamber.committee}") {{ seats {{ title filled lacking }} }} }}'
    seats = (await api.send("observer", query))["committee"]["seats"]
    assert [(each["title"], each["filled"], each["lacking"]) for each in seats] == [
        ("Chair", 1, 0),
        ("Lay", 2, 1),
        ("Member", 2, 0),
        ("Observer", 1, 0),
    ]
    closed = await api.done(f'closeSeat(id: "{id_}")', "{ seat { closedAt } }")
    assert closed["seat"]["closedAt"] is not None
    assert await api.refused(f'closeSeat(id: "{id_}")') == [("SEAT_CLOSED", "")]


async def test_somebody_is_appointed_and_the_appointment_ends(api):
    subject, body = await api.subject("lay"), api.organization(api.chamber.bodies[0])
    head = f'appoint(seat: "{api.seat("Member")}", subject: "{subject}", {HOLDER}'
    assert await api.refused(f'{head}, beginsOn: "2020-01-01", endsOn: "2020-01-01", affiliations: ["x"])') == [
        ("PERIOD_ORDER", "endsOn"),
        ("BAD_AFFILIATION", "affiliations"),
    ]
    full = f'appoint(seat: "{api.seat("Chair")}", subject: "{subject}", {HOLDER}, beginsOn: "2020-01-01")'
    assert await api.refused(full) == [("SEAT_FULL", "seat")]
    made = await api.done(
        f'{head}, beginsOn: "2020-01-01", body: "{body}", affiliations: ["VETERAN"])',
        "{ appointment { id subject name body { code } affiliations beginsOn endsOn appointedBy } problems { code } }",
    )
    id_ = made["appointment"].pop("id")
    assert made["appointment"] == {
        "subject": subject,
        "name": "The lay member",
        "body": {"code": "body1"},
        "affiliations": ["VETERAN"],
        "beginsOn": "2020-01-01",
        "endsOn": None,
        "appointedBy": "the board",
    }
    own = "{ viewer { assignments { nodes { role kind } } } }"
    held = (await api.send("lay", own))["viewer"]["assignments"]["nodes"]
    assert held == [{"role": "committee_member", "kind": "APPOINTED"}]
    assert await api.refused(f'{head}, beginsOn: "2021-01-01")') == [("TERM_OVERLAPS", "beginsOn")]
    assert await api.refused(f'endAppointment(id: "{id_}", reason: " ")') == [("REASON_MISSING", "reason")]
    ended = await api.done(f'endAppointment(id: "{id_}", reason: "left")', "{ appointment { endsOn endReason } }")
    assert ended["appointment"] == {"endsOn": str(await api.founder.today()), "endReason": "left"}
    assert await api.refused(f'endAppointment(id: "{id_}", reason: "r")') == [("APPOINTMENT_ENDED", "")]


async def test_an_exclusion_is_made_and_lifted(api):
    head = f'addExclusion(committee: "{api.chamber.committee}", reason: "the act"'
    assert await api.refused(f"{head}, kind: VOTING_SEAT_ELSEWHERE)") == [("EXCLUSION_INCOMPLETE", "other")]
    other = await api.founder.committee("OTHER")
    elsewhere = f'{head}, kind: VOTING_SEAT_ELSEWHERE, other: "{global_id("Committee", other.id)}")'
    made = await api.done(elsewhere, "{ exclusion { other { code } affiliation } }")
    assert made["exclusion"] == {"other": {"code": "OTHER"}, "affiliation": None}
    call = f'{head}, kind: AFFILIATION, affiliation: "FEDERAL_EMPLOYEE")'
    made = await api.done(call, "{ exclusion { id kind affiliation reason liftedAt } }")
    id_ = made["exclusion"].pop("id")
    assert made["exclusion"] == {
        "kind": "AFFILIATION",
        "affiliation": "FEDERAL_EMPLOYEE",
        "reason": "the act",
        "liftedAt": None,
    }
    assert await api.refused(call) == [("EXCLUSION_EXISTS", "")]
    lifted = await api.done(f'liftExclusion(id: "{id_}")', "{ exclusion { liftedAt } }")
    assert lifted["exclusion"]["liftedAt"] is not None
    assert await api.refused(f'liftExclusion(id: "{id_}")') == [("EXCLUSION_LIFTED", "")]


RULES = """{ noticeDays: 15, urgentAllowed: true, paperDays: 5, quorum: {votingMembers: 3, bodies: 2, share: "2/3"},
    majority: SHARE, majorityShare: "3/4", publicMatters: ["B", "A"], itemNumbers: "{yy}{m}{nn}",
    actionNumbers: "{yy}-{mm}-{nn}", substitutesVote: false,
    voteNeededFor: [RECOMMEND, APPROVE, RECOMMEND],
    privateNoticeDays: 2, publicSpeaks: DURING_ITEMS, privateItems: false }"""
ALL_RULES = """rules { noticeDays urgentAllowed paperDays quorum { votingMembers bodies share } majority majorityShare
    publicMatters itemNumbers actionNumbers substitutesVote voteNeededFor privateNoticeDays publicSpeaks privateItems
    }"""


async def test_terms_of_reference_are_drafted_with_typed_rules_and_approved(api):
    head = f'draftTermsOfReference(committee: "{api.chamber.committee}", text: "To decide.", rules: '
    bad = '{ quorum: {share: "2"}, noticeDays: -1, itemNumbers: null })'
    assert await api.refused(head + bad) == [
        ("BAD_RULE", "rules.noticeDays"),
        ("BAD_RULE", "rules.quorum.share"),
        ("BAD_RULE", "rules.itemNumbers"),
    ]
    made = await api.done(f"{head}{RULES})", f"{{ terms {{ id number text inForceAt {ALL_RULES} }} }}")
    id_ = made["terms"].pop("id")
    assert made["terms"] == {
        "number": 2,
        "text": "To decide.",
        "inForceAt": None,
        "rules": {
            "noticeDays": 15,
            "urgentAllowed": True,
            "paperDays": 5,
            "quorum": {"votingMembers": 3, "bodies": 2, "share": "2/3"},
            "majority": "SHARE",
            "majorityShare": "3/4",
            "publicMatters": ["A", "B"],
            "itemNumbers": "{yy}{m}{nn}",
            "actionNumbers": "{yy}-{mm}-{nn}",
            "substitutesVote": False,
            "voteNeededFor": ["APPROVE", "RECOMMEND"],
            "privateNoticeDays": 2,
            "publicSpeaks": "DURING_ITEMS",
            "privateItems": False,
        },
    }
    today = await api.founder.today()
    for n, body in enumerate(api.chamber.bodies, 1):
        rest = f'body: "{api.organization(body)}", reference: "item {n}"'
        late = f'approveTermsOfReference(id: "{id_}", {rest}, approvedOn: "{today + timedelta(days=1)}")'
        assert await api.refused(late, f"officer{n}") == [("APPROVED_IN_FUTURE", "approvedOn")]
        call = f'approveTermsOfReference(id: "{id_}", {rest}, approvedOn: "{today}")'
        made = await api.done(
            call, "{ terms { inForceAt approvals { body { code } reference } } problems { code } }", f"officer{n}"
        )
        assert len(made["terms"]["approvals"]) == n
        assert (made["terms"]["inForceAt"] is not None) == (n == 2)
    assert await api.refused(call, "officer2") == [("TERMS_IN_FORCE", "")]
    query = f'{{ committee(id: "{api.chamber.committee}") {{ terms {{ number rules {{ noticeDays }} }} }} }}'
    terms = (await api.send("observer", query))["committee"]["terms"]
    assert terms == {"number": 2, "rules": {"noticeDays": 15}}


async def test_rules_that_are_not_given_are_the_usual_ones(api):
    call = f'draftTermsOfReference(committee: "{api.chamber.committee}", text: "To decide.", rules: {{}})'
    made = await api.done(call, f"{{ terms {{ {ALL_RULES} }} }}")
    assert made["terms"]["rules"] == {
        "noticeDays": 0,
        "urgentAllowed": False,
        "paperDays": 0,
        "quorum": {"votingMembers": 1, "bodies": 0, "share": "0"},
        "majority": "MAJORITY",
        "majorityShare": "1/2",
        "publicMatters": [],
        "itemNumbers": "{n}",
        "actionNumbers": "{yy}-{mm}-{nn}",
        "substitutesVote": True,
        "voteNeededFor": ["APPROVE"],
        "privateNoticeDays": None,
        "publicSpeaks": "AFTER_FORMAL_PART",
        "privateItems": True,
    }


async def test_terms_that_were_written_before_a_rule_was_are_read_as_without_it(api):
    async with api.chamber.tenant.house.operator_scope(api.chamber.tenant.id, "test-setup") as scope:
        query = select(TermsOfReference).where(col(TermsOfReference.tenant_id) == scope.tenant_id)
        terms = (await scope.session.execute(query)).scalar_one()
        newer = ("privateNoticeDays", "publicSpeaks", "privateItems", "voteNeededFor")
        terms.rules = {name: value for name, value in terms.rules.items() if name not in newer}
    asked = f'{{ committee(id: "{api.chamber.committee}") {{ terms {{ {ALL_RULES} }} }} }}'
    rules = (await api.send("observer", asked))["committee"]["terms"]["rules"]
    assert [rules[name] for name in newer] == [None, "AFTER_FORMAL_PART", True, ["APPROVE"]]


async def test_an_interest_is_declared_and_ended(api):
    head = f'declareInterest(committee: "{api.chamber.committee}", text: '
    assert await api.refused(head + '" ")', "member1") == [("TEXT_BLANK", "text")]
    made = await api.done(head + '"Owns a clinic")', "{ interest { id text subject endedAt } }", "member1")
    id_ = made["interest"].pop("id")
    subject = global_id("Subject", api.chamber.tenant.identities["member1"].subject_id)
    assert made["interest"] == {"text": "Owns a clinic", "subject": subject, "endedAt": None}
    assert await api.refused(f'endInterest(id: "{id_}")', "member2") == [("NOT_YOUR_INTEREST", "")]
    ended = await api.done(f'endInterest(id: "{id_}")', "{ interest { endedAt } }", "member1")
    assert ended["interest"]["endedAt"] is not None
