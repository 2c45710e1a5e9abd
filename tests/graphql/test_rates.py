"""Rate developments through the API: the published letter, from its package to its figures, and their life."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from sqlalchemy import text

from almoner.core.ids import row_id_of
from almoner.rates.calculate import calculate_rate_development

pytestmark = pytest.mark.anyio

SUBMIT = """
    mutation ($input: SubmitRateDevelopmentInput!) { submitRateDevelopment(input: $input) {
        rateDevelopment { id status revision tieOut { exact } figures { totalCount } packageDigest }
        job { id kind state subject { id __typename } }
        problems { code message path }
    } }
"""
PAYLOAD = "{ rateDevelopment { status revision } problems { code path } }"
CERTIFY = f"""
    mutation ($id: ID!, $why: [RateJustificationInput!]) {{ certifyRateDevelopment(
        id: $id, reliance: "Not audited.", limitsOfUse: "The agency only.", qualification: "MAAA", justifications: $why
    ) {PAYLOAD} }}
"""


@pytest.fixture
def letter():
    path = files("almoner.rates").joinpath("samples", "sfy10-package.json")
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.fixture
def calculate(house, tenant):
    """Does what a worker does with a revision."""

    async def do(development: str, revision: int) -> None:
        by = tenant.identities["integrator"].subject_id
        async with house.worker_scope(tenant.id, by, "test-calculation") as scope:
            await calculate_rate_development(scope, row_id_of("RateDevelopment", development), revision, _nobody_asks)

    return do


async def _nobody_asks(_done: int, _total: int, _phase: str) -> None:
    """Progress that nobody wants to know."""


@pytest.fixture
async def filed(ask, tenant, letter, calculate) -> str:
    """The id of the letter's development, calculated."""
    response = await ask(SUBMIT, {"input": letter}, token=tenant.token("integrator"))
    payload = response.json()["data"]["submitRateDevelopment"]
    assert payload["problems"] == []
    await calculate(payload["rateDevelopment"]["id"], 1)
    return payload["rateDevelopment"]["id"]


async def data_of(response):
    body = (await response).json()
    assert "errors" not in body, body["errors"]
    return body["data"]


async def test_a_package_file_is_the_input_as_it_stands(ask, tenant, letter):
    payload = (await data_of(ask(SUBMIT, {"input": letter}, token=tenant.token("integrator"))))["submitRateDevelopment"]
    development, job = payload["rateDevelopment"], payload["job"]
    assert payload["problems"] == []
    assert (development["status"], development["revision"]) == ("SUBMITTED", 1)
    assert (development["tieOut"], development["figures"]) == (None, {"totalCount": 0})
    assert (job["kind"], job["state"]) == ("rates.calculate", "QUEUED")
    assert job["subject"] == {"id": development["id"], "__typename": "RateDevelopment"}


async def test_the_letter_ties_out_as_published(ask, tenant, filed):
    query = """query ($id: ID!) { rateDevelopment(id: $id) {
        status currency period { label begin end } submittedBy packageDigest
        tieOut { exact oneUnit differs findings { code message detail { name value } }
            cells { totalCount }
            bad: cells(filter: {tieOut: {in: [DIFFERS]}}, first: 100) {
                totalCount nodes { tieOut printed repair support display } } }
    } viewer { id } }"""
    data = await data_of(ask(query, {"id": filed}, token=tenant.token("integrator")))
    development = data["rateDevelopment"]
    assert development["status"] == "CALCULATED"
    assert development["currency"] == "USD"
    assert development["period"] == {"label": "SFY10", "begin": "2009-07-01", "end": "2010-06-30"}
    assert development["submittedBy"] == data["viewer"]["id"]
    tie_out = development["tieOut"]
    assert (tie_out["exact"], tie_out["oneUnit"], tie_out["differs"]) == (556, 18, 20)
    assert tie_out["cells"] == {"totalCount": 594}
    assert "STATEWIDE_LOAD" in [finding["code"] for finding in tie_out["findings"]]
    assert tie_out["bad"]["totalCount"] == len(tie_out["bad"]["nodes"]) == 20
    assert all(cell["tieOut"] == "DIFFERS" and cell["repair"] and cell["support"] for cell in tie_out["bad"]["nodes"])
    digest = development["packageDigest"]
    found = "query ($digest: String) { rateDevelopments(packageDigest: $digest) { nodes { id } } }"
    for wanted, ids in ((digest, [{"id": filed}]), (digest[::-1], [])):
        data = await data_of(ask(found, {"digest": wanted}, token=tenant.token("actuary")))
        assert data["rateDevelopments"]["nodes"] == ids


