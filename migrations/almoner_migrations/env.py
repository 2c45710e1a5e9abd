"""Alembic's entry: runs on the connection that `migrate.upgrade` hands over, in its transaction."""

from __future__ import annotations

from alembic import context

from almoner.core.tables import METADATA, SCHEMA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table_schema=SCHEMA,
    transactional_ddl=True,
)
context.run_migrations()
