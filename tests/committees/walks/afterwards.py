"""What must be so at the end of a walk, read from the tables alone: neither the product's functions nor the model."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text

Row = dict[str, Any]
TABLES = (
    *("meeting", "agenda_item", "attendance", "quorum_change", "conflict_declaration", "vote", "ballot", "decision"),
    *("delegation_adoption", "minutes", "minutes_entry", "appointment", "seat", "committee_body", "committee"),
    *("terms_of_reference", "delegation_item"),
)
_OWNED = [
    f"'{name}', (select coalesce(json_agg(t order by t.id), '[]') from almoner.{name} t where "
    f"{'id' if name == 'committee' else 'committee_id'} = :committee)"
    for name in TABLES
]
_JOINED = [
    f"'{key}', (select coalesce(json_agg(t order by t.id), '[]') from almoner.{name} t "
    f"join almoner.{parent} p on p.tenant_id = t.tenant_id and p.id = t.{parent_key} "
    "where p.committee_id = :committee)"
    for key, name, parent, parent_key in (
        ("attendance_span", "attendance_span", "attendance", "attendance_id"),
        ("decision_body", "decision_body", "decision", "decision_id"),
        ("minutes_amendment", "minutes_amendment", "minutes_entry", "entry_id"),
        ("released", "journal_entry", "committee_body", "subject_id"),
    )
]
EVERYTHING = f"select json_build_object({', '.join([*_OWNED, *_JOINED])})"


def instant(found: str | None) -> datetime | None:
    return None if found is None else datetime.fromisoformat(found)


def at_or_before(early: str | None, late: str | None) -> bool:
    """Whether the first has happened, and not after the second if that has happened."""
    first, second = instant(early), instant(late)
    return first is not None and (second is None or first <= second)


def day_of(found: str) -> str:
    """The day in the tenant's zone, as the tables write days."""
    return (datetime.fromisoformat(found) - timedelta(hours=7)).date().isoformat()


def holds(day: str, since: str, until: str | None) -> bool:
    return date.fromisoformat(since) <= date.fromisoformat(day) and (until is None or day < until)


@dataclass
class Records:
    """All rows of a committee, by table and id."""

    tables: dict[str, dict[str, Row]] = field(default_factory=dict)

    def all(self, table: str, **values: Any) -> list[Row]:
        return [row for row in self.tables[table].values() if all(row[name] == each for name, each in values.items())]

    def one(self, table: str, row_id: str) -> Row:
        return self.tables[table][row_id]

    def rules(self) -> Row:
        (terms,) = self.all("terms_of_reference")
        found: Row = terms["rules"]
        return found

    def present(self, meeting: Row, at: str) -> list[tuple[Row, str | None]]:
        """Voting appointments with somebody in the room at an instant, and the account that votes; None: nobody."""
        found: list[tuple[Row, str | None]] = []
        for attendance in self.all("attendance", meeting_id=meeting["id"]):
            spans = self.all("attendance_span", attendance_id=attendance["id"])
            appointment = self.one("appointment", attendance["appointment_id"])
            now = [
                each
                for each in spans
                if at_or_before(each["arrived_at"], at) and not (each["left_at"] and each["left_at"] <= at)
            ]
            if now and self.votes(appointment, meeting["held_on"], at):
                found.append((appointment, self._voter(appointment, now[0])))
        return found

    def _voter(self, appointment: Row, span: Row) -> str | None:
        if span["substitute"] is None:
            holder: str = appointment["subject_id"]
            return holder
        return span["substitute_id"] if self.rules()["substitutesVote"] else None

    def votes(self, appointment: Row, day: str, at: str) -> bool:
        """Whether an appointment was one to a voting seat on a day, as far as was known at an instant."""
        ended = at_or_before(appointment["ended_at"], at)
        seat = self.one("seat", appointment["seat_id"])
        return seat["vote"] == "VOTING" and not ended and holds(day, appointment["begins_on"], None)

    def conflicted(self, item_id: str, at: str) -> set[str]:
        """The accounts that an interest kept from voting on an item at an instant."""
        found = set()
        for each in self.all("conflict_declaration", item_id=item_id):
            may_stay = each["ruling"] == "STAY" and at_or_before(each["ruled_at"], at)
            if at_or_before(each["declared_at"], at) and not may_stay:
                found.add(each["subject_id"])
        return found


async def read(walk: Any) -> Records:
    """Everything, in one statement."""
    tenant = walk.founded.tenant
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        found = await session.execute(text(EVERYTHING), {"committee": walk.founded.ids["committee"]})
        tables = found.scalar_one()
    return Records({name: {row["id"]: row for row in rows} for name, rows in tables.items()})


def insist(records: Records) -> None:
    """Everything below."""
    insist_on_numbers(records)
    for item in records.all("delegation_item"):
        used = sum(row["amount"] or 0 for row in records.all("decision", delegation_item_id=item["id"]))
        assert item["limit_amount"] is None or used <= item["limit_amount"], "more than bodies have delegated"
    for decision in records.all("decision"):
        insist_on_its_moment(records, decision)
        insist_on_its_vote(records, decision)
        insist_on_its_bodies(records, decision)
    for ballot in records.all("ballot"):
        insist_on_its_voter(records, ballot)
    for minutes in records.all("minutes"):
        insist_on_frozen(records, minutes)


def insist_on_numbers(records: Records) -> None:
    decisions = sorted(records.all("decision"), key=lambda row: row["decided_at"])
    assert [row["number"] for row in decisions] == [*range(1, len(decisions) + 1)], "numbers have gaps"


