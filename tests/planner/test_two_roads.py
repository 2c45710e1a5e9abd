"""Two roads, one answer: generated operations give the same JSON by the planner and by the oracle."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from graphql import GraphQLObjectType
from tests.planner.committee_samples import committee_samples
from tests.planner.generated import PEOPLE, compare_all
from tests.planner.writer import Samples

pytestmark = pytest.mark.anyio

VALUES: dict[str, list[Any]] = {
    "Int": [0, 1, 2, 3, 7],
    "DateTime": ["1969-12-31T23:59:59", "2026-01-01T00:00:00+07:00", "2999-12-31T00:00:00.000001Z"],
    "Date": ["1969-12-31", "2017-05-02", "2027-11-21", "9999-12-31"],
    "String": ["nothing", "", "'; drop table", "\\", '"', "Ω𝔘"],
    "RateFigureFilter.rateCell": ["TXXI_SMI", "HIFA II", "nothing"],
    "RateFigureFilter.contractor": ["NARBHA", "nothing"],
    "RateFigureFilter.line": ["rate", "dollars", "statewideRate"],
    "AccountFilter.email": ["actuary@agency.example", "Actuary@agency.example", "nothing"],
    "PolicyGrantFilter.role": ["auditor", "rate_clerk", "nothing"],
    "PolicyGrantFilter.resource": ["journal_entry", "rate_development"],
    "Query.explainAccess.permission": [
        "rate_development:view",
        "journal_entry:view",
        "policy:change",
        "job:cancel",
        "account:view",
        "session:view",
        "role_assignment:view",
    ],
    "RoleAssignmentFilter.role": ["actuary", "aco_executive", "nothing"],
    "InvitationFilter.role": ["cms_liaison", "reviewer"],
    "InvitationFilter.email": ["cy@aco.example", "ben@aco.example"],
    "OrganizationFilter.code": ["A0001", "NARBHA", "nothing"],
    "OrganizationFilter.name": ["same name", "Gone"],
    "JournalEntryFilter.action": ["rate_development.certified", "job.enqueued", "program.created"],
}
POOL = """{
    rateDevelopments { edges { cursor node { id submittedBy packageDigest job { id }
        figures(first: 3) { edges { cursor node { id } } }
        tieOut { cells(last: 3) { edges { cursor } } } } } }
    oldest: rateDevelopments(orderBy: SUBMITTED_AT_ASC) { edges { cursor } }
    newest: rateDevelopments(orderBy: SUBMITTED_AT_DESC) { edges { cursor } }
    named: rateDevelopments(orderBy: NAME_ASC) { edges { cursor } }
    unnamed: rateDevelopments(orderBy: NAME_DESC) { edges { cursor } }
    jobs { edges { cursor node { id requestedAt } } }
    first: jobs(orderBy: REQUESTED_AT_ASC) { edges { cursor } }
    last: jobs(orderBy: REQUESTED_AT_DESC) { edges { cursor } }
    journal(first: 9) { edges { cursor node { id at } } }
    programs { id }
    accounts { edges { cursor node { id subject } } }
    upwards: accounts(orderBy: EMAIL_ASC) { edges { cursor } }
    downwards: accounts(orderBy: EMAIL_DESC) { edges { cursor } }
    due: accounts(orderBy: RECERTIFY_BY_ASC) { edges { cursor } }
    lastDue: accounts(orderBy: RECERTIFY_BY_DESC) { edges { cursor } }
    serviceAccounts { edges { cursor node { id subject } } }
    sessions { edges { cursor node { id expiresAt } } }
    identityProviders { id }
    policyVersions { edges { cursor node { id author } } }
    policy { roles(first: 9) { edges { cursor } } grants(last: 50) { edges { cursor } } }
    organizations { edges { cursor node { id } } }
    alphabet: organizations(orderBy: NAME_DESC) { edges { cursor } }
    roleAssignments { edges { cursor node { id subject validFrom } } }
    young: roleAssignments(orderBy: VALID_FROM_DESC) { edges { cursor } }
    invitations { edges { cursor node { id expiresAt } } }
    urgent: invitations(orderBy: EXPIRES_AT_ASC) { edges { cursor } }
    breakGlasses { edges { cursor node { id } } }
}"""
#: What verbs tell, or one select of theirs, is held against records in tests/committees.
OF_VERBS = frozenset({"canDecide", "paperOutlook", "tasks"})
COMPARED = """query ($id: ID!) {
    rateRevisionComparison(id: $id, beforeRevision: 1, afterRevision: 2) { edges { cursor } }
}"""


#: The pages of `POOL` whose cursors are samples, by connection and order.
PAGES = {
    ("RateDevelopmentConnection", None): "rateDevelopments",
    ("RateDevelopmentConnection", "SUBMITTED_AT_ASC"): "oldest",
    ("RateDevelopmentConnection", "SUBMITTED_AT_DESC"): "newest",
    ("RateDevelopmentConnection", "NAME_ASC"): "named",
    ("RateDevelopmentConnection", "NAME_DESC"): "unnamed",
    ("JobConnection", None): "jobs",
    ("JobConnection", "REQUESTED_AT_ASC"): "first",
    ("JobConnection", "REQUESTED_AT_DESC"): "last",
    ("AccountConnection", None): "accounts",
    ("AccountConnection", "EMAIL_ASC"): "upwards",
    ("AccountConnection", "EMAIL_DESC"): "downwards",
    ("AccountConnection", "RECERTIFY_BY_ASC"): "due",
    ("AccountConnection", "RECERTIFY_BY_DESC"): "lastDue",
    ("ServiceAccountConnection", None): "serviceAccounts",
    ("SessionConnection", None): "sessions",
    ("JournalEntryConnection", None): "journal",
    ("PolicyVersionConnection", None): "policyVersions",
    ("OrganizationConnection", None): "organizations",
    ("OrganizationConnection", "NAME_DESC"): "alphabet",
    ("RoleAssignmentConnection", None): "roleAssignments",
    ("RoleAssignmentConnection", "VALID_FROM_DESC"): "young",
    ("InvitationConnection", None): "invitations",
    ("InvitationConnection", "EXPIRES_AT_ASC"): "urgent",
    ("BreakGlassConnection", None): "breakGlasses",
}


def cursors_of(*connections: Any) -> list[str]:
    """The cursors of some pages."""
    return [edge["cursor"] for page in connections if page for edge in page["edges"]]


async def samples(roads: Any) -> Samples:
    """Arguments that lead somewhere, and some that lead nowhere."""
    found = (await roads.expected(POOL, "auditor")).data
    developments = [edge["node"] for edge in found["rateDevelopments"]["edges"]]
    figures = [item["figures"] for item in developments]
    ids = [item[key] for item in developments for key in ("id", "submittedBy")]
    ids += [edge["node"]["id"] for page in (found["jobs"], *figures, found["journal"]) for edge in page["edges"][:4]]
    ids += [item["id"] for item in (*found["programs"], *found["identityProviders"])]
    people = [edge["node"] for name in ("accounts", "serviceAccounts") for edge in found[name]["edges"]]
    ids += [item[key] for item in people for key in ("id", "subject")]
    ids += [edge["node"]["id"] for edge in found["sessions"]["edges"]]
    ids += [edge["node"][key] for edge in found["policyVersions"]["edges"] for key in ("id", "author")]
    of_roles = [found[name] for name in ("organizations", "roleAssignments", "invitations", "breakGlasses")]
    ids += [edge["node"]["id"] for page in of_roles for edge in page["edges"]]
    ids += [edge["node"]["subject"] for edge in found["roleAssignments"]["edges"][:4]]
    compared = [
        (await roads.expected(COMPARED, "auditor", id=item["id"])).data["rateRevisionComparison"]
        for item in developments
    ]
    of_committees, their_cursors, their_instants = await committee_samples(roads)
    cells = [item["tieOut"] and item["tieOut"]["cells"] for item in developments]
    cursors = {where: cursors_of(found[name]) for where, name in PAGES.items()}
    cursors |= {
        ("PolicyRoleConnection", None): cursors_of(found["policy"]["roles"]),
        ("PolicyGrantConnection", None): cursors_of(found["policy"]["grants"])[::10],
        ("RateFigureConnection", None): cursors_of(*figures, *cells),
        ("RateFigureComparisonConnection", None): cursors_of(*compared)[:40:5],
        **their_cursors,
    }
    instants = [edge["node"]["requestedAt"] for edge in found["jobs"]["edges"]]
    instants += [edge["node"]["expiresAt"] for edge in found["sessions"]["edges"]]
    instants += [edge["node"]["at"] for edge in found["journal"]["edges"]]
    values = VALUES | {
        "DateTime": [*VALUES["DateTime"], *instants, *their_instants],
        "Query.rateDevelopments.packageDigest": ["nothing", *(item["packageDigest"] or "" for item in developments)],
    }
    every_id = [*ids, *ids, *of_committees, "bm90aGluZw==", "not base64", ""]
    return Samples(every_id, cursors, values, without=OF_VERBS)


async def test_generated_operations_answer_alike_by_both_roads(roads, capsys):
    said = await compare_all(roads, await samples(roads), PEOPLE)
    with capsys.disabled():
        sys.stdout.write(said)


async def test_what_papers_still_lack_is_told_alike(roads):
    text = "{ committees(first: 9) { nodes { meetings(first: 20) { nodes { agenda { papers { id missing } } } } } } }"
    for person in ("auditor", "member1", "observer"):
        await roads.compare(text, person, {})


async def test_the_oracle_knows_every_field_of_rows(roads):
    unknown = [
        f"{name}.{field}"
        for name, type_ in roads.schema.catalog.schema.type_map.items()
        if isinstance(type_, GraphQLObjectType) and (table := roads.schema.catalog.reads(type_).table) is not None
        for field in type_.fields
        if field not in {"id", *OF_VERBS} and not roads.oracle.knows(name, field, table)
    ]
    assert unknown == []
