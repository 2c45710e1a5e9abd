"""Every table of the schema keeps the rules of tenant isolation, as the database's own catalogue tells them.

The global tables, and what else is excepted, stand here with their reasons; anything that is not excepted is a tenant
table. Each rule is shown to notice a table that breaks it.
"""

from __future__ import annotations

import os
import subprocess
import sys

import psycopg
import pytest
from sqlalchemy.engine import make_url

from almoner.core.database import libpq_url
from almoner_migrations.migrate import upgrade

GLOBAL_TABLES = {
    "tenant": "found by its code before there is a tenant to be in",
    "alembic_version": "says which migrations have run",
}
INDEXES_ACROSS_TENANTS = {
    "job_due_idx": "the relay serves all tenants and asks for what is due",
}
POLICIES_BESIDE_THE_TENANTS = {
    (
        "job",
        "relay_looks",
    ): "the owner's dispatch_jobs() looks across tenants at jobs under way, and gives away ids only",
    ("job", "relay_marks"): "and it notes when it has dispatched one",
    **dict.fromkeys(
        (
            *(("sign_in_session", "sweep"), ("refresh_token", "sweep"), ("account_token", "sweep")),
            *(("provider_sign_in", "sweep"), ("policy_preview", "sweep"), ("policy_version", "sweep")),
        ),
        "the owner's sweep() removes what has been over for long, whose it was, and reaches nothing else",
    ),
}
SECURITY_DEFINERS = {
    "dispatch_jobs": "the relay's one look across tenants",
    "sweep": "removes what is over for all tenants, and gives away numbers only",
}

TABLES = """
select c.oid, c.relname, c.relkind::text, c.relrowsecurity, c.relforcerowsecurity, pg_get_userbyid(c.relowner),
    coalesce(c.reloptions @> array['security_invoker=true'], false)
from pg_class c where c.relnamespace = 'almoner'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
"""
COLUMN = """
select format_type(atttypid, atttypmod), attnotnull from pg_attribute where attrelid = %s and attname = 'tenant_id'
"""
CONSTRAINTS = """
select conname, contype::text, confrelid::regclass::text,
    array(select attname::text from unnest(conkey) with ordinality k(num, n)
          join pg_attribute on attrelid = conrelid and attnum = num order by n),
    array(select attname::text from unnest(confkey) with ordinality k(num, n)
          join pg_attribute on attrelid = confrelid and attnum = num order by n)
from pg_constraint where conrelid = %s
"""
INDEXES = """
select i.indexrelid::regclass::text, i.indisunique,
    array(select coalesce(attname::text, '(expression)') from unnest(i.indkey::int[]) with ordinality k(num, n)
          left join pg_attribute on attrelid = i.indrelid and attnum = num and num > 0 order by n)
from pg_index i where i.indrelid = %s
"""
POLICIES = """
select polname, array(select case when r = 0 then 'public' else pg_get_userbyid(r)::text end from unnest(polroles) r),
    polcmd::text, polpermissive, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)
from pg_policy where polrelid = %s
"""
RIGHTS = """
select grantee::regrole::text, privilege_type
from pg_class, aclexplode(relacl) where pg_class.oid = %s and grantee <> relowner
"""
FUNCTIONS = """
select proname, prosecdef, coalesce(array_to_string(proconfig, ' '), '') like '%%search_path=%%'
from pg_proc where pronamespace = 'almoner'::regnamespace
"""
TELLERS = """
select tgname, tgargs, tgtype::integer, array(
    select confrelid::regclass || ' by ' || attname from pg_constraint
    join pg_attribute on attrelid = conrelid and attnum = conkey[2]
    where contype = 'f' and conrelid = tgrelid and cardinality(conkey) = 2
)
from pg_trigger where tgrelid = %s and tgfoid = 'almoner.tell_row_changed'::regproc
"""
#: The same of those that tell by way of another row, and by which keys of that one's table.
TELLERS_THROUGH = """
select tgname, tgargs, tgtype::integer, array(
    select confrelid::regclass || ' by ' || attname from pg_constraint
    join pg_attribute on attrelid = conrelid and attnum = conkey[2]
    where contype = 'f' and conrelid = tgrelid and cardinality(conkey) = 2
), array(
    select conrelid::regclass || ' to ' || confrelid::regclass || ' by ' || attname from pg_constraint
    join pg_attribute on attrelid = conrelid and attnum = conkey[2]
    where contype = 'f' and cardinality(conkey) = 2
)
from pg_trigger where tgrelid = %s and tgfoid = 'almoner.tell_row_changed_through'::regproc
"""
#: The bits of `pg_trigger.tgtype` of `after insert or update or delete … for each row`.
AFTER_EACH_ROW = 1 + 4 + 8 + 16
TENANT_ONLY = "(tenant_id = ( SELECT almoner.current_tenant() AS current_tenant))"


