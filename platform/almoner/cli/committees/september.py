"""Delegations, body by body, and the meeting of 7 September 2017."""

from __future__ import annotations

from typing import Any

from almoner.cli.committees import meetings
from almoner.cli.committees.founding import BODIES, MEMBERS, OFFICERS
from almoner.cli.committees.stage import Stage
from almoner.committees.sample_register import sample_register
from almoner.committees.words import (
    ActionStatus,
    AgendaAction,
    AgendaFormat,
    AgendaSection,
    DecisionKind,
    DelegatedMatter,
)


def delegations(stage: Stage) -> None:
    """The register, and what each body decides about it."""
    stage.at(
        "2017-07-20 10:00",
        "The register of proposed delegations goes to the governing bodies, to answer by 30 September.",
    )
    secretary = stage.who("secretary")
    items: dict[str, list[str]] = {}
    for entry in sample_register():
        proposed = secretary.does(
            "proposeDelegation",
            "delegation { position workstream items { id } }",
            committee=stage.ids["JCCCG"],
            workstream=entry.workstream,
            rationale=entry.rationale,
            impact=entry.impact,
            answerBy="2017-09-30",
            items=[
                {"matter": DelegatedMatter(item.matter), "text": item.text, "fund": item.fund} for item in entry.items
            ],
        )["delegation"]
        count = len(proposed["items"])
        stage.say(
            f"{proposed['position']:>2}  {proposed['workstream']} ({count} kind{'s' if count > 1 else ''} of decision)"
        )
        items[proposed["workstream"]] = [item["id"] for item in proposed["items"]]
    stage.ids["policies"] = _of(items, "Commissioning policies")[0]
    stage.ids["primary care"] = _of(items, "Primary")[0]
    stage.at("2017-08-15 10:00", "Governing bodies decide, each for itself.")
    for body, officer in zip(BODIES, OFFICERS, strict=True):
        adopted = [stage.ids["policies"]] + ([stage.ids["primary care"]] if body != "CCG 5" else [])
        stage.who(officer).does(
            "adoptDelegation",
            items=adopted,
            body=stage.ids[body],
            reference=f"{body}, governing body of August 2017",
            decidedOn="2017-08-10",
            beginsOn="2017-09-01",
        )
    stage.say("All eight delegate commissioning policies, and all but CCG 5 the model of primary care.")
    declined = stage.who(OFFICERS[4]).does(
        "declineDelegation",
        "refusals { reason }",
        items=[stage.ids["primary care"]],
        body=stage.ids["CCG 5"],
        reference="CCG 5, governing body of August 2017",
        reason="Our own model has just begun.",
    )["refusals"]
    stage.say(f"CCG 5 declines that: {declined[0]['reason']}")
    stage.say("An officer of CCG 1 tries to delegate it for CCG 5:")
    stage.told["notOurBody"] = stage.refused(
        OFFICERS[0],
        "adoptDelegation",
        items=[stage.ids["primary care"]],
        body=stage.ids["CCG 5"],
        reference="CCG 1 for CCG 5",
        decidedOn="2017-08-10",
        beginsOn="2017-09-01",
    )


def _of(items: dict[str, list[str]], name: str) -> list[str]:
    return next(found for workstream, found in items.items() if workstream.startswith(name))


# --- September: what can be decided, and what cannot ------------------------------------------------------------------

_OUTLOOK = """
query Outlook($committee: ID!, $item: ID) {
  canDecide(committee: $committee, delegationItem: $item, kind: APPROVE, on: "2017-09-07") {
    canDecide binds { code } reasons { code message }
  }
}
"""


