"""`almoner demo` and the commands, as a new user meets them: real processes, a data folder of their own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

ROOT = Path(__file__).parents[2]
ALMONER = [sys.executable, "-m", "almoner.cli.main"]


@dataclass
class Demo:
    """A running demo: its process, its report, and a way to run commands against it."""

    process: subprocess.Popen[str]
    data: Path
    report: dict[str, Any]

    def run(self, *arguments: str, who: str = "integrator", stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run a command with somebody's token."""
        environment = {
            **os.environ,
            "ALMONER_URL": self.report["url"],
            "ALMONER_TOKEN": self.report["tokens"].get(who, ""),
        }
        command = [*ALMONER, *arguments]
        return subprocess.run(
            command, env=environment, input=stdin, capture_output=True, text=True, timeout=60, check=False
        )

    def query(self, document: str, who: str = "integrator", **variables: Any) -> dict[str, Any]:
        """Run a GraphQL operation."""
        headers = {"Authorization": f"Bearer {self.report['tokens'][who]}"}
        body = {"query": document, "variables": variables}
        answer = httpx.post(self.report["url"], json=body, headers=headers, timeout=30).json()
        assert "errors" not in answer, answer
        data: dict[str, Any] = answer["data"]
        return data


WaitUntil = Callable[..., None]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def demo(folder: Path, wait_until: WaitUntil) -> Iterator[Demo]:
    report = folder / "report.json"
    command = [*ALMONER, "demo", "--data", str(folder / "data"), "--report", str(report), "--port", "0"]
    # Whoever runs the tests in the background of a shell has Ctrl-C ignored, which is inherited.
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    with (folder / "output.txt").open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, text=True, start_new_session=True)
    signal.signal(signal.SIGINT, inherited)
    try:

        def written() -> bool:
            assert process.poll() is None, (folder / "output.txt").read_text()
            return report.exists() and report.read_text().endswith("}")

        wait_until(written, 90, "the demo's report")
        yield Demo(process, folder / "data", json.loads(report.read_text()))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(60)


@pytest.fixture(scope="module")
def development_id(demo: Demo) -> str:
    (found,) = demo.query("{ rateDevelopments { nodes { id } } }")["rateDevelopments"]["nodes"]
    return str(found["id"])


def test_the_report_has_the_numbers_of_the_letter(demo):
    report = demo.report
    assert report["tieOut"] == {"EXACT": 556, "ONE_UNIT": 18, "DIFFERS": 20}
    assert report["statewideRates"]["TXXI_CHILDREN"] == {"BEST": "23.03", "LOW": "22.81", "HIGH": "23.25"}
    assert report["statewideRates"]["HIFA2_GMHSA"] == {"BEST": "15.04", "LOW": "14.90", "HIGH": "15.17"}
    assert report["statewideLoad"] == {"stated": "0.035", "used": "0.0349733346"}
    keys = ["exhibit", "rateCell", "contractor", "line", "column", "printed", "repair", "support"]
    assert all(list(repair) == keys and repair["repair"] and repair["support"] for repair in report["repairs"])
    assert len(report["repairs"]) == 20
    assert set(report["tokens"]) >= {"administrator", "policy", "actuary", "integrator"}


def test_the_demo_prints_the_tables_of_the_letter(demo, folder):
    printed = (folder / "output.txt").read_text()
    for expected in ("Title XXI", "HIFA II", "33.79", "594 printed cells", "3.4973 %", "3.50 %", "→  $ 460,287"):
        assert expected in printed
    assert "Traceback" not in printed


def test_the_story_of_the_joint_committee_is_told_with_its_refusals(demo, folder):
    told = demo.report["committees"]
    refused = {name: set(codes) for name, codes in told.items() if isinstance(codes, list)}
    assert refused == {
        "overMaximum": {"SEAT_FULL"},
        "excludedElsewhere": {"EXCLUDED_BY_SEAT"},
        "federalEmployee": {"EXCLUDED_BY_AFFILIATION"},
        "incomplete": {"PAPER_INCOMPLETE"},
        "conflicted": {"CONFLICT_OF_INTEREST"},
        "votedTwice": {"ALREADY_VOTED"},
        "inquorate": {"INQUORATE"},
        "nothingDelegated": {"NO_DELEGATION_NAMED", "VOTE_NEEDED"},
        "tooLateToVote": {"MEETING_NOT_IN_SESSION"},
        "notOurBody": {"DENIED"},
        "noticeTooLate": {"NOTICE_TOO_LATE"},
        "publicMatter": {"PUBLIC_MATTER"},
        "onlyRecommends": {"CANNOT_DECIDE"},
        "notDelegated": {"NOT_DELEGATED"},
    }
    assert told["july vote"] == {"votesFor": "5", "votesAgainst": "1", "abstentions": "1", "isCarried": True}
    assert told["advisory vote"] == {"votesFor": "7", "votesAgainst": "2", "abstentions": "0", "isCarried": True}
    assert (told["canDecide policies"], told["canDecide primary care"]) == (True, False)
    assert (told["bound"], told["carriedOver"]) == (8, 6)
    printed = (folder / "output.txt").read_text()
    for expected in ("17708", "17-03-08", "quorate", "binds 8 bodies", "CCG-5 has not delegated this", "frozen"):
        assert expected in printed


