"""Both roads for one tenant: the planner's statement, and the oracle, which walks rows in Python."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from typing import Any
from uuid import UUID

import pyotp
from graphql import get_named_type
from graphql.execution.collect_fields import collect_fields
from tests.committees.living import live_with_committees
from tests.conftest import PASSWORD
from tests.planner.living_roles import live_with_roles
from tests.planner.oracle.engine import Answered, Asker, Oracle
from tests.planner.oracle.product import World, fields_of

from almoner.authorization.change import apply_policy_change, preview_policy_change, restore_policy_version
from almoner.authorization.document import Assertion, Change, Grant, Item, Role, Separation
from almoner.identity.account_tokens import invite_account
from almoner.identity.disable import disable_account
from almoner.identity.enrol import confirm_authenticator, enrol_authenticator
from almoner.identity.guard import lock_guard
from almoner.identity.prove import Credentials
from almoner.identity.sessions import end_sessions_of
from almoner.identity.tables import IdentityProvider
from almoner.identity.tokens import PUBLIC
from almoner.jobs import lease as leases
from almoner.operations.documents import NewOperation
from almoner.operations.register import register_operations
from almoner.operations.rules import set_registered_only
from almoner.rates.certify import certify_rate_development
from almoner.rates.resubmit import resubmit_rate_development
from almoner.rates.submit import CALCULATE, submit_rate_development
from almoner.rates.unlock import unlock_rate_development
from almoner.tenancy.programs import create_period, create_program
from almoner.wiring import House, public_of
from almoner_graphql.errors import code_of
from almoner_graphql.planner.answer import Answer
from almoner_graphql.planner.connections import Connections
from almoner_graphql.planner.plan import Plans
from almoner_graphql.planner.reader import Caller, Reader
from almoner_graphql.schema import AlmonerSchema, build_schema, printed_schema
from almoner_workers.rates import WORK
from almoner_workers.runtime import Runtime


@dataclass
class Roads:
    """The same query down both roads.

    Attributes:
        oracle: answers from the rows as they were when the fixture was made.
    """

    house: House
    schema: AlmonerSchema
    reader: Reader
    tenant: Any
    oracle: Oracle

    async def ask(self, text: str, role: str = "actuary", **variables: Any) -> Answer:
        """What the planner answers."""
        operation = self.schema.gate.document(text, variables).operation(None)
        assert operation is not None
        return await self.reader.query(operation, variables, Caller(self.tenant.identities[role]))

    async def read(self, text: str, role: str = "actuary", **variables: Any) -> Any:
        """Its data."""
        return json.loads((await self.ask(text, role, **variables)).json or b"null")

    async def payload(self, text: str, role: str, variables: dict[str, Any], **given: UUID) -> Any:
        """What the planner reads after a mutation that gave these ids to its payload."""
        operation = self.schema.gate.document(text, variables).operation(None)
        assert operation is not None
        values = self.reader._plans.variables(operation, variables)
        root: Any = self.schema._schema.mutation_type
        found = collect_fields(self.schema._schema, operation.fragments, values, root, operation.node)
        ((key, details),) = found.grouped_field_set.items()
        type_ = get_named_type(root.fields[details[0].node.name.value].type)
        caller = Caller(self.tenant.identities[role])
        return await self.reader.one(
            operation, variables, caller, type_=type_, details=details, path=(key,), given=given
        )

    async def expected(self, text: str, role: str = "actuary", **variables: Any) -> Answered:
        """What the oracle answers."""
        async with self.house.reading_scope(self.tenant.identities[role], "test-oracle") as scope:
            asker = Asker(scope.allows, scope.viewer)
        return await self.oracle.answer(text, variables, asker)

    async def compare(self, text: str, role: str, variables: dict[str, Any]) -> None:
        """Both answers must be the same, to the character and in the same order."""
        quick = await self.ask(text, role, **variables)
        slow = await self.expected(text, role, **variables)
        assert json.dumps(json.loads(quick.json or b"null")) == json.dumps(slow.data)
        told = {(code_of(error), tuple(error.path or ())) for error in quick.errors}
        assert {path for code, path in told if code == "DENIED"} == slow.denied
        # Everything that may be null at a root is about something that may not be there.
        nothing = {(key,) for key, value in slow.data.items() if value is None} - slow.denied
        assert {path for code, path in told if code == "NOT_FOUND"} == nothing
        assert slow.withheld <= set(quick.plan.redacted)


@asynccontextmanager
async def opened(tenant: Any, schema: AlmonerSchema, oracle: Oracle) -> AsyncIterator[Roads]:
    """Both roads for a schema."""
    async with Connections(tenant.house.database.url, 2) as connections:
        reader = Reader(tenant.house, Plans(schema.catalog, tenant.house.authorizer), connections)
        yield Roads(tenant.house, schema, reader, tenant, oracle)


@asynccontextmanager
async def opened_product(tenant: Any) -> AsyncIterator[Roads]:
    """Both roads for the product's schema, over a tenant in which much has happened."""
    await _live(tenant.house, tenant)
    await _govern(tenant)
    world = await World.load(tenant.house, tenant.id)
    async with opened(tenant, build_schema(open_schema=True), Oracle(printed_schema(), fields_of(world))) as roads:
        yield roads


