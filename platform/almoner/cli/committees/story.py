"""The story that `almoner demo` tells of a joint committee: three meetings of 2017, walked through by its people."""

from __future__ import annotations

from typing import Any

from almoner.cli.committees import meetings
from almoner.cli.committees.founding import MEMBERS, found
from almoner.cli.committees.stage import Stage
from almoner.cli.output import out
from almoner.committees.words import (
    AgendaAction,
    AgendaFormat,
    AgendaSection,
)

_JULY = "2017-07-06"
_SEPTEMBER = "2017-09-07"


def tell(stage: Stage) -> dict[str, Any]:
    """Tell it; what came of it, for machines."""
    out.print("\n[bold]A joint committee of eight commissioning groups, 2016 and 2017[/bold]")
    found(stage)
    _march(stage)
    _notice_and_papers(stage)
    _july(stage)
    _delegations(stage)
    _september(stage)
    return stage.told


# --- March: actions are raised ----------------------------------------------------------------------------------------


def _march(stage: Stage) -> None:
    stage.at("2017-02-10 10:00", "A meeting is planned for March.")
    march = stage.ids["march"] = meetings.plan(stage, "JCCCG", "2017-03-04", "Meeting of 4 March 2017")
    standing = {"section": AgendaSection.STANDING, "owner": "Chair", "action": AgendaAction.INFORMATION}
    talks = {**standing, "section": AgendaSection.DISCUSSION, "action": AgendaAction.DISCUSSION, "minutes": 10}
    titles = ("Welcome", "Apologies", "Declarations of interest", "Minutes", "Action matrix", "Other business")
    meetings.add_items(stage, march, [{**standing, "title": title, "format": AgendaFormat.VERBAL} for title in titles])
    for title in ("Diagnostics", "Easy read document", "Partnerships and accountable care"):
        meetings.add_items(stage, march, [{**talks, "title": title, "format": AgendaFormat.PRESENTATION}])
    stage.who("secretary").does("giveNotice", id=march)
    stage.who("secretary").does("publishAgenda", id=march)
    stage.at("2017-03-04 13:00", "The meeting raises actions.")
    stage.who("chair").does("openMeeting", id=march)
    meetings.arrive(stage, march, ["chair", *MEMBERS])
    for action in meetings.sample("lsc-july-2017")["actions"]:
        _raise(stage, march, action)
    meetings.close(stage, march)
    stage.ids["march minutes"] = meetings.minutes(stage, march)


def _raise(stage: Stage, meeting: str, action: dict[str, Any]) -> None:
    number = int(action["reference"].rpartition("-")[2])
    agenda = meetings.state(stage, meeting)["agenda"]
    item = agenda[min(number, len(agenda)) - 1]
    made = stage.who("secretary").does(
        "raiseAction",
        "action { reference subject owner dueOn }",
        meeting=meeting,
        input={
            "item": item["id"],
            "subject": action["subject"],
            "owner": action["owner"],
            "dueOn": action["dueOn"],
        },
    )["action"]
    stage.say(f"{made['reference']}  {made['subject']} ({made['owner']}, by {made['dueOn']})")


# --- July: notice, papers, a session ------------------------------------------------------------------------------------


def _notice_and_papers(stage: Stage) -> None:
    stage.at("2017-06-12 10:00", "Notice of the meeting of 6 July, and its agenda.")
    agenda = meetings.sample("lsc-july-2017")
    july = stage.ids["july"] = meetings.plan(stage, "JCCCG", _JULY, "Meeting of 6 July 2017")
    meetings.add_items(stage, july, agenda["agenda"])
    stage.who("secretary").does("giveNotice", id=july)
    state = meetings.state(stage, july)
    for item in state["agenda"]:
        stage.say(f"{item['number'] or '     '}  {item['title']}" + _minutes(item))
    stage.say(f"{state['agendaMinutes']} of {state['minutesAllotted']} minutes are allotted.")
    papers = _file_papers(stage, july, agenda["papers"])
    stage.at("2017-06-28 10:00", "Papers: one is incomplete, and nothing is published until it is mended.")
    stage.told["incomplete"] = stage.refused("secretary", "publishAgenda", id=july)
    for paper, cover in papers:
        stage.who("finance director").does("writePaper", id=paper, cover={**cover, **_ASSESSED})
    stage.who("secretary").does("publishAgenda", id=july)
    stage.say("Published.")


#: What the source's papers leave open on their cover sheets.
_ASSESSED = {"equalityImpact": "NO", "engagement": "NO", "financialImplications": "NOT_APPLICABLE"}


def _minutes(item: dict[str, Any]) -> str:
    return f" ({item['minutesAllotted']} min)" if item["minutesAllotted"] else ""


def _file_papers(stage: Stage, meeting: str, papers: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return []


def _july(stage: Stage) -> None:
    """TODO"""


def _delegations(stage: Stage) -> None:
    """TODO"""


def _september(stage: Stage) -> None:
    """TODO"""
