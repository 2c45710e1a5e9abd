"""Trusted documents: by their id, and nothing else where a rule says so."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest

from almoner.core.ids import global_id

pytestmark = pytest.mark.anyio

TEXT = "query Names($first: Int) { programs { name } jobs(first: $first) { totalCount } }"
DIGEST = sha256(TEXT.encode()).hexdigest()
REGISTER = """mutation ($client: ID!, $operations: [NewOperationInput!]!) {
    registerOperations(client: $client, operations: $operations) {
        operations { id digest client name } problems { code path } } }"""
ONLY = """mutation ($client: ID, $only: Boolean!) {
    setRegisteredOnly(client: $client, registeredOnly: $only) { rule { client registeredOnly } problems { code } } }"""


def code_of(response):
    (error,) = response.json()["errors"]
    return error["extensions"]["code"]


@pytest.fixture
def send(client, tenant):
    """Sends a body as the integrator, by POST or by GET."""

    async def do(role="integrator", method="POST", **body):
        headers = {"Authorization": f"Bearer {tenant.token(role)}"}
        if method == "GET":
            return await client.get("/graphql", params=body, headers=headers)
        # Escaped: an unpaired surrogate has no UTF-8.
        headers["Content-Type"] = "application/json"
        return await client.post("/graphql", content=json.dumps(body), headers=headers)

    return do


@pytest.fixture
def machine(tenant):
    return global_id("Subject", tenant.identities["integrator"].subject_id)


@pytest.fixture
async def registered(ask, tenant, machine):
    """The id of an operation that is registered for the integrator."""
    variables = {"client": machine, "operations": [{"text": TEXT, "name": "names", "digest": DIGEST}]}
    response = await ask(REGISTER, variables, token=tenant.token("program_administrator"))
    payload = response.json()["data"]["registerOperations"]
    assert payload["problems"] == []
    (operation,) = payload["operations"]
    assert (operation["digest"], operation["client"], operation["name"]) == (DIGEST, machine, "names")
    return operation["id"]


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("id_", [DIGEST, f"sha256:{DIGEST}", DIGEST.upper()])
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_registered_document_runs_by_its_id(send, id_, method):
    response = await send(method=method, documentId=id_)
    assert response.json()["data"] == {"programs": [], "jobs": {"totalCount": 0}}


@pytest.mark.usefixtures("registered")
async def test_it_is_unknown_to_other_clients_and_to_nobody(send, client, other_tenant):
    assert code_of(await send("actuary", documentId=DIGEST)) == "UNKNOWN_DOCUMENT"
    assert code_of(await client.post("/graphql", json={"documentId": DIGEST})) == "UNKNOWN_DOCUMENT"
    headers = {"Authorization": f"Bearer {other_tenant.token('integrator')}"}
    assert code_of(await client.post("/graphql", json={"documentId": DIGEST}, headers=headers)) == "UNKNOWN_DOCUMENT"


NO_DIGESTS = ["", "x", 7, [], "sha256:", "0" * 63, "0" * 64 + "\n", "x" * 64, "\0", "\ud83d", "md5:" + "0" * 64]


@pytest.mark.parametrize("id_", NO_DIGESTS)
async def test_what_is_no_digest_is_a_bad_request(send, id_):
    response = await send(documentId=id_)
    assert (response.status_code, code_of(response)) == (400, "BAD_REQUEST")


async def test_a_digest_of_nothing_is_unknown(send):
    assert code_of(await send(documentId="A" * 64)) == "UNKNOWN_DOCUMENT"


@pytest.fixture
async def two(tenant, machine, registered, ask):
    """The ids of two operations: an integrator's, and then an actuary's."""
    person = global_id("Subject", tenant.identities["actuary"].subject_id)
    variables = {"client": person, "operations": [{"text": TEXT}]}
    response = await ask(REGISTER, variables, token=tenant.token("program_administrator"))
    (operation,) = response.json()["data"]["registerOperations"]["operations"]
    return [registered, operation["id"]]


async def test_operations_are_listed_newest_first_page_by_page_and_by_client(ask, tenant, machine, two):
    query = """query ($after: String, $client: ID) { registeredOperations(
        first: 1, after: $after, filter: {client: {eq: $client}}
    ) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } }"""

    async def page(**variables):
        found = (await ask(query, variables, token=tenant.token("auditor"))).json()["data"]["registeredOperations"]
        end = found["pageInfo"]["endCursor"]
        return [node["id"] for node in found["nodes"]], found["pageInfo"]["hasNextPage"], found["totalCount"], end

    *first, end = await page()
    assert first == [[two[1]], True, 2]
    *rest, _end = await page(after=end)
    assert rest == [[two[0]], False, 2]
    *one, _end = await page(client=machine)
    assert one == [[two[0]], False, 1]


@pytest.mark.parametrize("role", ["actuary", "integrator", "nobody"])
async def test_who_may_not_view_sees_no_operations(ask, tenant, two, role):
    assert two
    response = await ask("{ registeredOperations { totalCount nodes { id } } }", token=tenant.token(role))
    assert response.json()["data"] == {"registeredOperations": {"totalCount": 0, "nodes": []}}


async def test_another_tenants_operations_are_not_there(ask, other_tenant, two):
    assert two
    token = other_tenant.token("program_administrator")
    response = await ask("{ registeredOperations { totalCount nodes { id } } }", token=token)
    assert response.json()["data"] == {"registeredOperations": {"totalCount": 0, "nodes": []}}


async def test_text_and_id_together_are_a_bad_request(send):
    assert code_of(await send(documentId=DIGEST, query=TEXT)) == "BAD_REQUEST"


async def test_a_withdrawn_document_is_refused_at_once(send, ask, tenant, registered):
    assert "data" in (await send(documentId=DIGEST)).json()
    withdraw = "mutation ($id: ID!) { withdrawOperation(id: $id) { operation { withdrawnAt } problems { code } } }"
    payload = (await ask(withdraw, {"id": registered}, token=tenant.token("program_administrator"))).json()
    assert payload["data"]["withdrawOperation"]["operation"]["withdrawnAt"]
    assert code_of(await send(documentId=DIGEST)) == "UNKNOWN_DOCUMENT"
    assert "data" in (await send(query=TEXT)).json()


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("whole_tenant", [True, False])
async def test_who_is_held_to_registered_documents_sends_nothing_else(send, ask, tenant, machine, whole_tenant):
    held = {"only": True} | ({} if whole_tenant else {"client": machine})
    rule = (await ask(ONLY, held, token=tenant.token("program_administrator"))).json()["data"]["setRegisteredOnly"]
    assert rule["rule"] == {"client": None if whole_tenant else machine, "registeredOnly": True}
    for text in ("{ programs { id } }", '{ a: job(id: "x") { id } }', "{ __typename programs { id } }"):
        assert code_of(await send(query=text)) == "REGISTERED_DOCUMENTS_ONLY"
    mutation = 'mutation { cancelJob(id: "x") { problems { code } } }'
    assert code_of(await send(query=mutation)) == "REGISTERED_DOCUMENTS_ONLY"
    assert "data" in (await send(query=TEXT)).json()
    assert "data" in (await send(documentId=DIGEST)).json()
    others = (await send("actuary", query="{ programs { id } }")).json()
    assert ("errors" in others) is whole_tenant


async def test_only_documents_that_could_be_run_are_registered(ask, tenant, machine):
    texts = ["{ programs { id } }", "{ nothing }", "no GraphQL", "{ " + "programs { id } " * 400 + "}"]
    variables = {"client": machine, "operations": [{"text": text} for text in texts]}
    token = tenant.token("program_administrator")
    payload = (await ask(REGISTER, variables, token=token)).json()["data"]["registerOperations"]
    assert payload["operations"] == []
    assert [(problem["code"], problem["path"][1]) for problem in payload["problems"]] == [
        ("DOCUMENT_REFUSED", str(place)) for place in (1, 2, 3)
    ]
    listed = (await ask("{ registeredOperations { totalCount } }", token=token)).json()["data"]
    assert listed == {"registeredOperations": {"totalCount": 0}}


async def test_a_subscription_of_somebody_held_is_refused(client, tenant, ask, file, read_events):
    filed = await file(tenant)
    await ask(ONLY, {"only": True}, token=tenant.token("program_administrator"))
    body = {"query": "subscription ($id: ID!) { jobChanged(id: $id) { id } }", "variables": {"id": filed.job}}
    headers = {"Authorization": f"Bearer {tenant.token('actuary')}", "Accept": "text/event-stream"}
    (event, _end) = read_events(await client.post("/graphql", json=body, headers=headers))
    assert event[1]["errors"][0]["extensions"]["code"] == "REGISTERED_DOCUMENTS_ONLY"


async def test_who_may_explain_gets_the_statement_and_its_plan(client, tenant):
    async def explained(role):
        headers = {"Authorization": f"Bearer {tenant.token(role)}", "Almoner-Explain": "sql"}
        return await client.post("/graphql", json={"query": "{ programs { name } }"}, headers=headers)

    told = (await explained("program_administrator")).json()["extensions"]["explain"]
    assert "almoner.program" in told["statement"]
    assert told["plan"][0]["Plan"]["Node Type"]
    assert code_of(await explained("auditor")) == "DENIED"