@pytest.mark.parametrize(
    ("wanted", "accepts"),
    [
        (
            {"exhibit": {"eq": "B"}, "line": {"in": ["total"]}, "column": {"in": ["LOW"]}},
            lambda f: (f["exhibit"], f["column"]) == ("B", "LOW"),
        ),
        (
            {"contractor": {"eq": "NARBHA"}, "line": {"eq": "rate"}},
            lambda f: f["contractor"] == "NARBHA" and f["line"] == "rate",
        ),
        (
            {"exhibit": {"eq": "A"}, "contractor": {"isNull": True}},
            lambda f: f["exhibit"] == "A" and f["contractor"] is None,
        ),
        ({"tieOut": {"in": ["ONE_UNIT", "DIFFERS"]}}, lambda f: f["tieOut"] in ("ONE_UNIT", "DIFFERS")),
        (
            {"exhibit": None, "rateCell": {"eq": "HIFA2_SMI", "in": None}, "contractor": {"isNull": False}},
            lambda f: f["rateCell"] == "HIFA2_SMI",
        ),
    ],
)
async def test_figures_are_filtered(ask, tenant, filed, wanted, accepts):
    query = """query ($id: ID!, $filter: RateFigureFilter) { rateDevelopment(id: $id) {
        figures(filter: $filter, first: 100) { nodes { exhibit rateCell contractor line column tieOut value } }
    } }"""
    data = await data_of(ask(query, {"id": filed, "filter": wanted}, token=tenant.token("actuary")))
    figures = data["rateDevelopment"]["figures"]["nodes"]
    assert figures
    assert all(accepts(figure) for figure in figures)
    assert all(isinstance(figure["value"], str) and "E" not in figure["value"] for figure in figures)


async def test_a_figure_explains_itself_back_to_what_was_sent(ask, tenant, filed):
    query = """query ($id: ID!) { rateDevelopment(id: $id) {
        figures(first: 1, filter: {exhibit: {eq: B}, line: {eq: "statewideRate"}, column: {eq: BEST}}) {
            nodes { id formula ...F } }
    } }
    fragment F on RateFigure { inputs { ...G inputs { ...G inputs { ...G inputs { ...G inputs { ...G } } } } } }
    fragment G on RateFigure { id exhibit line value revision inputs { id } }"""
    data = await data_of(ask(query, {"id": filed}, token=tenant.token("actuary")))
    (figure,) = data["rateDevelopment"]["figures"]["nodes"]
    assert figure["formula"]
    lines = set()

    def walk(node):
        for item in node.get("inputs", ()):
            if "line" in item:
                lines.add(item["line"])
                assert item["revision"] == 1
                walk(item)

    walk(figure)
    assert {"projectedMemberMonths", "rate", "tribalClaims", "adjustedBaseCost"} <= lines
    node = "query ($id: ID!) { node(id: $id) { id ... on RateFigure { line revision exhibit } } }"
    found = (await data_of(ask(node, {"id": figure["id"]}, token=tenant.token("actuary"))))["node"]
    assert found == {"id": figure["id"], "line": "statewideRate", "revision": 1, "exhibit": "B"}


