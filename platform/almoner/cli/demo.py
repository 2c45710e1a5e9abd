"""`almoner demo`: the whole system on one machine, with a real certification letter's rates."""

from __future__ import annotations

import json
import os
import secrets
import signal
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import httpx
import typer

from almoner.cli import documents, tables
from almoner.cli.client import Client, pages
from almoner.cli.committees.scenes import guides, tell_once
from almoner.cli.output import Exit, out, stop
from almoner.cli.rates import follow, get_development, tied_out
from almoner.cli.stack import (
    Processes,
    api_command,
    database_environment,
    free_port,
    wait_until_ready,
    worker_command,
)
from almoner.core.numbers import round_half_up

if TYPE_CHECKING:
    from almoner.core.scope import TenantScope
    from almoner.core.settings import Settings
    from almoner.wiring import House

TENANT = "az-bhs"
PEOPLE = {
    "administrator": ("administrator@az-bhs.example", "Agency administrator", "program_administrator"),
    "policy": ("policy@az-bhs.example", "Policy administrator", "policy_administrator"),
    "actuary": ("actuary@az-bhs.example", "Actuary", "actuary"),
    "auditor": ("auditor@az-bhs.example", "Auditor", "auditor"),
}
AGENCY = "Arizona Department of Health Services, Division of Behavioral Health Services"
PROGRAMS = {"title-xxi": "Title XXI", "hifa-ii": "HIFA II"}
SAMPLE = "samples/sfy10-package.json"


def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop when everything is computed and shown.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write the outcome as JSON to this file.")] = None,
    data: Annotated[Path, typer.Option(help="The demo's own data folder.")] = Path(".almoner/demo"),
    port: Annotated[int, typer.Option(help="The API's port; another one is taken if it is in use.")] = 8000,
) -> None:
    """Start everything on sample data, submit a rate development as an integrator would, and show what comes out."""
    signal.signal(signal.SIGTERM, _interrupt)
    with ExitStack() as stack:
        try:
            _run(stack, once=once, report=report, data=data.expanduser().resolve(), port=port)
        except KeyboardInterrupt:
            out.print("\nStopping …")
            # A second Ctrl-C must not leave anything running.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
    out.print("Stopped.")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _run(stack: ExitStack, *, once: bool, report: Path | None, data: Path, port: int) -> None:
    from almoner.core.settings import Settings

    # The demo has a database of its own, whatever the environment points at.
    config = Settings(data_dir=data, environment="development", token_minutes=24 * 60, database_url=None)
    out.print(f"Starting PostgreSQL in {data} …", markup=False, soft_wrap=True)
    if os.geteuid() == 0:
        out.print("(As root, PostgreSQL runs as an account of its own, and the folders above become passable for it.)")
    environment = stack.enter_context(database_environment(config))
    environment |= {
        "ALMONER_ENVIRONMENT": config.environment,
        "ALMONER_TOKEN_KEYS_FILE": str(config.keys_file),
        "ALMONER_TOKEN_MINUTES": str(config.token_minutes),
    }
    environment.pop("ALMONER_BROKER_URL", None)
    port = free_port(port)
    processes = Processes(data / "logs")
    stack.callback(processes.stop)
    processes.start("api", api_command("127.0.0.1", port), environment)
    processes.start("worker", worker_command(2), environment)
    people = _seed(config, environment, data)
    wait_until_ready(processes, f"http://127.0.0.1:{port}/readyz")
    url = f"http://127.0.0.1:{port}/graphql"
    tokens = {**people.tokens, "integrator": _machine_token(port, people)}
    client = Client(url, tokens["integrator"])
    development = get_development(client, _submit_once(client))
    outcome = _show(client, development)
    outcome["committees"] = tell_once(config, environment, data)
    tokens |= guides(config, environment)
    if report is not None:
        report.write_text(json.dumps({**outcome, "url": url, "tokens": tokens}, indent=2), encoding="utf-8")
        out.print(f"\nReport: {report}", markup=False, soft_wrap=True)
    if once:
        return
    _tell_how_to_go_on(url, tokens, data)
    _tell_where_to_read(url.removesuffix("/graphql"), outcome["committees"]["meetings"]["july"])
    while not threading.Event().wait(1):
        processes.check()


@dataclass(frozen=True)
class People:
    """Tokens of the demo's people, and the integrator's credentials."""

    tokens: dict[str, str]
    client_id: str
    client_secret: str


def _seed(config: Settings, environment: dict[str, str], data: Path) -> People:
    """Make the tenant, its programs and accounts unless they are there; a second run finds them."""
    from almoner.cli import local

    keeps = data / "accounts.json"

    async def seed(house: House) -> People:
        if not await local.tenant_exists(house, TENANT):
            await local.open_tenant(house, TENANT, AGENCY, "America/Phoenix")
            _keep(keeps, await local.in_tenant(house, TENANT, staff))
        elif not keeps.exists():
            stop(Exit.REFUSED, f"The demo in {data} was set up halfway.", hint="Remove that folder and start again.")
        kept = json.loads(keeps.read_text(encoding="utf-8"))
        if {email for email, _name, _role in PEOPLE.values()} - kept["passwords"].keys():
            # The folder is of an earlier version, which had fewer people.
            kept["passwords"] |= await local.in_tenant(house, TENANT, lambda scope: people(scope, kept["passwords"]))
            _keep(keeps, kept)
        tokens = {}
        for who, (email, _name, _role) in PEOPLE.items():
            made = await house.sign_in(tenant=TENANT, email=email, password=kept["passwords"][email])
            tokens[who] = made.text
        return People(tokens, kept["clientId"], kept["clientSecret"])

    async def staff(scope: TenantScope) -> dict[str, Any]:
        for code, program in PROGRAMS.items():
            await local.add_program(scope, code=code, name=program)
        passwords = await people(scope, {})
        return {"passwords": passwords, **await local.add_machine(scope, TENANT, name="integrator", role="integrator")}

    async def people(scope: TenantScope, there: dict[str, str]) -> dict[str, str]:
        passwords = {}
        for email, name, role in PEOPLE.values():
            if email not in there:
                passwords[email] = secrets.token_urlsafe(12)
                await local.add_person(scope, email=email, name=name, role=role, password=passwords[email])
        return passwords

    return local.in_house(config, environment, seed)


