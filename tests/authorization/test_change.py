"""Changing a tenant's policy: looked at, made exactly so or refused, kept as versions, and in force at once."""

from __future__ import annotations

import asyncio
import itertools

import pytest
from sqlmodel import select
from tests.authorization.listing import journal, policy_versions

from almoner.authorization.built_in import built_in
from almoner.authorization.change import apply_policy_change, preview_policy_change, restore_policy_version
from almoner.authorization.document import Assertion, Change, Grant, Role, Separation
from almoner.authorization.listen import hearing_of_policies
from almoner.authorization.permissions import Permission
from almoner.authorization.read import policy_difference, policy_document
from almoner.authorization.roles import assign_role, end_role_assignment
from almoner.core.errors import Conflict, Denied, Invalid, NotFound
from almoner.core.ids import new_id
from almoner.core.settings import Settings
from almoner.identity.tables import Account
from almoner.tenancy.programs import create_program
from almoner.wiring import build_house

pytestmark = pytest.mark.anyio

CLERK = Role("rate_clerk", "tenant", "reads rates and the journal")
READS = Grant("rate_clerk", "rate_development", "view", "any", "allow", "reads rates")
JOURNAL = Grant("rate_clerk", "journal_entry", "view", "any", "allow", "and the journal")
NO_JOURNAL = Grant("auditor", "journal_entry", "view", "any", "deny", "for a while")


def add(*items):
    return [Change("add", item) for item in items]


def remove(*items):
    return [Change("remove", item) for item in items]


@pytest.fixture
def governed(tenant):
    """The tenant, which has one policy administrator."""
    return tenant


async def change(tenant, changes, reason="because"):
    preview = await tenant.do("policy_administrator", preview_policy_change, changes)
    return await tenant.do("policy_administrator", apply_policy_change, preview.id, reason=reason)


async def may(tenant, who, permission, house=None):
    async with (house or tenant.house).scope(tenant.identities[who], "test") as scope:
        return scope.allows(permission), scope.viewer.policy_version


async def code_of(awaitable, error):
    with pytest.raises(error) as caught:
        await awaitable
    return [problem.code for problem in caught.value.problems]


async def test_a_change_is_what_was_previewed_and_holds_for_the_next_request(governed):
    assert (await may(governed, "auditor", Permission.JOURNAL_ENTRY_VIEW))[0]
    preview = await governed.do("policy_administrator", preview_policy_change, add(NO_JOURNAL))
    assert [(e.subject_id, e.permission, set(e.lost), set(e.gained)) for e in preview.effects] == [
        (governed.identities["auditor"].subject_id, "journal_entry:view", {"any"}, set())
    ]
    assert (await may(governed, "auditor", Permission.JOURNAL_ENTRY_VIEW))[0]
    version = await governed.do("policy_administrator", apply_policy_change, preview.id, reason="a test")
    assert (version.number, version.reason) == (1, "a test")
    allowed, named = await may(governed, "auditor", Permission.JOURNAL_ENTRY_VIEW)
    assert not allowed
    assert named.endswith("+1")


async def test_a_revoked_grant_is_gone_in_every_process(governed, settings: Settings):
    other = build_house(settings, pool_size=2)
    try:
        assert (await may(governed, "auditor", Permission.JOURNAL_ENTRY_VIEW, other))[0]
        await change(governed, add(NO_JOURNAL))
        assert not (await may(governed, "auditor", Permission.JOURNAL_ENTRY_VIEW, other))[0]
        await change(governed, remove(NO_JOURNAL))
        assert (await may(governed, "auditor", Permission.JOURNAL_ENTRY_VIEW, other))[0]
    finally:
        await other.close()


async def test_a_process_has_a_new_version_ready_when_it_hears_of_it(governed, settings: Settings):
    other = build_house(settings, pool_size=2)

    def known():
        found = other.policies._policies.get(governed.id)
        assert found is not None
        return found

    try:
        await change(governed, add(NO_JOURNAL))
        await may(governed, "auditor", Permission.JOURNAL_ENTRY_VIEW, other)
        async with hearing_of_policies(other.policies, other.database.url), asyncio.timeout(20):
            # The first notices may come before anybody listens.
            for changes in itertools.cycle((add(JOURNAL, CLERK), remove(JOURNAL, CLERK))):
                await change(governed, changes)
                # Other requests take long enough for a notice to come, and none of them asks for the policy.
                for _ in range(20):
                    await other.database.ping()
                if known().number > 1:
                    break
        assert frozenset({"auditor"}) in known().asked()
    finally:
        await other.close()


