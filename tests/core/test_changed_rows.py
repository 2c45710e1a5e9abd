"""What the database tells of changed rows: of the row that the trigger names, once in a transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

import psycopg
import pytest

from almoner.core.database import libpq_url
from almoner.core.ids import new_id

END = "the end"
BALLOTS = """
create temporary table ballot (tenant_id uuid, id serial, meeting_id uuid, voter_id uuid, choice text);
create trigger meeting_changed after insert or update or delete on ballot
    for each row execute function almoner.tell_row_changed('meeting', 'meeting_id');
create trigger voter_changed after insert or update or delete on ballot
    for each row execute function almoner.tell_row_changed('voter', 'voter_id');
"""
#: A function that would answer instead of PostgreSQL's, were it looked for in the caller's path.
IN_THE_WAY = """
create schema in_the_way;
create function in_the_way.pg_notify(text, text) returns void language plpgsql as $$
begin raise 'called'; end $$;
set local search_path = in_the_way, pg_catalog, pg_temp;
"""
TENANT, OTHER_TENANT, MEETING, NEXT_MEETING, VOTER = (new_id() for _ in range(5))


def cast(connection: psycopg.Connection, meeting: UUID | None, voter: UUID | None = None) -> None:
    """Somebody's ballot."""
    query = "insert into ballot (tenant_id, meeting_id, voter_id) values (%s, %s, %s)"
    connection.execute(query, (TENANT, meeting, voter))


def meeting_told(meeting: UUID, tenant: UUID = TENANT) -> str:
    return f"meeting {tenant} {meeting}"


@pytest.fixture
def connection(superuser_url: str) -> Iterator[psycopg.Connection]:
    """A database in which ballots tell of their meetings and voters."""
    with psycopg.connect(libpq_url(superuser_url), autocommit=True) as connection:
        connection.execute(BALLOTS)
        yield connection


@pytest.fixture
def told(connection: psycopg.Connection) -> Callable[[], list[str]]:
    """What has been told since the last question, from the first question on."""
    connection.execute("listen almoner_row_changed")

    def told() -> list[str]:
        connection.execute("select pg_notify('almoner_row_changed', %s)", (END,))
        found: list[str] = []
        for notice in connection.notifies(timeout=20):
            if notice.payload == END:
                return found
            found.append(notice.payload)
        raise AssertionError("nothing is heard")

    return told


@pytest.mark.parametrize("statement", ["update ballot set choice = 'nay'", "delete from ballot"])
def test_whatever_becomes_of_a_row_is_told_of_the_row_that_it_names(connection, told, statement):
    cast(connection, MEETING)
    assert told() == [meeting_told(MEETING)]
    connection.execute(statement)
    assert told() == [meeting_told(MEETING)]


def test_a_row_that_moves_tells_of_both(connection, told):
    cast(connection, MEETING)
    assert told() == [meeting_told(MEETING)]
    connection.execute("update ballot set meeting_id = %s", (NEXT_MEETING,))
    assert told() == [meeting_told(MEETING), meeting_told(NEXT_MEETING)]
    connection.execute("update ballot set tenant_id = %s", (OTHER_TENANT,))
    assert told() == [meeting_told(NEXT_MEETING), meeting_told(NEXT_MEETING, OTHER_TENANT)]


def test_a_row_that_names_nothing_tells_nothing(connection, told):
    cast(connection, None)
    assert told() == []


def test_a_table_can_tell_of_two_kinds(connection, told):
    cast(connection, MEETING, VOTER)
    assert sorted(told()) == [meeting_told(MEETING), f"voter {TENANT} {VOTER}"]


def test_a_transaction_tells_once_of_a_row_and_when_it_commits(connection, told):
    with connection.transaction():
        for meeting in (MEETING, NEXT_MEETING, MEETING):
            with connection.transaction():
                cast(connection, meeting)
        connection.execute("update ballot set choice = 'aye'")
    assert told() == [meeting_told(MEETING), meeting_told(NEXT_MEETING)]
    with connection.transaction(force_rollback=True):
        cast(connection, MEETING)
    assert told() == []


def test_nobody_can_put_a_function_of_theirs_in_the_way(connection):
    with connection.transaction(force_rollback=True):
        connection.execute(IN_THE_WAY)
        with pytest.raises(psycopg.errors.RaiseException, match="called"), connection.transaction():
            connection.execute("select pg_notify('x', 'y')")
        cast(connection, MEETING)
        assert connection.execute("select count(*) from ballot").fetchone() == (1,)
