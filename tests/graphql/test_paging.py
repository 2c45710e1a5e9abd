"""Pages of lists."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("first: 101", "PAGE_SIZE"),
        ("first: -1", "PAGE_SIZE"),
        ('after: "x"', "BAD_CURSOR"),
        ('after: ""', "BAD_CURSOR"),
    ],
)
async def test_a_bad_page_is_an_error(ask, tenant, arguments, code):
    for root in ("rateDevelopments", "jobs", "journal"):
        response = await ask(f"{{ {root}({arguments}) {{ totalCount }} }}", token=tenant.token("auditor"))
        (error,) = response.json()["errors"]
        assert error["extensions"]["code"] == "INVALID"
        assert error["extensions"]["problems"][0]["code"] == code


async def test_pages_follow_each_other_without_gap_or_repetition(ask, tenant):
    token = tenant.token("program_administrator")
    for number in range(5):
        await ask(f'mutation {{ createProgram(code: "p{number}", name: "P") {{ problems {{ code }} }} }}', token=token)
    query = """query ($after: String) { journal(first: 4, after: $after) {
        totalCount nodes { id } edges { cursor node { id } }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    } }"""
    seen, after = [], None
    while True:
        page = (await ask(query, {"after": after}, token=tenant.token("auditor"))).json()["data"]["journal"]
        assert [edge["node"] for edge in page["edges"]] == page["nodes"]
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        seen += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(seen) == len(set(seen)) == page["totalCount"]