async def test_a_reader_walks_from_a_statewide_rate_to_member_months(ask, tenant, filed):
    query = """query ($id: ID!, $after: String) { rateDevelopment(id: $id) {
        start: figures(filter: {rateCell: {eq: "TXXI_SMI"}, line: {eq: "statewideRate"}, column: {eq: BEST}}) {
            nodes { id exhibit } }
        figures(first: 100, after: $after) {
            nodes { id line inputs { id } } pageInfo { endCursor hasNextPage } } } }"""
    figures: dict[str, Any] = {}
    after, more = None, True
    while more:
        data = await data_of(ask(query, {"id": filed, "after": after}, token=tenant.token("actuary")))
        page = data["rateDevelopment"]["figures"]
        figures |= {node["id"]: node for node in page["nodes"]}
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    frontier = {node["id"] for node in data["rateDevelopment"]["start"]["nodes"] if node["exhibit"] == "B"}
    assert len(frontier) == 1
    reached = set()
    while frontier:
        frontier = {item["id"] for id_ in frontier for item in figures[id_]["inputs"]}
        reached |= {figures[id_]["line"] for id_ in frontier}
    lines = {"projectedMemberMonths", "baseMemberMonths", "baseCost", "bandMultiplier", "acuityFactor", "neutrality"}
    assert lines <= reached


async def test_a_development_lives_through_certification_unlock_and_a_second_revision(
    ask, tenant, filed, letter, calculate
):
    actuary, administrator = tenant.token("actuary"), tenant.token("program_administrator")
    bare = (await data_of(ask(CERTIFY, {"id": filed}, token=actuary)))["certifyRateDevelopment"]
    assert bare["rateDevelopment"] is None
    assert {problem["code"] for problem in bare["problems"]} == {"JUSTIFICATION_MISSING"}
    why = [{"rateCell": "HIFA2_SMI", "text": "The bands are new."}]
    twice = (await data_of(ask(CERTIFY, {"id": filed, "why": why * 2}, token=actuary)))["certifyRateDevelopment"]
    path = ["justifications", "1", "rateCell"]
    assert twice["problems"] == [{"code": "JUSTIFICATION_REPEATED", "path": path}]
    done = (await data_of(ask(CERTIFY, {"id": filed, "why": why}, token=actuary)))["certifyRateDevelopment"]
    assert done == {"rateDevelopment": {"status": "CERTIFIED", "revision": 1}, "problems": []}
    unlock = f'mutation ($id: ID!) {{ unlockRateDevelopment(id: $id, reason: "A misprint.") {PAYLOAD} }}'
    unlocked = (await data_of(ask(unlock, {"id": filed}, token=actuary)))["unlockRateDevelopment"]
    assert unlocked["rateDevelopment"] == {"status": "DRAFT", "revision": 2}
    letter["inputs"][0]["baseCostPmpm"] = "30"
    resubmit = """mutation ($id: ID!, $input: SubmitRateDevelopmentInput!) {
        resubmitRateDevelopment(id: $id, input: $input) {
            rateDevelopment { status revision tieOut { exact } old: tieOut(revision: 1) { exact } }
            job { state } problems { code path } } }"""
    again = await data_of(ask(resubmit, {"id": filed, "input": letter}, token=tenant.token("integrator")))
    assert again["resubmitRateDevelopment"] == {
        "rateDevelopment": {"status": "SUBMITTED", "revision": 2, "tieOut": None, "old": {"exact": 556}},
        "job": {"state": "QUEUED"},
        "problems": [],
    }
    await calculate(filed, 2)
    query = """query ($id: ID!) {
        rateDevelopment(id: $id) { revisions { number unlockReason calculatedAt certification {
            reliance limitsOfUse qualification justifications { rateCell text } changeLimit certifiedAt } } }
        changed: rateRevisionComparison(id: $id, beforeRevision: 1, afterRevision: 2, first: 3) {
            totalCount nodes { exhibit line before after difference } pageInfo { endCursor } }
        all: rateRevisionComparison(id: $id, beforeRevision: 1, afterRevision: 2, changedOnly: false) { totalCount }
    }"""
    data = await data_of(ask(query, {"id": filed}, token=administrator))
    first, second = data["rateDevelopment"]["revisions"]
    assert (first["number"], first["certification"]["justifications"]) == (1, why)
    assert (first["certification"]["limitsOfUse"], first["certification"]["changeLimit"]) == ("The agency only.", "0.2")
    assert (second["number"], second["unlockReason"], second["certification"]) == (2, "A misprint.", None)
    none = "query ($id: ID!) { rateRevisionComparison(id: $id, beforeRevision: 1, afterRevision: 9) { totalCount } }"
    nothing = (await ask(none, {"id": filed}, token=administrator)).json()
    assert nothing["data"] == {"rateRevisionComparison": None}
    assert [error["extensions"]["code"] for error in nothing["errors"]] == ["NOT_FOUND"]
    assert 0 < data["changed"]["totalCount"] < data["all"]["totalCount"]
    line = data["changed"]["nodes"][0]
    assert line["difference"] not in (None, "0")


