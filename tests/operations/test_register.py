"""Registering and withdrawing operations."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from hashlib import sha256
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from almoner.core.errors import Denied, Invalid, NotFound
from almoner.core.texts import is_blank
from almoner.core.viewer import Profile, Rights
from almoner.operations.documents import MAX_OPERATIONS, NewOperation, digest_of, problems_of
from almoner.operations.read import operations_with_digest, registered_operations
from almoner.operations.register import register_operations
from almoner.operations.withdraw import withdraw_operation

pytestmark = pytest.mark.anyio

DOCUMENT = "query Rates { rateDevelopments { nodes { id name } } }\n"
OTHER = "{ viewer { roles } }"
ADMINISTRATOR = "program_administrator"


async def test_a_registered_text_is_found_by_its_digest(tenant, register, find):
    (row,) = await register(DOCUMENT)
    assert row.digest == sha256(DOCUMENT.encode()).hexdigest()
    assert await find(tenant, row.digest) == DOCUMENT


async def test_another_client_of_the_tenant_has_not_registered_it(tenant, register, find):
    (row,) = await register(DOCUMENT)
    assert await find(tenant, row.digest, client="actuary") is None


async def test_a_person_may_be_a_client(tenant, register, find):
    (row,) = await register(DOCUMENT, client="actuary")
    assert await find(tenant, row.digest, client="actuary") == DOCUMENT


@pytest.mark.parametrize("document", ["{ a }\r\n", " { a }", "\ufeff{ a }", '{ a(b: "é😀\u0301") }'])
async def test_a_text_is_kept_to_the_character(tenant, register, find, document):
    (row,) = await register(document)
    assert (await find(tenant, row.digest), row.digest) == (document, sha256(document.encode("utf-8")).hexdigest())


async def test_rows_come_in_the_order_given(register):
    texts = [f"{{ a{number} }}" for number in range(20)]
    assert [row.text for row in await register(*texts)] == texts


async def test_registering_again_changes_nothing(tenant, register, contents, journal):
    first = await register(DOCUMENT, OTHER)
    before = (await contents(tenant), await journal(tenant))
    again = await register(OTHER, DOCUMENT)
    assert [row.id for row in again] == [row.id for row in reversed(first)]
    assert (await contents(tenant), await journal(tenant)) == before


async def test_the_same_text_twice_at_once_is_one_row_under_the_last_name(tenant):
    twice = [NewOperation(DOCUMENT, "old"), NewOperation(DOCUMENT, " new "), NewOperation(DOCUMENT)]
    client_id = tenant.identities["integrator"].subject_id
    rows = await tenant.do(ADMINISTRATOR, register_operations, client_id, twice)
    assert {(row.id, row.name) for row in rows} == {(rows[0].id, "new")}


async def test_a_new_name_replaces_the_old_one_and_no_name_keeps_it(tenant, register, journal):
    client_id = tenant.identities["integrator"].subject_id
    for name in ("old", "new"):
        await tenant.do(ADMINISTRATOR, register_operations, client_id, [NewOperation(DOCUMENT, name)])
    (row,) = await register(DOCUMENT)
    assert row.name == "new"
    assert [entry.detail["name"] for entry in await journal(tenant)] == ["old", "new"]


async def test_two_releases_at_once_register_the_same_rows(tenant, register, journal):
    texts = [f"{{ a{number} }}" for number in range(30)]
    one, two = await asyncio.gather(register(*texts), register(*reversed(texts)))
    assert [row.id for row in one] == [row.id for row in reversed(two)]
    assert len(await journal(tenant)) == len(texts)


async def test_two_releases_in_opposite_orders_do_not_lock_each_other_out(tenant, register):
    # A third transaction holds the text in the middle until both others wait for somebody, with a row behind each.
    one, middle, two = "{ one }", "{ middle }", "{ two }"
    add = text("insert into almoner.registered_operation values (:tenant, :tenant, :client, :digest, :text, '', now())")
    row = {"client": tenant.identities["integrator"].subject_id, "digest": digest_of(middle), "text": middle}
    waiting = text("select count(distinct pid) from pg_locks where not granted")
    database = tenant.house.database
    async with (
        asyncio.timeout(30),
        asyncio.TaskGroup() as group,
        database.tenant_transaction(tenant.id) as third,
        database.global_transaction() as observer,
    ):
        await third.execute(add, {"tenant": tenant.id, **row})
        releases = [group.create_task(register(*texts)) for texts in ((one, middle, two), (two, middle, one))]
        while (await observer.execute(waiting)).scalar() < 2:
            assert not any(release.done() for release in releases)
        await third.rollback()
    first, second = (release.result() for release in releases)
    assert [row.id for row in first] == [row.id for row in reversed(second)]


async def test_a_withdrawn_operation_is_not_found_and_registering_brings_it_back(tenant, register, find, journal):
    (row,) = await register(DOCUMENT)
    withdrawn = await tenant.do(ADMINISTRATOR, withdraw_operation, row.id)
    assert withdrawn.withdrawn_at is not None
    assert await find(tenant, row.digest) is None
    (back,) = await register(DOCUMENT)
    assert (back.id, back.withdrawn_at) == (row.id, None)
    assert await find(tenant, row.digest) == DOCUMENT
    actions = [entry.action.removeprefix("registered_operation.") for entry in await journal(tenant)]
    assert actions == ["registered", "withdrawn", "registered"]


async def test_withdrawing_again_changes_nothing(tenant, register, contents, journal):
    (row,) = await register(DOCUMENT)
    await tenant.do(ADMINISTRATOR, withdraw_operation, row.id)
    before = (await contents(tenant), await journal(tenant))
    await tenant.do(ADMINISTRATOR, withdraw_operation, row.id)
    assert (await contents(tenant), await journal(tenant)) == before


async def test_the_journal_names_the_operation_without_its_text(tenant, register, journal):
    (row,) = await register(DOCUMENT)
    await tenant.do(ADMINISTRATOR, withdraw_operation, row.id)
    client = str(tenant.identities["integrator"].subject_id)
    for entry in await journal(tenant):
        assert (entry.subject_id, entry.detail) == (row.id, {"client": client, "digest": row.digest, "name": ""})


async def test_operations_are_listed_newest_first_and_by_client(tenant, register):
    (first,) = await register(DOCUMENT)
    (second,) = await register(DOCUMENT, client="actuary")
    everything = await tenant.do("auditor", registered_operations)
    assert [row.id for row in everything] == [second.id, first.id]
    one = await tenant.do("auditor", registered_operations, first.client_id)
    assert [row.id for row in one] == [first.id]
    both = await tenant.do("auditor", operations_with_digest, first.digest)
    assert [row.id for row in both] == [first.id, second.id]


# Who may not


@pytest.mark.parametrize("role", ["actuary", "auditor", "integrator", "nobody"])
async def test_only_an_administrator_registers(tenant, register, contents, journal, role):
    with pytest.raises(Denied):
        await register(DOCUMENT, role=role)
    assert (await contents(tenant), await journal(tenant)) == ([], [])


async def test_who_may_not_register_learns_nothing_of_clients_and_texts(tenant):
    for client_id in (uuid4(), tenant.identities["integrator"].subject_id):
        with pytest.raises(Denied):
            await tenant.do("auditor", register_operations, client_id, [NewOperation("")])


async def test_a_grant_for_ones_own_reaches_no_other_client(tenant, contents):
    own = Rights(frozenset({"assigned"}), frozenset())
    profile = Profile("test", {f"registered_operation:{action}": own for action in ("view", "register")})

    async def register_for(scope, client):
        scope.viewer = replace(scope.viewer, profile=profile)
        return await register_operations(scope, tenant.identities[client].subject_id, [NewOperation(DOCUMENT)])

    with pytest.raises(Denied):
        await tenant.do("integrator", register_for, "actuary")
    assert await contents(tenant) == []
    assert len(await tenant.do("integrator", register_for, "integrator")) == 1


@pytest.mark.parametrize(
    ("role", "error"), [("auditor", Denied), ("actuary", NotFound), ("integrator", NotFound), ("nobody", NotFound)]
)
async def test_only_an_administrator_withdraws(tenant, register, find, journal, role, error):
    (row,) = await register(DOCUMENT)
    with pytest.raises(error):
        await tenant.do(role, withdraw_operation, row.id)
    assert await find(tenant, row.digest) == DOCUMENT
    assert len(await journal(tenant)) == 1


@pytest.mark.parametrize("role", ["actuary", "integrator", "nobody"])
async def test_who_may_not_view_sees_nothing(tenant, register, role):
    (row,) = await register(DOCUMENT)
    assert list(await tenant.do(role, registered_operations)) == []
    assert list(await tenant.do(role, operations_with_digest, row.digest)) == []


async def test_another_tenants_operation_is_not_there(tenant, other_tenant, register, find, contents):
    (row,) = await register(DOCUMENT)
    before = await contents(tenant)
    with pytest.raises(NotFound):
        await other_tenant.do(ADMINISTRATOR, withdraw_operation, row.id)
    assert list(await other_tenant.do(ADMINISTRATOR, registered_operations)) == []
    assert await find(other_tenant, row.digest) is None
    assert await contents(tenant) == before


async def test_another_tenants_client_and_an_unknown_one_are_not_there(tenant, other_tenant, contents):
    strangers = [other_tenant.identities["integrator"].subject_id, other_tenant.identities["actuary"].subject_id]
    for client_id in (*strangers, uuid4()):
        with pytest.raises(NotFound) as refused:
            await tenant.do(ADMINISTRATOR, register_operations, client_id, [NewOperation(DOCUMENT)])
        assert refused.value.problems[0].path == ("clientId",)
    assert (await contents(tenant), await contents(other_tenant)) == ([], [])


# What may not


BAD = {
    "empty": (NewOperation(""), [("TEXT_BLANK", "text")]),
    "blank": (NewOperation(" \n\t"), [("TEXT_BLANK", "text")]),
    "too long": (NewOperation("#" * 50_001), [("TEXT_TOO_LONG", "text")]),
    "U+0000": (NewOperation("{ a }\0"), [("TEXT_HAS_NUL", "text")]),
    "a surrogate": (NewOperation("{ a }#\ud83d", digest="0" * 64), [("TEXT_NOT_UNICODE", "text")]),
    "long name": (NewOperation("{ a }", "n" * 201), [("TEXT_TOO_LONG", "name")]),
    "U+0000 in the name": (NewOperation("{ a }", "\0"), [("TEXT_HAS_NUL", "name")]),
    "a surrogate in the name": (NewOperation("{ a }", "\udc80"), [("TEXT_NOT_UNICODE", "name")]),
    "another digest": (NewOperation("{ a }", digest=digest_of("{ b }")), [("DIGEST_DIFFERS", "digest")]),
    "a digest in capitals": (NewOperation("{ a }", digest=digest_of("{ a }").upper()), [("DIGEST_DIFFERS", "digest")]),
    "an empty digest": (NewOperation("{ a }", digest=""), [("DIGEST_DIFFERS", "digest")]),
    "two things": (NewOperation("", "\0"), [("TEXT_BLANK", "text"), ("TEXT_HAS_NUL", "name")]),
}


@pytest.mark.parametrize(("operation", "problems"), BAD.values(), ids=BAD)
def test_a_bad_document_is_refused(operation, problems):
    found = [(problem.code, problem.path) for problem in problems_of([operation])]
    assert found == [(code, ("operations", "0", where)) for code, where in problems]


async def test_all_problems_come_at_once_and_none_is_registered(tenant, contents, journal):
    given = [NewOperation("{ good }"), *(operation for operation, _ in BAD.values())]
    with pytest.raises(Invalid) as refused:
        await tenant.do(ADMINISTRATOR, register_operations, tenant.identities["integrator"].subject_id, given)
    expected = [
        (code, ("operations", str(place), where))
        for place, (_, problems) in enumerate(BAD.values(), 1)
        for code, where in problems
    ]
    assert [(problem.code, problem.path) for problem in refused.value.problems] == expected
    assert (await contents(tenant), await journal(tenant)) == ([], [])


@pytest.mark.parametrize(("count", "code"), [(0, "LIST_EMPTY"), (MAX_OPERATIONS + 1, "TOO_MANY_OPERATIONS")])
async def test_none_and_too_many_are_refused(register, count, code):
    with pytest.raises(Invalid) as refused:
        await register(*(f"{{ a{number} }}" for number in range(count)))
    assert [(problem.code, problem.path) for problem in refused.value.problems] == [(code, ("operations",))]


async def test_the_limits_themselves_are_allowed(tenant, find):
    given = [NewOperation(f"#{number}".ljust(50_000, "é"), "n" * 200) for number in range(MAX_OPERATIONS)]
    client_id = tenant.identities["integrator"].subject_id
    rows = await tenant.do(ADMINISTRATOR, register_operations, client_id, given)
    assert len({row.id for row in rows}) == MAX_OPERATIONS
    assert await find(tenant, rows[-1].digest) == given[-1].text


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=200))
def test_every_other_text_has_a_digest_that_is_accepted(document):
    digest = digest_of(document)
    assert re.fullmatch("[0-9a-f]{64}", digest)
    codes = [problem.code for problem in problems_of([NewOperation(document, digest=digest)])]
    assert codes == (["TEXT_BLANK"] if is_blank(document) else [])
