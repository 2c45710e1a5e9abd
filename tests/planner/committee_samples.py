"""What arguments about committees are made of: ids of all their things, and cursors of all their lists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Cursors = Mapping[tuple[str, str | None], list[str]]
_PAGE = "{ edges { cursor node { id } } }"
_LISTS = {
    "appointments": ("AppointmentConnection", None),
    "interests": ("InterestConnection", None),
    "meetings": ("MeetingConnection", None),
    "decisions": ("DecisionConnection", None),
    "actions": ("ActionConnection", None),
    "referrals": ("ReferralConnection", None),
    "referredToIt": ("ReferralConnection", None),
    **{f"meetings(orderBy: STARTS_AT_{way})": ("MeetingConnection", f"STARTS_AT_{way}") for way in ("ASC", "DESC")},
    **{f"actions(orderBy: DUE_ON_{way})": ("ActionConnection", f"DUE_ON_{way}") for way in ("ASC", "DESC")},
}
_LISTED = " ".join(f"l{number}: {name} {_PAGE}" for number, name in enumerate(_LISTS))
_POOL = f"""{{ committees {{ edges {{ cursor node {{ id {_LISTED}
    bodies {{ id }} relations {{ id }} seats {{ id }} exclusions {{ id }} termsVersions {{ id }}
    delegations {{ id items {{ id adoptions {{ id }} }} }}
    all: meetings {{ nodes {{ startsAt attendances {{ id }} questions {{ id }} actionMatrix {{ id }}
        agenda {{ id conflicts {{ id }} papers {{ id document {{ id }} recommendations {{ id }} }}
            votes {{ id ballots {{ id }} }} decisions {{ id }} }}
        minutes {{ id entries {{ id amendments {{ edges {{ cursor }} }} }} }} }} }}
}} }} }} }}"""


async def committee_samples(roads: Any) -> tuple[list[str], Cursors, list[str]]:
    """Ids, a few of each kind in each committee; cursors by list and order; and instants."""
    found = (await roads.expected(_POOL, "auditor")).data["committees"]["edges"]
    cursors: dict[tuple[str, str | None], list[str]] = {}
    for number, place in enumerate(_LISTS.values()):
        pages = [edge["node"][f"l{number}"] for edge in found]
        cursors.setdefault(place, []).extend(edge["cursor"] for page in pages for edge in page["edges"])
    # Everybody sees their own only.
    mine = (await roads.expected("{ reminders { edges { cursor node { id } } } }", "author")).data["reminders"]["edges"]
    cursors["ReminderConnection", None] = [edge["cursor"] for edge in mine]
    cursors["CommitteeConnection", None] = [edge["cursor"] for edge in found]
    meetings = [meeting for edge in found for meeting in edge["node"]["all"]["nodes"]]
    entries = [entry for meeting in meetings if meeting["minutes"] for entry in meeting["minutes"]["entries"]]
    changes = [edge["cursor"] for entry in entries for edge in entry["amendments"]["edges"]]
    cursors["MinutesAmendmentConnection", None] = changes
    return sorted({*_ids(found), *_ids(mine)}), cursors, [meeting["startsAt"] for meeting in meetings]


def _ids(found: Any) -> Iterator[str]:
    if isinstance(found, dict):
        yield from ([found["id"]] if isinstance(found.get("id"), str) else [])
        for inner in found.values():
            yield from _ids(inner)
    elif isinstance(found, list):
        for inner in found[:8]:
            yield from _ids(inner)
