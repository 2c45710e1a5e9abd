"""The three database roles. See docs/decisions for why there are three."""

from __future__ import annotations

from psycopg import Connection, sql

OWNER = "almoner_owner"
MIGRATOR = "almoner_migrator"
APP = "almoner_app"


class RolesMissing(Exception):
    """The roles do not exist and this login may not create them."""


def ensure_roles(connection: Connection, *, app_password: str | None = None) -> None:
    """Create the roles that are missing and let the owner make its schemas in this database.

    * `almoner_owner` owns everything and cannot log in.
    * `almoner_migrator` logs in and may become the owner.
    * `almoner_app` logs in, owns nothing, and cannot bypass row-level security.

    Raises:
        RolesMissing: a role is missing and this login may not create roles.
    """
    there = {
        name
        for (name,) in connection.execute(
            "select rolname from pg_roles where rolname = any(%s)", ([OWNER, MIGRATOR, APP],)
        ).fetchall()
    }
    me = connection.execute("select rolsuper, rolcreaterole from pg_roles where rolname = current_user").fetchone()
    is_superuser, may_create = me if me else (False, False)
    if len(there) < 3:
        if not (is_superuser or may_create):
            raise RolesMissing(
                f"The roles {OWNER}, {MIGRATOR} and {APP} must exist. Run `almoner migrate` once with an "
                "ALMONER_MIGRATION_URL whose login may create roles, or create them by hand (docs/operations.md)."
            )
        _create(connection, there)
    if app_password is not None and (is_superuser or may_create):
        connection.execute(sql.SQL("alter role {} password {}").format(sql.Identifier(APP), sql.Literal(app_password)))
    if is_superuser or may_create:
        _grant(connection, is_superuser=is_superuser)


def _create(connection: Connection, there: set[str]) -> None:
    for name, login in ((OWNER, "nologin"), (MIGRATOR, "login"), (APP, "login")):
        if name not in there:
            # Both parts are constants of this module.
            connection.execute(
                sql.SQL("create role {} " + login + " nosuperuser nocreatedb nocreaterole nobypassrls").format(
                    sql.Identifier(name)
                )
            )


def _grant(connection: Connection, *, is_superuser: bool) -> None:
    database = connection.info.dbname
    connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(OWNER), sql.Identifier(MIGRATOR)))
    connection.execute(
        sql.SQL("grant create, connect, temporary on database {} to {}").format(
            sql.Identifier(database), sql.Identifier(OWNER)
        )
    )
    connection.execute(
        sql.SQL("grant connect on database {} to {}, {}").format(
            sql.Identifier(database), sql.Identifier(MIGRATOR), sql.Identifier(APP)
        )
    )
    if not is_superuser:
        # A login that is no superuser must be a member of a role to act as it.
        for name in (OWNER, APP):
            connection.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(name)))
