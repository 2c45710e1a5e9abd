"""The advisory committee: fifteen days of notice, one deliberation in public, one recommendation by vote."""

from __future__ import annotations

from typing import Any

from almoner.cli.committees import meetings
from almoner.cli.committees.founding import ADVISERS
from almoner.cli.committees.stage import Stage
from almoner.committees.words import (
    AgendaAction,
    AgendaFormat,
    AgendaSection,
    BallotChoice,
    DecisionKind,
    RecommendationAnswer,
)

_CHAIR, _REVIEWER, *_ = ADVISERS
_PROPOSAL = {
    "section": AgendaSection.DISCUSSION,
    "title": "Proposal of a payment model for chronic care",
    "owner": "Lead reviewer",
    "action": AgendaAction.DECISION,
    "format": AgendaFormat.PAPER,
    "minutesAllotted": 90,
    "matter": "PROPOSAL_REVIEW",
}
_REVIEW: dict[str, Any] = {
    "title": "Review of the proposal",
    "datedOn": "2017-08-15",
    "leadAuthors": ["Lead reviewer"],
    "purposes": ["DECISION"],
    "executiveSummary": "The proposal meets the criteria; its measures of quality are untested.",
    "recommendations": ["To recommend a test of the model on a limited scale."],
    "nextSteps": "The Secretary responds to the recommendation.",
    "equalityImpact": "NOT_APPLICABLE",
    "engagement": "YES",
    "financialImplications": "YES",
    "riskIdentified": False,
    "authorisedBy": "Chair",
}


def advisory(stage: Stage) -> None:
    """From notice to a recommendation."""
    stage.at("2017-08-16 11:00", "The advisory committee plans: in public, on fifteen days of notice.")
    meeting = _notice(stage)
    _in_private(stage)
    stage.at("2017-08-31 13:00", "The advisory committee deliberates in public.")
    _deliberation(stage, meeting)


def _notice(stage: Stage) -> str:
    secretary = stage.who("secretary")
    stage.say("A meeting on 30 August would have fourteen days of notice:")
    early = meetings.plan(stage, "PTAC", "2017-08-30", "Review of proposals")
    stage.told["noticeTooLate"] = stage.refused("secretary", "giveNotice", id=early)
    secretary.does("changeMeeting", id=early, heldOn="2017-08-31")
    secretary.does("giveNotice", id=early)
    meetings.add_items(stage, early, [_PROPOSAL])
    planned = meetings.state(stage, early)
    item = planned["agenda"][0]["number"]
    meetings.file_paper(stage, planned, {**_REVIEW, "item": item}, _REVIEWER)
    secretary.does("publishAgenda", id=early)
    stage.say(f"It is told of for 31 August instead; item {item} and its paper are there for everybody.")
    return early


def _in_private(stage: Stage) -> None:
    private = meetings.plan(stage, "PTAC", "2017-08-18", "Preparation", is_public=False)
    stage.who("secretary").does("giveNotice", id=private)
    stage.say("A meeting in two days to prepare it, not public, needs no such notice. It may not deliberate, though:")
    given = {name: value for name, value in _PROPOSAL.items() if name != "minutesAllotted"}
    stage.told["publicMatter"] = stage.refused("secretary", "addAgendaItem", meeting=private, **given)


def _deliberation(stage: Stage, meeting: str) -> None:
    chair, present = stage.who(_CHAIR), ADVISERS[:9]
    chair.does("openMeeting", id=meeting)
    meetings.arrive(stage, meeting, present)
    stage.say(f"The chair and eight of ten experts are there; {meetings.quorum(stage, meeting)}.")
    comment = {"askedBy": "A practice", "text": "We would take part in a test."}
    stage.who("secretary").does("recordQuestion", meeting=meeting, **comment)
    stage.say(f"A member of the public comments while they deliberate: {comment['text']}")
    item = meetings.state(stage, meeting)["agenda"][0]
    (recommendation,) = item["papers"][0]["recommendations"]
    vote = chair.does("openVote", "vote { id }", item=item["id"], motion=_REVIEW["recommendations"][0])["vote"]["id"]
    for n, name in enumerate(present):
        stage.who(name).does("castBallot", vote=vote, choice=BallotChoice.FOR if n < 7 else BallotChoice.AGAINST)
    stage.say("A recommendation takes two thirds of the votes.")
    stage.told["advisory vote"] = meetings.result(stage, vote, chair=_CHAIR)
    declared = {
        "item": item["id"],
        "text": "The committee recommends to the Secretary a test of the model on a limited scale.",
        "recommendations": [{"recommendation": recommendation["id"], "answer": RecommendationAnswer.ACCEPTED}],
        "vote": vote,
    }
    stage.say("It cannot approve anything, only recommend:")
    stage.told["onlyRecommends"] = stage.refused(_CHAIR, "declareDecision", kind=DecisionKind.APPROVE, **declared)
    decision = chair.does("declareDecision", "decision { number text }", kind=DecisionKind.RECOMMEND, **declared)
    stage.say(f"Recommendation {decision['decision']['number']}: {decision['decision']['text']}")
    meetings.close(stage, meeting, chair=_CHAIR)
