"""Who was told to leave for a private item sees nothing of it any more, whatever else happens."""

from __future__ import annotations

import secrets
from uuid import UUID

import anyio
import psycopg
import pytest
from sqlalchemy.engine import make_url
from tests.committees.building import make_chamber, make_meeting
from tests.committees.delegating import declare as decide
from tests.committees.delegating import stored
from tests.committees.record_rows import rows
from tests.committees.test_attendance import S, give_a_role
from tests.committees.test_conflicts import EVERYBODY, declare
from tests.graphql.locks import locked

from almoner.authorization.built_in import built_in
from almoner.authorization.permissions import Permission
from almoner.committees.agenda_items import change_agenda_item
from almoner.committees.barring import OF_A_PART, OF_AN_ITEM
from almoner.committees.cast_ballot import cast_ballot
from almoner.committees.declare_conflict import rule_on_conflict
from almoner.committees.file_paper import file_paper
from almoner.committees.referrals import refer_decision
from almoner.committees.tables import (
    AgendaItem,
    Ballot,
    CommitteeRelation,
    ConflictDeclaration,
    Decision,
    Paper,
    Referral,
    Vote,
)
from almoner.committees.votes import close_vote, open_vote
from almoner.committees.words import BallotChoice, CommitteeRelationKind, ConflictRuling, DecisionKind
from almoner.core.database import libpq_url
from almoner.core.tables import METADATA
from almoner_graphql.planner.declare import READS
from almoner_migrations.migrate import upgrade

pytestmark = pytest.mark.anyio


async def item_of(chamber, held, title="Vision"):
    async with chamber.tenant.house.operator_scope(chamber.tenant.id, "test-look") as scope:
        return await scope.find(AgendaItem, held.items[title])


def subjects(chamber, *names):
    return {chamber.tenant.identities[chamber.who(name)].subject_id for name in names}


async def leave(chamber, held, who):
    made = await declare(chamber, who, held.items["Vision"])
    await chamber.do("chair", rule_on_conflict, made.id, ConflictRuling.LEAVE)


async def test_of_two_who_leave_at_one_instant_both_are_kept_out(tenant, superuser_url):
    chamber = await make_chamber(tenant)
    await give_a_role(tenant, chamber, "member2", "committee_chair")
    held = await make_meeting(chamber, private=("Vision",))
    first = await declare(chamber, "member1", held.items["Vision"])

    async def rule():
        await chamber.do("chair", rule_on_conflict, first.id, ConflictRuling.LEAVE)

    # The ruling waits for the lock, with the meeting; the other declaration for the meeting.
    async with anyio.create_task_group() as both, locked(superuser_url, "conflict_declaration", "share") as waiting:
        with anyio.fail_after(30):
            both.start_soon(rule)
            while await waiting() < 1:
                pass
            both.start_soon(declare, chamber, "member2", held.items["Vision"])
            while await waiting() < 2:
                pass
    assert set((await item_of(chamber, held)).barred) == subjects(chamber, "member1", "member2")


async def test_an_item_that_is_made_private_is_kept_from_who_was_told_to_leave_and_no_longer_than_it_is(tenant):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, status=S.PLANNED)
    item, author = held.items["Vision"], tenant.identities["author"].subject_id
    await chamber.do("secretary", file_paper, item, author_id=author, title="A bid")
    await leave(chamber, held, "member1")
    for is_private in (True, False, True):
        await chamber.do("secretary", change_agenda_item, item, is_private=is_private)
        kept = subjects(chamber, "member1") if is_private else set()
        assert set((await item_of(chamber, held)).barred) == kept
        (paper,) = await rows(chamber, Paper)
        assert set(paper.barred) == kept


async def test_a_ruling_that_lets_somebody_stay_keeps_nobody_out_of_what_is_made_private(tenant):
    chamber = await make_chamber(tenant)
    held = await make_meeting(chamber, status=S.PLANNED)
    for who, ruling in (("member1", ConflictRuling.STAY_WITHOUT_VOTING), ("member2", ConflictRuling.STAY)):
        made = await declare(chamber, who, held.items["Vision"])
        await chamber.do("chair", rule_on_conflict, made.id, ruling)
    await declare(chamber, "member3", held.items["Vision"])
    await chamber.do("secretary", change_agenda_item, held.items["Vision"], is_private=True)
    assert (await item_of(chamber, held)).barred == []


async def _with_a_referral(tenant):
    """A private item that was voted and decided on, and in which two have an interest; its decision is referred."""
    chamber = await make_chamber(tenant)
    scrutiny = await make_chamber(tenant, prefix="scrutiny-", bodies=0)
    kind = CommitteeRelationKind.SCRUTINISED_BY
    relation = CommitteeRelation(tenant_id=tenant.id, committee_id=chamber.id, kind=kind, other_id=scrutiny.id)
    await stored(chamber, relation)
    held = await make_meeting(chamber, present=EVERYBODY, private=("Vision",))
    await declare(chamber, "member2", held.items["Vision"])
    vote = await chamber.do("chair", open_vote, held.items["Vision"], motion="x")
    for who in ("chair", "member1"):
        await chamber.do(who, cast_ballot, vote.id, BallotChoice.FOR)
    await chamber.do("chair", close_vote, vote.id)
    decision = await decide(held, DecisionKind.NOTE)
    return chamber, held, decision, scrutiny


SEEN = {
    Referral: Permission.REFERRAL_VIEW,
    ConflictDeclaration: Permission.CONFLICT_DECLARATION_VIEW,
    Ballot: Permission.BALLOT_VIEW,
}


