"""A version made from the one before by changes is the one that is read as a whole, and shares what is untouched."""

from __future__ import annotations

import asyncio
import random
from datetime import date

import psycopg
import pytest
from sqlalchemy import text

from almoner.authorization import change as changing
from almoner.authorization.authorizer import reaches
from almoner.authorization.built_in import built_in
from almoner.authorization.change import apply_policy_change, preview_policy_change, restore_policy_version
from almoner.authorization.check import policy_problems
from almoner.authorization.document import (
    Assertion,
    Change,
    Draft,
    Grant,
    PolicyDocument,
    Role,
    Separation,
    difference,
    item_to_json,
)
from almoner.authorization.oracle import Oracle
from almoner.authorization.permissions import Permission
from almoner.authorization.policies import Policies
from almoner.authorization.policy import Policy
from almoner.authorization.roles import assign_role
from almoner.authorization.scopes import SCOPES
from almoner.core.database import libpq_url
from almoner.core.recent import Recent
from almoner.core.viewer import Held
from almoner.identity.tables import Account
from almoner.identity.tokens import Identity

ROLES = tuple(f"role_{number}" for number in range(6))
ACTIONS = ("view", "submit", "certify")
MANY = 25_000


def random_item(dice):
    kind = dice.random()
    if kind < 0.7:
        effect = dice.choice(("allow", "allow", "deny"))
        granted = ("rate_development", dice.choice(ACTIONS), dice.choice(sorted(SCOPES)), effect)
        return Grant(dice.choice(ROLES), *granted, dice.choice(("why", "because")))
    if kind < 0.9:
        # A role includes roles that stand after it, so there is no cycle.
        place = dice.randrange(len(ROLES))
        return Role(ROLES[place], "organization", "x", tuple(n for n in ROLES[place + 1 :] if dice.random() < 0.3))
    if kind < 0.95:
        one, other = dice.sample(ROLES, 2)
        return Separation(one, other, "x")
    return Assertion((dice.choice(ROLES),), "rate_development:view", dice.random() < 0.5, "x")


def random_changes(dice, document):
    there = [*document]
    removed = [Change("remove", item) for item in dice.sample(there, min(len(there), dice.randint(0, 2)))]
    return [*removed, *(Change("add", random_item(dice)) for _ in range(dice.randint(0, 3)))]


def after(policy, changes):
    draft = Draft(policy.document)
    for change in changes:
        draft.apply(change)
    return policy.changed(draft, policy.number + 1)


def some_of(dice):
    return frozenset(dice.sample(ROLES, dice.randint(1, 3)))


def chain(seed, length):
    """Policies, each made from the one before, which has been asked for profiles."""
    dice = random.Random(seed)
    policy = Policy(built_in(), PolicyDocument.of(Role(name, "organization", "x") for name in ROLES), 0)
    for _ in range(length):
        for _ in range(6):
            policy.profile(some_of(dice))
        changes = random_changes(dice, policy.document)
        before, policy = policy, after(policy, changes)
        yield dice, before, changes, policy


def test_a_version_made_by_changes_is_the_one_that_is_read_as_a_whole():
    carried = 0
    for dice, before, changes, policy in chain(1, 300):
        items = before.document.items
        for change in changes:
            if change.op == "add":
                items[change.item.key] = change.item
            else:
                items.pop(change.item.key, None)
        assert policy.document.items == items
        whole = Policy(built_in(), PolicyDocument.of(items.values()), policy.number)
        assert policy.document == whole.document
        carried += len(policy.asked())
        for roles in (*policy.asked(), some_of(dice)):
            assert policy.profile(roles) == whole.profile(roles)
    assert carried > 300


def test_a_version_made_by_changes_decides_as_casbin_does_with_everything(some_facts, viewing):
    places = [None, *(some_facts(random.Random(n)).organization_id for n in range(5))]
    for dice, _before, _changes, policy in chain(2, 60):
        oracle = Oracle(policy)
        for _ in range(20):
            from_roles = some_of(dice)
            viewer = viewing(policy, *(Held(role, dice.choice(places)) for role in from_roles))
            permission, facts = f"rate_development:{dice.choice(ACTIONS)}", some_facts(dice)
            rights = viewer.profile.rights.get(permission)
            answer = rights is not None and reaches(rights, viewer, facts)
            assert answer == oracle.allows(viewer.held, permission, facts)


def test_a_difference_leads_there_and_back():
    for _dice, before, _changes, policy in chain(3, 200):
        for one, other in ((before.document, policy.document), (policy.document, before.document)):
            assert one.changed(difference(one, other)) == other
        assert [*difference(policy.document, PolicyDocument.of(policy.document))] == []


def test_what_no_change_touches_is_shared():
    grants = [Grant(name, "job", "view", "any", "allow", "x") for name in ROLES]
    roles = [Role(name, "tenant", "x", ("role_5",) if name == "role_4" else ()) for name in ROLES]
    before = Policy(built_in(), PolicyDocument.of([*roles, *grants]), 1)
    for name in ROLES:
        before.profile(frozenset({name}))
    policy = after(before, [Change("add", Grant("role_5", "job", "retry", "any", "allow", "x"))])
    assert {*policy.asked()} == {frozenset({name}) for name in ROLES[:4]}
    for name in ROLES[:5]:
        assert policy.document.granted[name] is before.document.granted[name]
    assert "job:retry" in policy.profile(frozenset({"role_4"})).rights
    assert "job:retry" not in before.profile(frozenset({"role_4"})).rights