def broken_rules(connection: psycopg.Connection) -> list[str]:
    """Every rule that something in the schema breaks, in words."""
    found: list[str] = []
    for oid, name, kind, enabled, forced, owner, invoker in connection.execute(TABLES).fetchall():
        if kind != "r":
            if not (kind == "v" and invoker):
                found.append(f"{name}: a view must be made with security_invoker; other kinds have no row security")
            continue
        if owner != "almoner_owner":
            found.append(f"{name}: owned by {owner}")
        found += [f"{name}: {rule}" for rule in _rights(connection, oid)]
        if name in GLOBAL_TABLES:
            continue
        if not (enabled and forced):
            found.append(f"{name}: row security is not enabled and forced")
        rules = [*_columns(connection, oid), *_keys(connection, oid), *_indexes(connection, oid)]
        rules += [*_policies(connection, oid, name), *_tellers(connection, oid, name)]
        found += [f"{name}: {rule}" for rule in rules]
    for function, definer, has_path in connection.execute(FUNCTIONS).fetchall():
        if definer and (function not in SECURITY_DEFINERS or not has_path):
            found.append(f"{function}: a security definer that is not excepted or has no search_path of its own")
    return found


def _rights(connection, oid):
    for grantee, right in connection.execute(RIGHTS, (oid,)).fetchall():
        if grantee != "almoner_app":
            yield f"{grantee} has rights"
        elif right not in ("SELECT", "INSERT", "UPDATE"):
            yield f"the application may {right}"


def _columns(connection, oid):
    if connection.execute(COLUMN, (oid,)).fetchone() != ("uuid", True):
        yield "tenant_id is not uuid NOT NULL"


def _keys(connection, oid):
    primary = []
    for name, kind, target, columns, targets in connection.execute(CONSTRAINTS, (oid,)).fetchall():
        if kind == "p":
            primary = columns
        elif kind == "f" and target != "almoner.tenant" and (columns[0], targets[0]) != ("tenant_id", "tenant_id"):
            yield f"foreign key {name} does not carry the tenant"
        elif kind == "f" and target == "almoner.tenant" and columns != ["tenant_id"]:
            yield f"foreign key {name} names a tenant by another column"
    if primary != ["tenant_id", "id"]:
        yield f"primary key is {primary}"


def _indexes(connection, oid):
    for name, unique, columns in connection.execute(INDEXES, (oid,)).fetchall():
        if columns[0] == "tenant_id" or name.removeprefix("almoner.") in INDEXES_ACROSS_TENANTS:
            continue
        yield f"index {name} is not led by tenant_id"
        if unique and "tenant_id" not in columns:
            yield f"unique index {name} tells of other tenants' rows"


def _policies(connection, oid, table):
    tenant = False
    for name, roles, command, permissive, using, check in connection.execute(POLICIES, (oid,)).fetchall():
        if name == "tenant":
            tenant = (roles, command, permissive, using, check) == (
                ["almoner_app"],
                "*",
                True,
                TENANT_ONLY,
                TENANT_ONLY,
            )
        elif (table, name) not in POLICIES_BESIDE_THE_TENANTS or roles != ["almoner_owner"]:
            yield f"policy {name} is not excepted"
    if not tenant:
        yield "there is no policy `tenant` for the application that compares tenant_id, and only that"