async def seen(chamber, who):
    """Whose declarations and ballots somebody sees, and how many referrals."""

    async def look(scope):
        found = {table: [each for each in every[table] if scope.allows(SEEN[table], each)] for table in SEEN}
        said = {each.subject_id for table in (ConflictDeclaration, Ballot) for each in found[table]}
        return len(found[Referral]), len(found[ConflictDeclaration]), len(found[Ballot]), said

    every = {table: await rows(chamber, table) for table in SEEN}
    return await chamber.do(who, look)


@pytest.mark.parametrize("referred_first", [True, False])
async def test_who_leaves_sees_no_referral_no_ballots_and_no_interest_but_their_own(tenant, referred_first):
    chamber, held, decision, scrutiny = await _with_a_referral(tenant)

    async def refer(who):
        await chamber.do(who, refer_decision, decision.id, to_id=scrutiny.id, reason="A secret.")

    if referred_first:
        await refer("chair")
    await give_a_role(tenant, chamber, "member1", "committee_chair")
    await declare(chamber, "member1", held.items["Vision"])  # and so leaves at once
    if not referred_first:
        await refer("chair")
    # As one who presides: who does sees all ballots otherwise.
    assert await seen(chamber, "member1") == (0, 1, 1, subjects(chamber, "member1"))
    assert (await seen(chamber, "chair"))[:3] == (1, 2, 2)
    assert (await seen(chamber, "member3"))[:3] == (1, 2, 0)


def _beneath(name):
    """The tables whose rows belong to those of a table, by their keys; and what belongs to those."""
    found, new = set(), {name}
    while new:
        found |= new
        new = {
            table.name
            for table in METADATA.tables.values()
            for key in table.foreign_keys
            if key.column.table.name in found
        } - found
    return found - {name}


def test_everything_that_hangs_on_an_item_is_kept_from_who_is_kept_from_it():
    # What has no permission of its own is seen through a row that has one.
    seen_by = {reads.table.__tablename__: reads.view for reads in READS.values() if reads.table and reads.view}
    beneath = _beneath(AgendaItem.__tablename__)
    assert {"recommendation", "referral", "decision_body"} <= beneath
    kept = {table.__tablename__: table for table in (*OF_AN_ITEM, *OF_A_PART)}
    assert kept.keys() == beneath & seen_by.keys()
    refused = {each.permission for each in built_in().document.granted["committee_member"] if each.effect == "deny"}
    for name, table in (kept | {AgendaItem.__tablename__: AgendaItem}).items():
        assert table.barred_to == "barred"
        assert seen_by[name] in refused


@pytest.fixture
def older(superuser_url):
    """A database as it was before referrals, interests and ballots were kept from anybody."""
    name = f"older_{secrets.token_hex(4)}"
    with psycopg.connect(libpq_url(superuser_url), autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
        url = make_url(superuser_url).set(database=name).render_as_string(hide_password=False)
        upgrade(url, revision="20261122_14")
        yield url
        connection.execute(f"drop database {name} with (force)".encode())


_FILLED = {
    "uuid": UUID(int=0),
    "timestamptz": "2026-11-01",
    "date": "2026-11-01",
    "varchar": "x",
    "bool": True,
    "int4": 1,
    "_uuid": [],
}


def write(connection, table, **values):
    """Write a row whose other columns hold anything that may stand there."""
    query = (
        "select column_name, udt_name from information_schema.columns"
        " where table_schema = 'almoner' and table_name = %s and is_nullable = 'NO'"
    )
    for column, kind in connection.execute(query, (table,)).fetchall():
        values.setdefault(column, "[]" if kind == "jsonb" else _FILLED[kind])
    names, places = ", ".join(values), ", ".join(["%s"] * len(values))
    connection.execute(f"insert into almoner.{table} ({names}) values ({places})".encode(), list(values.values()))


def test_who_was_kept_from_an_item_before_is_kept_from_what_was_not_kept_from_anybody_then(older):
    ann, bob = UUID(int=1), UUID(int=2)
    about = {"item_id": UUID(int=10), "barred": [ann]}
    with psycopg.connect(libpq_url(older)) as connection:
        connection.execute("set session_replication_role = replica")  # no foreign keys
        write(connection, AgendaItem.__tablename__, id=UUID(int=10), barred=[ann])
        write(connection, Vote.__tablename__, id=UUID(int=11), **about)
        write(connection, Decision.__tablename__, id=UUID(int=12), **about)
        write(connection, Referral.__tablename__, decision_id=UUID(int=12))
        for who in (ann, bob):
            write(connection, ConflictDeclaration.__tablename__, id=who, subject_id=who, item_id=UUID(int=10))
            write(connection, Ballot.__tablename__, id=who, subject_id=who, vote_id=UUID(int=11), appointment_id=who)
    upgrade(older)
    with psycopg.connect(libpq_url(older)) as connection:
        assert connection.execute("select barred from almoner.referral").fetchall() == [([ann],)]
        for table in ("conflict_declaration", "ballot"):
            found = connection.execute(f"select subject_id, barred from almoner.{table} order by 1".encode()).fetchall()
            assert found == [(ann, []), (bob, [ann])]


def test_who_was_in_the_room_of_a_public_meeting_that_goes_on_is_public_from_its_opening(older):
    opened = {UUID(int=1): "2026-11-01", UUID(int=2): "2026-11-01", UUID(int=3): None}
    with psycopg.connect(libpq_url(older)) as connection:
        connection.execute("set session_replication_role = replica")
        for id_, at in opened.items():
            write(connection, "meeting", id=id_, opened_at=at, is_public=id_ != UUID(int=2))
            write(connection, "attendance", id=id_, meeting_id=id_)
    upgrade(older)
    with psycopg.connect(libpq_url(older)) as connection:
        found = connection.execute("select id, public_at is not null from almoner.attendance order by id").fetchall()
    assert found == [(UUID(int=1), True), (UUID(int=2), False), (UUID(int=3), False)]