def test_grants_that_were_sound_are_looked_at_again_when_their_role_is_another():
    base = built_in().document
    role, grant = Role("clerk", "organization", "x"), Grant("clerk", "job", "view", "own", "allow", "x")
    document = PolicyDocument.of([role, grant])
    assert policy_problems(document, base) == []
    moved = document.changed([Change("add", Role("clerk", "tenant", "x"))])
    assert moved.granted["clerk"] is document.granted["clerk"]
    assert [problem.code for problem in policy_problems(moved, base)] == ["SCOPE_NEEDS_ORGANIZATION"]
    gone = document.changed([Change("remove", role)])
    assert [problem.code for problem in policy_problems(gone, base)] == ["UNKNOWN_ROLE"]
    assert [problem.code for problem in policy_problems(gone, base)] == ["UNKNOWN_ROLE"]
    assert policy_problems(document, base) == []


def many_items(count):
    pattern = [(*name.split(":"), scope) for name in Permission for scope in SCOPES]
    roles = [Role(f"role_{number}", "organization", "x") for number in range(count // len(pattern) + 1)]
    grants = [
        Grant(role.name, resource, action, scope, "allow", "x") for role in roles for resource, action, scope in pattern
    ]
    return [*roles, *grants][:count]


@pytest.fixture
async def governed(tenant):
    """The tenant, with a policy administrator."""
    account = Account(
        tenant_id=tenant.id, email="policy@agency.example", name="p", password_hash="x", recertify_by=date.max
    )
    tenant.identities["policy_administrator"] = Identity(tenant.id, account.id, "account")
    async with tenant.house.operator_scope(tenant.id, "test-setup") as scope:
        scope.session.add(account)
        await assign_role(scope, account.id, "policy_administrator", reason="test")
    return tenant


async def change(tenant, changes):
    preview = await tenant.do("policy_administrator", preview_policy_change, changes)
    return await tenant.do("policy_administrator", apply_policy_change, preview.id, reason="because")


async def whole(tenant, number):
    """The version, read by a process that knows nothing."""
    return await Policies(tenant.house.database).at(tenant.id, number)


@pytest.mark.anyio
async def test_a_process_that_missed_versions_has_what_they_come_to(governed):
    dice = random.Random(4)
    behind = Policies(governed.house.database)
    await change(governed, [Change("add", Role(name, "organization", "x")) for name in ROLES])
    await behind.at(governed.id, 1)
    for _ in range(3):
        grants = {Grant(dice.choice(ROLES), "job", "view", scope, "allow", "x") for scope in SCOPES}
        there = (await whole(governed, 1)).document
        await change(governed, [Change("add", grant) for grant in sorted(grants) if there.get(grant.key) is None])
    await governed.do("policy_administrator", restore_policy_version, 2, reason="x")
    # Reads of what was before come beside and after it, and each is answered by its own version.
    numbers = [5, 3, 5, 4, 2, 0, 5]
    found = await asyncio.gather(*(behind.at(governed.id, number) for number in numbers))
    for number, policy in zip(numbers, found, strict=True):
        assert policy.number == number
        assert policy.document == (await whole(governed, number)).document
    assert found[0].document == found[4].document
    assert found[0].document != found[1].document


@pytest.mark.anyio
async def test_a_process_whose_next_versions_are_not_all_there_reads_everything(governed, superuser_url):
    behind = Policies(governed.house.database)
    await change(governed, [Change("add", Role("role_0", "organization", "x"))])
    await behind.at(governed.id, 1)
    for scope in ("any", "own"):
        await change(governed, [Change("add", Grant("role_0", "job", "view", scope, "allow", "x"))])
    with psycopg.connect(libpq_url(superuser_url), autocommit=True) as connection:
        lost = "delete from almoner.policy_version where tenant_id = %s and number = 2"
        connection.execute(lost, (governed.id,))
    assert (await behind.at(governed.id, 3)).document == (await whole(governed, 3)).document


@pytest.mark.anyio
async def test_a_change_of_very_many_items_is_made_and_taken_back(governed):
    items = many_items(MANY)
    behind = Policies(governed.house.database)
    await change(governed, [Change("add", Role("role_x", "organization", "x"))])
    await behind.at(governed.id, 1)
    version = await change(governed, [Change("add", item) for item in items])
    assert version.changes[0] == {"op": "add", "item": item_to_json(items[0])}
    assert len(version.changes) == MANY
    policy = await behind.at(governed.id, 2)
    assert policy.document == PolicyDocument.of([Role("role_x", "organization", "x"), *items])
    assert policy.document == (await whole(governed, 2)).document
    await governed.do("policy_administrator", restore_policy_version, 1, reason="x")
    assert len((await behind.at(governed.id, 3)).document) == len((await whole(governed, 3)).document) == 1
    async with governed.house.database.tenant_transaction(governed.id) as session:
        stored = text("select count(*), min(jsonb_array_length(changes)) from almoner.policy_version where number > 1")
        assert [*(await session.execute(stored)).one()] == [2, MANY]


@pytest.mark.anyio
async def test_a_preview_that_another_process_made_is_applied_exactly(governed, monkeypatch):
    item = Role("role_0", "organization", "x")
    preview = await governed.do("policy_administrator", preview_policy_change, [Change("add", item)])
    monkeypatch.setattr(changing, "_LOOKED_AT", Recent(8))
    await governed.do("policy_administrator", apply_policy_change, preview.id, reason="x")
    assert (await whole(governed, 1)).document == PolicyDocument.of([item])
