"""Bring a database up to date."""

from __future__ import annotations

import psycopg
from alembic import command
from alembic.config import Config
from psycopg import sql
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from almoner_migrations.roles import OWNER, ensure_roles

# Any two runs against one database take turns.
_LOCK = 4_212_021


def upgrade(url: str, *, app_password: str | None = None, revision: str = "head") -> None:
    """Make the roles if needed, then run the migrations as the owner.

    Args:
        url: a PostgreSQL URL whose login is a superuser, may create roles, or is a member of `almoner_owner`.
        app_password: the password to give to `almoner_app`; None leaves it as it is.

    Raises:
        RolesMissing: see `ensure_roles`.
    """
    parsed = make_url(url)
    with psycopg.connect(parsed.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
        connection.execute("select pg_advisory_lock(%s)", (_LOCK,))
        ensure_roles(connection, app_password=app_password)
        connection.execute(sql.SQL("set role {}").format(sql.Identifier(OWNER)))
        connection.execute("create schema if not exists almoner")
        connection.commit()
        engine = create_engine(parsed.set(drivername="postgresql+psycopg"))
        try:
            with engine.begin() as migrating:
                migrating.execute(text(f"set local role {OWNER}"))
                config = Config()
                config.set_main_option("script_location", "almoner_migrations:")
                config.attributes["connection"] = migrating
                command.upgrade(config, revision)
        finally:
            engine.dispose()
