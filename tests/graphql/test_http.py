"""GraphQL over HTTP: what is taken, what is refused, and that no refusal tells more than it should."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

import httpx
import psycopg
import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from almoner.core.database import libpq_url
from almoner.wiring import build_house
from almoner_graphql.app import build_app
from almoner_graphql.limits import MAX_ALIASES, MAX_DEPTH, MAX_FIELDS, MAX_TOKENS
from almoner_graphql.middleware import MAX_BODY_BYTES

pytestmark = pytest.mark.anyio

JSON = "application/json"
RESPONSE = "application/graphql-response+json"
GOOD = json.dumps({"query": "{ __typename }"})
SUBMIT = """
    mutation ($input: SubmitRateDevelopmentInput!) {
        submitRateDevelopment(input: $input) { rateDevelopment { id } job { id } problems { code path } }
    }
"""


def assert_plain_refusal(response, status, code):
    """A refusal with the code, without `data` and without anything of the machinery."""
    assert response.status_code == status
    body = response.json()
    assert "data" not in body
    assert [error["extensions"]["code"] for error in body["errors"]] == [code] * len(body["errors"])
    for trace in ("Traceback", "File ", ".py", "site-packages", "line "):
        assert trace not in response.text.replace('"line"', "")


@pytest.mark.parametrize("accept", [JSON, RESPONSE, "*/*"])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "BAD_REQUEST"),
        ("{", "BAD_REQUEST"),
        ('{"query": "{ __typename }", "variables": {"x": NaN}}', "BAD_REQUEST"),
        ('{"query": "\\ud800', "BAD_REQUEST"),
        ("1" * 5_000, "BAD_REQUEST"),
        ("null", "BAD_REQUEST"),
        ("[]", "BAD_REQUEST"),
        (f"[{GOOD}, {GOOD}]", "BAD_REQUEST"),
        ("{}", "BAD_REQUEST"),
        ('{"query": null}', "BAD_REQUEST"),
        ('{"query": 1}', "BAD_REQUEST"),
        ('{"query": " "}', "BAD_REQUEST"),
        ('{"query": "{ __typename }", "variables": []}', "BAD_REQUEST"),
        ('{"query": "{ __typename }", "extensions": "x"}', "BAD_REQUEST"),
        ('{"query": "{ __typename }", "operationName": 1}', "BAD_REQUEST"),
        ('{"query": "query A { __typename }", "operationName": "B"}', "BAD_REQUEST"),
        ('{"query": "query A { __typename } query B { __typename }"}', "BAD_REQUEST"),
    ],
)
async def test_a_broken_request_is_4xx_without_data_in_either_media_type(client, accept, body, code):
    response = await client.post("/graphql", content=body, headers={"Content-Type": JSON, "Accept": accept})
    assert_plain_refusal(response, 400, code)


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        (None, 400),
        ("*/*", 400),
        (RESPONSE, 400),
        (f"{JSON}, {RESPONSE}", 400),
        (f"{JSON}, text/plain, */*", 400),
        ("application/*", 400),
        (JSON, 200),
        (f"{JSON}; charset=utf-8", 200),
        (f"text/event-stream;q=0.1, {JSON}", 200),
        (f"{JSON}, {RESPONSE};q=0", 200),
    ],
)
@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ("\0", "GRAPHQL_PARSE_FAILED"),
        ("{ \ud800 }", "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ viewer }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ ...A } fragment A on Query { ...A }", "GRAPHQL_VALIDATION_FAILED"),
        ("fragment A on Query { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        (
            'mutation ($name: String!) { login(tenant: $name, email: "", password: "") { accessToken } }',
            "BAD_VARIABLES",
        ),
    ],
)
async def test_what_does_not_fit_is_200_only_for_who_takes_nothing_but_plain_json(client, accept, status, query, code):
    # httpx would send an Accept header of its own.
    request = client.build_request("POST", "/graphql", content=json.dumps({"query": query}))
    request.headers = httpx.Headers({"Content-Type": JSON, **({"Accept": accept} if accept else {})})
    response = await client.send(request)
    assert_plain_refusal(response, status, code)
    assert response.headers["content-type"].startswith(RESPONSE if accept == RESPONSE else JSON)


async def test_no_client_is_told_200_where_it_must_sign_in_or_ask_for_less(ask):
    assert_plain_refusal(await ask("{ viewer { id } }", accept=JSON), 401, "UNAUTHENTICATED")
    assert_plain_refusal(await ask("{ " + "__typename " * MAX_TOKENS + "}", accept=JSON), 400, "LIMIT_EXCEEDED")


async def test_a_body_that_is_no_utf8_is_refused(client):
    response = await client.post("/graphql", content=b'{"query": "\xff"}', headers={"Content-Type": JSON})
    assert_plain_refusal(response, 400, "BAD_REQUEST")


async def test_variables_of_a_wrong_type_are_refused_with_their_path(ask, tenant, small_package):
    del small_package["rateCells"][0]["program"]
    small_package["inputs"][1]["rateCell"] = 7
    response = await ask(SUBMIT, {"input": small_package}, token=tenant.token("actuary"))
    assert_plain_refusal(response, 400, "BAD_VARIABLES")
    assert "rateCells[0]" in response.text
    assert "inputs[1].rateCell" in response.text


@pytest.mark.parametrize(
    "content_type",
    [None, "text/plain", "application/x-www-form-urlencoded", "application/graphql", f"{JSON}; charset=utf-16"],
)
async def test_another_content_type_is_refused(client, content_type):
    headers = {"Content-Type": content_type} if content_type else {}
    assert_plain_refusal(await client.post("/graphql", content=GOOD, headers=headers), 415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_charset_may_be_named(client):
    response = await client.post("/graphql", content=GOOD, headers={"Content-Type": f'{JSON}; charset="UTF-8"'})
    assert response.json() == {"data": {"__typename": "Query"}}


async def test_a_media_type_that_nobody_speaks_is_refused(ask):
    assert_plain_refusal(await ask("{ __typename }", accept="image/png"), 406, "NOT_ACCEPTABLE")


async def test_queries_are_taken_with_get(client, tenant):
    variables = quote(json.dumps({"id": "x"}))
    response = await client.get(
        f"/graphql?query=query Q($id:ID!){{job(id:$id){{id}}}}&operationName=Q&variables={variables}",
        headers={"Authorization": f"Bearer {tenant.token('actuary')}"},
    )
    assert response.json()["data"] == {"job": None}


@pytest.mark.parametrize("accept", ["*/*", "text/event-stream, application/json"])
async def test_mutations_are_not_taken_with_get(client, tenant, accept):
    query = 'mutation { createProgram(code: "x1", name: "X") { problems { code } } }'
    headers = {"Authorization": f"Bearer {tenant.token('program_administrator')}", "Accept": accept}
    response = await client.get("/graphql", params={"query": query}, headers=headers)
    assert_plain_refusal(response, 405, "METHOD_NOT_ALLOWED")
    assert response.headers["allow"] == "POST"
    programs = await client.get("/graphql", params={"query": "{ programs { id } }"}, headers=headers)
    assert programs.json()["data"] == {"programs": []}


@pytest.mark.parametrize("parameters", [{}, {"query": "{ __typename }", "variables": "{"}])
async def test_a_broken_get_is_refused(client, parameters):
    assert_plain_refusal(await client.get("/graphql", params=parameters), 400, "BAD_REQUEST")


async def test_a_subscription_wants_a_stream(ask, tenant):
    response = await ask('subscription { jobChanged(id: "x") { id } }', token=tenant.token("actuary"), accept=JSON)
    assert_plain_refusal(response, 406, "NOT_ACCEPTABLE")


async def test_a_body_that_says_it_is_too_long_is_refused(client):
    headers = {"Content-Type": JSON, "Content-Length": str(MAX_BODY_BYTES + 1)}
    assert_plain_refusal(await client.post("/graphql", content=b"", headers=headers), 413, "BODY_TOO_LARGE")


async def test_a_body_that_turns_out_too_long_is_refused_while_it_is_read(client):
    sent = 0

    async def chunks():
        nonlocal sent
        while sent <= 2 * MAX_BODY_BYTES:
            sent += 1_000_000
            yield b" " * 1_000_000

    for path in ("/graphql", "/oauth/token"):
        sent = 0
        headers = {"Content-Type": JSON if path == "/graphql" else "application/x-www-form-urlencoded"}
        assert_plain_refusal(await client.post(path, content=chunks(), headers=headers), 413, "BODY_TOO_LARGE")
        assert sent < MAX_BODY_BYTES + 2_000_000


async def test_a_request_id_is_taken_over_or_made(client):
    for given, taken in (("a-B_c.1", True), ("x" * 65, False), ("a b", False), ("", False)):
        response = await client.get("/healthz", headers={"X-Request-Id": given})
        assert (response.headers["x-request-id"] == given) is taken
        assert response.headers["x-content-type-options"] == "nosniff"


async def test_the_request_id_is_in_the_journal(client, tenant):
    query = 'mutation { createProgram(code: "x1", name: "X") { problems { code } } }'
    headers = {"Authorization": f"Bearer {tenant.token('program_administrator')}", "X-Request-Id": "a.request"}
    await client.post("/graphql", json={"query": query}, headers=headers)
    headers["Authorization"] = f"Bearer {tenant.token('auditor')}"
    response = await client.post(
        "/graphql", json={"query": "{ journal(first: 1) { nodes { requestId action } } }"}, headers=headers
    )
    assert response.json()["data"]["journal"]["nodes"] == [{"requestId": "a.request", "action": "program.created"}]


def nested(depth):
    # A job and what it is about lead to each other as deep as one likes.
    pairs, last = depth // 2 - 1, "revisions { number }" if depth % 2 else "id"
    inner = "job { subject { ... on RateDevelopment { " * pairs + last + " } } }" * pairs
    return f'{{ node(id: "x") {{ ... on RateDevelopment {{ {inner} }} }} }}'


@pytest.mark.parametrize(
    ("query", "limit"),
    [
        (nested(MAX_DEPTH + 1), "depth"),
        ("{ " + " ".join(f"a{number}: __typename" for number in range(MAX_ALIASES + 1)) + " }", "aliases"),
        ("{ " + "__typename " * (MAX_FIELDS + 1) + "}", "fields"),
        ("{ " + "__typename " * MAX_TOKENS + "}", "tokens"),
    ],
)
async def test_an_operation_beyond_a_limit_is_refused_and_the_limit_named(ask, query, limit):
    response = await ask(query)
    assert_plain_refusal(response, 400, "LIMIT_EXCEEDED")
    assert limit in response.json()["errors"][0]["message"]


async def test_an_operation_within_the_limits_is_run(ask, tenant):
    assert (await ask(nested(MAX_DEPTH), token=tenant.token("actuary"))).json()["data"] == {"node": None}


async def test_a_few_lines_of_fragments_cannot_stand_for_more_fields_than_can_be_counted(ask):
    fragments = [f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(90)]
    query = "{ ...F0 } " + " ".join(fragments) + " fragment F90 on Query { __typename }"
    began = time.perf_counter()
    response = await ask(query)
    assert_plain_refusal(response, 400, "LIMIT_EXCEEDED")
    assert "more than 10^9 of at most" in response.text
    assert time.perf_counter() - began < 5


def break_a_development(superuser_url, row_id):
    """Leave a stored package that cannot be read, with something in it that nobody may see."""
    package = {"ratingPeriod": {"label": "x", "begin": "123-45-6789", "end": "x"}}
    with psycopg.connect(libpq_url(superuser_url)) as connection:
        connection.execute(
            "update almoner.rate_package set content = %s where revision_id in "
            "(select id from almoner.rate_revision where development_id = %s)",
            (json.dumps(package), row_id),
        )


async def test_what_nobody_expected_is_a_reference_and_says_nothing(ask, tenant, file, superuser_url):
    filed = await file(tenant)
    break_a_development(superuser_url, filed.row_id)
    with capture_logs() as logs:
        query = "query ($id: ID!) { rateDevelopment(id: $id) { name period { begin } } }"
        response = await ask(query, {"id": filed.id}, token=tenant.token("actuary"))
    (error,) = response.json()["errors"]
    assert response.status_code == 500
    assert "data" not in response.json()
    assert (error["extensions"]["code"], set(error["extensions"])) == ("INTERNAL", {"code", "reference"})
    (entry,) = [log for log in logs if log["event"] == "unexpected"]
    assert entry["reference"] == error["extensions"]["reference"]
    assert entry["kinds"][0].startswith("asyncpg.")
    assert any("planner/reader.py" in frame for frame in entry["frames"])
    for text_ in (response.text, json.dumps(logs)):
        assert "123-45-6789" not in text_
        assert tenant.token("actuary")[:40] not in text_
    assert "Traceback" not in response.text


async def test_without_a_database_it_lives_but_is_not_ready(settings, tenant, serving):
    nowhere = settings.model_copy(update={"database_url": SecretStr("postgresql://almoner_app@127.0.0.1:1/none")})
    house = build_house(nowhere)
    async with serving(build_app(house, nowhere)) as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/readyz")).status_code == 503
        headers = {"Authorization": f"Bearer {tenant.token('actuary')}"}
        response = await client.post("/graphql", json={"query": "{ viewer { id } }"}, headers=headers)
        assert response.status_code == 503
        assert response.json()["errors"][0]["extensions"] == {"code": "UNAVAILABLE"}
        form = {"grant_type": "client_credentials", "client_id": tenant.client_id, "client_secret": "x"}
        token = await client.post("/oauth/token", data=form)
        assert (token.status_code, token.json()["error"]) == (503, "temporarily_unavailable")
    await house.close()


async def test_with_a_database_it_is_ready(client):
    assert (await client.get("/readyz")).json() == {"status": "ready"}


async def test_the_schema_is_nobodys_business_in_production(production_client):
    for query in ("{ __schema { types { name } } }", '{ __type(name: "Query") { name } }'):
        response = await production_client.post("/graphql", json={"query": query})
        assert_plain_refusal(response, 400, "GRAPHQL_VALIDATION_FAILED")
    for query in ("{ viewr { id } }", "{ viewer { rols } }", "{ jobs(filter: {state: {in: [QUEUE]}}) { totalCount } }"):
        response = await production_client.post("/graphql", json={"query": query})
        assert_plain_refusal(response, 400, "GRAPHQL_VALIDATION_FAILED")
        assert "Did you mean" not in response.text
    page = await production_client.get("/graphql", headers={"Accept": "text/html"})
    assert page.status_code == 406


async def test_developers_get_introspection_suggestions_and_a_page(client):
    schema = await client.post("/graphql", json={"query": "{ __schema { queryType { name } } }"})
    assert schema.json()["data"]["__schema"]["queryType"]["name"] == "Query"
    assert "Did you mean" in (await client.post("/graphql", json={"query": "{ viewr { id } }"})).text
    page = await client.get("/graphql", headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.headers["content-type"].startswith("text/html")
    assert "graphiql" in page.text


async def test_every_problem_of_a_package_comes_back_at_once_and_nothing_is_stored(ask, tenant, small_package):
    small_package["inputs"][0]["baseCostPmpm"] = "NaN"
    small_package["inputs"][1]["currentRate"] = 12.5
    small_package["ratingPeriod"]["begin"] = "tomorrow"
    small_package["name"] = "a\0b"
    token = tenant.token("actuary")
    payload = (await ask(SUBMIT, {"input": small_package}, token=token)).json()["data"]["submitRateDevelopment"]
    assert (payload["rateDevelopment"], payload["job"]) == (None, None)
    assert {(problem["code"], ".".join(problem["path"])) for problem in payload["problems"]} == {
        ("NUMBER_IS_NAN", "input.inputs.0.baseCostPmpm"),
        ("NUMBER_NOT_TEXT", "input.inputs.1.currentRate"),
        ("DATE_MALFORMED", "input.ratingPeriod.begin"),
        ("TEXT_HAS_NUL", "input.name"),
    }
    count = await ask("{ rateDevelopments { totalCount } jobs { totalCount } }", token=token)
    assert count.json()["data"] == {"rateDevelopments": {"totalCount": 0}, "jobs": {"totalCount": 0}}


async def test_text_that_cannot_be_stored_is_a_problem_and_spoils_nothing_else(client, tenant):
    mutation = """mutation ($name: String!) {
        a: createProgram(code: "x1", name: $name) { program { id } problems { code } }
        b: createProgram(code: "x2", name: "good") { program { name } problems { code } }
    }"""
    query = "query ($name: String) { rateDevelopments(packageDigest: $name) { totalCount } }"
    beside = "query ($name: String) { journal { totalCount } a: node(id: $name) { id } }".replace("String", "ID!")
    headers = {"Content-Type": JSON, "Authorization": f"Bearer {tenant.token('program_administrator')}"}
    for name in ("a\0b", "a\ud800b"):
        body = json.dumps({"query": mutation, "variables": {"name": name}})
        data = (await client.post("/graphql", content=body, headers=headers)).json()["data"]
        assert data["a"] == {"program": None, "problems": [{"code": "TEXT_NOT_STORABLE"}]}
        body = json.dumps({"query": query, "variables": {"name": name}})
        (error,) = (await client.post("/graphql", content=body, headers=headers)).json()["errors"]
        assert error["extensions"]["problems"][0]["code"] == "TEXT_NOT_STORABLE"
        body = json.dumps({"query": beside, "variables": {"name": name}})
        assert (await client.post("/graphql", content=body, headers=headers)).json()["data"]["a"] is None


async def test_a_query_that_also_asks_for_the_schema_has_its_data_and_its_errors(ask, tenant, file):
    filed = await file(tenant)
    query = """query ($id: ID!) { __schema { queryType { name } } rateDevelopment(id: $id) { name }
        journal { totalCount } job(id: "x") { id } }"""
    answer = (await ask(query, {"id": filed.id}, token=tenant.token("actuary"))).json()
    assert answer["data"]["__schema"] == {"queryType": {"name": "Query"}}
    assert answer["data"]["rateDevelopment"]["name"]
    assert (answer["data"]["journal"], answer["data"]["job"]) == (None, None)
    told = {error["path"][0]: error["extensions"]["code"] for error in answer["errors"]}
    assert told == {"journal": "DENIED", "job": "NOT_FOUND"}
