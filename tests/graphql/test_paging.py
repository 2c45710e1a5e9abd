"""Pages of lists."""

from __future__ import annotations

import psycopg
import pytest

from almoner.core.database import libpq_url

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


async def test_a_span_of_time_is_in_the_order_of_that_time(ask, tenant, superuser_url):
    token = tenant.token("program_administrator")
    for number in range(5):
        await ask(f'mutation {{ createProgram(code: "s{number}", name: "P") {{ problems {{ code }} }} }}', token=token)
    # What was written last is said to have been done first.
    backwards = """update almoner.journal_entry set at = timestamptz '2020-01-01Z' + n * interval '-1 hour' from (
        select id as row, row_number() over (order by id) as n from almoner.journal_entry where tenant_id = %s
    ) numbered where id = row and tenant_id = %s returning id"""
    with psycopg.connect(libpq_url(superuser_url)) as connection:
        number = len(connection.execute(backwards, (tenant.id, tenant.id)).fetchall())
    query = """query ($after: String) { journal(first: 2, after: $after, filter: {at: {lt: "2020-01-02T00:00:00Z"}}) {
        nodes { at } pageInfo { hasNextPage endCursor } totalCount
    } }"""
    seen, after, auditor = [], None, tenant.token("auditor")
    while True:
        page = (await ask(query, {"after": after}, token=auditor)).json()["data"]["journal"]
        seen += [node["at"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == page["totalCount"] == number
    whole = (await ask("{ journal(first: 1) { pageInfo { endCursor } } }", token=auditor)).json()["data"]["journal"]
    (error,) = (await ask(query, {"after": whole["pageInfo"]["endCursor"]}, token=auditor)).json()["errors"]
    assert error["extensions"]["problems"][0]["code"] == "BAD_CURSOR"
