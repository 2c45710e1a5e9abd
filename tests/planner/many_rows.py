"""A database of its own with many rows of several tenants, and what PostgreSQL plans and does for a read of them.

Not a test: those that need it run it by its path. All follows from row numbers. The first tenant has most of the rows,
the others have some of each kind, in between: so a table says nothing that only its order would give away.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from pydantic import SecretStr
from sqlalchemy.engine import make_url
from tests.planner import many_committees

from almoner.core.database import APP_ROLE, libpq_url
from almoner.core.settings import Settings
from almoner.identity.tokens import Identity
from almoner.wiring import build_house
from almoner_graphql.planner.answer import Answer
from almoner_graphql.planner.connections import Connections, _run
from almoner_graphql.planner.plan import Plans
from almoner_graphql.planner.reader import Caller, Reader
from almoner_graphql.schema import build_schema
from almoner_migrations.migrate import upgrade

TENANTS = 20
ACCOUNTS = 200
#: Rows of the first tenant, and of each of the others.
SMALL = {
    "journal_entry": (20_000, 1_500),
    "job": (8_000, 500),
    "rate_development": (4_000, 300),
    "rate_figure": (20_000, 400),
    "registered_operation": (2_000, 200),
    "program": (100, 100),
    "sign_in_session": (4_000, 300),
    "identity_provider": (5, 5),
    "organization": (1_000, 50),
    "role_assignment": (4_000, 300),
    "invitation": (2_000, 200),
    "break_glass": (1_000, 100),
    **many_committees.SIZES,
}
FIGURES = 400
SCHEMA = build_schema(open_schema=True)
#: A table with so many rows is large.
MANY = 500

_ID = "('019a0000-0000-7000-8000-' || lpad(to_hex({} * 100::bigint + t.k), 12, '0'))::uuid"
_N = _ID.format("n")
_ACCOUNT = _ID.format(f"(n * 7 % {ACCOUNTS} + 1)")
_AT = "timestamptz '2020-01-01Z' + n * interval '1 minute'"
_ROWS = "from many t cross join lateral generate_series(1, case when t.k = 1 then {} else {} end) n"

_TENANT = """
create temporary table many as select k, ('019a0000-0000-7000-9000-' || lpad(to_hex(k), 12, '0'))::uuid as id
from generate_series(1, {tenants}) k;
insert into almoner.tenant (id, code, name, time_zone) select id, 'many-' || k, 'Agency ' || k, 'UTC' from many;
"""
_FILLED = {
    "account": f"""
        (tenant_id, id, email, name, password_hash, recertify_by, sponsor_id, disabled_at)
        select t.id, {_N}, n || '@agency.example', 'Account ' || n, '', date '2026-01-01' + n, {_ACCOUNT},
            case when n % 50 = 0 then {_AT} end """,
    "service_account": f"(tenant_id, id, name, secret_hash) select t.id, {_N}, 'Machine ' || n, '' ",
    "sign_in_guard": f"(tenant_id, id, failures) select t.id, {_N}, n % 5 ",
    "authenticator": f"""
        (tenant_id, id, account_id, sealed_secret, confirmed_at) select t.id, {_N}, {_N}, '', {_AT} """,
    "sign_in_session": f"""
        (tenant_id, id, subject_id, subject_kind, proved_at, factors, begun_at, expires_at)
        select t.id, {_N}, {_ACCOUNT}, 'account', {_AT}, '["pwd"]', {_AT}, {_AT} + interval '12 hours' """,
    "identity_provider": f"""
        (tenant_id, id, code, issuer, client_id, sealed_client_secret, redirect_uri, first_login, strong_acr)
        select t.id, {_N}, 'p' || n, '', '', '', '', 'LINK', '[]' """,
    "organization": f"""
        (tenant_id, id, kind, code, name, closed_at)
        select t.id, {_N}, (array['ACO', 'RBHA', 'COMMITTEE', 'OTHER'])[1 + n % 4], 'C' || n, 'Party ' || n % 700,
            case when n % 5 = 0 then {_AT} end """,
    "role_assignment": f"""
        (tenant_id, id, subject_id, role, reason, valid_from, valid_until, organization_id, kind, source_id,
         assigned_by)
        select t.id, {_N}, {_ACCOUNT}, (array['actuary', 'auditor', 'program_administrator', 'integrator'])[1 + n % 4],
            'test', case when n % 7 = 6 then timestamptz '2999-01-01Z' else {_AT} end,
            case when n % 7 = 5 then {_AT} + interval '1 minute' end,
            case when n % 3 = 0 then {_ID.format("(n % 50 + 1)")} end,
            (array['GIVEN', 'INVITED', 'DELEGATED', 'BREAK_GLASS'])[1 + n / 4 % 4],
            case when n / 4 % 4 = 2 then {_ID.format("(n - 1)")} end, {_ID.format(f"(n * 11 % {ACCOUNTS} + 1)")} """,
    "invitation": f"""
        (tenant_id, id, email, role, organization_id, reason, invited_by, invited_at, expires_at, withdrawn_at,
         taken_up_at)
        select t.id, {_N}, n || '@agency.example', (array['actuary', 'auditor', 'reviewer'])[1 + n % 3],
            {_ID.format("(n % 50 + 1)")}, 'test', {_ACCOUNT}, {_AT},
            case when n % 4 = 0 then timestamptz '2999-01-01Z' else {_AT} end,
            case when n % 4 = 1 then {_AT} end, case when n % 4 = 2 then {_AT} end """,
    "break_glass": f"""
        (tenant_id, id, subject_id, assignment_id, reason, opened_at, until_at, reviewed_at)
        select t.id, {_N}, {_ACCOUNT}, {_N}, 'test', {_AT}, {_AT} + interval '1 hour',
            case when n % 50 <> 0 then {_AT} + interval '1 day' end """,
    "operation_rule": f"(tenant_id, id, client_id, registered_only) select t.id, {_N}, {_ACCOUNT}, false ",
    "program": f"(tenant_id, id, code, name) select t.id, {_N}, 'P' || n, 'Program ' || n ",
    "period": f"""
        (tenant_id, id, program_id, label, begin_on, until_on)
        select t.id, {_N}, {_ID.format("((n + 3) / 4)")}, 'SFY' || n % 4, date '2020-07-01' + n,
            date '2021-07-01' + n """,
    "registered_operation": f"""
        (tenant_id, id, client_id, digest, text, name, registered_at)
        select t.id, {_N}, {_ACCOUNT}, encode(sha256(convert_to('query Q' || n || ' {{ __typename }}', 'UTF8')), 'hex'),
            'query Q' || n || ' {{ __typename }}', 'Q' || n, {_AT} """,
    "rate_development": f"""
        (tenant_id, id, name, status, revision, submitted_by, submitted_at)
        select t.id, {_N}, 'Rates ' || n * 7919 % 1000003,
            (array['CALCULATED', 'CERTIFIED', 'PUBLISHED'])[1 + n % 3], 1, {_ACCOUNT}, {_AT} """,
    "rate_revision": f"""
        (tenant_id, id, development_id, number, package_digest, submitted_by, submitted_at, calculated_at,
         tie_exact, tie_one_unit, tie_differs, findings)
        select t.id, {_N}, {_N}, 1, encode(sha256(n::text::bytea), 'hex'), {_ACCOUNT}, {_AT}, {_AT}, 9, 1, 0,
            '[{{"code": "C", "message": "M", "detail": {{"a": 1}}}}]' """,
    "rate_package": f"""
        (tenant_id, id, revision_id, content)
        select t.id, {_N}, {_N}, '{{"currency": "USD", "contractors": [], "rateCells": [],
            "ratingPeriod": {{"label": "SFY10", "begin": "2009-07-01", "end": "2010-06-30"}}}}' """,
    "rate_figure": f"""
        (tenant_id, id, revision_id, ordinal, exhibit, rate_cell, contractor, line, rate_column, value, display,
         formula, inputs, tie_out)
        select t.id, {_N}, {_ID.format(f"((n - 1) / {FIGURES} + 1)")}, n % {FIGURES},
            (array['A', 'B', 'C1', 'C2'])[1 + n % 4], 'CELL-' || n % 40,
            case when n % 4 = 0 then 'CONTRACTOR-' || n % 6 end, (array['claims', 'rate'])[1 + n % 2],
            (array['BEST', 'LOW', 'HIGH'])[1 + n % 3], n, n::text, 'claims',
            array[(n + 1) % {FIGURES}, (n + 2) % {FIGURES}]::int[], case when n % 2 = 0 then 'EXACT' end """,
    "job": f"""
        (tenant_id, id, kind, state, subject_type, subject_id, parameters, requested_by, request_id, requested_at,
         run_at, dispatches, fence, done_units, total_units, phase, failures)
        select t.id, {_N}, 'rates.calculate', (array['DONE', 'FAILED', 'CANCELLED'])[1 + n % 3], 'RateDevelopment',
            {_ID.format("(n / 2 + 1)")}, '{{}}', {_ACCOUNT}, 'r', {_AT}, {_AT}, 1, 1, 1, 1, 'done', 0 """,
    "journal_entry": f"""
        (tenant_id, id, at, actor_id, actor_kind, action, subject_type, subject_id, request_id, policy_version, detail)
        select t.id, {_N}, {_AT}, {_ACCOUNT}, 'account',
            case when n % 1000 = 0 then 'rate_rules.set' else 'rate_development.' || n % 8 end, 'RateDevelopment',
            {_ID.format("(n % 4000 + 1)")}, 'r', 'p', '{{"n": 1}}' """,
    **many_committees.FILLED,
}
#: Whose number follows from another's.
_LIKE = {"period": ("program", 4), "rate_revision": ("rate_development", 1), "rate_package": ("rate_development", 1)}


