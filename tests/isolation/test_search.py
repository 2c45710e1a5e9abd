"""The search of the fuzz finds what is planted: in whatever disguise, in whichever part of an answer, in the log."""

from __future__ import annotations

import base64
import json

import httpx
import pytest
from tests.isolation.canaries import Search, new_canary
from tests.isolation.test_fuzz import fuzzed

pytestmark = pytest.mark.anyio

CANARIES = [new_canary() for _ in range(3)]
SEARCH = Search(CANARIES)


@pytest.mark.parametrize("before", range(7))
@pytest.mark.parametrize("coded", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_canary_inside_of_base64_is_found_wherever_it_stands(before, coded):
    assert SEARCH.whose(coded(b"\xff" * before + CANARIES[1].encode() + b"\xfe after")) == {1}


@pytest.mark.parametrize(
    "said", [str, str.upper, lambda text: json.dumps({"a": f"Ω{text}\\"}), lambda t: t.encode().hex()]
)
def test_a_canary_is_found_however_it_is_written(said):
    assert SEARCH.whose(f"x{said(CANARIES[2])}y".encode()) == {2}


def test_what_has_no_canary_is_let_pass():
    assert SEARCH.whose(base64.b64encode(bytes(range(256)) * 4) + b"zqxv" + CANARIES[0][:-1].encode()) == set()


def test_only_exactly_what_was_sent_may_be_quoted():
    sent = f"somebody.{CANARIES[1]}@agency.example"
    quoted = f"There is no {sent} here.".encode()
    assert SEARCH.foreign(quoted, 0, [sent]) == set()
    assert SEARCH.foreign(quoted, 0) == {1}
    assert SEARCH.foreign(quoted + f"Name {CANARIES[1]}".encode(), 0, [sent]) == {1}
    assert SEARCH.foreign(CANARIES[0].encode(), 0) == set()
    assert SEARCH.foreign(CANARIES[0].encode(), None) == {0}


def test_the_keys_of_a_cursor_that_was_sent_may_be_quoted_and_nothing_else_of_that_tenant():
    sent = base64.urlsafe_b64encode(json.dumps(["Account by email", f"a.{CANARIES[1]}@x.example"]).encode()).decode()
    plan = f"ROW(email) > ROW('a.{CANARIES[1]}@x.example')".encode()
    assert SEARCH.foreign(plan, 0, [sent]) == set()
    assert SEARCH.foreign(plan + CANARIES[1].encode(), 0, [sent]) == {1}


class Tampering(httpx.AsyncBaseTransport):
    """Every ninth answer of the real server tells something of a tenant, in its body or in a header."""

    def __init__(self, canary, header):
        self.real, self.canary, self.header, self.answers = httpx.AsyncHTTPTransport(), canary, header, 0

    async def handle_async_request(self, request):
        response = await self.real.handle_async_request(request)
        if request.headers.get("accept") == "text/event-stream":
            return response  # may have no end
        body = await response.aread()
        self.answers += 1
        if self.answers % 9 == 0 and self.header:
            response.headers["X-Told"] = base64.b64encode(f"name {self.canary}".encode()).decode()
        elif self.answers % 9 == 0:
            body = body.replace(b"{", f'{{"told":"{self.canary}",'.encode(), 1)
        await response.aclose()
        headers = [(name, value) for name, value in response.headers.raw if name.lower() != b"content-length"]
        return httpx.Response(response.status_code, headers=headers, stream=httpx.ByteStream(body))

    async def aclose(self):
        await self.real.aclose()


@pytest.mark.parametrize("header", [False, True])
async def test_the_fuzz_finds_a_planted_leak(server, tenants, header):
    planted = Tampering(tenants[3].canary, header)
    _fuzz, report = await fuzzed(server, tenants[:5], 200, transport=planted)
    assert len(report.leaks) > 5
    assert all(leak.split()[2] == tenants[3].canary for leak in report.leaks)


async def test_a_canary_in_the_log_would_be_found(server, server_log, tenants):
    fuzz, _report = await fuzzed(server, tenants[:2], 20)
    log = server_log.read_bytes()
    assert b'"path": "/graphql"' in log
    assert fuzz.search.whose(log) == set()
    assert fuzz.search.whose(log + tenants[1].canary.encode()) == {1}
