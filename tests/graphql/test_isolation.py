"""Another tenant's ids answer exactly as ids of nothing: byte for byte."""

from __future__ import annotations

import base64
import json

import pytest
from graphql import get_named_type
from tests.graphql.things import ROLE, things_of

from almoner.core.ids import global_id, new_id
from almoner.rates.synthetic import synthetic
from almoner_graphql.schema import build_schema

pytestmark = pytest.mark.anyio

PACKAGE = synthetic(1, 2)
LATER = '"2999-01-01T00:00:00Z"'
SEAT = 'title: "x", vote: VOTING, drawnFrom: "x", standsFor: WHOLE, role: MEMBER'
#: What takes ids of committees and of what they are made up of.
OF_COMMITTEES = (
    ("relateCommittee", "Committee", 'committee: $id, kind: ADVISES, other: ""'),
    ("endCommitteeRelation", "CommitteeRelation", "id: $id"),
    ("admitBody", "Committee", 'committee: $id, body: "", sinceOn: "2020-01-01"'),
    ("releaseBody", "CommitteeBody", 'id: $id, untilOn: "2020-01-02"'),
    ("addSeat", "Committee", f"committee: $id, {SEAT}"),
    ("closeSeat", "Seat", "id: $id"),
    ("addExclusion", "Committee", 'committee: $id, kind: AFFILIATION, affiliation: "AB", reason: "r"'),
    ("liftExclusion", "Exclusion", "id: $id"),
    ("draftTermsOfReference", "Committee", 'committee: $id, text: "x", rules: {}'),
    (
        "approveTermsOfReference",
        "TermsOfReference",
        'id: $id, body: "", approvedOn: "2020-01-01", reference: "r"',
    ),
    ("appoint", "Seat", 'seat: $id, subject: "", name: "x", appointedBy: "x", beginsOn: "2020-01-01"'),
    ("endAppointment", "Appointment", 'id: $id, reason: "r"'),
    ("declareInterest", "Committee", 'committee: $id, text: "x"'),
    ("endInterest", "Interest", "id: $id"),
)
#: Every root field that takes an id: the type that it wants, and a document.
ROOTS = {
    "rateDevelopment": (
        "RateDevelopment",
        "query ($id: ID!) { rateDevelopment(id: $id) { id figures { totalCount } } }",
    ),
    "rateRevisionComparison": (
        "RateDevelopment",
        "query ($id: ID!) { rateRevisionComparison(id: $id, beforeRevision: 1, afterRevision: 1) { totalCount } }",
    ),
    "committee": ("Committee", "query ($id: ID!) { committee(id: $id) { id name meetings { totalCount } } }"),
    "meeting": ("Meeting", "query ($id: ID!) { meeting(id: $id) { id title agenda { id } } }"),
    "organization": ("Organization", "query ($id: ID!) { organization(id: $id) { id name } }"),
    "roleAssignments": (
        "Subject",
        "query ($id: ID!) { roleAssignments(filter: {subject: {eq: $id}}) { totalCount nodes { id } } }",
    ),
    "job": ("Job", "query ($id: ID!) { job(id: $id) { id } }"),
    "node": ("RateDevelopment", "query ($id: ID!) { node(id: $id) { id } }"),
    "journal": (
        "RateDevelopment",
        "query ($id: ID!) { journal(filter: {subject: {eq: $id}}) { totalCount nodes { id } } }",
    ),
    "account": ("Account", "query ($id: ID!) { account(id: $id) { id email } }"),
    "accounts": ("Account", "query ($id: ID!) { accounts(filter: {sponsor: {eq: $id}}) { totalCount nodes { id } } }"),
    "sessions": ("Subject", "query ($id: ID!) { sessions(filter: {subject: {eq: $id}}) { totalCount nodes { id } } }"),
    "resubmitRateDevelopment": (
        "RateDevelopment",
        "mutation ($id: ID!, $package: SubmitRateDevelopmentInput!) {"
        " resubmitRateDevelopment(id: $id, input: $package) { rateDevelopment { id }"
        " problems { code message path } } }",
    ),
    "unlockRateDevelopment": (
        "RateDevelopment",
        'mutation ($id: ID!) { unlockRateDevelopment(id: $id, reason: "r") { problems { code message path } } }',
    ),
    "certifyRateDevelopment": (
        "RateDevelopment",
        'mutation ($id: ID!) { certifyRateDevelopment(id: $id, reliance: "r", limitsOfUse: "l", qualification: "q")'
        " { problems { code message path } } }",
    ),
    "publishRateDevelopment": (
        "RateDevelopment",
        "mutation ($id: ID!) { publishRateDevelopment(id: $id) { problems { code message path } } }",
    ),
    "withdrawRateDevelopment": (
        "RateDevelopment",
        'mutation ($id: ID!) { withdrawRateDevelopment(id: $id, reason: "r") { problems { code message path } } }',
    ),
    "cancelJob": ("Job", "mutation ($id: ID!) { cancelJob(id: $id) { job { id } problems { code message path } } }"),
    "retryJob": ("Job", "mutation ($id: ID!) { retryJob(id: $id) { job { id } problems { code message path } } }"),
    "createPeriod": (
        "Program",
        'mutation ($id: ID!) { createPeriod(program: $id, label: "x", beginOn: "2009-07-01", untilOn: "2010-07-01")'
        " { problems { code message path } } }",
    ),
    "registerOperations": (
        "Subject",
        'mutation ($id: ID!) { registerOperations(client: $id, operations: [{text: "{ __typename }"}])'
        " { problems { code message path } } }",
    ),
    "withdrawOperation": (
        "RegisteredOperation",
        "mutation ($id: ID!) { withdrawOperation(id: $id) { problems { code message path } } }",
    ),
    "setRegisteredOnly": (
        "Subject",
        "mutation ($id: ID!) { setRegisteredOnly(client: $id, registeredOnly: true)"
        " { problems { code message path } } }",
    ),
    **{
        name: (type_name, f"mutation ($id: ID!) {{ {name}({arguments}) {{ problems {{ code message path }} }} }}")
        for name, type_name, arguments in (
            ("inviteAccount", "Account", 'email: "x@y.example", name: "X", sponsor: $id'),
            ("resetPassword", "Account", 'account: $id, reason: "r"'),
            ("disableAccount", "Account", 'account: $id, reason: "r"'),
            ("enableAccount", "Account", 'account: $id, reason: "r"'),
            ("resetAuthenticator", "Account", 'account: $id, reason: "r"'),
            ("recertifyAccount", "Account", "account: $id"),
            ("revokeSessions", "Account", 'subject: $id, reason: "r"'),
            ("revokeSession", "Session", 'id: $id, reason: "r"'),
            ("rotateServiceAccount", "ServiceAccount", "serviceAccount: $id"),
            ("disableServiceAccount", "ServiceAccount", 'serviceAccount: $id, reason: "r"'),
            ("enableServiceAccount", "ServiceAccount", 'serviceAccount: $id, reason: "r"'),
            ("renameOrganization", "Organization", 'id: $id, name: "x"'),
            ("closeOrganization", "Organization", 'id: $id, reason: "r"'),
            ("reopenOrganization", "Organization", 'id: $id, reason: "r"'),
            ("assignRole", "Subject", 'subject: $id, role: "reviewer", reason: "r"'),
            ("endRoleAssignment", "RoleAssignment", 'id: $id, reason: "r"'),
            (
                "delegateRole",
                "RoleAssignment",
                f'assignment: $id, subject: "", validUntil: {LATER}, reason: "r"',
            ),
            (
                "inviteToRole",
                "Organization",
                f'email: "x@y.example", role: "cms_liaison", reason: "r", expiresAt: {LATER}, organization: $id',
            ),
            ("withdrawInvitation", "Invitation", "id: $id"),
            ("breakGlass", "Organization", f'role: "auditor", reason: "r", untilAt: {LATER}, organization: $id'),
            (
                "planMeeting",
                "Committee",
                'committee: $id, title: "x", heldOn: "2030-01-01", beginsAt: "13:00", minutesAllotted: 60, venue: "x", '
                "isPublic: true",
            ),
            ("changeMeeting", "Meeting", 'id: $id, venue: "x"'),
            ("cancelMeeting", "Meeting", 'id: $id, reason: "r"'),
            ("giveNotice", "Meeting", "id: $id"),
            ("publishAgenda", "Meeting", "id: $id"),
            ("recordQuestion", "Meeting", 'meeting: $id, askedBy: "x", text: "x"'),
            ("answerQuestion", "PublicQuestion", 'id: $id, answer: "x"'),
            (
                "addAgendaItem",
                "Meeting",
                'meeting: $id, section: STANDING, title: "x", owner: "x", action: TO_NOTE, format: VERBAL',
            ),
            ("changeAgendaItem", "AgendaItem", 'id: $id, title: "x"'),
            ("withdrawAgendaItem", "AgendaItem", "id: $id"),
            ("declareOtherBusiness", "Meeting", 'meeting: $id, title: "x", owner: "x"'),
            ("filePaper", "AgendaItem", 'item: $id, author: "", title: "x"'),
            ("writePaper", "Paper", 'id: $id, cover: {nextSteps: "x"}'),
            ("withdrawPaper", "Paper", "id: $id"),
            ("reviewBreakGlass", "BreakGlass", 'id: $id, justified: true, finding: "f"'),
            *OF_COMMITTEES,
            ("draftMinutes", "Meeting", "meeting: $id"),
            ("writeMinutesEntry", "MinutesEntry", 'id: $id, text: "x"'),
            ("circulateMinutes", "Minutes", "id: $id"),
            ("amendMinutes", "MinutesEntry", 'entry: $id, text: "x", reason: "r"'),
            ("approveMinutes", "Minutes", 'id: $id, meeting: ""'),
            ("raiseAction", "Meeting", 'meeting: $id, input: {subject: "x", owner: "y", dueOn: "2999-01-01"}'),
            ("reportAction", "Action", 'id: $id, text: "x", status: DONE'),
            ("markReminderSeen", "Reminder", "id: $id"),
            ("closeCalendarFeed", "CalendarFeed", "id: $id"),
        )
    },
    "canDecide": ("Committee", "query ($id: ID!) { canDecide(committee: $id) { canDecide } }"),
    "paperOutlook": ("Paper", "query ($id: ID!) { paperOutlook(paper: $id) { canDecide } }"),
    **{
        name: (type_name, f"mutation ($id: ID!) {{ {name}({arguments}) {{ problems {{ code message path }} }} }}")
        for name, type_name, arguments in (
            (
                "proposeDelegation",
                "Committee",
                'committee: $id, workstream: "w", rationale: "r", impact: "i", items: []',
            ),
            (
                "adoptDelegation",
                "DelegationItem",
                f'items: [$id], body: "{global_id("Organization", new_id())}", reference: "1", '
                'decidedOn: "2017-07-20", beginsOn: "2017-07-20"',
            ),
            (
                "declineDelegation",
                "DelegationItem",
                f'items: [$id], body: "{global_id("Organization", new_id())}", reference: "1", reason: "r"',
            ),
            ("withdrawDelegationItem", "DelegationItem", 'id: $id, reason: "r"'),
            ("withdrawAdoption", "DelegationAdoption", 'id: $id, reason: "r"'),
            ("declareDecision", "AgendaItem", 'item: $id, kind: NOTE, text: "t"'),
            ("referDecision", "Decision", f'decision: $id, to: "{global_id("Committee", new_id())}", reason: "r"'),
            ("answerReferral", "Referral", 'id: $id, answer: "a"'),
        )
    },
    "explainAccess": (
        "Account",
        'query ($id: ID!) { explainAccess(subject: $id, permission: "job:view") { allowed } }',
    ),
    "applyPolicyChange": (
        "PolicyPreview",
        'mutation ($id: ID!) { applyPolicyChange(preview: $id, reason: "r") { problems { code message path } } }',
    ),
    "jobChanged": ("Job", "subscription ($id: ID!) { jobChanged(id: $id) { id } }"),
    "meetingChanged": ("Meeting", "subscription ($id: ID!) { meetingChanged(id: $id) { id } }"),
    **{
        name: (type_name, f"mutation ($id: ID!) {{ {name}({arguments}) {{ problems {{ code message path }} }} }}")
        for name, type_name, arguments in (
            ("openMeeting", "Meeting", "id: $id"),
            ("closeFormalPart", "Meeting", "id: $id"),
            ("closeMeeting", "Meeting", "id: $id"),
            ("recordApologies", "Meeting", f'meeting: $id, appointment: "{global_id("Appointment", new_id())}"'),
            ("recordArrival", "Meeting", f'meeting: $id, appointment: "{global_id("Appointment", new_id())}"'),
            ("recordDeparture", "Meeting", f'meeting: $id, appointment: "{global_id("Appointment", new_id())}"'),
            ("declareConflict", "AgendaItem", 'item: $id, text: "t"'),
            ("ruleOnConflict", "ConflictDeclaration", "id: $id, ruling: LEAVE"),
            ("openVote", "AgendaItem", 'item: $id, motion: "m"'),
            ("castBallot", "Vote", "vote: $id, choice: FOR"),
            ("closeVote", "Vote", "id: $id"),
        )
    },
}


