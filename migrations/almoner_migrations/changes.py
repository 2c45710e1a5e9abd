"""Telling of changed rows, in one place: what a table tells to whoever follows a row."""

from __future__ import annotations

from alembic import op


def tell_changes(table: str, kind: str, column: str = "id") -> None:
    """Let each row of a tenant table that is written or removed tell that something of another row has changed.

    `tell_changes("job", "job")` tells of the rows themselves; `tell_changes("ballot", "meeting", "meeting_id")` tells
    of a ballot's meeting. A table may tell of several kinds. Who listens hears of it when the transaction commits, and
    once of a row however much of it has changed. Each row costs about 10 µs: leave it away where rows come by the
    thousand, and have the row that they belong to written instead.

    Args:
        table: must have the `column`, and `tenant_id`.
        kind: the table of the row that is told of.
        column: holds that row's id; where it is null, nothing is told.
    """
    op.execute(
        f"create trigger {kind}_changed after insert or update or delete on almoner.{table}"
        f" for each row execute function almoner.tell_row_changed('{kind}', '{column}')"
    )


def tell_changes_through(table: str, kind: str, road: tuple[str, str, str]) -> None:
    """The same for a row that belongs to the one that is told of by way of another row, which costs a look-up each.

    Args:
        road: the column with the id of the row between, that one's table, and its column with the id that is told.
    """
    key, between, column = road
    op.execute(
        f"create trigger {kind}_changed after insert or update or delete on almoner.{table} for each row"
        f" execute function almoner.tell_row_changed_through('{kind}', '{key}', '{between}', '{column}')"
    )