def _keep(path: Path, what: dict[str, Any]) -> None:
    """Write a file for its owner's eyes only."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(what, file, indent=2)


def _machine_token(port: int, people: People) -> str:
    response = httpx.post(
        f"http://127.0.0.1:{port}/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(people.client_id, people.client_secret),
        timeout=30,
    )
    token: str = response.raise_for_status().json()["access_token"]
    return token


def _submit_once(client: Client) -> str:
    """Submit the sample package, unless this very package is there; the development's id when it is computed."""
    from almoner.rates.parse import parse_package

    package = json.loads(files("almoner.rates").joinpath(SAMPLE).read_text(encoding="utf-8"))
    digest = parse_package(package).digest
    found = client.execute(documents.FIND_BY_DIGEST, digest=digest)["rateDevelopments"]["nodes"]
    if found:
        out.print("The SFY10 package is there already.")
        development, job = found[0], found[0]["job"]
    else:
        out.print("Submitting the SFY10 package as the integrator …")
        payload = client.mutate(documents.SUBMIT, input=package)
        development, job = payload["rateDevelopment"], payload["job"]
    follow(client, job["id"])
    development_id: str = development["id"]
    return development_id


def _show(client: Client, development: dict[str, Any]) -> dict[str, Any]:
    """Print what was computed; the same as a report."""

    def figures(**wanted: str) -> list[dict[str, Any]]:
        path = ("rateDevelopment", "figures")
        chosen = {name: {"eq": value} for name, value in wanted.items()}
        return list(pages(client, documents.FIGURES, path, id=development["id"], filter=chosen))

    out.print(f"\n[bold]{development['name']}[/bold]\n")
    for table in tables.rates_as_in_the_letter(development, figures(exhibit="A", line="rate")):
        out.print(table)
    statewide: dict[str, dict[str, str]] = {}
    for figure in figures(exhibit="B", line="statewideRate"):
        statewide.setdefault(figure["rateCell"], {})[figure["column"]] = figure["display"]
    out.print(tables.statewide_rates(development, statewide))
    summary = development["tieOut"]
    differing = tied_out(client, development["id"], ["DIFFERS"])
    out.print(f"\n[bold]{tables.tie_out_line(summary)}[/bold]")
    out.print(tables.repairs(differing), markup=False, soft_wrap=True)
    load = _statewide_load(summary)
    out.print(
        f"\nStatewide load: {_percent(load['used'], 4)} was really used, {_percent(load['stated'], 2)} is stated. "
        f"Of {load['administrationAmounts']} administration amounts the stated one reproduces "
        f"{load['reproducedWithStated']}, the used one {load['reproducedWithUsed']}."
    )
    keys = ("exhibit", "rateCell", "contractor", "line", "column", "printed", "repair", "support")
    return {
        "tieOut": {"EXACT": summary["exact"], "ONE_UNIT": summary["oneUnit"], "DIFFERS": summary["differs"]},
        "repairs": [{key: cell[key] for key in keys} for cell in differing],
        "statewideRates": statewide,
        "statewideLoad": {"stated": load["stated"], "used": load["used"]},
    }


def _statewide_load(summary: dict[str, Any]) -> dict[str, str]:
    for finding in summary["findings"]:
        if finding["code"] == "STATEWIDE_LOAD":
            return {item["name"]: item["value"] for item in finding["detail"]}
    stop(Exit.REFUSED, "The tie-out says nothing about the statewide load.")


def _percent(share: str, places: int) -> str:
    return f"{round_half_up(Fraction(share) * 100, places)} %"


def _tell_where_to_read(address: str, meeting: str) -> None:
    """What everybody may read of the joint committee's meeting in July."""
    out.print("\nThe joint committee's meeting of 6 July 2017, as everybody may read it:")
    for export in ("agenda.html", "agenda.pdf", "minutes.html", "minutes.pdf"):
        out.print(f"{address}/meetings/{meeting}/{export}?tenant=lsc", markup=False, soft_wrap=True)
    out.print(f"{address}/calendars/lsc/JCCCG.ics", markup=False, soft_wrap=True)


def _tell_how_to_go_on(url: str, tokens: dict[str, str], data: Path) -> None:
    out.print(f"\n[bold]Serving[/bold] GraphiQL at {url}", soft_wrap=True)
    out.print(
        'Put a token into GraphiQL\'s "Headers" as {"Authorization": "Bearer …"}, or export it for the command line:'
    )
    out.print(f"\nexport ALMONER_URL={url}", markup=False, soft_wrap=True)
    for who, token in tokens.items():
        out.print(f"\n# {who}\nexport ALMONER_TOKEN={token}", markup=False, soft_wrap=True)
    out.print(f"\nPasswords to sign in with are in {data / 'accounts.json'}. Ctrl-C stops everything.", soft_wrap=True)