def tenant_id(number: int) -> UUID:
    """The row id of a tenant, from 1."""
    return UUID(f"019a0000-0000-7000-9000-{number:012x}")


def row_id(number: int, tenant: int = 1) -> UUID:
    """The id of a row of any table."""
    return UUID(f"019a0000-0000-7000-8000-{number * 100 + tenant:012x}")


def account(number: int, tenant: int = 1) -> Identity:
    """The account with this number."""
    return Identity(tenant_id(tenant), row_id(number, tenant), "account")


#: The one account that may see everything, and one that may see its own.
SEES_ALL, SEES_OWN = account(1), account(2)
THEIR_ROLES = {SEES_ALL: ("program_administrator", "actuary", "auditor"), SEES_OWN: ("integrator", "committee_member")}
#: Where they are held, if not at the tenant: at the committee with the many meetings.
_HELD_AT = {"committee_member": row_id(1)}


def _counts(sizes: Mapping[str, tuple[int, int]], table: str) -> tuple[int, int]:
    like, times = _LIKE.get(table, (table, 1))
    main, each = sizes.get(like, (ACCOUNTS, ACCOUNTS))
    return main * times, each * times


def fill(connection: psycopg.Connection[Any], sizes: Mapping[str, tuple[int, int]]) -> None:
    """Fill all tables; without triggers, which would tell of each job, and without looking up what they point at."""
    connection.execute("set session_replication_role = replica")
    connection.execute(_TENANT.format(tenants=TENANTS).encode())
    for table, columns in _FILLED.items():
        rows = _ROWS.format(*_counts(sizes, table))
        connection.execute(f"insert into almoner.{table} {columns} {rows}".encode())
    for identity, roles in THEIR_ROLES.items():
        of = (identity.tenant_id, identity.subject_id)
        connection.execute("delete from almoner.role_assignment where tenant_id = %s and subject_id = %s", of)
        for role in roles:
            connection.execute(
                "insert into almoner.role_assignment"
                " (tenant_id, id, subject_id, role, reason, valid_from, organization_id)"
                " values (%s, gen_random_uuid(), %s, %s, 'test', '2020-01-01Z', %s)",
                (*of, role, _HELD_AT.get(role)),
            )