@pytest.fixture
def revise(ask, tenant, filed, calculate):
    """Unlocks the letter's development, files another package for it and calculates that."""

    async def do(package) -> None:
        unlock = f'mutation ($id: ID!) {{ unlockRateDevelopment(id: $id, reason: "Again.") {PAYLOAD} }}'
        resubmit = f"""mutation ($id: ID!, $input: SubmitRateDevelopmentInput!) {{
            resubmitRateDevelopment(id: $id, input: $input) {PAYLOAD} }}"""
        unlocked = await data_of(ask(unlock, {"id": filed}, token=tenant.token("actuary")))
        assert unlocked["unlockRateDevelopment"]["problems"] == []
        variables = {"id": filed, "input": package}
        again = await data_of(ask(resubmit, variables, token=tenant.token("integrator")))
        assert again["resubmitRateDevelopment"]["problems"] == []
        await calculate(filed, 2)

    return do


async def test_two_revisions_are_compared_line_by_line(ask, tenant, filed, letter, revise):
    letter["inputs"][0]["currentRate"] = "20.31"
    await revise(letter)
    query = """query ($id: ID!, $after: String) {
        rateRevisionComparison(id: $id, beforeRevision: 1, afterRevision: 2, first: 2, after: $after) {
            totalCount nodes { line contractor difference } pageInfo { endCursor hasNextPage } } }"""
    lines, after, pages = [], None, 0
    while pages == 0 or after:
        data = await data_of(ask(query, {"id": filed, "after": after}, token=tenant.token("actuary")))
        page, pages = data["rateRevisionComparison"], pages + 1
        assert page["totalCount"] == 4
        lines += page["nodes"]
        after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    assert (pages, len(lines)) == (2, 4)
    assert {(line["line"], line["contractor"]) for line in lines} == {
        ("currentRate", "CPSA3"),
        ("rateChange", "CPSA3"),
        ("currentRate", None),
        ("rateChange", None),
    }
    assert lines[0]["difference"] == "0.01"


async def test_a_line_that_only_one_revision_has_is_compared_too(ask, tenant, filed, letter, revise):
    gone = letter["rateCells"].pop()["code"]
    letter["inputs"] = [item for item in letter["inputs"] if item["rateCell"] != gone]
    letter["printed"] = []
    await revise(letter)
    query = """query ($id: ID!) { rateRevisionComparison(
        id: $id, beforeRevision: 1, afterRevision: 2, changedOnly: false
    ) { totalCount } }"""
    compared = (await data_of(ask(query, {"id": filed}, token=tenant.token("actuary"))))["rateRevisionComparison"]
    async with tenant.house.database.tenant_transaction(tenant.id) as session:
        lines = await session.scalar(
            text("select count(distinct (exhibit, rate_cell, contractor, line, rate_column)) from almoner.rate_figure")
        )
    assert compared == {"totalCount": lines}


async def test_an_unknown_revision_has_no_figures(ask, tenant, filed):
    query = """query ($id: ID!) { rateDevelopment(id: $id) {
        figures(revision: 9) { totalCount nodes { id } } tieOut(revision: 9) { exact } } }"""
    found = (await data_of(ask(query, {"id": filed}, token=tenant.token("actuary"))))["rateDevelopment"]
    assert found == {"figures": {"totalCount": 0, "nodes": []}, "tieOut": None}


