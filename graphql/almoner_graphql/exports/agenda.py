"""The agenda of a meeting as a document."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from almoner_graphql.exports.contents import (
    Block,
    Document,
    facts,
    heading,
    last_change,
    link,
    note,
    numbered,
    paragraphs,
    table,
)
from almoner_graphql.exports.meeting import action_table, meeting_facts, question_blocks
from almoner_graphql.exports.past import actions_as_of
from almoner_graphql.exports.texts import day, day_of, length, listed, size, words, yes_or_no

SECTIONS = {
    "STANDING": "Standing items",
    "DISCUSSION": "For discussion and recommendations",
    "PUBLIC_QUESTIONS": "Questions from the public, after the formal meeting is closed",
    "INFORMATION": "For information only",
}
_COLUMNS = (("Item", 3), ("Title", 10), ("Time", 4), ("Owner", 5), ("Action", 4), ("Format", 4))


def agenda_document(data: dict[str, Any], zone: ZoneInfo, tail: str) -> Document:
    """The document.

    Args:
        data: what `queries.AGENDA` was answered with.
        tail: what an address needs to be followed by whoever asks for this, for example `?tenant=az-bhs`.
    """
    meeting = data["meeting"]
    # A meeting that is over has reviewed the actions as they were then.
    reviewed = actions_as_of(meeting["actionMatrix"], meeting["closedAt"] or meeting["cancelledAt"])
    meeting["actionMatrix"] = sorted(reviewed, key=lambda action: (action["status"] != "OPEN", action["dueOn"]))
    blocks = [*meeting_facts(meeting, zone), *_agenda(meeting), *_papers(meeting["agenda"], tail)]
    matrix = action_table("Actions from earlier meetings", meeting["actionMatrix"])
    blocks += [heading(2, "Action matrix"), *matrix] if matrix else []
    blocks += question_blocks(meeting["questions"])
    changed_at = last_change(meeting)
    return Document(
        kind="agenda",
        title=f"Agenda: {meeting['title']}",
        committee=(meeting["committee"] or {}).get("name", ""),
        agency=data["viewer"]["tenant"]["name"],
        changed_at=changed_at,
        held_on=meeting["heldOn"],
        changed=day_of(changed_at.isoformat(), zone),
        blocks=blocks,
    )


def _agenda(meeting: dict[str, Any]) -> list[Block]:
    items = meeting["agenda"]
    if not items:
        empty = "No items yet." if meeting["agendaPublishedAt"] else "The agenda is not published yet."
        return [heading(2, "Items"), *paragraphs(empty)]
    blocks = [heading(2, "Items")]
    for section, caption in SECTIONS.items():
        blocks += table(caption, _COLUMNS, [_row(item) for item in items if item["section"] == section])
    return [*blocks, *paragraphs(f"The items of the formal part take {length(meeting['agendaMinutes'])} together.")]


def _row(item: dict[str, Any]) -> list[str]:
    minutes = item["minutesAllotted"]
    title = f"{item['title']} (private)" if item["isPrivate"] else item["title"]
    time = length(minutes) if minutes else ""
    return [item["number"] or "–", title, time, item["owner"], words(item["action"]), _format(item)]


def _format(item: dict[str, Any]) -> str:
    """How an item is brought, and by what, if not by papers of its own."""
    minutes = [f"minutes of {day(item['minutesOf']['heldOn'])}"] if item["minutesOf"] else []
    brought = [*minutes, *(["action matrix"] if item["reviewsActions"] else [])]
    return ": ".join([words(item["format"]), *([listed(brought)] if brought else [])])


def _papers(items: list[dict[str, Any]], tail: str) -> list[Block]:
    blocks: list[Block] = []
    for item in items:
        if item["papers"]:
            number = f"{item['number']} " if item["number"] else ""
            blocks.append(heading(3, f"{number}{item['title']}"))
            blocks += [note("This item is private: do not pass its papers on.")] if item["isPrivate"] else []
        for paper in item["papers"]:
            blocks += _cover_sheet(paper, tail)
    return [heading(2, "Papers"), *blocks] if blocks else []


def _cover_sheet(paper: dict[str, Any], tail: str) -> list[Block]:
    recommended = numbered([each["text"] for each in paper["recommendations"]])
    return [
        heading(4, paper["title"]),
        *facts(
            ("Date", day(paper["datedOn"])),
            ("Lead authors", listed(paper["leadAuthors"])),
            ("Contributors", listed(paper["contributors"])),
            ("Purpose", listed([words(purpose) for purpose in paper["purposes"]])),
            ("Equality impact and risk assessment completed", words(paper["equalityImpact"])),
            ("Patient and public engagement completed", words(paper["engagement"])),
            ("Financial implications", words(paper["financialImplications"])),
            ("Risk identified", yes_or_no(paper["riskIdentified"])),
            ("Risk", paper["risk"] or ""),
            ("Report authorised by", paper["authorisedBy"] or ""),
        ),
        *_under("Executive summary", paragraphs(paper["executiveSummary"])),
        *_under("Recommendations", recommended),
        *_under("Next steps", paragraphs(paper["nextSteps"])),
        *_attached(paper, tail),
    ]


def _under(text: str, blocks: list[Block]) -> list[Block]:
    return [heading(5, text), *blocks] if blocks else []


def _attached(paper: dict[str, Any], tail: str) -> list[Block]:
    document = paper["document"]
    if document is None:
        return []
    told = f"{document['name']} ({document['mediaType']}, {size(document['size'])})"
    return [link("Attached: ", told, f"/documents/{document['id']}{tail}")]