@contextmanager
def database(superuser_url: str, sizes: Mapping[str, tuple[int, int]]) -> Iterator[str]:
    """The URL of a new database that is filled; it is dropped at the end."""
    name = f"many_{secrets.token_hex(4)}"
    with psycopg.connect(libpq_url(superuser_url), autocommit=True) as server:
        server.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        try:
            url = make_url(superuser_url).set(database=name).render_as_string(hide_password=False)
            upgrade(url)
            with psycopg.connect(libpq_url(url)) as connection:
                fill(connection, sizes)
            with psycopg.connect(libpq_url(url), autocommit=True) as connection:
                connection.execute("vacuum (analyze)")
            yield url
        finally:
            server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


class ManyRows:
    """Reads from such a database as the product does, and asks PostgreSQL how.

    Attributes:
        version: PostgreSQL's, the first number of it.
    """

    def __init__(self, url: str, reader: Reader, large: frozenset[str], version: int) -> None:
        self.url = url
        self.reader = reader
        self.version = version
        self._large = large

    async def ask(self, text: str, variables: Mapping[str, Any] | None = None, who: Identity = SEES_ALL) -> Answer:
        """What the product answers."""
        operation = SCHEMA.gate.document(text, None).operation(None)
        assert operation is not None
        return await self.reader.query(operation, variables, Caller(who))

    async def explain(
        self, text: str, variables: Mapping[str, Any] | None = None, who: Identity = SEES_ALL, options: str = "analyze"
    ) -> Any:
        """PostgreSQL's plan for the statement as it is sent, and as the reader runs it, and what came of it."""
        operation = SCHEMA.gate.document(text, None).operation(None)
        assert operation is not None
        plan = (await self.reader.query(operation, variables, Caller(who))).plan
        values = self.reader._plans.variables(operation, variables)
        given = plan.parameters(values, self.reader._asked(await self.reader._seen(Caller(who))))
        given |= {"session": None, "digest": operation.digest, "by_id": False}
        statement, names = plan.guarded[who.kind]
        asked = f"explain ({options}, format json) {statement}"
        async with self.reader._connections.lent(who.tenant_id) as connection:
            found = await _run(connection, asked, [given[name] for name in names], anew=plan.filtered)
        return json.loads(found[0])[0]["Plan"]

    def far_scans(self, plan: Any) -> list[str]:
        """The parts of a plan that go through a large table, or through an index on one, from end to end."""
        return far_scans(plan, self._large)


