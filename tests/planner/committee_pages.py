"""What a front-end asks of committees for its pages, over the rows of `many_committees.py`. Not a test."""

from __future__ import annotations

_PARTY = "{ code name }"
COMMITTEE = f"""query ($id: ID!, $now: DateTime!) {{ committee(id: $id) {{
    name code kind terms {{ number text approvals {{ body {_PARTY} approvedOn }} }}
    seats {{ title minimum maximum vote filled }}
    appointments(first: 50) {{ nodes {{ name beginsOn endsOn seat {{ title }} body {_PARTY} }} }}
    bodies {{ body {_PARTY} weight }}
    next: meetings(filter: {{startsAt: {{gt: $now}}}}, orderBy: STARTS_AT_ASC, first: 12) {{
        nodes {{ title startsAt endsAt status venue }} }}
    last: meetings(filter: {{startsAt: {{lte: $now}}}}, orderBy: STARTS_AT_DESC, first: 12) {{
        nodes {{ title startsAt endsAt status venue }} }}
    actions(filter: {{status: {{eq: OPEN}}}}) {{ totalCount }}
}} }}"""
OPEN_ACTIONS = """query ($id: ID!) { committee(id: $id) {
    actions(filter: {status: {eq: OPEN}}, orderBy: DUE_ON_ASC, first: 50) {
        nodes { reference subject owner dueOn isOverdue updates { text reportedAt } meeting { heldOn } }
        pageInfo { hasNextPage endCursor } }
} }"""
MEETING = f"""query ($id: ID!) {{ meeting(id: $id) {{
    title status startsAt endsAt venue agendaMinutes committee {{ name }}
    agenda {{ position number title owner action format
        papers {{ title executiveSummary leadAuthors document {{ name size }}
            recommendations {{ position text answer }} delegationItem {{ text }} asksBodies {_PARTY} }}
        conflicts {{ text ruling }}
        votes {{ motion votesFor votesAgainst abstentions isCarried
            ballots {{ choice weight appointment {{ name }} }} }}
        decisions {{ number kind text bodies {{ body {_PARTY} }} }} }}
    questions {{ askedBy text answer }} attendances {{ isPresent appointment {{ name }} spans {{ arrivedAt leftAt }} }}
    quorumChanges {{ at isQuorate lacking }}
    minutes {{ status entries {{ position heading text amendments {{ totalCount }} }} }}
    actionMatrix {{ reference subject owner dueOn status }} actions {{ reference subject owner }}
}} }}"""