OF_ROLES = ("Organization", "RoleAssignment", "Invitation", "BreakGlass")
#: Types that can be asked for by `node`.
OF_A_COMMITTEE = tuple(sorted({type_name for _, type_name, _ in OF_COMMITTEES}))


def test_every_root_field_that_takes_an_id_is_here():
    schema = build_schema(open_schema=True)._schema
    found = {
        name
        for root in (schema.query_type, schema.mutation_type, schema.subscription_type)
        for name, field in (root.fields if root else {}).items()
        if any(get_named_type(argument.type).name == "ID" for argument in field.args.values())
    }
    assert found == set(ROOTS) - {
        "journal",
        "accounts",
        "sessions",
        "roleAssignments",
    }  # which take it in their filters


@pytest.fixture
def answer(client, tenant):
    """The bytes that the tenant gets for an id."""
    roles = {
        "journal": "auditor",
        "certifyRateDevelopment": "actuary",
        "applyPolicyChange": "policy_administrator",
        "delegateRole": "actuary",
        "breakGlass": "actuary",
    }

    async def send(root: str, id_: str) -> bytes:
        _, document = ROOTS[root]
        variables = {"id": id_} | ({"package": PACKAGE} if "$package" in document else {})
        headers = {"Authorization": f"Bearer {tenant.token(roles.get(root, ROLE), 'pwd', 'otp')}"}
        if root in ("jobChanged", "meetingChanged"):
            headers["Accept"] = "text/event-stream"
        body = {"query": document, "variables": variables}
        response = await client.post("/graphql", json=body, headers=headers)
        assert response.status_code == 200
        return response.content

    return send