def far_scans(plan: Any, large: frozenset[str]) -> list[str]:
    """The same for the tables that are called large."""
    return [
        f"{node['Node Type']} on {node.get('Relation Name', '')} {node.get('Index Name', '')}"
        for node in nodes(plan)
        if _table_of(node) in large and "tenant_id" not in node.get("Index Cond", "")
    ]


def nodes(plan: Any) -> Iterator[Any]:
    """A plan's node and all below it."""
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def _table_of(node: Any) -> str | None:
    # A bitmap's table has no condition of its own, and its index names no table: they are looked at as one. And few
    # jobs are due at a time.
    if node["Node Type"] == "Bitmap Heap Scan" or node.get("Index Name") == "job_due_idx":
        return None
    return node.get("Relation Name") or str(node.get("Index Name", "")).partition("_tenant_id")[0].removesuffix("_pkey")


def rows_looked_at(plan: Any) -> int:
    """How many rows all scans of an analyzed plan have read, those that a filter then threw away among them."""
    return sum(
        node["Actual Loops"]
        * (node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0))
        for node in nodes(plan)
        if "Scan" in node["Node Type"] and ("Relation Name" in node or "Index Name" in node)
    )


_LARGE = """
select relname from pg_class where relnamespace = 'almoner'::regnamespace and relkind = 'r' and reltuples >= %s
"""


@asynccontextmanager
async def reading(url: str, *, pool_size: int = 2) -> AsyncIterator[ManyRows]:
    """Reads from the database at this URL."""
    app = make_url(url).set(username=APP_ROLE).render_as_string(hide_password=False)
    with psycopg.connect(libpq_url(url)) as connection:
        large = frozenset(name for (name,) in connection.execute(_LARGE, (MANY,)).fetchall())
        version = connection.info.server_version // 10_000
    house = build_house(Settings(database_url=SecretStr(app), environment="development"), pool_size=1)
    async with Connections(house.database.url, pool_size, seconds=60) as connections:
        yield ManyRows(url, Reader(house, Plans(SCHEMA.catalog, house.authorizer), connections), large, version)
        await house.close()
