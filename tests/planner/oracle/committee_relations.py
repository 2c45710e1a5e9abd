"""What of committees is related to what, by the names of fields.

A relation is written as (table, column): for a list the column of the other row that names this one, for one object the
column of this row that names the other.
"""

from __future__ import annotations

from typing import Any

from almoner.committees import tables as t
from almoner.organizations.tables import Organization

#: Lists: the table, the column that names the parent, and by what they are sorted before the id.
LISTS: dict[str, tuple[Any, str, str]] = {
    "Committee.termsVersions": (t.TermsOfReference, "committee_id", "number"),
    "Committee.bodies": (t.CommitteeBody, "committee_id", "since_on"),
    "Committee.relations": (t.CommitteeRelation, "committee_id", "kind"),
    "Committee.seats": (t.Seat, "committee_id", "title"),
    "Committee.exclusions": (t.Exclusion, "committee_id", "id"),
    "Committee.delegations": (t.CommitteeDelegation, "committee_id", "position"),
    "TermsOfReference.approvals": (t.TermsApproval, "terms_id", "approved_on"),
    "CommitteeDelegation.items": (t.DelegationItem, "delegation_id", "position"),
    "DelegationItem.adoptions": (t.DelegationAdoption, "item_id", "adopted_at"),
    "Meeting.questions": (t.PublicQuestion, "meeting_id", "asked_at"),
    "Meeting.attendances": (t.Attendance, "meeting_id", "id"),
    "Meeting.quorumChanges": (t.QuorumChange, "meeting_id", "at"),
    "Meeting.votes": (t.Vote, "meeting_id", "opened_at"),
    "Meeting.decisions": (t.Decision, "meeting_id", "number"),
    "Meeting.actions": (t.Action, "meeting_id", "id"),
    "AgendaItem.conflicts": (t.ConflictDeclaration, "item_id", "declared_at"),
    "AgendaItem.votes": (t.Vote, "item_id", "opened_at"),
    "AgendaItem.decisions": (t.Decision, "item_id", "number"),
    "Paper.recommendations": (t.Recommendation, "paper_id", "position"),
    "Attendance.spans": (t.AttendanceSpan, "attendance_id", "arrived_at"),
    "Vote.ballots": (t.Ballot, "vote_id", "cast_at"),
    "Decision.bodies": (t.DecisionBody, "decision_id", "body_id"),
    "Minutes.entries": (t.MinutesEntry, "minutes_id", "position"),
    "Action.updates": (t.ActionUpdate, "action_id", "reported_at"),
}
#: Organizations as committees name them, which everybody sees who sees what names them: by column.
PARTIES = {
    "CommitteeRelation.other": "other_id",
    "CommitteeBody.body": "body_id",
    "TermsApproval.body": "body_id",
    "Appointment.body": "body_id",
    "Exclusion.other": "other_id",
    "DelegationAdoption.body": "body_id",
    "DelegationRefusal.body": "body_id",
    "DelegationStanding.body": "body_id",
    "DecisionBody.body": "body_id",
    "Referral.to": "to_id",
    "Referral.fromCommittee": "committee_id",
}
ONES: dict[str, tuple[Any, str]] = {
    "Appointment.seat": (t.Seat, "seat_id"),
    "Appointment.committee": (t.Committee, "committee_id"),
    "Committee.organization": (Organization, "id"),
    "CommitteeDelegation.committee": (t.Committee, "committee_id"),
    "DelegationItem.delegation": (t.CommitteeDelegation, "delegation_id"),
    "Meeting.committee": (t.Committee, "committee_id"),
    "Meeting.approvedIn": (t.Meeting, "approved_in_id"),
    "AgendaItem.carries": (t.AgendaItem, "carries_id"),
    "AgendaItem.minutesOf": (t.Meeting, "minutes_of_id"),
    **{
        f"{name}.meeting": (t.Meeting, "meeting_id")
        for name in ("AgendaItem", "Paper", "Decision", "Minutes", "Action")
    },
    **{
        f"{name}.item": (t.AgendaItem, "item_id")
        for name in ("Paper", "ConflictDeclaration", "Vote", "Decision", "MinutesEntry", "Action")
    },
    **{
        f"{name}.appointment": (t.Appointment, "appointment_id")
        for name in ("Attendance", "ConflictDeclaration", "Ballot")
    },
    "Paper.delegationItem": (t.DelegationItem, "delegation_item_id"),
    "Paper.document": (t.PaperDocument, "document_id"),
    "Decision.vote": (t.Vote, "vote_id"),
    "Decision.delegationItem": (t.DelegationItem, "delegation_item_id"),
    "DecisionBody.adoption": (t.DelegationAdoption, "adoption_id"),
    "Referral.decision": (t.Decision, "decision_id"),
    "Reminder.meeting": (t.Meeting, "meeting_id"),
    "Reminder.paper": (t.Paper, "paper_id"),
}
SUBJECTS = {
    **{f"{name}.subject": "subject_id" for name in ("Appointment", "Interest", "ConflictDeclaration")},
    "MinutesAmendment.amendedBy": "amended_by",
}
#: Connections: the table, the column that names the parent, the key, whether it goes downwards.
PAGES: dict[str, tuple[Any, str, str, bool]] = {
    "Committee.appointments": (t.Appointment, "committee_id", "id", False),
    "Committee.interests": (t.Interest, "committee_id", "id", False),
    "Committee.meetings": (t.Meeting, "committee_id", "id", True),
    "Committee.decisions": (t.Decision, "committee_id", "number", True),
    "Committee.actions": (t.Action, "committee_id", "id", False),
    "Committee.referrals": (t.Referral, "committee_id", "id", True),
    "Committee.referredToIt": (t.Referral, "to_id", "id", True),
}
