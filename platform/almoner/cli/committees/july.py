"""The meeting of 6 July 2017."""

from __future__ import annotations

from almoner.cli.committees import meetings
from almoner.cli.committees.founding import MEMBERS
from almoner.cli.committees.stage import Stage
from almoner.committees.words import (
    BallotChoice,
    ConflictRuling,
    DecisionKind,
    RecommendationAnswer,
)


def july(stage: Stage) -> None:
    """A meeting in public: a conflict, a lost and regained quorum, a decision that nobody has delegated."""
    stage.at("2017-07-06 13:00", "The joint committee meets in public.")
    meeting, chair = stage.ids["july"], stage.who("chair")
    chair.does("openMeeting", id=meeting)
    stage.say(f"Opened; {meetings.quorum(stage, meeting)}.")
    meetings.arrive(stage, meeting, ["chair", *MEMBERS[:6]])
    stage.say(f"The chair and six members come in; {meetings.quorum(stage, meeting)}.")
    chair.does("approveMinutes", "minutes { status }", id=stage.ids["march minutes"], meeting=meeting)
    stage.say("The minutes of 4 March are approved.")
    stage.clock("2017-07-06 13:55")
    _conflict(stage, meeting)
    stage.clock("2017-07-06 14:20")
    _lost_quorum(stage, meeting)
    _not_delegated_yet(stage, meeting)
    _end_of_july(stage, meeting)


def _conflict(stage: Stage, july: str) -> None:
    item = meetings.item_of(stage, july, "Governance")
    declared = stage.who(MEMBERS[2]).does(
        "declareConflict", "declaration { id }", item=item["id"], text="I chair a partner of the partnership."
    )["declaration"]
    stage.who("chair").does("ruleOnConflict", id=declared["id"], ruling=ConflictRuling.STAY_WITHOUT_VOTING)
    stage.say(f"{item['number']}: the {MEMBERS[2]} has an interest; the chair lets them stay without voting.")
    arrived = MEMBERS[6]
    meetings.arrive(stage, july, [arrived])
    vote = stage.who("chair").does(
        "openVote", "vote { id }", item=item["id"], motion="To endorse the outline governance structure."
    )["vote"]["id"]
    stage.say(f"The {MEMBERS[2]} tries to vote:")
    stage.told["conflicted"] = stage.refused(MEMBERS[2], "castBallot", vote=vote, choice=BallotChoice.FOR)
    for name in ("chair", *MEMBERS[:2], *MEMBERS[3:5]):
        stage.who(name).does("castBallot", vote=vote, choice=BallotChoice.FOR)
    stage.who(MEMBERS[5]).does("castBallot", vote=vote, choice=BallotChoice.AGAINST)
    stage.who(arrived).does("castBallot", vote=vote, choice=BallotChoice.ABSTAIN)
    stage.say(f"The {MEMBERS[0]} votes, and tries to vote again:")
    stage.told["votedTwice"] = stage.refused(MEMBERS[0], "castBallot", vote=vote, choice=BallotChoice.AGAINST)
    stage.told["july vote"] = meetings.result(stage, vote)
    answers = [
        {"recommendation": each["id"], "answer": RecommendationAnswer.ACCEPTED}
        for each in item["papers"][0]["recommendations"]
    ]
    decision = stage.who("chair").does(
        "declareDecision",
        "decision { number text }",
        item=item["id"],
        kind=DecisionKind.ENDORSE,
        text="The outline governance structure and its direction are endorsed.",
        recommendations=answers,
        vote=vote,
    )["decision"]
    stage.say(f"Decision {decision['number']}: {decision['text']}")


def _lost_quorum(stage: Stage, july: str) -> None:
    item = meetings.item_of(stage, july, "Development of proposals")
    gone = MEMBERS[4:7]
    meetings.leave(stage, july, gone)
    stage.say(f"Three members leave for another appointment; {meetings.quorum(stage, july)}.")
    stage.clock("2017-07-06 14:35")
    note = {"item": item["id"], "kind": DecisionKind.NOTE, "text": "The development of proposals is noted."}
    stage.say(f"{item['number']}: the chair tries to have a paper noted all the same:")
    stage.told["inquorate"] = stage.refused("chair", "declareDecision", **note)
    meetings.arrive(stage, july, gone[:2])
    stage.say(f"Two come back; {meetings.quorum(stage, july)}.")
    stage.who("chair").does("declareDecision", **note)
    stage.say(f"{item['number']}: {note['text']}")


def _not_delegated_yet(stage: Stage, july: str) -> None:
    item = meetings.item_of(stage, july, "A vision")
    stage.say(f"{item['number']}: the chair tries to approve a model for all groups, which none has delegated yet:")
    stage.told["nothingDelegated"] = stage.refused(
        "chair",
        "declareDecision",
        item=item["id"],
        kind=DecisionKind.APPROVE,
        text="One model of primary care for all groups.",
    )


def _end_of_july(stage: Stage, july: str) -> None:
    item = meetings.item_of(stage, july, "Development of proposals")
    raised = stage.who("secretary").does(
        "raiseAction",
        "action { reference subject }",
        meeting=july,
        input={
            "item": item["id"],
            "subject": "Each group to name the day on which its governing body considers the delegations",
            "owner": "Officers of the groups",
            "dueOn": "2017-09-30",
        },
    )["action"]
    stage.say(f"Action {raised['reference']}: {raised['subject']}.")
    stage.clock("2017-07-06 14:50")
    stage.who("chair").does("closeFormalPart", id=july)
    question = stage.who("secretary").does(
        "recordQuestion",
        "publicQuestion { id }",
        meeting=july,
        askedBy="A resident",
        text="Will local partnerships still be heard?",
    )["publicQuestion"]
    stage.who("secretary").does("answerQuestion", id=question["id"], answer="Yes: their views come with each proposal.")
    stage.clock("2017-07-06 15:05")
    stage.who("chair").does("closeMeeting", id=july)
    stage.say("The formal part is closed, a question from the public is answered, the meeting is closed.")
    stage.say("The chair tries to open a vote afterwards:")
    stage.told["tooLateToVote"] = stage.refused(
        "chair", "openVote", item=item["id"], motion="To think of something else."
    )
    stage.at("2017-07-12 10:00", "The secretary drafts the minutes from the records and circulates them.")
    stage.ids["july minutes"] = meetings.minutes(stage, july)
    entries = meetings.state(stage, july)["minutes"]["entries"]
    stage.say(f"{len(entries)} paragraphs, from who was there to the close.")
    entry = next(each for each in entries if "Governance" in each["heading"])
    stage.who(MEMBERS[0]).does(
        "amendMinutes", entry=entry["id"], text="The structure was endorsed after discussion.", reason="more precise"
    )
    stage.say("A member who attended amends a paragraph; what stood there before is kept.")
