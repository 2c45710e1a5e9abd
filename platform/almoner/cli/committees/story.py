"""The story that `almoner demo` tells of a joint committee: three meetings of 2017, walked through by its people."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from almoner.cli.committees import meetings
from almoner.cli.committees.advisory import advisory
from almoner.cli.committees.founding import MEMBERS, found
from almoner.cli.committees.july import july
from almoner.cli.committees.september import announce, delegations, september
from almoner.cli.committees.stage import Stage
from almoner.cli.output import out
from almoner.committees.words import ActionStatus, AgendaAction, AgendaFormat, AgendaSection, Assessed


def tell(stage: Stage) -> dict[str, Any]:
    """Tell it; what came of it, for machines."""
    out.print("\n[bold]A joint committee of eight commissioning groups, 2016 and 2017[/bold]")
    found(stage)
    _earlier(stage, "january", "2017-01-10", "17-01-")
    _earlier(stage, "march", "2017-03-04", "17-03-", approves="january")
    _notice_and_papers(stage)
    july(stage)
    delegations(stage)
    announce(stage)
    advisory(stage)
    september(stage)
    return stage.told


_TITLES = ("Welcome", "Apologies", "Declarations of interest", "Minutes", "Action matrix", "Other business")
_TALKS = ("Integrated diagnostics", "Documents", "Partnerships and evaluation")


def _earlier(stage: Stage, name: str, held_on: str, numbers: str, *, approves: str | None = None) -> None:
    """A meeting that raises actions, from its plan to its circulated minutes."""
    day = date.fromisoformat(held_on)
    stage.at(f"{day - timedelta(days=20)} 10:00", f"The meeting of {day:%-d %B} is planned.")
    meeting = stage.ids[name] = meetings.plan(stage, "JCCCG", held_on, f"Meeting of {day:%-d %B %Y}")
    verbal = {"owner": "Chair", "format": AgendaFormat.VERBAL, "minutesAllotted": 10}
    for section, action, titles in (
        (AgendaSection.STANDING, AgendaAction.INFORMATION, _TITLES),
        (AgendaSection.DISCUSSION, AgendaAction.DISCUSSION, _TALKS),
    ):
        items = [{**verbal, "section": section, "action": action, "title": title} for title in titles]
        meetings.add_items(stage, meeting, items)
    stage.who("secretary").does("giveNotice", id=meeting)
    stage.who("secretary").does("publishAgenda", id=meeting)
    stage.at(f"{held_on} 13:00", "The meeting raises actions.")
    stage.who("chair").does("openMeeting", id=meeting)
    meetings.arrive(stage, meeting, ["chair", *MEMBERS])
    if approves is not None:
        stage.who("chair").does("approveMinutes", id=stage.ids[f"{approves} minutes"], meeting=meeting)
    for action in meetings.sample("lsc-july-2017")["actions"]:
        if action["reference"].startswith(numbers):
            _raise(stage, meeting, action)
    meetings.close(stage, meeting)
    stage.ids[f"{name} minutes"] = meetings.minutes(stage, meeting)


def _raise(stage: Stage, meeting: str, action: dict[str, Any]) -> None:
    number = int(action["reference"].rpartition("-")[2])
    item = meetings.state(stage, meeting)["agenda"][number - 1]
    given = {"subject": action["subject"], "owner": action["owner"], "dueOn": action["dueOn"], "item": item["id"]}
    made = stage.who("secretary").does(
        "raiseAction", "action { id reference subject owner dueOn }", meeting=meeting, input=given
    )["action"]
    stage.say(f"{made['reference']}  {made['subject']} ({made['owner']}, by {made['dueOn']})")
    if action["update"]:
        report = {"id": made["id"], "text": action["update"], "status": ActionStatus.OPEN}
        stage.who("secretary").does("reportAction", **report)


def _notice_and_papers(stage: Stage) -> None:
    stage.at("2017-06-12 10:00", "Notice of the meeting of 6 July, and its agenda.")
    pack = meetings.sample("lsc-july-2017")
    meeting = stage.ids["july"] = meetings.plan(stage, "JCCCG", "2017-07-06", "Meeting of 6 July 2017")
    meetings.add_items(stage, meeting, [{**item, **_brought(stage, item["number"])} for item in pack["agenda"]])
    stage.who("secretary").does("giveNotice", id=meeting)
    state = meetings.state(stage, meeting)
    for item in state["agenda"]:
        minutes = f" ({item['minutesAllotted']} min)" if item["minutesAllotted"] else ""
        stage.say(f"{item['number'] or '':5}  {item['title']}{minutes}")
    stage.say(
        f"The formal part takes {state['agendaMinutes']} of {state['minutesAllotted']} minutes; then the public asks."
    )
    papers = {paper["item"]: meetings.file_paper(stage, state, paper, "finance director") for paper in pack["papers"]}
    stage.at(
        "2017-06-28 10:00", "Two cover sheets leave something open, and nothing is published until that is mended."
    )
    stage.told["incomplete"] = stage.refused("secretary", "publishAgenda", id=meeting)
    for item, mended in _MENDED.items():
        stage.who("finance director").does("writePaper", id=papers[item], cover=mended)
    stage.who("secretary").does("publishAgenda", id=meeting)
    stage.say("All that was missing is there now: agenda and papers are published.")


def _brought(stage: Stage, number: str | None) -> dict[str, Any]:
    """What brings the standing items that come without a paper of their own."""
    brought: dict[str, dict[str, Any]] = {
        "17704": {"minutesOf": stage.ids["march"]},
        "17705": {"reviewsActions": True},
    }
    return brought.get(number or "", {})


#: What the source's papers leave open on their cover sheets.
_MENDED: dict[str, dict[str, Any]] = {
    "17708": {
        "equalityImpact": Assessed.NO,
        "engagement": Assessed.NO,
        "financialImplications": Assessed.NOT_APPLICABLE,
        "riskIdentified": False,
    },
    "17709": {"datedOn": "2017-06-28"},
}
