"""The words of committees: every value that a column of theirs can have."""

from __future__ import annotations

from enum import StrEnum


class CommitteeKind(StrEnum):
    """What a committee is."""

    JOINT_COMMITTEE = "JOINT_COMMITTEE"
    BOARD = "BOARD"
    ADVISORY_COMMITTEE = "ADVISORY_COMMITTEE"
    SCRUTINY_COMMITTEE = "SCRUTINY_COMMITTEE"
    GOVERNING_BODY = "GOVERNING_BODY"


class CommitteeRelationKind(StrEnum):
    """What a committee is to another organization."""

    REPORTS_TO = "REPORTS_TO"
    ADVISES = "ADVISES"
    SCRUTINISED_BY = "SCRUTINISED_BY"


class SeatVote(StrEnum):
    """Whether who holds a seat votes."""

    VOTING = "VOTING"
    NON_VOTING = "NON_VOTING"
    IN_ATTENDANCE = "IN_ATTENDANCE"


class SeatStandsFor(StrEnum):
    """For whom the holder of a seat sits."""

    CONSTITUENCY = "CONSTITUENCY"
    WHOLE = "WHOLE"


class SeatRole(StrEnum):
    """The role at the committee that an appointment to a seat gives."""

    CHAIR = "committee_chair"
    MEMBER = "committee_member"
    OBSERVER = "committee_observer"


class ExclusionKind(StrEnum):
    """What keeps somebody from a seat."""

    AFFILIATION = "AFFILIATION"
    VOTING_SEAT_ELSEWHERE = "VOTING_SEAT_ELSEWHERE"


class ExcludedSeats(StrEnum):
    """Which seats an exclusion keeps somebody from; who is in attendance is no member."""

    VOTING = "VOTING"
    MEMBERS = "MEMBERS"


class AgendaSection(StrEnum):
    """A part of an agenda, in the order in which they come."""

    STANDING = "STANDING"
    DISCUSSION = "DISCUSSION"
    PUBLIC_QUESTIONS = "PUBLIC_QUESTIONS"
    INFORMATION = "INFORMATION"


class AgendaAction(StrEnum):
    """What the committee is to do with an item."""

    INFORMATION = "INFORMATION"
    DISCUSSION = "DISCUSSION"
    TO_NOTE = "TO_NOTE"
    DECISION = "DECISION"


class AgendaFormat(StrEnum):
    """How an item is brought."""

    VERBAL = "VERBAL"
    PAPER = "PAPER"
    PRESENTATION = "PRESENTATION"


class PaperPurpose(StrEnum):
    """What a paper is for."""

    INFORMATION = "INFORMATION"
    DISCUSSION = "DISCUSSION"
    DECISION = "DECISION"


class Assessed(StrEnum):
    """Whether something was done, or applies."""

    YES = "YES"
    NO = "NO"
    NOT_APPLICABLE = "NOT_APPLICABLE"


class RecommendationAnswer(StrEnum):
    """What became of a recommendation."""

    ACCEPTED = "ACCEPTED"
    AMENDED = "AMENDED"
    REJECTED = "REJECTED"
    DEFERRED = "DEFERRED"


class ConflictRuling(StrEnum):
    """What the chair lets somebody with an interest in an item do."""

    STAY = "STAY"
    STAY_WITHOUT_VOTING = "STAY_WITHOUT_VOTING"
    LEAVE = "LEAVE"


class Majority(StrEnum):
    """How many votes carry a motion: see `majorities.py`."""

    UNANIMOUS = "UNANIMOUS"
    MAJORITY = "MAJORITY"
    SHARE = "SHARE"
    WEIGHTED = "WEIGHTED"


class BallotChoice(StrEnum):
    """What a member votes."""

    FOR = "FOR"
    AGAINST = "AGAINST"
    ABSTAIN = "ABSTAIN"


class DecisionKind(StrEnum):
    """What a committee does by a decision."""

    NOTE = "NOTE"
    ENDORSE = "ENDORSE"
    APPROVE = "APPROVE"
    RECOMMEND = "RECOMMEND"
    REFER = "REFER"


class DelegatedMatter(StrEnum):
    """Which decisions a delegation is about."""

    SERVICE_MODELS = "SERVICE_MODELS"
    OPTIONS_AND_CONSULTATION = "OPTIONS_AND_CONSULTATION"
    COMMISSIONING_POLICIES = "COMMISSIONING_POLICIES"
    USE_OF_FUNDS = "USE_OF_FUNDS"


class ActionStatus(StrEnum):
    """Where an action stands."""

    OPEN = "OPEN"
    DONE = "DONE"
    DROPPED = "DROPPED"


class QuestionAsked(StrEnum):
    """When a question from the public was asked."""

    BEFOREHAND = "BEFOREHAND"
    AT_THE_MEETING = "AT_THE_MEETING"


class PublicSpeaks(StrEnum):
    """When a committee in session takes questions and comments from the public."""

    AFTER_FORMAL_PART = "AFTER_FORMAL_PART"
    DURING_ITEMS = "DURING_ITEMS"


class ReminderKind(StrEnum):
    """What somebody is reminded of."""

    NOTICE_DUE = "NOTICE_DUE"
    PUBLICATION_DUE = "PUBLICATION_DUE"
    PAPER_DUE = "PAPER_DUE"


class CommitteeTaskKind(StrEnum):
    """What somebody must do: see `tasks.py`."""

    GIVE_NOTICE = "GIVE_NOTICE"
    PUBLISH_AGENDA = "PUBLISH_AGENDA"
    COMPLETE_PAPER = "COMPLETE_PAPER"
    CHASE_PAPER = "CHASE_PAPER"
    OPEN_MEETING = "OPEN_MEETING"
    RECORD_ATTENDANCE = "RECORD_ATTENDANCE"
    RULE_ON_CONFLICT = "RULE_ON_CONFLICT"
    CAST_BALLOT = "CAST_BALLOT"
    CLOSE_VOTE = "CLOSE_VOTE"
    ANSWER_QUESTION = "ANSWER_QUESTION"
    DRAFT_MINUTES = "DRAFT_MINUTES"
    CIRCULATE_MINUTES = "CIRCULATE_MINUTES"
    READ_MINUTES = "READ_MINUTES"
    APPROVE_MINUTES = "APPROVE_MINUTES"
    BRING_BACK = "BRING_BACK"
    CARRY_OUT_ACTION = "CARRY_OUT_ACTION"
    APPROVE_TERMS = "APPROVE_TERMS"
    DECIDE_ON_DELEGATION = "DECIDE_ON_DELEGATION"
    ANSWER_REFERRAL = "ANSWER_REFERRAL"
