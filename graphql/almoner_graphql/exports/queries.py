"""What exports ask: one operation each, that passes the gate and the planner like anybody's."""

from __future__ import annotations

_MEETING = """
    id title status heldOn startsAt minutesAllotted agendaMinutes venue isPublic urgentReason
    noticeGivenAt agendaPublishedAt openedAt formalPartClosedAt closedAt cancelledAt cancelReason changedAt
    committee { name code }
"""
_AGENCY = "viewer { tenant { code name timeZone } }"
_ACTION = "reference subject owner status dueOn closedOn updates { text status reportedAt }"
_QUESTION = "askedBy asked text askedAt answer answeredAt"

AGENDA = f"""
query ExportAgenda($id: ID!) {{
  {_AGENCY}
  meeting(id: $id) {{
    {_MEETING}
    agenda {{
      section number title minutesAllotted owner action format isPrivate reviewsActions minutesOf {{ heldOn }}
      papers {{
        title datedOn leadAuthors contributors purposes executiveSummary nextSteps
        equalityImpact engagement financialImplications riskIdentified risk authorisedBy
        recommendations {{ text }}
        document {{ id name mediaType size }}
      }}
    }}
    actionMatrix {{ {_ACTION} }}
    questions {{ {_QUESTION} }}
  }}
}}
"""

MINUTES = f"""
query ExportMinutes($id: ID!) {{
  {_AGENCY}
  meeting(id: $id) {{
    {_MEETING}
    minutes {{
      status draftedAt circulatedAt approvedAt
      entries {{ heading text isPrivate }}
    }}
    attendances {{
      appointment {{ name seat {{ title }} body {{ name }} }}
      apologiesAt spans {{ arrivedAt leftAt substitute }}
    }}
    quorumChanges {{ at isQuorate lacking }}
    decisions {{
      number kind text amount decidedAt
      delegationItem {{ position text fund delegation {{ workstream }} }}
      vote {{ motion votesFor votesAgainst abstentions isCarried }}
      bodies {{ body {{ name }} }}
    }}
    actions {{ {_ACTION} }}
    questions {{ {_QUESTION} }}
  }}
}}
"""

_EVENT = """
  id title status startsAt minutesAllotted venue isPublic urgentReason
  noticeGivenAt agendaPublishedAt openedAt formalPartClosedAt closedAt cancelledAt cancelReason revision changedAt
  committee { name }
"""
_WHICH = "$since: DateTime!, $until: DateTime, $committees: [ID!], $order: MeetingOrder!, $after: String"
#: Meetings for a calendar, a page after the other.
_PAGE = f"""
(
  first: 100, after: $after, orderBy: $order
  filter: {{startsAt: {{gte: $since, lt: $until}}, committee: {{in: $committees}}}}
) {{
  nodes {{ {_EVENT} }}
  pageInfo {{ hasNextPage endCursor }}
}}
"""
MEETINGS = f"""
query ExportMeetings({_WHICH}) {{
  {_AGENCY}
  meetings{_PAGE}
}}
"""
COMMITTEE_MEETINGS = f"""
query ExportCommitteeMeetings($id: ID!, {_WHICH}) {{
  {_AGENCY}
  committee(id: $id) {{ name meetings{_PAGE} }}
}}
"""