async def _live(house: House, tenant: Any) -> None:
    package = json.loads(files("almoner.rates").joinpath("samples/sfy10-package.json").read_text(encoding="utf-8"))
    for code, name in (("title-xxi", "Title XXI"), ("hifa", '\U0001d518 „quoted“ \\ "name" \u2028')):
        program = await tenant.do("program_administrator", create_program, code=code, name=name)
        for year in (1969, 2009):
            dates = {"begin_on": date(year, 7, 1), "until_on": date(year + 1, 7, 1)}
            await tenant.do("program_administrator", create_period, program.id, label=f"SFY{year}", **dates)
    development, _job = await _submitted(house, tenant, "integrator", package)
    await tenant.do(
        "actuary",
        certify_rate_development,
        development.id,
        reliance="r",
        limits_of_use="l",
        qualification="MAAA",
        justifications={"HIFA2_SMI": "Bands, „quotes“ and \\ backslashes"},
    )
    _waiting, job = await tenant.do(
        "actuary", submit_rate_development, {**package, "name": "Ω unicode 𝔘", "printed": []}
    )
    await _broken(house, tenant, job.id)
    third, _job = await _submitted(house, tenant, "actuary", {**package, "name": "third"})
    await tenant.do("actuary", unlock_rate_development, third.id, reason="again")
    await _people(house, tenant)
    client = tenant.identities["integrator"].subject_id
    for by in (client, tenant.identities["actuary"].subject_id):
        await tenant.do("program_administrator", register_operations, by, [NewOperation("{ viewer { id } }", "who")])
    await tenant.do("program_administrator", set_registered_only, client, False)
    fourth, _job = await _submitted(house, tenant, "actuary", {**package, "name": "third"})
    await tenant.do("actuary", unlock_rate_development, fourth.id, reason="a better package")
    await _resubmitted(house, tenant, fourth.id, package)
    await live_with_roles(tenant)
    await live_with_committees(tenant)
    tenant.identities[PUBLIC] = public_of(tenant.id)


