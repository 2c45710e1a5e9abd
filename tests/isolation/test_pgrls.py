"""What others say of our row-level security: a linter, and a prover that works through the policies themselves.

`pgrls` reads the catalogue of the migrated database. Its proof is about what the policies say; the same is then tried
on rows: the application under one tenant, with rows of two in every table.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from pgrls.introspect import introspect
from pgrls.verify import DEFAULT_AUTH_FUNCTIONS, Mode, build_verification
from psycopg import sql
from tests.architecture.test_catalogue import GLOBAL_TABLES, SECURITY_DEFINERS

from almoner.core.database import APP_ROLE, libpq_url

CONFIG = Path(__file__).with_name("pgrls.toml")
MODES: tuple[Mode, ...] = ("anon", "cross-tenant", "write")
AUTH_FUNCTIONS = {*DEFAULT_AUTH_FUNCTIONS, "almoner.current_tenant"}
LEAKY = {
    "using (true) with check (true)": {"cross-tenant", "write"},
    "using (tenant_id = (select almoner.current_tenant()) or name = 'x')"
    " with check (tenant_id = (select almoner.current_tenant()))": {"cross-tenant", "write"},  # deletes, too
    "using (tenant_id = (select almoner.current_tenant())) with check (true)": {"write"},
}
A, B = UUID(int=0xA), UUID(int=0xB)


@pytest.fixture
def connection(superuser_url):
    with psycopg.connect(libpq_url(superuser_url)) as connection:
        yield connection
        connection.rollback()


def tenant_tables(connection) -> list[str]:
    """All tables but the global ones, as the catalogue has them."""
    query = "select relname from pg_class where relnamespace = 'almoner'::regnamespace and relkind in ('r', 'p')"
    return sorted(name for (name,) in connection.execute(query).fetchall() if name not in GLOBAL_TABLES)


def verdicts(connection, mode: Mode) -> dict[str, str]:
    """Table -> what is proven of it for the application: the policies of other roles are not its way in."""
    schema = introspect(connection, ["almoner"])
    tables = tuple(
        replace(table, policies=tuple(one for one in table.policies if {APP_ROLE, "public"} & set(one.roles)))
        for table in schema.tables
    )
    found = build_verification(
        replace(schema, tables=tables), mode=mode, auth_functions=AUTH_FUNCTIONS, anon_roles={APP_ROLE}
    )
    return {table.qualified_name.removeprefix("almoner."): table.verdict for table in found.tables}


def test_the_linter_finds_nothing_that_is_not_explained(superuser_url):
    command = [sys.executable, "-m", "pgrls", "lint", "--config", str(CONFIG), "--min-severity", "warning"]
    command += ["--schemas", "almoner", "--database-url", libpq_url(superuser_url)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_the_linter_is_told_is_what_the_catalogue_excepts():
    rules = tomllib.loads(CONFIG.read_text(encoding="utf-8"))["lint"]["rules"]
    assert set(rules["SEC001"]["allowlist"]) == {f"almoner.{name}" for name in GLOBAL_TABLES}
    assert set(rules["SEC014"]["allowlist"]) == {f"almoner.{name}" for name in SECURITY_DEFINERS}


@pytest.mark.parametrize("mode", MODES)
def test_isolation_is_proven_for_every_tenant_table(connection, mode):
    assert verdicts(connection, mode) == dict.fromkeys(tenant_tables(connection), "isolated")


@pytest.mark.parametrize(("policy", "found_by"), LEAKY.items(), ids=["all", "or", "write"])
def test_a_planted_hole_is_not_proven(connection, policy, found_by):
    connection.execute("drop policy tenant on almoner.program")
    connection.execute(f"create policy tenant on almoner.program to almoner_app {policy}".encode())
    found = {mode for mode in ("cross-tenant", "write") if verdicts(connection, mode)["program"] != "isolated"}
    assert found == found_by


def test_a_table_that_the_proof_leaves_out_is_noticed(connection):
    connection.execute("alter table almoner.program disable row level security")
    assert set(tenant_tables(connection)) - set(verdicts(connection, "cross-tenant")) == {"program"}


# --- the same, tried -----------------------------------------------------------------------------------------------

COLUMNS = """
select attname, format_type(atttypid, atttypmod) from pg_attribute
where attrelid = %s::regclass and attnum > 0 and not attisdropped and attnotnull and not atthasdef
"""
SOME = {
    "uuid": "gen_random_uuid()",
    "jsonb": "'[]'",
    "boolean": "true",
    "date": "date '2026-01-01'",
    "timestamp with time zone": "now()",
    "integer": "1",
    "bigint": "1",
    "integer[]": "'{}'",
    "uuid[]": "'{}'",
    "bytea": "''",
    "character varying": "gen_random_uuid()::text",
}
DIFFERENT = {"registered_operation": {"text": "'x'", "digest": "encode(sha256('x'), 'hex')"}}


def insertion(connection, table: str, tenant: UUID) -> sql.Composed:
    """An insert of a row that has something everywhere where something must be."""
    given = {
        name: SOME.get(kind, "1") for name, kind in connection.execute(COLUMNS, (f"almoner.{table}",)).fetchall()
    } | DIFFERENT.get(table, {})
    given["tenant_id"] = f"'{tenant}'"
    names = sql.SQL(", ").join(map(sql.Identifier, given))
    values = sql.SQL(", ").join(sql.SQL(value) for value in given.values())
    return sql.SQL("insert into almoner.{} ({}) values ({})").format(sql.Identifier(table), names, values)


@pytest.fixture
def filled(connection):
    """A row of A and one of B in every tenant table; then the application, under no tenant yet."""
    connection.execute("set local session_replication_role = replica")  # rows of nobody, so nothing is looked up
    for table in tenant_tables(connection):
        for tenant in (A, B):
            connection.execute(insertion(connection, table, tenant))
    connection.execute("set local session_replication_role = origin")
    connection.execute(f"set local role {APP_ROLE}")
    return connection


def count(connection, statement: str, table: str, *given: object) -> int:
    return connection.execute(sql.SQL(statement).format(sql.Identifier(table)), given).rowcount


def refused(connection, statement, *given: object) -> str:
    """What the database says instead of doing it."""
    with pytest.raises(psycopg.Error) as refusal, connection.transaction():
        connection.execute(statement, given)
    return str(refusal.value)


def test_no_statement_reaches_another_tenants_row(filled):
    tables = tenant_tables(filled)
    assert len(tables) > 25
    filled.execute("select set_config('almoner.tenant_id', %s, true)", (str(A),))
    for table in tables:
        name = sql.Identifier(table)
        assert count(filled, "select from almoner.{}", table) == 1, table
        assert count(filled, "select from almoner.{} where tenant_id = %s", table, B) == 0, table
        update = sql.SQL("update almoner.{} set tenant_id = tenant_id where tenant_id = %s").format(name)
        if filled.execute("select has_table_privilege(%s, 'update')", (f"almoner.{table}",)).fetchone()[0]:
            assert filled.execute(update, (B,)).rowcount == 0, table
            moved = sql.SQL("update almoner.{} set tenant_id = %s").format(name)
            assert "row-level security" in refused(filled, moved, B), table
        else:
            assert "permission denied" in refused(filled, update, B), table
        delete = sql.SQL("delete from almoner.{} where tenant_id = %s").format(name)
        assert "permission denied" in refused(filled, delete, B), table
        assert "row-level security" in refused(filled, insertion(filled, table, B)), table
    filled.execute("reset role")
    for table in tables:
        assert count(filled, "select from almoner.{} where tenant_id = %s", table, B) == 1, table


@pytest.mark.parametrize("setting", [None, ""])
def test_without_a_tenant_every_table_raises(filled, setting):
    if setting is not None:
        filled.execute("select set_config('almoner.tenant_id', %s, true)", (setting,))
    for table in tenant_tables(filled):
        said = refused(filled, sql.SQL("select from almoner.{}").format(sql.Identifier(table)))
        assert "almoner.tenant_id" in said or "invalid input syntax" in said, table