def _tellers(connection, oid, table):
    for name, arguments, kind_of_trigger, keys in connection.execute(TELLERS, (oid,)).fetchall():
        kind, column = arguments.decode().removesuffix("\0").split("\0")
        if (kind, column) != (table, "id") and f"almoner.{kind} by {column}" not in keys:
            yield f"trigger {name} tells of a {kind}, of which {column} is no key"
        if kind_of_trigger != AFTER_EACH_ROW:
            yield f"trigger {name} does not tell of each row that is inserted, updated or deleted"
    for name, arguments, kind_of_trigger, keys, roads in connection.execute(TELLERS_THROUGH, (oid,)).fetchall():
        kind, key, between, column = arguments.decode().removesuffix("\0").split("\0")
        road = f"almoner.{between} to almoner.{kind} by {column}"
        if f"almoner.{between} by {key}" not in keys or road not in roads:
            yield f"trigger {name} tells of a {kind} by a road that is none: {key}, {between}, {column}"
        if kind_of_trigger != AFTER_EACH_ROW:
            yield f"trigger {name} does not tell of each row that is inserted, updated or deleted"


@pytest.fixture
def connection(superuser_url):
    with psycopg.connect(libpq_url(superuser_url)) as connection:
        yield connection
        connection.rollback()


def test_every_table_keeps_the_rules_of_tenant_isolation(connection):
    assert broken_rules(connection) == []


def test_every_exception_still_exists(connection):
    tables = {row[1] for row in connection.execute(TABLES).fetchall()}
    indexes = {
        row[0].removeprefix("almoner.")
        for oid, *_ in connection.execute(TABLES).fetchall()
        for row in connection.execute(INDEXES, (oid,)).fetchall()
    }
    functions = {row[0] for row in connection.execute(FUNCTIONS).fetchall()}
    assert set(GLOBAL_TABLES) <= tables
    assert set(INDEXES_ACROSS_TENANTS) <= indexes
    assert set(SECURITY_DEFINERS) <= functions


