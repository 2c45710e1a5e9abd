"""The migrations and the tables in code say the same."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import psycopg
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

import almoner_migrations
from almoner.core.database import libpq_url
from almoner.core.tables import METADATA
from almoner_migrations.migrate import upgrade

SLICES = (
    "tenancy",
    "identity",
    "authorization",
    "journal",
    "jobs",
    "operations",
    "organizations",
    "rates",
    "committees",
)
#: In the database only: Alembic's own table, and an index on a condition that SQLModel cannot say.
ONLY_IN_THE_DATABASE = {"alembic_version", "job_due_idx"}


def test_the_schema_is_what_the_tables_in_code_say(superuser_url):
    for name in SLICES:
        import_module(f"almoner.{name}.tables")
    engine = create_engine(make_url(superuser_url).set(drivername="postgresql+psycopg"))
    with engine.connect() as connection:
        options = {"include_schemas": True, "include_name": lambda name, kind, _: kind != "schema" or name == "almoner"}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)
    engine.dispose()
    differences = [found for found in found if getattr(found[1], "name", None) not in ONLY_IN_THE_DATABASE]
    assert differences == []


def test_migrating_again_changes_nothing(superuser_url):
    versions = "select version_num from almoner.alembic_version"
    with psycopg.connect(libpq_url(superuser_url)) as connection:
        before = connection.execute(versions).fetchall()
        connection.rollback()
        upgrade(superuser_url)
        assert connection.execute(versions).fetchall() == before


def test_every_migration_is_named_by_its_date():
    folder = Path(almoner_migrations.__file__).parent / "versions"
    names = sorted(path.name for path in folder.glob("*.py"))
    assert names
    assert all(re.fullmatch(r"20\d\d_\d\d_\d\d_\d\d_[a-z_]+\.py", name) for name in names)


def test_the_roles_are_what_they_should_be(superuser_url):
    with psycopg.connect(libpq_url(superuser_url)) as connection:
        roles = connection.execute(
            "select rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb from pg_roles "
            "where rolname like 'almoner%' order by rolname"
        ).fetchall()
    assert roles == [
        ("almoner_app", True, False, False, False, False),
        ("almoner_migrator", True, False, False, False, False),
        ("almoner_owner", False, False, False, False, False),
    ]


def test_the_migrator_can_migrate_without_being_a_superuser(superuser_url):
    migrator = make_url(superuser_url).set(username="almoner_migrator").render_as_string(hide_password=False)
    upgrade(migrator)
    with psycopg.connect(libpq_url(migrator)) as connection:
        assert connection.execute("select current_user").fetchone() == ("almoner_migrator",)
