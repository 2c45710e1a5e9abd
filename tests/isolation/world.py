"""Tenants in which all that can be said of them is said with their canary."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pyotp
from sqlalchemy import insert, select
from tests.committees.living import live_with_committees
from tests.conftest import PASSWORD, SomeTenant, _hash_once
from tests.isolation.canaries import new_canary

from almoner.authorization.break_glass import break_glass, review_break_glass
from almoner.authorization.change import apply_policy_change, preview_policy_change
from almoner.authorization.document import Change, Grant, Role
from almoner.authorization.invitations import invite
from almoner.authorization.roles import assign_role, end_role_assignment
from almoner.core.ids import global_id, split_global_id
from almoner.core.scope import TenantScope
from almoner.core.tables import METADATA
from almoner.identity.account_tokens import invite_account
from almoner.identity.enrol import confirm_authenticator, enrol_authenticator
from almoner.identity.openid import OpenIdClient
from almoner.identity.prove import Credentials
from almoner.identity.providers import set_identity_provider
from almoner.identity.tables import Account, ExternalIdentity, ProviderSignIn, ServiceAccount
from almoner.identity.tokens import Identity
from almoner.jobs import lease as leases
from almoner.operations.documents import NewOperation, digest_of
from almoner.operations.register import register_operations
from almoner.operations.rules import set_registered_only
from almoner.organizations.create_organization import create_organization
from almoner.rates.calculate import calculate_rate_development
from almoner.rates.certify import certify_rate_development
from almoner.rates.rules import set_rate_rules
from almoner.rates.submit import submit_rate_development
from almoner.rates.synthetic import synthetic
from almoner.rates.unlock import unlock_rate_development
from almoner.rates.withdraw import withdraw_rate_development
from almoner.tenancy.create_tenant import create_tenant
from almoner.tenancy.programs import create_period, create_program
from almoner.wiring import House

ROLES = ("program_administrator", "policy_administrator", "actuary", "auditor")
ADMINISTRATOR = "program_administrator"
#: Accounts that hold something else: a role of the tenant's own, or nothing at all.
OTHERS = ("own_role", "nobody")
#: Who sits on a committee, writes for it or speaks for one of its bodies.
PEOPLE = ("chair", "member1", "secretary", "author", "officer1")


@dataclass
class Told:
    """A tenant, its canary, and what one would have to know to ask for what is in it.

    Attributes:
        ids: type name -> global ids.
        spared: row ids of what the tenant needs to go on asking, and of what it could make public: nothing is.
        unspared: the global ids without those: what its own mutations aim at.
        texts: e-mail addresses, codes, names and digests that filters take.
        documents: digests of registered operations.
        one_time: what only a mutation takes: tokens and states.
    """

    tenant: SomeTenant
    canary: str
    ids: dict[str, list[str]] = field(default_factory=dict)
    spared: set[str] = field(default_factory=set)
    unspared: dict[str, list[str]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    one_time: list[str] = field(default_factory=list)
    _requests: int = 0

    async def do(self, role: str, verb: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        """Run one verb in a transaction of its own; the request is named by the canary, too."""
        self._requests += 1
        identity = self.tenant.proved(role, "pwd", "otp")
        async with self.tenant.house.scope(identity, f"{self.canary}-{self._requests}") as scope:
            return await verb(scope, *args, **kwargs)


async def told(house: House) -> Told:
    """Make such a tenant."""
    canary = new_canary()
    code = f"t-{canary}"
    async with house.database.global_transaction() as session:
        row = await create_tenant(session, code=code, name=f"Agency {canary}", time_zone="America/Phoenix")
    found = Told(SomeTenant(house, row.id, code), canary)
    async with house.operator_scope(row.id, f"{canary}-setup") as scope:
        await _staff(scope, found)
    for part in (_policy, _programs, _rates, _operations, _people, _provider, _emergency, _failure, _committees):
        await part(found)
    await _look_up(found)
    return found


async def _staff(scope: TenantScope, found: Told) -> None:
    hashed, canary, tenant = await _hash_once(), found.canary, found.tenant
    for role in (*ROLES, *OTHERS):
        account = Account(
            tenant_id=tenant.id,
            email=f"{role}.{canary}@agency.example",
            name=f"{role} {canary}",
            password_hash=hashed,
            recertify_by=date(9999, 12, 31),
        )
        scope.session.add(account)
        tenant.identities[role] = Identity(tenant.id, account.id, "account")
    machine = ServiceAccount(tenant_id=tenant.id, name=f"machine {canary}", secret_hash=hashed)
    scope.session.add(machine)
    tenant.identities["integrator"] = Identity(tenant.id, machine.id, "service_account")
    tenant.client_secret = PASSWORD
    for role in (*ROLES, "integrator"):
        given = await assign_role(scope, tenant.identities[role].subject_id, role, reason=f"because {canary}")
        found.spared.add(str(given.id))
    found.spared |= {str(identity.subject_id) for identity in tenant.identities.values()}


async def _policy(found: Told) -> None:
    role = f"role_{found.canary}"
    changes = [Change("add", Role(role, "tenant", f"for {found.canary}"))] + [
        Change("add", Grant(role, resource, "view", "any", "allow", f"for {found.canary}"))
        for resource in ("rate_development", "journal_entry", "registered_operation")
    ]
    preview = await found.do("policy_administrator", preview_policy_change, changes)
    await found.do("policy_administrator", apply_policy_change, preview.id, reason=f"because {found.canary}")
    subject = found.tenant.identities["own_role"].subject_id
    given = await found.do("policy_administrator", assign_role, subject, role, reason=f"because {found.canary}")
    found.spared.add(str(given.id))


async def _programs(found: Told) -> None:
    canary = found.canary
    program = await found.do(ADMINISTRATOR, create_program, code=f"p-{canary}", name=f"Program {canary}")
    days = {"begin_on": date(2009, 7, 1), "until_on": date(2010, 7, 1)}
    await found.do(ADMINISTRATOR, create_period, program.id, label=f"SFY {canary}", **days)
    await found.do(ADMINISTRATOR, create_organization, kind="ACO", code=f"A-{canary}", name=f"ACO {canary}")


def package_of(canary: str) -> dict[str, Any]:
    """A small package in which every text has the canary."""

    def marked(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: marked(inner, name) for name, inner in value.items()}
        if isinstance(value, list):
            return [marked(inner, key) for inner in value]
        is_text = key in {"name", "label", "code", "rbha", "area", "program", "population", "rateCell", "contractor"}
        return f"{value} {canary}" if is_text else value

    package: dict[str, Any] = marked(synthetic(1, 2))
    package["contractors"][0]["counties"] = [f"County {canary}"]
    return package


async def _rates(found: Told) -> None:
    canary, package = found.canary, package_of(found.canary)
    made = {}
    for role in ("integrator", "actuary", ADMINISTRATOR):
        made[role], _job = await found.do(role, submit_rate_development, package)
        by = found.tenant.identities[role].subject_id
        async with found.tenant.house.worker_scope(found.tenant.id, by, f"{canary}-work") as scope:
            await calculate_rate_development(scope, made[role].id, 1, _nobody_asks)
    found.spared.add(str(made["integrator"].id))
    statements = {"reliance": canary, "limits_of_use": canary, "qualification": canary}
    why = {package["rateCells"][0]["code"]: canary}
    await found.do("actuary", certify_rate_development, made["integrator"].id, justifications=why, **statements)
    await found.do("actuary", unlock_rate_development, made["actuary"].id, reason=f"because {canary}")
    await found.do(ADMINISTRATOR, withdraw_rate_development, made[ADMINISTRATOR].id, reason=f"because {canary}")
    await found.do(ADMINISTRATOR, set_rate_rules, change_limit="0.3")


async def _nobody_asks(_done: int, _total: int, _phase: str) -> None:
    """Nobody follows this calculation."""


async def _operations(found: Told) -> None:
    text = f"query Q_{found.canary} {{ viewer {{ id roles }} programs {{ code name }} }}"
    for role in (*ROLES, "integrator"):
        client = found.tenant.identities[role].subject_id
        await found.do(ADMINISTRATOR, register_operations, client, [NewOperation(text, f"Q {found.canary}")])
    await found.do(ADMINISTRATOR, set_registered_only, found.tenant.identities["integrator"].subject_id, False)
    found.documents.append(digest_of(text))


async def _people(found: Told) -> None:
    canary, house, tenant = found.canary, found.tenant.house, found.tenant
    email = f"invited.{canary}@agency.example"
    _account, token, _until = await found.do(ADMINISTRATOR, invite_account, email=email, name=f"Invited {canary}")
    found.one_time.append(token)
    nobody = tenant.identities["nobody"]
    await house.sign_in(tenant=tenant.code, email=f"nobody.{canary}@agency.example", password=PASSWORD)
    made = await enrol_authenticator(house, nobody, Credentials(PASSWORD), request_id=f"{canary}-enrol")
    given = Credentials(PASSWORD, pyotp.TOTP(made.secret).at(house.clock()))
    await confirm_authenticator(house, nobody, given, request_id=f"{canary}-confirm")
    soon = house.clock() + timedelta(days=1)
    await found.do(ADMINISTRATOR, invite, email, "auditor", reason=f"because {canary}", expires_at=soon)
    extra = await found.do(
        ADMINISTRATOR, assign_role, nobody.subject_id, "reviewer", reason=f"because {canary}", valid_until=soon
    )
    await found.do(ADMINISTRATOR, end_role_assignment, extra.id, reason=f"because {canary}")


async def _provider(found: Told) -> None:
    canary, tenant = found.canary, found.tenant
    issuer = f"https://{canary}.agency.example"
    tenant.house.openid = OpenIdClient(frozenset({issuer}))
    address = {"issuer": issuer, "redirect_uri": f"{issuer}/back"}
    secrets = {"client_id": f"almoner-{canary}", "client_secret": canary}
    given = {"code": f"idp-{canary}", **address, **secrets, "strong_acr": [f"urn:{canary}"]}
    provider = await found.do(ADMINISTRATOR, set_identity_provider, tenant.house, **given)
    # What a sign-in by that provider would leave behind; none is there to bring one about.
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        account_id = tenant.identities["nobody"].subject_id
        session.add(
            ExternalIdentity(tenant_id=tenant.id, account_id=account_id, issuer=issuer, subject=f"sub-{canary}")
        )
        used = {"provider_id": provider.id, "state_hash": canary, "used_at": tenant.house.clock()}
        await session.execute(insert(ProviderSignIn).values(tenant_id=tenant.id, id=provider.id, **used))
    found.texts.append(f"idp-{canary}")


async def _emergency(found: Told) -> None:
    until = found.tenant.house.clock() + timedelta(hours=1)
    opened = await found.do("actuary", break_glass, ADMINISTRATOR, reason=f"because {found.canary}", until_at=until)
    finding = {"justified": True, "finding": f"found {found.canary}"}
    await found.do(ADMINISTRATOR, review_break_glass, opened.id, **finding)


async def _failure(found: Told) -> None:
    tenant, canary = found.tenant, found.canary
    _development, job = await found.do("integrator", submit_rate_development, package_of(canary))
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        lease = await leases.take(session, tenant.id, job.id, owner=f"worker {canary}", seconds=30)
        assert lease is not None
        await leases.keep(session, lease, (1, 2, f"phase {canary}"))
        told = {"code": canary.upper(), "message": f"It broke: {canary}.", "detail": f"At line 1 of {canary}."}
        await leases.fail(session, lease, **told, final=False)
    _development, waiting = await found.do("integrator", submit_rate_development, package_of(canary))
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        assert await leases.take(session, tenant.id, waiting.id, owner=f"worker {canary}", seconds=3600) is not None


async def _committees(found: Told) -> None:
    """Two committees, of which nothing is public; their people can be asked for by what they are there."""
    prefix = f"{found.canary}-"
    await live_with_committees(found.tenant, mark=found.canary, prefixes=(prefix, f"{prefix}other-"))
    for name in PEOPLE:
        found.tenant.identities[name] = found.tenant.identities[f"{prefix}{name}"]
        found.spared.add(str(found.tenant.identities[name].subject_id))


async def _look_up(found: Told) -> None:
    """The ids of everything, by the names of all types that it could be asked for as."""
    async with found.tenant.house.database.tenant_transaction(found.tenant.id) as session:
        for table in METADATA.tables.values():
            if "tenant_id" in table.columns:
                rows = (await session.execute(select(table.c.id).limit(40))).scalars().all()
                name = "".join(part.title() for part in table.name.split("_"))
                found.ids[name] = [global_id(name, row) for row in rows]
        figures = select(METADATA.tables["almoner.rate_revision"].c.package_digest)
        found.texts += [digest for digest in (await session.execute(figures)).scalars() if digest]
    everybody = [identity.subject_id for identity in found.tenant.identities.values()]
    found.ids["Subject"] = [global_id("Subject", subject) for subject in everybody]
    found.ids["Session"] = [
        global_id("Session", row) for row in (split_global_id(one)[1] for one in found.ids["SignInSession"])
    ]
    found.unspared = {
        name: [one for one in ids if str(split_global_id(one)[1]) not in found.spared]
        for name, ids in found.ids.items()
    }
    codes = [f"CELL001 {found.canary}", f"RBHA001 {found.canary}"]
    emails = [f"{role}.{found.canary}@agency.example" for role in (*ROLES, *OTHERS, "invited")]
    found.texts += [found.tenant.code, f"p-{found.canary}", f"A-{found.canary}", *codes, *emails]
