"""What comes back in each scene: planning a meeting and its agenda, who is in the room, what is left of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

from almoner.cli.committees.stage import Stage
from almoner.committees.words import AgendaAction, AgendaFormat, AgendaSection, Assessed, BallotChoice, PaperPurpose

_AGENDA = """
query Agenda($id: ID!) {
  meeting(id: $id) {
    id status agendaMinutes minutesAllotted isQuorate
    agenda { id number title minutesAllotted action papers { id recommendations { id position } } }
    minutes { id entries { id heading } }
    actionMatrix { id reference subject owner status dueOn isOverdue }
    quorumChanges { isQuorate lacking }
  }
}
"""


def sample(name: str) -> Any:
    """The data of a source document."""
    return json.loads(files("almoner.committees").joinpath(f"samples/{name}.json").read_text(encoding="utf-8"))


def plan(stage: Stage, committee: str, held_on: str, title: str, *, minutes: int = 120, is_public: bool = True) -> str:
    """The secretary plans a meeting at one o'clock; its id."""
    made = stage.who("secretary").does(
        "planMeeting",
        "meeting { id }",
        committee=stage.ids[committee],
        title=title,
        heldOn=held_on,
        beginsAt="13:00",
        minutesAllotted=minutes,
        venue="Town hall",
        isPublic=is_public,
    )
    found: str = made["meeting"]["id"]
    return found


def add_items(stage: Stage, meeting: str, items: Iterable[Mapping[str, Any]]) -> None:
    """The secretary writes the agenda."""
    for item in items:
        stage.who("secretary").does(
            "addAgendaItem",
            "agendaItem { number }",
            meeting=meeting,
            section=AgendaSection(item["section"]),
            title=item["title"],
            owner=item["owner"],
            action=AgendaAction(item["action"]),
            format=AgendaFormat(item["format"]),
            minutesAllotted=item.get("minutesAllotted"),
            minutesOf=item.get("minutesOf"),
            reviewsActions=item.get("reviewsActions", False),
            matter=item.get("matter"),
        )


_ENUMS = {
    "purposes": PaperPurpose,
    "equalityImpact": Assessed,
    "engagement": Assessed,
    "financialImplications": Assessed,
}


def file_paper(stage: Stage, state: dict[str, Any], paper: dict[str, Any], author: str) -> str:
    """The secretary asks for a paper, the author writes it; its id."""
    item = next(each for each in state["agenda"] if each["number"] == paper["item"])
    filed: str = stage.who("secretary").does(
        "filePaper", "paper { id }", item=item["id"], author=stage.subjects[author], title=paper["title"]
    )["paper"]["id"]
    cover = {name: _word(name, value) for name, value in paper.items() if name not in ("item", "title")}
    written = {name: value for name, value in cover.items() if value is not None}
    stage.who(author).does("writePaper", id=filed, cover=written)
    stage.who(author).attaches(filed, f"{paper['item']}.txt", paper["executiveSummary"].encode(), "text/plain")
    return filed


def _word(name: str, value: Any) -> Any:
    """A field of a cover sheet as the API takes it."""
    enum = _ENUMS.get(name)
    if enum is None or value is None:
        return value
    return [enum(each) for each in value] if isinstance(value, list) else enum(value)


def state(stage: Stage, meeting: str) -> dict[str, Any]:
    """A meeting with its parts, as the secretary sees it."""
    found: dict[str, Any] = stage.who("secretary").reads(_AGENDA, id=meeting)["meeting"]
    return found


def item_of(stage: Stage, meeting: str, title: str) -> dict[str, Any]:
    """The agenda item whose title begins so."""
    return next(item for item in state(stage, meeting)["agenda"] if item["title"].startswith(title))


def arrive(stage: Stage, meeting: str, names: Iterable[str]) -> None:
    """The secretary records who comes in."""
    for name in names:
        stage.who("secretary").does("recordArrival", meeting=meeting, appointment=stage.ids[name])


def carried(stage: Stage, item: str, motion: str, names: Iterable[str]) -> str:
    """The chair puts a motion to the vote, and all of these are for it; the vote's id."""
    vote: str = stage.who("chair").does("openVote", "vote { id }", item=item, motion=motion)["vote"]["id"]
    for name in names:
        stage.who(name).does("castBallot", vote=vote, choice=BallotChoice.FOR)
    closed = stage.who("chair").does("closeVote", "vote { votesFor isCarried }", id=vote)["vote"]
    stage.say(f"{motion} {closed['votesFor']} for, none against: {'' if closed['isCarried'] else 'not '}carried.")
    return vote


def leave(stage: Stage, meeting: str, names: Iterable[str]) -> None:
    """The secretary records who leaves."""
    for name in names:
        stage.who("secretary").does("recordDeparture", meeting=meeting, appointment=stage.ids[name])


def quorum(stage: Stage, meeting: str) -> str:
    """The quorum now, in words."""
    last = state(stage, meeting)["quorumChanges"][-1]
    return "quorate" if last["isQuorate"] else f"inquorate: it lacks {' and '.join(last['lacking'])}"


def close(stage: Stage, meeting: str, *, chair: str = "chair") -> None:
    """The chair closes the formal part, and the meeting."""
    stage.who(chair).does("closeFormalPart", id=meeting)
    stage.who(chair).does("closeMeeting", id=meeting)


def result(stage: Stage, vote: str, *, chair: str = "chair") -> dict[str, Any]:
    """The chair closes a vote and says how it went."""
    closed: dict[str, Any] = stage.who(chair).does(
        "closeVote", "vote { votesFor votesAgainst abstentions isCarried }", id=vote
    )["vote"]
    stage.say(
        f"{closed['votesFor']} for, {closed['votesAgainst']} against, {closed['abstentions']} abstained: "
        + ("carried." if closed["isCarried"] else "not carried.")
    )
    return closed


def minutes(stage: Stage, meeting: str) -> str:
    """The secretary drafts minutes from the records and circulates them; their id."""
    secretary = stage.who("secretary")
    drafted: str = secretary.does("draftMinutes", "minutes { id }", meeting=meeting)["minutes"]["id"]
    secretary.does("circulateMinutes", id=drafted)
    return drafted
