"""`almoner bench read`: through real servers in small, and its parts by themselves."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import typer
from graphql import FieldNode, Visitor, parse, visit

from almoner.cli.bench_read import ratios
from almoner.cli.reading.contenders import CONTENDERS, Peer, peer_environment
from almoner.cli.reading.load import requests_per_second, turn_seconds
from almoner.cli.reading.operations import Ask, answer_to, first_difference, operation_text
from almoner_graphql.bench.cold_plan import cold_plan_milliseconds, unseen_documents

COMMAND = [sys.executable, "-m", "almoner.cli.main", "bench", "read"]


@pytest.fixture
def wrk() -> str:
    found = shutil.which("wrk")
    if found is None:
        reason = "wrk is not installed; .ci/run installs it on Debian"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


class Answers(ThreadingHTTPServer):
    """Answers every request with the status and the body that a test sets."""

    daemon_threads = True
    status = 200
    body = b'{"data":{"organization":{"name":"Care"}}}'

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.ask = Ask(f"http://127.0.0.1:{self.server_port}/graphql", "{}", "token")


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Answers

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server() -> Iterator[Answers]:
    with Answers() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.wrk
def test_all_give_the_same_data_and_are_measured_with_their_spread(wrk):
    small = ["--tenants", "2", "--organizations", "4", "--developments", "1", "--runs", "1", "--seconds", "1"]
    command = [*COMMAND, "--contenders", "almoner,strawberry,limit", *small, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    measures = json.loads(done.stdout)["measures"]
    both = ("nested", "single")
    rates = {f"{one}_{name}_rps" for one in both for name in ("almoner", "strawberry", "limit")}
    ratios = {f"{one}_vs_{name}" for one in both for name in ("strawberry", "limit")}
    assert set(measures) == rates | ratios | {"cold_plan_ms"}
    assert all(measure["min"] > 0 and measure["runs"] == 1 for measure in measures.values())
    assert measures["single_limit_rps"]["median"] > measures["single_strawberry_rps"]["median"]


def test_without_wrk_the_command_says_how_to_get_it(tmp_path):
    environment = {**os.environ, "PATH": str(tmp_path)}
    done = subprocess.run(COMMAND, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 3
    assert "apt-get install wrk" in done.stderr


@pytest.mark.wrk
def test_refusals_under_load_end_the_command(wrk, server):
    server.status = 401
    with pytest.raises(typer.Exit):
        requests_per_second(wrk, "somebody", server.ask, seconds=1, answer_bytes=1)


@pytest.mark.wrk
def test_shorter_answers_under_load_end_the_command(wrk, server):
    size = len(server.body)
    assert requests_per_second(wrk, "somebody", server.ask, seconds=1, answer_bytes=size) > 0
    with pytest.raises(typer.Exit):
        requests_per_second(wrk, "somebody", server.ask, seconds=1, answer_bytes=100 * size)


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b"{}"), (200, b'{"errors":[{}],"data":{"organization":{}}}'), (200, b'{"data":{"organization":null}}')],
)
def test_an_answer_without_data_ends_the_command(server, status, body):
    assert answer_to("somebody", server.ask) == server.body
    server.status, server.body = status, body
    with pytest.raises(typer.Exit):
        answer_to("somebody", server.ask)


@pytest.mark.parametrize(
    ("one", "other", "where"),
    [
        ({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}, None),
        ({"a": [1, {"b": None}]}, {"a": [1, {"b": ""}]}, "data.a.1.b"),
        ({"a": [1]}, {"a": [1, 2]}, "data.a"),
        ({"a": 1}, {"b": 1}, "data"),
        ({"a": 1}, {"a": 1.0}, "data.a"),
        ({"a": 1}, {"a": True}, "data.a"),
    ],
)
def test_the_first_difference_is_named(one, other, where):
    assert first_difference(one, other) == where


def test_ratios_are_those_of_one_round():
    rates = {("nested", "almoner"): [200.0, 100.0], ("nested", "limit"): [250.0, 50.0]}
    found = ratios(rates)
    assert {name: measure.runs for name, measure in found.items()} == {"nested_vs_limit": (0.8, 2.0)}


@pytest.mark.parametrize(("rate", "seconds"), [(1000.0, 3), (50.0, 3), (12.0, 13), (1.0, 18)])
def test_the_slow_have_longer_turns(rate, seconds):
    assert turn_seconds(3, rate) == seconds


@pytest.mark.parametrize(
    "text", ["postgraphile", "=node", "limit=node", "no name=node", "nobody=node", "postgraphile="]
)
def test_a_peer_that_cannot_be_is_refused(text, tmp_path):
    with pytest.raises(typer.Exit):
        Peer.of(text, tmp_path)


def test_a_peer_is_told_public_keys_only(tmp_path):
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": "public", "d": "private"}]}))
    told = peer_environment("postgresql://", keys, "almoner", "almoner-api")
    assert "private" not in str(told)
    assert json.loads(told["ALMONER_PEER_PUBLIC_KEY"])["keys"][0]["x"] == "public"


def aliases(document: str) -> list[str]:
    found: list[str] = []

    class Fields(Visitor):
        def enter_field(self, node: FieldNode, *_):
            found.append(node.alias.value if node.alias else "")

    visit(parse(document), Fields())
    return found


def test_no_document_of_the_cold_plan_is_like_another():
    fields = len(aliases(operation_text("nested")))
    seen = [aliases(document) for document in itertools.islice(unseen_documents(), 50)]
    assert {len(found) for found in seen} == {fields}
    assert "" not in itertools.chain(*seen)
    assert all(set(one).isdisjoint(other) for one, other in itertools.combinations(seen, 2))
    assert len({len(document) for document in itertools.islice(unseen_documents(), 50)}) == 1


def test_every_run_of_the_cold_plan_has_its_median():
    planned: list[str] = []
    found = cold_plan_milliseconds(planned.append, runs=3, documents=4)
    assert len(found) == 3
    assert len(planned) == len(set(planned)) >= 12


def test_the_contenders_are_served_by_the_benchmark_alone():
    assert list(CONTENDERS) == ["almoner", "strawberry", "limit"]
    command = [sys.executable, "-c", "import almoner_graphql.app, sys; print('almoner_graphql.bench' in sys.modules)"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "False\n"