def test_everybody_reads_what_the_joint_committee_has_published(demo):
    address, july = demo.report["url"].removesuffix("/graphql"), demo.report["committees"]["meetings"]["july"]
    for export, begins in (("agenda.html", b"<!"), ("minutes.html", b"<!"), ("minutes.pdf", b"%PDF")):
        answer = httpx.get(f"{address}/meetings/{july}/{export}", params={"tenant": "lsc"}, timeout=30)
        assert (answer.status_code, answer.content[: len(begins)].lower()) == (200, begins.lower())
    assert "X-WR-CALNAME:Joint Committee of CCGs" in httpx.get(f"{address}/calendars/lsc/JCCCG.ics", timeout=30).text
    query = """query ($id: ID!) {
        meeting(id: $id) { status agenda { number } minutes { status } votes { ballots { id } } } }"""
    asked = {"query": query, "variables": {"id": july}}
    answer = httpx.post(demo.report["url"], json=asked, headers={"Almoner-Tenant": "lsc"}, timeout=30).json()
    meeting = answer["data"]["meeting"]
    assert (meeting["status"], meeting["minutes"]["status"]) == ("MINUTES_APPROVED", "APPROVED")
    assert [item["number"] for item in meeting["agenda"]][:3] == ["17701", "17702", "17703"]
    assert all(vote["ballots"] == [] for vote in meeting["votes"])


def test_figures_explain_themselves_down_to_member_months(demo):
    data = demo.query(
        """{ rateDevelopments { nodes { figures(filter: {exhibit: {eq: B}, rateCell: {eq: "TXXI_SMI"},
        line: {eq: "statewideRate"}, column: {eq: BEST}}) {
            nodes { display formula inputs { line formula inputs { line } } } } } } }"""
    )
    (rate,) = data["rateDevelopments"]["nodes"][0]["figures"]["nodes"]
    assert rate["display"] == "29.09"
    lines = {deeper["line"] for figure in rate["inputs"] for deeper in [figure, *figure["inputs"]]}
    assert {"total", "subtotal", "projectedMemberMonths"} <= lines


def test_the_first_query_of_the_readme_answers(demo):
    (document,) = re.findall(r"```graphql\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    (found,) = demo.query(document, who="actuary")["rateDevelopments"]["nodes"]
    assert found["status"] == "CALCULATED"
    assert len(found["figures"]["nodes"]) == 4


def test_show_prints_an_exhibit_and_its_json_has_the_contracts_keys(demo, development_id):
    shown = demo.run("rates", "show", development_id, "--exhibit", "B")
    assert shown.returncode == 0, shown.stderr
    assert "13,364,485" in shown.stdout
    as_json = json.loads(demo.run("rates", "show", development_id, "--exhibit", "B", "--json").stdout)
    assert {figure["exhibit"] for figure in as_json["figures"]} == {"B"}
    contract = {"exhibit", "rateCell", "contractor", "line", "column", "value", "display", "printed", "tieOut"}
    assert contract <= set(as_json["figures"][0])


def test_tieout_says_what_differs(demo, development_id):
    found = json.loads(demo.run("rates", "tieout", development_id, "--json").stdout)
    assert (found["exact"], found["oneUnit"], found["differs"]) == (556, 18, 20)
    assert "590,371  →  580,371" in demo.run("rates", "tieout", development_id).stdout


def test_submit_follows_the_job_and_a_bad_package_is_refused_with_all_its_problems(demo):
    package = json.loads(files("almoner.rates").joinpath("samples/sfy10-package.json").read_text(encoding="utf-8"))
    package["printed"] = []
    package["name"] = "A second development"
    good = demo.run("rates", "submit", "-", "--json", stdin=json.dumps(package))
    assert json.loads(good.stdout)["rateDevelopment"]["status"] == "CALCULATED", good.stderr
    package["inputs"][7]["baseCostPmpm"] = "NaN"
    package["parameters"]["load"] = "1"
    bad = demo.run("rates", "submit", "-", stdin=json.dumps(package))
    assert bad.returncode == 1
    assert "input.inputs.7.baseCostPmpm" in bad.stderr
    assert "input.parameters.load" in bad.stderr
    assert "Traceback" not in bad.stderr


@pytest.mark.parametrize(
    ("arguments", "who", "code", "says"),
    [
        (["rates", "list"], "nobody", 4, "almoner token"),
        (["rates", "show", "nonsense"], "integrator", 5, "nothing with this id"),
        (["rates", "show", "nonsense", "--exhibit", "Z"], "integrator", 2, "A, B, C1, C2"),
        (["rates", "submit", "no-such-file.json"], "integrator", 5, "cannot be read"),
        (["rates", "list", "--url", "http://127.0.0.1:1/graphql"], "integrator", 3, "almoner serve"),
        (["rates"], "integrator", 2, "Usage"),
    ],
)
def test_exit_codes_mean_something_and_messages_say_what_to_do(demo, arguments, who, code, says):
    ended = demo.run(*arguments, who=who)
    assert (ended.returncode, says in ended.stderr + ended.stdout) == (code, True), ended.stderr + ended.stdout


def test_a_token_of_the_command_line_is_accepted(demo):
    environment = {**os.environ, "ALMONER_DATA_DIR": str(demo.data)}
    command = [*ALMONER, "token", "--tenant", "az-bhs", "--account", "actuary@az-bhs.example"]
    made = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    demo.report["tokens"]["from the command line"] = made.stdout.strip()
    assert demo.query("{ viewer { roles } }", who="from the command line") == {"viewer": {"roles": ["actuary"]}}


def test_interrupted_it_stops_everything_and_a_second_run_duplicates_nothing(demo, folder):
    family = psutil.Process(demo.process.pid).children(recursive=True)
    assert len(family) >= 4
    demo.process.send_signal(signal.SIGINT)
    assert demo.process.wait(60) == 0
    _gone, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
    assert not (demo.data / "postgres" / "cluster" / "postmaster.pid").exists()
    report = folder / "second.json"
    command = [*ALMONER, "demo", "--once", "--data", str(demo.data), "--report", str(report), "--port", "0"]
    again = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "there already" in again.stdout
    second = json.loads(report.read_text())
    assert second["repairs"] == demo.report["repairs"]
