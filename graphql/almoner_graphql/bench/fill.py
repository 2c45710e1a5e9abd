"""Fills the throw-away database of `almoner bench read`: `python -m almoner_graphql.bench.fill --help`.

The database is migrated and has one tenant, `bench`, with one account: see `almoner.cli.local.benchmark_token`. All the
rest follows from row numbers, so two fills of one size hold the same data, but for that tenant's id.

Prints `{"tenantId": …, "organizationId": …}`, the row ids of that tenant and of one of its organizations.
"""

from __future__ import annotations

import argparse
import json
import os
import sys

from sqlalchemy import Connection, Table, create_engine, text
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from almoner.core.database import APP_ROLE
from almoner.core.tables import METADATA, SCHEMA
from almoner_graphql.bench.tables import BenchDocument, BenchOrganization, BenchSignature

OWNER = "almoner_owner"
TABLES: tuple[type[SQLModel], ...] = (BenchOrganization, BenchDocument, BenchSignature)
DOCUMENTS = 5
SIGNATURES = 2
#: As many as the sample package has, in round numbers.
FIGURES = 400

# Ids that grow with the number, as those do that are made one after the other.
_ID = "('019a0000-0000-7000-8000-' || lpad(to_hex({}), 12, '0'))::uuid"

_TENANTS = f"""
insert into almoner.tenant (id, code, name, time_zone)
select {_ID.format("n")}, 'bench-' || n, 'Benchmark ' || n, 'UTC' from generate_series(2, :tenants) n
"""  # noqa: S608  (our own text)

_ORGANIZATIONS = f"""
insert into almoner.bench_organization
    (tenant_id, id, name, kind, status, enrolled_on, savings, contact, updated_at)
select t.id, {_ID.format("(t.number - 1) * :organizations + n")}, 'Care Alliance ' || n,
    (array['ACO', 'RBHA', 'CLINIC'])[1 + n % 3], (array['ACTIVE', 'PENDING', 'LEFT'])[1 + n % 5 % 3],
    date '2019-01-01' + n * 7 % 2000,
    case when n % 4 > 0 then (n * 7919 % 4000000)::numeric / 100 end,
    case when n % 3 = 0 then 'office' || n || '@care.example' end,
    timestamptz '2026-01-01T08:00Z' + n * interval '61.25 minutes'
from (select id, row_number() over (order by length(code), code) as number from almoner.tenant) t
cross join generate_series(1, :organizations) n
"""  # noqa: S608  (our own text)

_DOCUMENTS = f"""
insert into almoner.bench_document
    (tenant_id, id, organization_id, title, kind, status, due_on, amount, submitted_at)
select o.tenant_id, {_ID.format("(o.number - 1) * :documents + n")}, o.id, 'Schedule ' || n,
    (array['AGREEMENT', 'BUDGET', 'ROSTER'])[1 + n % 3],
    (array['DRAFT', 'SUBMITTED', 'SIGNED'])[1 + (o.number + n) % 3],
    date '2026-03-31' + ((o.number + n) % 300)::int,
    case when n % 2 = 0 then ((o.number * 31 + n) % 900000)::numeric / 4 end,
    case when (o.number + n) % 3 > 0 then timestamptz '2026-02-01T09:30Z' + o.number * interval '17 seconds' end
from (select tenant_id, id, row_number() over (order by id) as number from almoner.bench_organization) o
cross join generate_series(1, :documents) n
"""  # noqa: S608  (our own text)

_SIGNATURES = f"""
insert into almoner.bench_signature (tenant_id, id, document_id, signer, role, status, signed_at, remark)
select d.tenant_id, {_ID.format("(d.number - 1) * :signatures + n")}, d.id,
    (array['Ana Ruiz', 'Chloé Begay', 'Tom O''Neil', 'Mai Lin'])[1 + (d.number + n) % 4],
    (array['CEO', 'CFO'])[1 + n % 2], case when d.signed then 'SIGNED' else 'WAITING' end,
    case when d.signed then timestamptz '2026-02-03T10:00Z' + d.number * interval '11.5 seconds' end,
    case when d.number % 10 = 0 then 'by "proxy"' end
from (
    select tenant_id, id, status = 'SIGNED' as signed, row_number() over (order by id) as number
    from almoner.bench_document
) d
cross join generate_series(1, :signatures) n
"""  # noqa: S608  (our own text)

_DEVELOPMENTS = f"""
insert into almoner.rate_development (tenant_id, id, name, status, revision, submitted_by, submitted_at)
select t.id, {_ID.format("n")}, 'Rates ' || n, 'CALCULATED', 1, a.id, timestamptz '2026-01-01Z' + n * interval '1 hour'
from almoner.tenant t join almoner.account a on a.tenant_id = t.id cross join generate_series(1, :developments) n
where t.code = 'bench'
"""  # noqa: S608  (our own text)