def insist_on_its_moment(records: Records, decision: Row) -> None:
    """In session, in the formal part, quorate at that instant, and not behind the wrong doors."""
    at = decision["decided_at"]
    meeting, item = records.one("meeting", decision["meeting_id"]), records.one("agenda_item", decision["item_id"])
    assert (item["meeting_id"], item["withdrawn_at"]) == (meeting["id"], None), "outside of the agenda"
    assert at_or_before(meeting["opened_at"], at), "decided before the opening"
    assert at_or_before(at, meeting["formal_part_closed_at"]), "decided after the formal part"
    rules, away = records.rules(), records.conflicted(item["id"], at)
    assert decision["declared_by"] not in away, "declared in spite of an interest"
    bodies: dict[str, str | None] = {}
    for appointment, voter in records.present(meeting, at):
        if voter is not None and voter not in away:
            bodies.setdefault(voter, appointment["body_id"])
    assert len(bodies) >= rules["quorum"]["votingMembers"], f"decided by {len(bodies)}"
    assert len({*bodies.values()} - {None}) >= rules["quorum"]["bodies"], f"decided by {bodies}"
    if item["matter"] in rules["publicMatters"]:
        assert (meeting["is_public"], item["is_private"]) == (True, False), "decided behind closed doors"


def insist_on_its_vote(records: Records, decision: Row) -> None:
    """The vote that it names carried it before; or none had to, and the last was not lost. None was open."""
    at = decision["decided_at"]
    for vote in records.all("vote", item_id=decision["item_id"]):
        assert not at_or_before(vote["opened_at"], at) or at_or_before(vote["closed_at"], at), "a vote was open"
    if decision["vote_id"] is not None:
        vote = records.one("vote", decision["vote_id"])
        assert vote["item_id"] == decision["item_id"], "another item's vote"
        assert vote["is_carried"] is True, "against its vote"
        assert records.all("decision", vote_id=vote["id"]) == [decision], "one vote for several decisions"
        assert vote["votes_for"] > 0, "without a vote for it"
        return
    assert decision["kind"] not in records.rules()["voteNeededFor"], "without the vote that the rules want"
    before = [row for row in records.all("vote", item_id=decision["item_id"]) if at_or_before(row["closed_at"], at)]
    last = max(before, key=lambda row: (row["closed_at"], row["id"]), default=None)
    assert decision["kind"] == "NOTE" or last is None or last["is_carried"], "in spite of a lost vote"


def insist_on_its_bodies(records: Records, decision: Row) -> None:
    """An approval binds bodies, each by an adoption of its own that was in force at that instant."""
    at, bound = decision["decided_at"], records.all("decision_body", decision_id=decision["id"])
    if decision["kind"] != "APPROVE":
        assert (bound, decision["delegation_item_id"]) == ([], None), "binds without approving"
        return
    (committee,) = records.all("committee")
    assert committee["can_decide"], "approved by who only recommends"
    assert bound, "approved for nobody"
    for each in bound:
        adoption = records.one("delegation_adoption", each["adoption_id"])
        assert adoption["item_id"] == decision["delegation_item_id"], "by another delegation"
        assert adoption["body_id"] == each["body_id"], "by another body's adoption"
        assert holds(day_of(at), adoption["begins_on"], adoption["ends_on"]), "by an adoption that was not in force"
        assert at_or_before(adoption["adopted_at"], at), "by an adoption that came later"
        assert adoption["withdrawn_at"] is None or adoption["withdrawn_at"] > at, "by a withdrawn adoption"
        (member,) = records.all("committee_body", body_id=each["body_id"])
        left = [entry["at"] for entry in records.all("released", subject_id=member["id"])]
        assert not any(at_or_before(each, at) for each in left), "binds a body that had left"


def insist_on_its_voter(records: Records, ballot: Row) -> None:
    """Cast while the vote was open, by who was in the room for a voting seat and had no interest; once."""
    at, vote = ballot["cast_at"], records.one("vote", ballot["vote_id"])
    meeting = records.one("meeting", vote["meeting_id"])
    assert at_or_before(vote["opened_at"], at), "cast before the vote"
    assert at_or_before(at, vote["closed_at"]), "cast after the vote"
    there = {appointment["id"] for appointment, _ in records.present(meeting, at)}
    assert ballot["appointment_id"] in there, "cast by who was not in the room"
    assert ballot["subject_id"] not in records.conflicted(vote["item_id"], at), "cast in spite of an interest"
    of_vote = records.all("ballot", vote_id=vote["id"])
    assert sum(each["subject_id"] == ballot["subject_id"] for each in of_vote) == 1, "cast twice by a person"
    assert sum(each["appointment_id"] == ballot["appointment_id"] for each in of_vote) == 1, "cast twice for a seat"


def insist_on_frozen(records: Records, minutes: Row) -> None:
    """Approved in a later meeting while that was in session, and not amended since."""
    own = records.one("meeting", minutes["meeting_id"])
    if minutes["status"] != "APPROVED":
        assert (own["approved_in_id"], own["status"]) == (None, "HELD"), "approved without approval"
        return
    at, later = minutes["approved_at"], records.one("meeting", own["approved_in_id"])
    assert later["starts_at"] > own["starts_at"], "approved by no later meeting"
    assert at_or_before(later["opened_at"], at), "approved before the session"
    assert at_or_before(at, later["closed_at"]), "approved after the session"
    for entry in records.all("minutes_entry", minutes_id=minutes["id"]):
        amendments = sorted(records.all("minutes_amendment", entry_id=entry["id"]), key=lambda row: row["amended_at"])
        assert all(each["amended_at"] < at for each in amendments), "amended after the approval"
        assert not amendments or entry["text"] == amendments[-1]["text"], "changed without an amendment"