async def test_steps_in_the_wrong_order_are_problems(ask, tenant, filed):
    publish = f"mutation ($id: ID!) {{ publishRateDevelopment(id: $id) {PAYLOAD} }}"
    data = await data_of(ask(publish, {"id": filed}, token=tenant.token("program_administrator")))
    assert data["publishRateDevelopment"] == {
        "rateDevelopment": None,
        "problems": [{"code": "WRONG_STATUS", "path": []}],
    }


async def test_the_limit_of_change_is_set_and_read(ask, tenant):
    token = tenant.token("program_administrator")
    query = "{ rateRules { changeLimit } }"
    assert await data_of(ask(query, token=token)) == {"rateRules": {"changeLimit": "0.2"}}
    change = """mutation ($limit: Decimal!) {
        setRateRules(changeLimit: $limit) { rateRules { changeLimit } problems { code path } } }"""
    for limit, code in (
        ("0.30", None),
        (0.3, "NUMBER_NOT_TEXT"),
        (1, "NUMBER_NOT_TEXT"),
        (True, "NUMBER_NOT_TEXT"),
        ("1e-1", "NUMBER_HAS_EXPONENT"),
        ("0", "CHANGE_LIMIT_RANGE"),
    ):
        payload = (await data_of(ask(change, {"limit": limit}, token=token)))["setRateRules"]
        if code is None:
            assert payload == {"rateRules": {"changeLimit": "0.3"}, "problems": []}
        else:
            assert payload == {"rateRules": None, "problems": [{"code": code, "path": ["changeLimit"]}]}
    assert await data_of(ask(query, token=token)) == {"rateRules": {"changeLimit": "0.3"}}


async def test_programs_and_periods_are_opened(ask, tenant):
    token = tenant.token("program_administrator")
    program = (
        'mutation { createProgram(code: "title-xxi", name: "Title XXI") { program { id } problems { code path } } }'
    )
    made = (await data_of(ask(program, token=token)))["createProgram"]
    again = (await data_of(ask(program, token=token)))["createProgram"]
    assert again == {"program": None, "problems": [{"code": "PROGRAM_EXISTS", "path": ["code"]}]}
    period = """mutation ($program: ID!, $begin: Date!, $until: Date!) {
        createPeriod(program: $program, label: "SFY10", beginOn: $begin, untilOn: $until) {
            period { label beginOn untilOn } problems { code path } } }"""
    for begin, code in (("2009-7-1", "DATE_MALFORMED"), (20090701, "DATE_MALFORMED"), ("2011-01-01", "PERIOD_ORDER")):
        variables = {"program": made["program"]["id"], "begin": begin, "until": "2010-07-01"}
        refused = (await data_of(ask(period, variables, token=token)))["createPeriod"]
        assert [problem["code"] for problem in refused["problems"]] == [code]
    variables = {"program": made["program"]["id"], "begin": "2009-07-01", "until": "2010-07-01"}
    await data_of(ask(period, variables, token=token))
    data = await data_of(ask("{ programs { code periods { label beginOn untilOn } } }", token=tenant.token("auditor")))
    periods = [{"label": "SFY10", "beginOn": "2009-07-01", "untilOn": "2010-07-01"}]
    assert data == {"programs": [{"code": "title-xxi", "periods": periods}]}


async def test_who_filed_a_development_reaches_each_figure_by_its_id(ask, tenant, filed):
    query = "query ($id: ID!) { rateDevelopment(id: $id) { figures(first: 1) { nodes { id line } } } }"
    by_id = "query ($id: ID!) { node(id: $id) { ... on RateFigure { id line revision } } }"
    token = tenant.token("integrator")
    (figure,) = (await data_of(ask(query, {"id": filed}, token=token)))["rateDevelopment"]["figures"]["nodes"]
    assert (await data_of(ask(by_id, {"id": figure["id"]}, token=token)))["node"] == {**figure, "revision": 1}