_REVISIONS = """
insert into almoner.rate_revision
    (tenant_id, id, development_id, number, package_digest, submitted_by, submitted_at, calculated_at,
     tie_exact, tie_one_unit, tie_differs, findings)
select tenant_id, id, id, 1, encode(sha256(id::text::bytea), 'hex'), submitted_by, submitted_at,
    submitted_at + interval '2 seconds', 390, 10, 0, '[]'
from almoner.rate_development
"""

_FIGURES = f"""
insert into almoner.rate_figure
    (tenant_id, id, revision_id, ordinal, exhibit, rate_cell, contractor, line, rate_column, value, display, formula,
     inputs, printed, tie_out)
select r.tenant_id, {_ID.format("(r.number - 1) * :figures + n + 1")}, r.id, n,
    (array['A', 'B', 'C1', 'C2'])[1 + n % 4], 'CELL-' || n % 40, case when n % 4 = 0 then 'CONTRACTOR-' || n % 6 end,
    (array['claims', 'rate', 'statewideRate', 'dollars'])[1 + n % 4], (array['BEST', 'LOW', 'HIGH'])[1 + n % 3],
    (r.number * 1009 + n * 7919)::numeric / 700, round((r.number * 1009 + n * 7919)::numeric / 700, 2)::text,
    'claims / memberMonths', case when n > 1 then array[n - 2, n - 1] else array[]::int[] end,
    case when n % 2 = 0 then round((r.number * 1009 + n * 7919)::numeric / 700, 2)::text end,
    case when n % 2 = 0 then 'EXACT' end
from (select tenant_id, id, row_number() over (order by id) as number from almoner.rate_revision) r
cross join generate_series(0, :figures - 1) n
"""  # noqa: S608  (our own text)

_SUBJECT = """
select t.id as tenant, (
    select id from almoner.bench_organization where tenant_id = t.id order by id offset :organizations / 2 limit 1
) as organization
from almoner.tenant t where code = 'bench'
"""


def fill(connection: Connection, *, tenants: int, organizations: int, developments: int) -> dict[str, str]:
    """Make the tables and fill all of them, as a superuser: the owner itself sees no row of a forced table.

    Args:
        connection: in a transaction.
        tenants: how many, the one that is there among them.
        organizations: of each tenant.
        developments: of the tenant `bench`, with figures.

    Returns:
        What the module prints.
    """
    _make_tables(connection)
    sizes = {"documents": DOCUMENTS, "signatures": SIGNATURES, "figures": FIGURES}
    sizes |= {"tenants": tenants, "organizations": organizations, "developments": developments}
    for statement in (_TENANTS, _ORGANIZATIONS, _DOCUMENTS, _SIGNATURES, _DEVELOPMENTS, _REVISIONS, _FIGURES):
        needed = text(statement)
        connection.execute(needed, {name: sizes[name] for name in needed.compile().params})
    subject = connection.execute(text(_SUBJECT), {"organizations": organizations}).one()
    return {"tenantId": str(subject.tenant), "organizationId": str(subject.organization)}


def _make_tables(connection: Connection) -> None:
    connection.execute(text(f"set local role {OWNER}"))
    tables: list[Table] = [METADATA.tables[f"{SCHEMA}.{table.__tablename__}"] for table in TABLES]
    METADATA.create_all(connection, tables, checkfirst=False)
    for table in tables:
        for statement in _isolation(table.fullname):
            connection.execute(text(statement))
    connection.execute(text("reset role"))


def _isolation(table: str) -> tuple[str, ...]:
    """What the migrations give to every tenant table; they are not ours to import."""
    ours = "tenant_id = (select almoner.current_tenant())"
    return (
        f"alter table {table} enable row level security, force row level security",
        f"create policy tenant on {table} to {APP_ROLE} using ({ours}) with check ({ours})",
        f"grant select, insert, update on {table} to {APP_ROLE}",
    )


def main() -> int:
    """Fill the database that `ALMONER_MIGRATION_URL` names."""
    parser = argparse.ArgumentParser(description="Fill the throw-away database of `almoner bench read`.")
    for name in ("tenants", "organizations", "developments"):
        parser.add_argument(f"--{name}", type=int, required=True)
    sizes = vars(parser.parse_args())
    engine = create_engine(make_url(os.environ["ALMONER_MIGRATION_URL"]).set(drivername="postgresql+psycopg"))
    try:
        with engine.begin() as connection:
            subject = fill(connection, **sizes)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # Now, and not whenever autovacuum comes by: that would be in the middle of somebody's run.
            connection.execute(text("vacuum (analyze)"))
    finally:
        engine.dispose()
    sys.stdout.write(json.dumps(subject) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