GOOD = """
set local role almoner_owner;
create table almoner.planted (
    tenant_id uuid not null references almoner.tenant (id), id uuid not null, code text, program_id uuid,
    primary key (tenant_id, id), unique (tenant_id, code),
    foreign key (tenant_id, program_id) references almoner.program (tenant_id, id)
);
alter table almoner.planted enable row level security, force row level security;
create policy tenant on almoner.planted to almoner_app
    using (tenant_id = (select almoner.current_tenant())) with check (tenant_id = (select almoner.current_tenant()));
grant select, insert on almoner.planted to almoner_app;
create trigger program_changed after insert or update or delete on almoner.planted
    for each row execute function almoner.tell_row_changed('program', 'program_id');
"""
EACH_ROW = "after insert or update or delete on almoner.planted for each row"
SPOILED = {
    "no row security": ("alter table almoner.planted disable row level security", "not enabled and forced"),
    "not forced": ("alter table almoner.planted no force row level security", "not enabled and forced"),
    "no policy": ("drop policy tenant on almoner.planted", "no policy `tenant`"),
    "policy for everyone": ("alter policy tenant on almoner.planted to public", "no policy `tenant`"),
    "policy that lets all in": ("alter policy tenant on almoner.planted using (true)", "no policy `tenant`"),
    "policy asked per row": (
        "alter policy tenant on almoner.planted using (tenant_id = almoner.current_tenant())",
        "no policy `tenant`",
    ),
    "a second policy": ("create policy more on almoner.planted to almoner_app using (true)", "policy more"),
    "tenant may be missing": (
        "alter table almoner.planted drop constraint planted_pkey; "
        "alter table almoner.planted alter tenant_id drop not null",
        "tenant_id is not uuid NOT NULL",
    ),
    "tenant as text": (
        "drop policy tenant on almoner.planted; alter table almoner.planted drop constraint planted_tenant_id_fkey, "
        "drop constraint planted_tenant_id_program_id_fkey, alter tenant_id type text",
        "tenant_id is not uuid NOT NULL",
    ),
    "key without tenant": (
        "alter table almoner.planted drop constraint planted_pkey, add primary key (id)",
        "primary key is ['id']",
    ),
    "key across tenants": (
        "alter table almoner.planted add other uuid; "
        "create unique index ok on almoner.program (id); "
        "alter table almoner.planted add foreign key (other) references almoner.program (id)",
        "does not carry the tenant",
    ),
    "index not led by tenant": ("create index slow on almoner.planted (code)", "not led by tenant_id"),
    "unique across tenants": ("create unique index tells on almoner.planted (code)", "tells of other tenants' rows"),
    "rights for everyone": ("grant select on almoner.planted to public", "has rights"),
    "truncate": ("grant truncate on almoner.planted to almoner_app", "may TRUNCATE"),
    "delete": ("grant delete on almoner.planted to almoner_app", "may DELETE"),
    "a view past the rules": ("create view almoner.seen as select * from almoner.planted", "security_invoker"),
    "a function past the rules": (
        "create function almoner.peek() returns bigint language sql security definer "
        "return (select count(*) from almoner.planted)",
        "security definer",
    ),
    "telling by a column that is not there": (
        f"create trigger tells {EACH_ROW} execute function almoner.tell_row_changed('program', 'program')",
        "program is no key",
    ),
    "telling of another table than the key's": (
        f"create trigger tells {EACH_ROW} execute function almoner.tell_row_changed('period', 'program_id')",
        "program_id is no key",
    ),
    "telling by way of a row that the key does not name": (
        f"create trigger tells {EACH_ROW} execute function "
        "almoner.tell_row_changed_through('tenant', 'program_id', 'period', 'program_id')",
        "by a road that is none",
    ),
    "telling by way of a row that names another": (
        f"create trigger tells {EACH_ROW} execute function "
        "almoner.tell_row_changed_through('period', 'program_id', 'program', 'id')",
        "by a road that is none",
    ),
    "telling of nothing that is removed": (
        "create or replace trigger program_changed after insert or update on almoner.planted "
        "for each row execute function almoner.tell_row_changed('program', 'program_id')",
        "does not tell of each row",
    ),
}


def test_a_good_planted_table_breaks_no_rule(connection):
    connection.execute(GOOD)
    assert broken_rules(connection) == []


@pytest.mark.parametrize(("statement", "rule"), SPOILED.values(), ids=SPOILED)
def test_a_bad_planted_table_is_noticed(connection, statement, rule):
    connection.execute(GOOD)
    connection.execute(statement)
    assert any(rule in broken for broken in broken_rules(connection)), broken_rules(connection)


def test_a_planted_table_of_another_owner_is_noticed(connection):
    connection.execute("create table almoner.planted (tenant_id uuid not null, id uuid not null)")
    assert any("owned by" in broken for broken in broken_rules(connection))


@pytest.fixture
def benchmark_url(superuser_url):
    """A database of its own, filled for the read benchmark, in small."""
    url = make_url(superuser_url).set(database="bench_catalogue").render_as_string(hide_password=False)
    with psycopg.connect(libpq_url(superuser_url), autocommit=True) as connection:
        connection.execute("create database bench_catalogue")
        try:
            upgrade(url)
            with psycopg.connect(libpq_url(url)) as other:
                other.execute("insert into almoner.tenant values (gen_random_uuid(), 'bench', 'Benchmark', 'UTC')")
            command = [sys.executable, "-m", "almoner_graphql.bench.fill", "--tenants=2", "--organizations=3"]
            environment = {**os.environ, "ALMONER_MIGRATION_URL": url}
            subprocess.run([*command, "--developments=0"], env=environment, capture_output=True, check=True)
            yield url
        finally:
            connection.execute("drop database bench_catalogue")


def test_the_tables_of_the_read_benchmark_keep_every_rule_too(benchmark_url):
    with psycopg.connect(libpq_url(benchmark_url)) as connection:
        assert connection.execute("select count(*) from almoner.bench_signature").fetchone() == (2 * 3 * 5 * 2,)
        assert broken_rules(connection) == []