_THEIRS: dict[str, str] = {}


@pytest.fixture
async def theirs(make_tenant, file) -> dict[str, str]:
    """Ids of another tenant's things, which are made once: nobody changes them from elsewhere."""
    if not _THEIRS:
        _THEIRS.update(await things_of(await make_tenant(), file))
    return _THEIRS


async def test_explain_access_tells_nothing_of_another_tenants_thing(ask, tenant, theirs):
    query = (
        """query ($me: ID!, $id: ID!) { explainAccess(subject: $me, permission: "job:view", id: $id) { allowed } }"""
    )
    me = global_id("Subject", tenant.identities["auditor"].subject_id)
    for wanted, id_ in theirs.items():
        answers = [
            (await ask(query, {"me": me, "id": one}, token=tenant.token("auditor"))).content
            for one in (id_, global_id(wanted, new_id()))
        ]
        assert answers[0] == answers[1]
        assert json.loads(answers[0])["errors"][0]["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("root", ROOTS)
async def test_another_tenants_id_answers_as_one_of_nothing(root, answer, theirs):
    wanted, _ = ROOTS[root]
    foreign = await answer(root, theirs[wanted])
    assert foreign == await answer(root, global_id(wanted, new_id()))
    assert theirs[wanted].encode() not in foreign
    # Neither do a broken id, one of another type and one of a type that nobody knows tell anything.
    for id_ in ("", "x", "!", "é", global_id("Nothing", new_id()), base64.b64encode(b"Job").decode(), "\0"):
        assert await answer(root, id_) == foreign


@pytest.mark.parametrize(
    "type_name",
    [
        *("RateDevelopment", "RateFigure", "Job", "Program", "Period", "JournalEntry", "PolicyVersion"),
        *("Account", "ServiceAccount", "Session", "IdentityProvider", "Subject"),
        *("Committee", "Meeting", "AgendaItem", "Appointment"),
        *OF_ROLES,
        *OF_A_COMMITTEE,
    ],
)
async def test_node_tells_nothing_about_any_type(type_name, answer, theirs):
    foreign = await answer("node", theirs.get(type_name, global_id(type_name, new_id())))
    assert json.loads(foreign)["data"] == {"node": None}
    assert [error["extensions"]["code"] for error in json.loads(foreign)["errors"]] == ["NOT_FOUND"]


async def test_a_figure_of_another_tenant_is_not_found(ask, tenant, other_tenant, file):
    filed = await file(other_tenant)
    query = "query ($id: ID!) { rateDevelopment(id: $id) { figures(first: 1) { nodes { id } } } }"
    theirs = (await ask(query, {"id": filed.id}, token=other_tenant.token("actuary"))).json()
    figure = theirs["data"]["rateDevelopment"]["figures"]["nodes"][0]["id"]
    node = "query ($id: ID!) { node(id: $id) { __typename id } }"
    for token, found in (
        (other_tenant.token("actuary"), {"__typename": "RateFigure", "id": figure}),
        (tenant.token("actuary"), None),
    ):
        assert (await ask(node, {"id": figure}, token=token)).json()["data"] == {"node": found}
