"""Migrating a database that has assignments keeps them, as held at the tenant for good."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from sqlalchemy.engine import make_url

from almoner.core.database import libpq_url
from almoner_migrations.migrate import upgrade

TENANT, SUBJECT = UUID(int=1), UUID(int=2)


@pytest.fixture
def older(superuser_url: str) -> Iterator[str]:
    """A database as it was before roles could be held at organizations."""
    name = f"older_{secrets.token_hex(4)}"
    with psycopg.connect(libpq_url(superuser_url), autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
        url = make_url(superuser_url).set(database=name).render_as_string(hide_password=False)
        upgrade(url, revision="20261121_03")
        yield url
        connection.execute(f"drop database {name} with (force)".encode())


def test_assignments_are_kept_as_they_were(older):
    with psycopg.connect(libpq_url(older)) as connection:
        connection.execute("insert into almoner.tenant values (%s, 'old', 'Old', 'UTC')", (TENANT,))
        connection.execute(
            "insert into almoner.role_assignment values (%s, gen_random_uuid(), %s, 'actuary', 'old', now(), null)",
            (TENANT, SUBJECT),
        )
    upgrade(older)
    with psycopg.connect(libpq_url(older)) as connection:
        columns = "subject_id, role, reason, organization_id, kind, source_id, assigned_by, ended_at"
        found = connection.execute(f"select {columns} from almoner.role_assignment".encode()).fetchall()
    assert found == [(SUBJECT, "actuary", "old", None, "GIVEN", None, None, None)]
