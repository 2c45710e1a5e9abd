"""Whatever is asked, by whomever, with whosever ids: nothing of another tenant leaves the house, or gets into a log."""

from __future__ import annotations

import os
import sys

import httpx
import psycopg
import pytest
from sqlalchemy import String, Text
from sqlalchemy.dialects.postgresql import JSONB
from tests.isolation.fuzz import CONNECTIONS, SEED, Fuzz

from almoner.core.database import libpq_url
from almoner.core.tables import METADATA
from almoner_graphql.schema import build_schema

pytestmark = pytest.mark.anyio

OPERATIONS = int(os.environ.get("ALMONER_ISOLATION_OPERATIONS", "5000"))
MANY = 100_000
#: Of a run's answers, those with a text of the asker's own: a fuzz that is only refused proves nothing.
LEAST_SHARE = 0.15
SCHEMA = build_schema(open_schema=True)._schema
#: Columns of tenant tables that hold texts, but none of a tenant's choosing.
NO_TENANTS_TEXT = {
    **dict.fromkeys(
        (
            "account.password_hash",
            "account_token.token_hash",
            "authenticator.sealed_secret",
            "identity_provider.sealed_client_secret",
            "rate_revision.package_digest",
            "recovery_code.code_hash",
            "refresh_token.token_hash",
            "registered_operation.digest",
            "service_account.former_secret_hash",
            "service_account.secret_hash",
        ),
        "a digest, or sealed",
    ),
    **dict.fromkeys(
        (
            "account_token.kind",
            "identity_provider.first_login",
            "invitation.role",
            "job.kind",
            "job.state",
            "job.subject_type",
            "job.parameters",
            "journal_entry.action",
            "journal_entry.actor_kind",
            "journal_entry.subject_type",
            "organization.kind",
            "policy_item.kind",
            "rate_development.status",
            "role_assignment.kind",
            "sign_in_session.factors",
            "sign_in_session.subject_kind",
        ),
        "a word of ours",
    ),
    **dict.fromkeys(("job.policy_version", "journal_entry.policy_version"), "a digest of ours, and a number"),
    **dict.fromkeys(
        (
            "rate_figure.display",
            "rate_figure.exhibit",
            "rate_figure.formula",
            "rate_figure.line",
            "rate_figure.printed",
            "rate_figure.rate_column",
            "rate_figure.repair",
            "rate_figure.tie_out",
        ),
        "numbers, and the arithmetic's own words",
    ),
    "paper.purposes": "words of ours",
    "paper.asks_bodies": "ids of organizations",
    "rate_revision.findings": "which printed cells do not add up, by the codes that figures have too",
}


def text_columns():
    """All columns of tenant tables that can hold a text."""
    return {
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        if "tenant_id" in table.columns
        for column in table.columns
        if isinstance(column.type, (String, Text, JSONB))
    }


def columns_with_canaries(superuser_url, told):
    """Those of them in which something of this tenant's has its canary."""
    found = set()
    with psycopg.connect(libpq_url(superuser_url)) as connection:
        for place in sorted(text_columns()):
            table, _, column = place.partition(".")
            query = f"select exists (select from almoner.{table} where tenant_id = %s and {column}::text ilike %s)"
            if connection.execute(query.encode(), (told.tenant.id, f"%{told.canary}%")).fetchone() == (True,):
                found.add(place)
    return found


async def test_every_text_of_a_tenants_choosing_has_its_canary(tenants, superuser_url):
    for told in (tenants[0], tenants[-1]):
        assert columns_with_canaries(superuser_url, told) == text_columns() - set(NO_TENANTS_TEXT)


async def test_every_tenant_has_rows_of_every_table(tenants):
    assert [name for name, ids in tenants[0].ids.items() if not ids] == []


async def fuzzed(server, tenants, operations, transport=None):
    # Connections do not expire: while an operation is written, this loop may stand still for longer than the usual five
    # seconds, and then httpcore would close one that a request has just been given.
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS, keepalive_expiry=None)
    async with httpx.AsyncClient(base_url=server, limits=limits, timeout=120, transport=transport) as client:
        fuzz = Fuzz(client, SCHEMA, tenants, SEED)
        await fuzz.learn_cursors()
        return fuzz, await fuzz.run(operations)


def strangers(superuser_url, fuzz, tenants):
    """What tenants have that speaks of others: rows with their canaries, entries by somebody who is none of its own."""
    with psycopg.connect(libpq_url(superuser_url)) as connection:
        for number, told in enumerate(tenants):
            for table in METADATA.tables.values():
                if "tenant_id" in table.columns:
                    query = f"select t::text from {table.fullname} t where tenant_id = %s"
                    for (row,) in connection.execute(query.encode(), (told.tenant.id,)):
                        if fuzz.search.foreign(row.encode(), number):
                            yield f"{table.name}: {row}"
            query = (
                "select action from almoner.journal_entry where tenant_id = %(id)s and actor_id not in ("
                "select id from almoner.account where tenant_id = %(id)s union all"
                " select id from almoner.service_account where tenant_id = %(id)s) and actor_kind like '%%account'"
            )
            yield from (action for (action,) in connection.execute(query, {"id": told.tenant.id}))


async def prove(operations, server, server_log, tenants, superuser_url, capsys):
    """What another tenant has been told or has got; and the rest, which says whether that means anything."""
    fuzz, report = await fuzzed(server, tenants, operations)
    with capsys.disabled():
        sys.stdout.write(f" {report} ")
    # Enough was asked in every way, and answered.
    assert report.kinds.total() == operations
    assert min(report.kinds.values()) > operations / 100
    assert report.share > LEAST_SHARE
    assert {"NOT_FOUND", "DENIED", "UNAUTHENTICATED", "UNKNOWN_DOCUMENT"} <= set(report.codes)
    assert "INTERNAL" not in report.codes, f"seed {SEED}"
    logged = [f"the log tells of tenant {number}" for number in fuzz.search.whose(server_log.read_bytes())]
    return [*report.leaks, *logged, *strangers(superuser_url, fuzz, tenants)]


async def test_nothing_of_another_tenant_comes_back(server, server_log, tenants, superuser_url, capsys):
    assert await prove(OPERATIONS, server, server_log, tenants, superuser_url, capsys) == [], f"seed {SEED}"


@pytest.mark.bench
async def test_nothing_of_another_tenant_comes_back_of_very_many(server, server_log, tenants, superuser_url, capsys):
    assert await prove(MANY, server, server_log, tenants, superuser_url, capsys) == [], f"seed {SEED}"
