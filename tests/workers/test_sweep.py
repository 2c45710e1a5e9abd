"""The sweep: what has been over for long goes, for all tenants, and nothing else does."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from almoner.core.database import libpq_url
from almoner.core.ids import new_id
from almoner_workers.sweep import Sweep

KEEP_DAYS = 30
TABLES = ("refresh_token", "sign_in_session", "account_token", "provider_sign_in", "policy_preview")
#: Days from now, on both sides of what matters: never between two statements of a test.
DAYS = st.sampled_from([-400.0, -30.5, -30.001, -29.999, -29.0, -1.5, -0.01, 0.01, 0.5, 29.0, 31.0])


@dataclass
class Filled:
    """Rows of a tenant, made as superuser.

    Attributes:
        stays: by table, the ids of the rows that must be there after a sweep.
        goes: those that must not.
    """

    connection: Any
    now: datetime
    tenant: UUID = field(default_factory=new_id)
    stays: dict[str, set[UUID]] = field(default_factory=lambda: {table: set() for table in TABLES})
    goes: dict[str, set[UUID]] = field(default_factory=lambda: {table: set() for table in TABLES})

    def __post_init__(self) -> None:
        self.insert("tenant", id=self.tenant, code=f"s-{secrets.token_hex(6)}", name="S", time_zone="UTC")
        self.account = self._row("account", email="a@x.example", name="A", recertify_by=self.now)
        providers = {"issuer": "i", "client_id": "c", "sealed_client_secret": "s", "redirect_uri": "r"}
        self.provider = self._row("identity_provider", code="p", first_login="LINK", strong_acr="[]", **providers)
        self.versions = 0

    def insert(self, table: str, **values: Any) -> None:
        names, places = ", ".join(values), ", ".join(["%s"] * len(values))
        self.connection.execute(f"insert into almoner.{table} ({names}) values ({places})".encode(), [*values.values()])

    def _row(self, table: str, **values: Any) -> UUID:
        row_id = new_id()
        self.insert(table, tenant_id=self.tenant, id=row_id, **values)
        return row_id

    def at(self, days: float) -> datetime:
        return self.now + timedelta(days=days)

    def note(self, table: str, row_id: UUID, over_at: datetime) -> None:
        """The model: what has been over for so many days goes."""
        (self.goes if over_at < self.now - timedelta(days=KEEP_DAYS) else self.stays)[table].add(row_id)

    def session(self, days: float, tokens: list[bool], *, revoked: bool) -> None:
        session = self._row(
            "sign_in_session",
            subject_id=self.account,
            subject_kind="account",
            proved_at=self.at(days - 1),
            factors="[]",
            expires_at=self.at(days),
            revoked_at=self.at(days - 0.5) if revoked else None,
        )
        self.note("sign_in_session", session, self.at(days))
        for used in tokens:
            used_at = self.at(days - 300) if used else None
            token = self._row("refresh_token", session_id=session, token_hash=uuid4().hex, used_at=used_at)
            self.note("refresh_token", token, self.at(days))

    def account_token(self, days: float, used: bool) -> None:
        hashed, used_at = uuid4().hex, self.at(days - 2) if used else None
        over = self.at(days)
        token = self._row(
            "account_token", account_id=self.account, kind="reset", token_hash=hashed, expires_at=over, used_at=used_at
        )
        self.note("account_token", token, over)

    def provider_sign_in(self, days: float) -> None:
        hashed = uuid4().hex
        done = self._row("provider_sign_in", provider_id=self.provider, state_hash=hashed, used_at=self.at(days))
        self.note("provider_sign_in", done, self.at(days))

    def preview(self, days: float) -> UUID:
        """A preview that can still be applied."""
        preview = self._row(
            "policy_preview", base=self.versions, changes="[]", created_by=self.account, created_at=self.at(days)
        )
        self.stays["policy_preview"].add(preview)
        return preview

    def version(self, days: float, previews: int) -> None:
        """Previews, and the version that ended them."""
        before = [self.preview(days - 5) for _ in range(previews)]
        self.versions += 1
        self._row(
            "policy_version",
            number=self.versions,
            author_id=self.account,
            reason="r",
            created_at=self.at(days),
            changes="[]",
        )
        self.stays["policy_preview"] -= {*before}
        for preview in before:
            self.note("policy_preview", preview, self.at(days))

    def there(self) -> dict[str, set[UUID]]:
        return {
            table: {
                row_id
                for (row_id,) in self.connection.execute(
                    f"select id from almoner.{table} where tenant_id = %s".encode(), (self.tenant,)
                ).fetchall()
            }
            for table in TABLES
        }


@pytest.fixture
def fill(superuser_url):
    """Makes a tenant to fill."""
    with psycopg.connect(libpq_url(superuser_url), autocommit=True) as connection:
        yield lambda: Filled(connection, datetime.now(UTC))


@contextmanager
def application(database_url: str) -> Iterator[psycopg.Connection]:
    """A connection as the relay and the sweep have theirs."""
    with psycopg.connect(libpq_url(database_url), autocommit=True) as connection:
        connection.execute("set role almoner_app")
        yield connection


def one_of_each(filled: Filled, days: float) -> None:
    filled.session(days, [True, False], revoked=False)
    filled.account_token(days, used=False)
    filled.provider_sign_in(min(days, -0.01))
    filled.version(min(days, -0.01), 1)


SESSIONS = st.lists(st.tuples(DAYS, st.lists(st.booleans(), max_size=3), st.booleans()), max_size=4)
TOKENS = st.lists(st.tuples(DAYS, st.booleans()), max_size=4)
PAST = st.lists(DAYS.filter(lambda days: days < 0), max_size=4)
VERSIONS = st.lists(st.tuples(DAYS.filter(lambda days: days < 0), st.integers(0, 2)), max_size=3)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    tenants=st.lists(st.tuples(SESSIONS, TOKENS, PAST, VERSIONS, PAST), min_size=1, max_size=2),
    batch=st.sampled_from([1, 2, 1000]),
)
def test_exactly_what_has_been_over_for_long_goes(fill, database_url, tenants, batch):
    filled = []
    for sessions, tokens, sign_ins, versions, open_previews in tenants:
        filled.append(one := fill())
        for days, each, revoked in sessions:
            one.session(days, each, revoked=revoked)
        for days, used in tokens:
            one.account_token(days, used)
        for days in sign_ins:
            one.provider_sign_in(days)
        for days, previews in versions:
            one.version(days, previews)
        for days in open_previews:
            one.preview(days)
    with application(database_url) as connection:
        sweep = Sweep("", keep_days=KEEP_DAYS, batch=batch)
        removed = sweep.sweep(connection)
        assert [one.there() for one in filled] == [one.stays for one in filled]
        gone = {table: sum(len(one.goes[table]) for one in filled) for table in TABLES}
        # Other tests leave rows too, and those that are over go with these.
        assert all(removed[table] >= gone[table] for table in TABLES)
        assert not any(sweep.sweep(connection).values())


def test_a_batch_is_a_batch(fill, database_url):
    filled = fill()
    for _ in range(5):
        filled.account_token(-100, used=False)
    statement = "select removed from almoner.sweep(make_interval(days => 30), 2) where swept = 'account_token'"
    with application(database_url) as connection:
        Sweep("", keep_days=KEEP_DAYS).sweep(connection)
        for _ in range(5):
            filled.account_token(-100, used=False)
        assert [connection.execute(statement).fetchone() for _ in range(4)] == [(2,), (2,), (1,), (0,)]


def test_several_sweep_at_once_without_waiting_for_each_other(fill, database_url):
    filled = [fill() for _ in range(3)]
    for one in filled:
        one_of_each(one, -100)
        one_of_each(one, 0.5)
    with application(database_url) as first, application(database_url) as second:
        second.execute("set statement_timeout = '20s'")
        with first.transaction():
            held = Sweep("", keep_days=KEEP_DAYS, batch=1).sweep(first)
            left = Sweep("", keep_days=KEEP_DAYS).sweep(second)
        assert sum(held.values()) >= sum(len(ids) for one in filled for ids in one.goes.values())
        assert not any(left.values())
    assert [one.there() for one in filled] == [one.stays for one in filled]


@pytest.mark.parametrize("keep", ["0", "interval '-1000 days'"])
def test_nobody_can_ask_it_to_remove_what_is_valid(fill, database_url, keep):
    filled = fill()
    for days in (-0.5, 0.5, 100):
        one_of_each(filled, days)
    before = filled.there()
    interval = keep if keep.startswith("interval") else f"make_interval(days => {keep})"
    with application(database_url) as connection:
        connection.execute(f"select almoner.sweep({interval}, 1000)".encode())
    assert filled.there() == before


@pytest.mark.parametrize("table", [*TABLES, "journal_entry", "role_assignment", "policy_version"])
def test_the_application_itself_can_delete_nothing(database_url, table):
    with application(database_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(f"delete from almoner.{table}".encode())


def test_a_stopped_sweep_begins_nothing_more(fill, database_url):
    filled = fill()
    one_of_each(filled, -100)
    before = filled.there()
    sweep = Sweep("", keep_days=KEEP_DAYS)
    sweep.stop()
    with application(database_url) as connection:
        assert sweep.sweep(connection) == {}
    assert filled.there() == before


def test_a_sweep_that_cannot_reach_the_database_ends_when_it_is_told_to():
    sweep = Sweep("postgresql://nobody@127.0.0.1:1/none", keep_days=KEEP_DAYS)
    sweep.start()
    sweep.stop()
    sweep.join(10)
    assert not sweep.is_alive()


def test_real_workers_sweep_when_they_start(fill, start_workers, wait_until):
    filled = [fill() for _ in range(2)]
    for one in filled:
        one_of_each(one, -5)
        one_of_each(one, -1.5)
        one_of_each(one, 0.5)
    with start_workers(processes=2, ALMONER_KEEP_DAYS="3") as workers:
        wait_until(lambda: workers.log().count('"sweep.done"') == 2, 30, "both have swept")
    for one in filled:
        assert len(one.there()["sign_in_session"]) == 2
        assert len(one.there()["account_token"]) == 2
        assert len(one.there()["provider_sign_in"]) == 2
        assert len(one.there()["policy_preview"]) == 2