async def test_a_role_of_the_tenants_own_can_be_given_and_taken_away(governed):
    await change(governed, add(CLERK, READS, JOURNAL))
    someone = governed.identities["nobody"].subject_id
    given = await governed.do("policy_administrator", assign_role, someone, "rate_clerk", reason="new clerk")
    assert (await may(governed, "nobody", Permission.JOURNAL_ENTRY_VIEW))[0]
    assert await code_of(change(governed, remove(CLERK, READS, JOURNAL)), Invalid) == ["ROLE_IN_USE"]
    await governed.do("policy_administrator", end_role_assignment, given.id, reason="left")
    assert not (await may(governed, "nobody", Permission.JOURNAL_ENTRY_VIEW))[0]
    await change(governed, remove(CLERK, READS, JOURNAL))


@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        (add(Grant("auditor", "rate_development", "bless", "any", "allow", "x")), ["UNKNOWN_PERMISSION"]),
        (add(Grant("emperor", "job", "view", "any", "allow", "x")), ["UNKNOWN_ROLE"]),
        (add(Grant("auditor", "job", "view", "galaxy", "allow", "x")), ["UNKNOWN_SCOPE"]),
        (add(Grant("auditor", "job", "view", "any", "perhaps", "x")), ["UNKNOWN_EFFECT"]),
        (add(Grant("auditor", "job", "view", "own", "allow", "x")), ["SCOPE_NEEDS_ORGANIZATION"]),
        (add(Grant("auditor", "job", "retry", "any", "allow", " ")), ["REASON_MISSING"]),
        (add(Grant("worker", "job", "retry", "any", "allow", "x")), ["ROLE_IS_THE_PLATFORMS"]),
        (add(Grant("auditor", "rate_development", "certify", "any", "allow", "x")), ["ASSERTION_BROKEN"]),
        (add(Role("auditor", "tenant", "x")), ["ROLE_IS_BUILT_IN"]),
        (add(Role("Bad, name", "tenant", "x")), ["BAD_ROLE_NAME"]),
        (add(Role("clerk", "moon", "x")), ["UNKNOWN_PLACE"]),
        (add(Role("clerk", "platform", "x")), ["UNKNOWN_PLACE"]),
        (add(Role("clerk", "ACO", "x", ("auditor",))), ["ROLE_PLACE_DIFFERS"]),
        (add(Role("one", "tenant", "x", ("two",)), Role("two", "tenant", "x", ("one",))), ["ROLE_CYCLE"] * 2),
        (add(Separation("auditor", "auditor", "x")), ["SEPARATION_OF_ONE"]),
        (add(Role("both", "ACO", "x", ("dua_requestor", "dua_custodian"))), ["ROLES_SEPARATED"]),
        (add(Assertion(("auditor",), "job:view", False, "x")), ["ASSERTION_BROKEN"]),
        (add(Assertion(("auditor",), "job:view", True, "x", ("blue",))), ["UNKNOWN_FACT"]),
        (remove(CLERK), ["NOTHING_CHANGES"]),
        ([*add(CLERK), *remove(JOURNAL)], ["NOT_THERE"]),
        (add(Grant("policy_administrator", "policy", "change", "any", "deny", "x")), ["ASSERTION_BROKEN"]),
    ],
)
async def test_a_bad_change_is_refused_and_changes_nothing(governed, changes, codes):
    with pytest.raises((Invalid, Conflict)) as caught:
        await governed.do("policy_administrator", preview_policy_change, changes)
    assert [problem.code for problem in caught.value.problems] == codes
    assert len(await governed.do("policy_administrator", policy_versions)) == 0


async def test_a_preview_of_a_policy_that_moved_is_refused(governed):
    stale = await governed.do("policy_administrator", preview_policy_change, add(CLERK))
    applied = await governed.do("policy_administrator", preview_policy_change, add(CLERK, READS))
    await governed.do("policy_administrator", apply_policy_change, applied.id, reason="first")
    apply = governed.do("policy_administrator", apply_policy_change, stale.id, reason="second")
    assert await code_of(apply, Conflict) == ["PREVIEW_OUT_OF_DATE"]
    again = governed.do("policy_administrator", apply_policy_change, applied.id, reason="again")
    assert await code_of(again, Conflict) == ["PREVIEW_APPLIED"]
    unknown = governed.do("policy_administrator", apply_policy_change, new_id(), reason="x")
    assert await code_of(unknown, NotFound) == ["NOT_FOUND"]
    assert len(await governed.do("policy_administrator", policy_versions)) == 1


