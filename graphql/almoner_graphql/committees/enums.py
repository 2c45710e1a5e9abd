"""The words of committees, published."""

from __future__ import annotations

from almoner.committees.status import DelegationState, MeetingStatus, MinutesStatus
from almoner.committees.words import (
    ActionStatus,
    AgendaAction,
    AgendaFormat,
    AgendaSection,
    Assessed,
    BallotChoice,
    CommitteeKind,
    CommitteeRelationKind,
    CommitteeTaskKind,
    ConflictRuling,
    DecisionKind,
    DelegatedMatter,
    ExcludedSeats,
    ExclusionKind,
    Majority,
    PaperPurpose,
    PublicSpeaks,
    QuestionAsked,
    RecommendationAnswer,
    ReminderKind,
    SeatRole,
    SeatStandsFor,
    SeatVote,
)
from almoner_graphql.enums import publish

__all__ = [
    "ActionStatus",
    "AgendaAction",
    "AgendaFormat",
    "AgendaSection",
    "Assessed",
    "BallotChoice",
    "CommitteeKind",
    "CommitteeRelationKind",
    "CommitteeTaskKind",
    "ConflictRuling",
    "DecisionKind",
    "DelegatedMatter",
    "DelegationState",
    "ExcludedSeats",
    "ExclusionKind",
    "Majority",
    "MeetingStatus",
    "MinutesStatus",
    "PaperPurpose",
    "PublicSpeaks",
    "QuestionAsked",
    "RecommendationAnswer",
    "ReminderKind",
    "SeatRole",
    "SeatStandsFor",
    "SeatVote",
]

