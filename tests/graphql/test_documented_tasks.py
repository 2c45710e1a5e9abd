"""The administrator's tasks of docs/authorization.md, run as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.graphql.role_calls import ACTUARY, ADMIN, NOBODY, Callers

pytestmark = pytest.mark.anyio

PAGE = Path(__file__).parents[2] / "docs" / "authorization.md"


def documents():
    """By the operation's name, in the order of the page."""
    section = PAGE.read_text(encoding="utf-8").partition("### Tasks, as operations")[2].partition("\n##")[0]
    return {name: text for text, name in re.findall(r"```graphql\n(\w+ (\w+).*?)```", section, re.DOTALL)}


async def test_the_documented_tasks_can_be_done_as_they_stand(ask, tenant):
    callers, page = Callers(ask, tenant), documents()

    async def run(name, **variables):
        data = await callers.read(ADMIN, page.pop(name), **variables)
        assert [problem for payload in data.values() for problem in payload.get("problems", [])] == []
        return data

    place = (await run("Admit"))["createOrganization"]["organization"]["id"]
    given = (await run("Give", subject=callers.subject(NOBODY), organization=place))["assignRole"]["assignment"]
    assert given["state"] == "HELD"
    invited = await run("Invite", organization=place, nextWeek=callers.later(days=7))
    assert invited["inviteToRole"]["invitation"]["state"] == "OPEN"
    assert invited["inviteAccount"]["token"]
    who = await run("Who", organization=place)
    assert [node["role"] for node in who["roleAssignments"]["nodes"]] == ["aco_executive"]
    assert [node["email"] for node in who["invitations"]["nodes"]] == ["ada@aco.example"]
    ended = await run("End", assignment=given["id"])
    assert ended["endRoleAssignment"]["assignment"]["state"] == "OVER"
    emergency = {"role": ADMIN, "reason": "nobody can be reached", "untilAt": callers.later(hours=1)}
    opened = await callers.done(ACTUARY, "breakGlass", **emergency)
    (waiting,) = (await run("Emergencies"))["breakGlasses"]["nodes"]
    assert waiting["id"] == opened["id"]
    closed = await run("Review", emergency=waiting["id"])
    assert closed["reviewBreakGlass"]["breakGlass"]["reviewedAt"] is not None
    assert page == {}