def announce(stage: Stage) -> None:
    """Notice of the next meeting, its agenda, and what it will be able to decide."""
    stage.at("2017-08-16 10:00", "The next meeting is planned for 7 September.")
    meeting = stage.ids["september"] = meetings.plan(stage, "JCCCG", "2017-09-07", "Meeting of 7 September 2017")
    verbal = {"owner": "Chair", "format": AgendaFormat.VERBAL, "minutesAllotted": 10}
    brought: dict[str, dict[str, Any]] = {
        "Minutes of 6 July": {"format": AgendaFormat.PAPER, "minutesOf": stage.ids["july"]},
        "Action matrix": {"format": AgendaFormat.PAPER, "reviewsActions": True},
    }
    for section, action, titles in (
        (AgendaSection.STANDING, AgendaAction.INFORMATION, ("Welcome", *brought)),
        (AgendaSection.DISCUSSION, AgendaAction.DECISION, ("Commissioning policies", "One model of primary care")),
    ):
        items = [
            {**verbal, **brought.get(title, {}), "section": section, "action": action, "title": title}
            for title in titles
        ]
        meetings.add_items(stage, meeting, items)
    stage.who("secretary").does("giveNotice", id=meeting)
    stage.who("secretary").does("publishAgenda", id=meeting)
    for what in ("policies", "primary care"):
        _outlook(stage, what)


def september(stage: Stage) -> None:
    """The next meeting: what is decided, and what cannot be."""
    meeting = stage.ids["september"]
    stage.at("2017-09-07 13:00", "The joint committee meets again.")
    stage.who("chair").does("openMeeting", id=meeting)
    meetings.arrive(stage, meeting, ["chair", *MEMBERS])
    stage.who("chair").does("approveMinutes", id=stage.ids["july minutes"], meeting=meeting)
    stage.say("The minutes of 6 July are approved, and frozen.")
    _actions(stage, meeting)
    _decisions(stage, meeting)
    meetings.close(stage, meeting)
    stage.say("The meeting is closed.")


def _outlook(stage: Stage, what: str) -> None:
    asked = {"committee": stage.ids["JCCCG"], "item": stage.ids[what]}
    outlook = stage.who("chair").reads(_OUTLOOK, **asked)["canDecide"]
    bound = ", ".join(each["code"] for each in outlook["binds"])
    if outlook["canDecide"]:
        stage.say(f"Beforehand: {what} can be decided, and will bind {bound}.")
    for reason in outlook["reasons"]:
        stage.say(f"Beforehand: {what} cannot be decided for all. {reason['message']}  [{reason['code']}]")
    stage.told[f"canDecide {what}"] = outlook["canDecide"]


def _actions(stage: Stage, september: str) -> None:
    matrix = meetings.state(stage, september)["actionMatrix"]
    for action in matrix:
        overdue = ", overdue" if action["isOverdue"] else ""
        stage.say(f"{action['reference']}  {action['subject']} ({action['owner']}, {action['dueOn']}{overdue})")
    done = stage.who("secretary").does(
        "reportAction", "action { reference status }", id=matrix[0]["id"], text="Done.", status=ActionStatus.DONE
    )["action"]
    stage.say(f"{done['reference']} is done; the others are carried over.")
    stage.told["carriedOver"] = len(matrix)


def _decisions(stage: Stage, september: str) -> None:
    item = meetings.item_of(stage, september, "Commissioning policies")
    vote = meetings.carried(stage, item["id"], "To ratify the agreed set of policies.", ["chair", *MEMBERS])
    decision = stage.who("chair").does(
        "declareDecision",
        "decision { number text bodies { body { code } } delegationItem { delegation { workstream } } }",
        item=item["id"],
        kind=DecisionKind.APPROVE,
        text="The agreed set of commissioning policies is ratified.",
        vote=vote,
        delegationItem=stage.ids["policies"],
    )["decision"]
    stage.say(
        f"Decision {decision['number']}: {decision['text']} It stands on the delegation for "
        f"{decision['delegationItem']['delegation']['workstream']} and binds {len(decision['bodies'])} bodies."
    )
    stage.told["bound"] = len(decision["bodies"])
    item = meetings.item_of(stage, september, "One model")
    stage.say("The chair tries to approve one model of primary care for all groups as well:")
    stage.told["notDelegated"] = stage.refused(
        "chair",
        "declareDecision",
        item=item["id"],
        kind=DecisionKind.APPROVE,
        text="One model of primary care for all groups.",
        vote=meetings.carried(stage, item["id"], "To have one model of primary care.", ["chair", *MEMBERS]),
        delegationItem=stage.ids["primary care"],
    )
