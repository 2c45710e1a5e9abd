"""What the tables say of a committee after a step, in the model's names, and what the model says of the same."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tests.committees.walks.model import Committee, Vote

OF_A_COMMITTEE = (
    *("meeting", "agenda_item", "attendance", "quorum_change", "conflict_declaration", "vote", "ballot"),
    *("decision", "delegation_adoption", "minutes", "minutes_entry", "appointment", "committee_body"),
)
#: All of the committee's rows in one word.
_DIGEST = "select md5(string_agg(x, '' order by x)) from ({}) found".format(
    " union all ".join(
        [
            *(
                f"select t::text as x from almoner.{name} t where committee_id = %(committee)s"
                for name in OF_A_COMMITTEE
            ),
            "select s::text from almoner.attendance_span s join almoner.attendance a on a.id = s.attendance_id "
            "where a.committee_id = %(committee)s",
        ]
    )
)
_EACH = {
    "meetings": (
        "meeting",
        "t.id",
        "json_build_array(t.status, t.formal_part_closed_at is not null, coalesce((select json_agg(q.is_quorate "
        "order by q.at, q.id) from almoner.quorum_change q where q.meeting_id = t.id), '[]'))",
    ),
    "minutes": ("minutes", "t.meeting_id", "t.status"),
    "items": ("agenda_item", "t.id", "json_build_array(t.meeting_id, t.is_private, t.matter)"),
    "places": ("attendance", "t.id", "json_build_array(t.meeting_id, t.appointment_id, t.is_present, t.substitute)"),
    "rulings": ("conflict_declaration", "t.id", "t.ruling"),
    "votes": (
        "vote",
        "t.id",
        "json_build_array(t.item_id, t.majority, t.closed_at is null, t.is_carried, coalesce((select "
        "json_object_agg(b.appointment_id, json_build_array(b.subject_id, b.choice)) "
        "from almoner.ballot b where b.vote_id = t.id), '{}'))",
    ),
    "decisions": ("decision", "t.id", "t.number"),
    "adoptions": ("delegation_adoption", "t.id", "t.withdrawn_at is not null"),
    "ended": ("appointment", "t.id", "t.ends_on"),
    "released": ("committee_body", "t.body_id", "t.until_on"),
}
#: A digest of everything, and in JSON what the model knows too.
LOOK = f"select ({_DIGEST}), json_build_object({{}})".format(
    ", ".join(
        f"'{name}', (select coalesce(json_object_agg({key}, {value}), '{{}}') from almoner.{table} t "
        "where t.committee_id = %(committee)s)"
        for name, (table, key, value) in _EACH.items()
    )
)


def by_the_tables(found: dict[str, Any], ids: dict[str, UUID]) -> dict[str, Any]:
    """What `LOOK` finds, with the model's names for ids."""
    told = _named(found, {str(row_id): name for name, row_id in ids.items()})
    told["places"] = {
        f"{meeting}: {appointment}": substitute
        for meeting, appointment, is_present, substitute in told["places"].values()
        if is_present
    }
    told["decisions"] = sorted(told["decisions"].values())
    told["ended"] = {name: day for name, day in told["ended"].items() if day}
    told["released"] = {name: day for name, day in told["released"].items() if day}
    return told


def _named(found: Any, names: dict[str, str]) -> Any:
    if isinstance(found, dict):
        return {names.get(key, key): _named(value, names) for key, value in found.items()}
    if isinstance(found, list):
        return [_named(each, names) for each in found]
    return names.get(found, found) if isinstance(found, str) else found


def by_the_model(model: Committee) -> dict[str, Any]:
    """The same of the model."""
    people = {f"appointment of {who}": each.until for who, each in model.people.items()}
    rulings = ((key, who, ruling) for key, item in model.items.items() for who, ruling in item.rulings.items())
    return {
        "meetings": {key: [each.status, not each.formal, each.quorum] for key, each in model.meetings.items()},
        "minutes": {key: each.minutes for key, each in model.meetings.items() if each.minutes},
        "items": {key: [each.meeting, each.private, each.matter] for key, each in model.items.items()},
        "places": {
            f"{key}: appointment of {who}": place.substitute
            for key, meeting in model.meetings.items()
            for who, place in meeting.places.items()
            if place.present
        },
        "rulings": {f"interest of {who} in {key}": ruling for key, who, ruling in rulings},
        "votes": {key: _of_a_vote(vote) for key, vote in model.votes.items()},
        "decisions": [*range(1, model.decisions + 1)],
        "adoptions": {key: each.withdrawn for key, each in model.adoptions.items()},
        "ended": {name: day.isoformat() for name, day in people.items() if day},
        "released": {body: day.isoformat() for body, day in model.released.items()},
    }


def _of_a_vote(vote: Vote) -> list[Any]:
    ballots = {f"appointment of {holder}": [*cast] for holder, cast in vote.ballots.items()}
    return [vote.item, vote.majority, vote.is_open, vote.carried, ballots]