async def _people(house: House, tenant: Any) -> None:
    """Somebody who is signed in, somebody with an authenticator, one who is locked, one who is out; and a machine."""
    for role in ("actuary", "actuary", "nobody"):
        await house.sign_in(tenant=tenant.code, email=f"{role}@agency.example", password=PASSWORD)
    await house.sign_in_machine(client_id=tenant.client_id, secret=tenant.client_secret)
    identity = tenant.identities["actuary"]
    made = await enrol_authenticator(house, identity, Credentials(PASSWORD), request_id="test")
    given = Credentials(PASSWORD, pyotp.TOTP(made.secret).at(house.clock()))
    await confirm_authenticator(house, identity, given, request_id="test")
    await enrol_authenticator(house, tenant.identities["auditor"], Credentials(PASSWORD), request_id="test")
    sponsor = tenant.identities["actuary"].subject_id
    for name in ("locked", "out"):
        account, _token, _until = await tenant.do(
            "program_administrator", invite_account, email=f"{name}@agency.example", name=name, sponsor_id=sponsor
        )
        if name == "out":
            await tenant.do("program_administrator", disable_account, account.id, reason="left")
            continue
        async with house.visitor_scope(tenant.id, "test") as scope:
            guard = await lock_guard(scope, account.id)
            guard.locked_until = scope.now() + timedelta(hours=1)
    await tenant.do("nobody", revoke_one, tenant.identities["nobody"].subject_id)
    for code in ("second", "first"):
        row = IdentityProvider(
            tenant_id=tenant.id,
            code=code,
            issuer="https://id.agency.example",
            client_id="almoner",
            sealed_client_secret="",
            redirect_uri="https://front.agency.example",
            first_login="LINK",
            strong_acr=["gold"] if code == "first" else [],
        )
        async with house.visitor_scope(tenant.id, "test") as scope:
            scope.session.add(row)


async def revoke_one(scope: Any, subject_id: UUID) -> None:
    """As a sign-out does."""
    await end_sessions_of(scope, subject_id, reason="test")


async def _govern(tenant: Any) -> None:
    """Three versions of the policy: one of each kind comes, some go, and all comes again."""
    clerk = Role("rate_clerk", "tenant", 'reads \u2028 "rates"', ("auditor",), True)
    reads = Grant("rate_clerk", "rate_development", "view", "any", "allow", "𝔘 reads")
    apart: list[Item] = [
        Separation("rate_clerk", "actuary", "commas, quotes"),
        Assertion(("rate_clerk",), "rate_development:view", True, "x", ("public", "assigned")),
        # As a built-in one, whose comment is another.
        Grant("auditor", "journal_entry", "view", "any", "allow", "so it stays"),
    ]
    first = [Change("add", item) for item in (clerk, reads, *apart)]
    second = [Change("remove", reads), Change("add", Role(clerk.name, "tenant", "another comment", ("auditor",)))]
    for changes in (first, [Change("remove", apart[1]), *second]):
        preview = await tenant.do("policy_administrator", preview_policy_change, changes)
        await tenant.do("policy_administrator", apply_policy_change, preview.id, reason="r")
    await tenant.do("policy_administrator", restore_policy_version, 1, reason="again")


async def _submitted(house: House, tenant: Any, role: str, package: Any) -> Any:
    made = await tenant.do(role, submit_rate_development, package)
    await Runtime(house, lease_seconds=30).look_at(tenant.id, made[1].id, WORK[CALCULATE])
    return made


async def _resubmitted(house: House, tenant: Any, development_id: Any, package: Any) -> None:
    changed = json.loads(json.dumps(package))
    changed["inputs"][0]["currentRate"] = "31.4159"
    changed["inputs"][1]["baseCostPmpm"] = "27.18"
    changed["printed"] = changed["printed"][:7]
    made = await tenant.do("actuary", resubmit_rate_development, development_id, changed)
    await Runtime(house, lease_seconds=30).look_at(tenant.id, made[1].id, WORK[CALCULATE])


async def _broken(house: House, tenant: Any, job_id: Any) -> None:
    async with house.database.tenant_transaction(tenant.id) as session:
        lease = await leases.take(session, tenant.id, job_id, owner="a worker", seconds=30)
        assert lease is not None
        await leases.fail(session, lease, code="BROKEN", message="It broke.", detail="At line 1.", final=True)