async def test_of_two_changes_at_once_one_is_made(governed):
    previews = [
        await governed.do("policy_administrator", preview_policy_change, add(CLERK, grant))
        for grant in (READS, JOURNAL)
    ]
    found = await asyncio.gather(
        *(governed.do("policy_administrator", apply_policy_change, each.id, reason="race") for each in previews),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in found) == ["Conflict", "PolicyVersion"]


async def test_any_version_can_be_restored_and_compared(governed):
    await change(governed, add(CLERK, READS))
    await change(governed, [*remove(READS), *add(JOURNAL)])
    second = await governed.do("policy_administrator", policy_document, 2)
    found = await governed.do("policy_administrator", policy_difference, 1, 2)
    assert [(each.op, each.item) for each in found] == [("remove", READS), ("add", JOURNAL)]
    version = await governed.do("policy_administrator", restore_policy_version, 1, reason="it was better")
    assert (version.number, version.restores) == (3, 1)
    assert (await governed.do("policy_administrator", policy_document)).items == {
        item.key: item for item in (CLERK, READS)
    }
    await governed.do("policy_administrator", restore_policy_version, 0, reason="none at all")
    assert (await governed.do("policy_administrator", policy_document)).items == {}
    assert (await governed.do("policy_administrator", policy_document, 2)).items == second.items
    missing = governed.do("policy_administrator", restore_policy_version, 9, reason="x")
    assert await code_of(missing, NotFound) == ["NOT_FOUND"]


async def test_only_who_may_change_the_policy_looks_at_changes_or_reads_it(governed):
    for role in ("actuary", "program_administrator", "integrator", "nobody", "auditor"):
        with pytest.raises(Denied):
            await governed.do(role, preview_policy_change, add(CLERK))
    for role in ("actuary", "program_administrator", "integrator", "nobody"):
        with pytest.raises(Denied):
            await governed.do(role, policy_document)
    assert (await governed.do("auditor", policy_document)).items == {}


async def test_a_separation_that_holders_would_break_is_refused(governed):
    await change(governed, add(CLERK, READS))
    someone = governed.identities["actuary"].subject_id
    await governed.do("policy_administrator", assign_role, someone, "rate_clerk", reason="x")
    apart = add(Separation("rate_clerk", "actuary", "whoever certifies does not look"))
    assert await code_of(change(governed, apart), Invalid) == ["ROLES_SEPARATED"]


async def test_decisions_that_would_flip_are_told(governed):
    async def ask(scope):
        found = (await scope.session.execute(select(Account))).scalars().first()
        assert found is not None
        return scope.allows(Permission.JOURNAL_ENTRY_VIEW, found)

    assert await governed.do("auditor", ask)
    decisions = governed.house.authorizer.recent_decisions(governed.id)
    preview = await governed.do("policy_administrator", preview_policy_change, add(NO_JOURNAL), decisions=decisions)
    assert [(flip.decision.permission, flip.would_be_allowed) for flip in preview.flips] == [
        ("journal_entry:view", False)
    ]


async def test_a_change_that_locks_the_last_administrator_out_is_refused(governed):
    await change(governed, add(CLERK, READS))
    someone = governed.identities["policy_administrator"].subject_id
    await governed.do("program_administrator", assign_role, someone, "rate_clerk", reason="x")
    barred = add(Grant("rate_clerk", "policy", "change", "any", "deny", "clerks do not"))
    assert await code_of(change(governed, barred), Conflict) == ["LAST_ADMINISTRATOR"]


async def test_journal_entries_and_jobs_name_the_version_they_stood_on(governed):
    await change(governed, add(CLERK))

    async def act(scope):
        program = await create_program(scope, code="title-xxi", name="Title XXI")
        await scope.session.flush()
        return program, await scope.enqueue("nothing", program)

    program, job = await governed.do("program_administrator", act)
    entries = await governed.do("auditor", journal, subject_id=program.id)
    assert entries[0].policy_version == job.policy_version == f"{built_in().digest}+1"


async def test_names_are_taken_as_they_are(governed):
    grant = Grant("eve, data9", "job", "view", "any", "allow", "x")
    assert await code_of(change(governed, add(grant)), Invalid) == ["UNKNOWN_ROLE"]