publish(
    CommitteeKind,
    description="What a committee is.",
    values={
        CommitteeKind.JOINT_COMMITTEE: "Several bodies decide together.",
        CommitteeKind.BOARD: "It leads an organization or a partnership.",
        CommitteeKind.ADVISORY_COMMITTEE: "It advises.",
        CommitteeKind.SCRUTINY_COMMITTEE: "It scrutinises what others decide.",
        CommitteeKind.GOVERNING_BODY: "It governs a body.",
    },
)
publish(
    CommitteeRelationKind,
    description="What a committee is to another organization.",
    values={
        CommitteeRelationKind.REPORTS_TO: "It reports to it.",
        CommitteeRelationKind.ADVISES: "It advises it.",
        CommitteeRelationKind.SCRUTINISED_BY: "It is scrutinised by it.",
    },
)
publish(
    SeatVote,
    description="Whether who holds a seat votes.",
    values={
        SeatVote.VOTING: "Yes.",
        SeatVote.NON_VOTING: "No, but is a member.",
        SeatVote.IN_ATTENDANCE: "No, and is no member.",
    },
)
publish(
    SeatStandsFor,
    description="For whom the holder of a seat sits.",
    values={
        SeatStandsFor.CONSTITUENCY: "For those who sent them.",
        SeatStandsFor.WHOLE: "For all that the committee serves.",
    },
)
publish(
    SeatRole,
    description="The role at the committee that an appointment to a seat gives.",
    values={
        SeatRole.CHAIR: "`committee_chair`.",
        SeatRole.MEMBER: "`committee_member`.",
        SeatRole.OBSERVER: "`committee_observer`.",
    },
)
publish(
    ExcludedSeats,
    description="Which seats an exclusion keeps somebody from; who is in attendance is no member.",
    values={
        ExcludedSeats.VOTING: "Voting seats.",
        ExcludedSeats.MEMBERS: "Members' seats, whether they vote or not.",
    },
)
publish(
    ExclusionKind,
    description="What keeps somebody from a seat.",
    values={
        ExclusionKind.AFFILIATION: "An affiliation.",
        ExclusionKind.VOTING_SEAT_ELSEWHERE: "A voting seat of another committee, and the other way round.",
    },
)
publish(
    AgendaSection,
    description="A part of an agenda, in the order in which they come.",
    values={
        AgendaSection.STANDING: "Standing items.",
        AgendaSection.DISCUSSION: "For discussion and recommendation.",
        AgendaSection.PUBLIC_QUESTIONS: "Questions from the public, after the formal part is closed.",
        AgendaSection.INFORMATION: "For information.",
    },
)
publish(
    AgendaAction,
    description="What the committee is to do with an item.",
    values={
        AgendaAction.INFORMATION: "Hear it.",
        AgendaAction.DISCUSSION: "Discuss it.",
        AgendaAction.TO_NOTE: "Note it.",
        AgendaAction.DECISION: "Decide.",
    },
)
publish(
    AgendaFormat,
    description="How an item is brought.",
    values={
        AgendaFormat.VERBAL: "By word of mouth.",
        AgendaFormat.PAPER: "By a paper.",
        AgendaFormat.PRESENTATION: "By a presentation.",
    },
)
publish(
    PaperPurpose,
    description="What a paper is for.",
    values={
        PaperPurpose.INFORMATION: "For information.",
        PaperPurpose.DISCUSSION: "For discussion.",
        PaperPurpose.DECISION: "For decision.",
    },
)
publish(
    Assessed,
    description="Whether something was done, or applies.",
    values={
        Assessed.YES: "Yes.",
        Assessed.NO: "No.",
        Assessed.NOT_APPLICABLE: "It does not apply.",
    },
)
publish(
    RecommendationAnswer,
    description="What became of a recommendation.",
    values={
        RecommendationAnswer.ACCEPTED: "The committee has accepted it.",
        RecommendationAnswer.AMENDED: "It has accepted it with changes: see `answerText`.",
        RecommendationAnswer.REJECTED: "It has not.",
        RecommendationAnswer.DEFERRED: "It will come back to it.",
    },
)
publish(
    ConflictRuling,
    description="What the chair lets somebody with an interest in an item do.",
    values={
        ConflictRuling.STAY: "Take part as everybody else.",
        ConflictRuling.STAY_WITHOUT_VOTING: "Speak, but not vote.",
        ConflictRuling.LEAVE: "Leave the room; what is private about the item is not for them.",
    },
)
publish(
    Majority,
    description="How many votes carry a motion.",
    values={
        Majority.UNANIMOUS: "Somebody is for it and nobody against.",
        Majority.MAJORITY: "More are for it than against.",
        Majority.SHARE: "A share of those who vote for or against is for it.",
        Majority.WEIGHTED: "The same, each counting what their body weighs.",
    },
)
publish(
    BallotChoice,
    description="What a member votes.",
    values={
        BallotChoice.FOR: "For the motion.",
        BallotChoice.AGAINST: "Against it.",
        BallotChoice.ABSTAIN: "Neither.",
    },
)
publish(
    DecisionKind,
    description="What a committee does by a decision.",
    values={
        DecisionKind.NOTE: "It takes note.",
        DecisionKind.ENDORSE: "It supports.",
        DecisionKind.APPROVE: "It decides, for the bodies that it binds.",
        DecisionKind.RECOMMEND: "It recommends to somebody who decides.",
        DecisionKind.REFER: "It refers the matter to somebody else.",
    },
)
publish(
    DelegatedMatter,
    description="Which decisions a delegation is about.",
    values={
        DelegatedMatter.SERVICE_MODELS: "Service models, standards and specifications.",
        DelegatedMatter.OPTIONS_AND_CONSULTATION: "Options, how they are appraised, and plans for consultation.",
        DelegatedMatter.COMMISSIONING_POLICIES: "Commissioning policies.",
        DelegatedMatter.USE_OF_FUNDS: "The use of named funds, up to an amount.",
    },
)
publish(
    DelegationState,
    description="Where a body's delegation of something stands.",
    values={
        DelegationState.PROPOSED: "The body is asked for it, or has adopted it from a later day on.",
        DelegationState.IN_FORCE: "The committee can decide for the body.",
        DelegationState.WITHDRAWN: "The body has taken it back.",
        DelegationState.EXPIRED: "Its last day is over.",
        DelegationState.DECLINED: "The body has decided not to delegate it.",
    },
)
publish(
    ActionStatus,
    description="Where an action stands.",
    values={
        ActionStatus.OPEN: "It is to be done.",
        ActionStatus.DONE: "It is done.",
        ActionStatus.DROPPED: "It is not to be done any more.",
    },
)
publish(
    PublicSpeaks,
    description="When a committee in session takes questions and comments from the public.",
    values={
        PublicSpeaks.AFTER_FORMAL_PART: "When the formal part of the meeting is closed.",
        PublicSpeaks.DURING_ITEMS: "At any time, so also while it deliberates.",
    },
)
publish(
    QuestionAsked,
    description="When a question from the public was asked.",
    values={
        QuestionAsked.BEFOREHAND: "Before the meeting.",
        QuestionAsked.AT_THE_MEETING: "There.",
    },
)
publish(
    ReminderKind,
    description="What somebody is reminded of.",
    values={
        ReminderKind.NOTICE_DUE: "Notice of a meeting is due.",
        ReminderKind.PUBLICATION_DUE: "Its agenda and papers are to be published.",
        ReminderKind.PAPER_DUE: "A paper is to be finished.",
    },
)
publish(
    MeetingStatus,
    description="Where a meeting stands.",
    values={
        MeetingStatus.PLANNED: "It is planned.",
        MeetingStatus.NOTICE_GIVEN: "Notice was given.",
        MeetingStatus.AGENDA_PUBLISHED: "So were agenda and papers.",
        MeetingStatus.IN_SESSION: "It is going on.",
        MeetingStatus.HELD: "It is over; its minutes are not approved yet.",
        MeetingStatus.MINUTES_APPROVED: "A later meeting has approved its minutes; final.",
        MeetingStatus.CANCELLED: "It was called off; final.",
    },
)
publish(
    MinutesStatus,
    description="Where minutes stand.",
    values={
        MinutesStatus.DRAFTED: "The secretary writes them.",
        MinutesStatus.CIRCULATED: "Those who attended read them, and may amend them.",
        MinutesStatus.APPROVED: "They are frozen.",
    },
)
publish(
    CommitteeTaskKind,
    description="What somebody must do.",
    values={
        CommitteeTaskKind.GIVE_NOTICE: "Give notice of a meeting.",
        CommitteeTaskKind.PUBLISH_AGENDA: "Publish the agenda and the papers of a meeting.",
        CommitteeTaskKind.COMPLETE_PAPER: "Complete a paper of one's own.",
        CommitteeTaskKind.CHASE_PAPER: "See that somebody else's paper is completed.",
        CommitteeTaskKind.OPEN_MEETING: "Open a meeting whose day has come.",
        CommitteeTaskKind.RECORD_ATTENDANCE: "Record who attends a meeting in session.",
        CommitteeTaskKind.RULE_ON_CONFLICT: "Rule on a conflict of interest.",
        CommitteeTaskKind.CAST_BALLOT: "Vote.",
        CommitteeTaskKind.CLOSE_VOTE: "Close a vote.",
        CommitteeTaskKind.ANSWER_QUESTION: "Answer a question from the public.",
        CommitteeTaskKind.DRAFT_MINUTES: "Draft the minutes of a meeting.",
        CommitteeTaskKind.CIRCULATE_MINUTES: "Circulate minutes.",
        CommitteeTaskKind.READ_MINUTES: "Read circulated minutes of a meeting that one attended, and amend them.",
        CommitteeTaskKind.APPROVE_MINUTES: "Have the next meeting approve circulated minutes.",
        CommitteeTaskKind.BRING_BACK: "Bring open recommendations of an item to the agenda of a later meeting.",
        CommitteeTaskKind.CARRY_OUT_ACTION: "Carry out an action.",
        CommitteeTaskKind.APPROVE_TERMS: "Say whether a body approves terms of reference.",
        CommitteeTaskKind.DECIDE_ON_DELEGATION: "Say whether a body adopts a delegation: adopt it, or decline.",
        CommitteeTaskKind.ANSWER_REFERRAL: "Answer a referral, for the committee that was asked.",
    },
)
