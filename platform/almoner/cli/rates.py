"""`almoner rates`: filing packages and reading what was computed, through the API as an integrator does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from almoner.cli import documents, tables
from almoner.cli.client import Client, pages
from almoner.cli.output import Exit, err, out, print_json, stop

app = typer.Typer(no_args_is_help=True, help="File rate development packages and read what was computed.")

Url = Annotated[str, typer.Option(envvar="ALMONER_URL", help="The GraphQL endpoint.")]
Token = Annotated[str, typer.Option(envvar="ALMONER_TOKEN", help="An access token; `almoner token` prints one.")]
Id = Annotated[str, typer.Argument(help="The id that `submit` and `list` show.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
DEFAULT_URL = "http://127.0.0.1:8000/graphql"


@app.command(epilog="Example: almoner rates submit sfy10-package.json")
def submit(
    package: Annotated[Path, typer.Argument(help="A package file (JSON), or - for standard input.")],
    wait: Annotated[bool, typer.Option(help="Follow the calculation until it ends.")] = True,
    url: Url = DEFAULT_URL,
    token: Token = "",
    as_json: Json = False,
) -> None:
    """File a package; a worker computes it."""
    client = Client(url, token)
    payload = client.mutate(documents.SUBMIT, input=read_package(package))
    development, job = payload["rateDevelopment"], payload["job"]
    if wait:
        follow(client, job["id"], quiet=as_json)
        development = client.execute(documents.DEVELOPMENT, id=development["id"])["rateDevelopment"]
    if as_json:
        return print_json({"rateDevelopment": development, "job": {"id": job["id"]}})
    out.print(f"{development['name']}: {development['status']}", markup=False)
    out.print(f"id {development['id']}\nNext: almoner rates show {development['id']}", markup=False, soft_wrap=True)


@app.command("list", epilog="Example: almoner rates list --json")
def list_developments(url: Url = DEFAULT_URL, token: Token = "", as_json: Json = False) -> None:
    """Show the rate developments that you may see, newest first."""
    found = list(pages(Client(url, token), documents.LIST, ("rateDevelopments",)))
    if as_json:
        return print_json(found)
    out.print(tables.developments(found))


@app.command(epilog="Example: almoner rates show ID --exhibit B")
def show(
    development_id: Id,
    exhibit: Annotated[str | None, typer.Option(help="Only this exhibit: A, B, C1 or C2.")] = None,
    revision: Annotated[int | None, typer.Option(help="A revision's number; the current one if not given.")] = None,
    url: Url = DEFAULT_URL,
    token: Token = "",
    as_json: Json = False,
) -> None:
    """Show the exhibits of a rate development."""
    if exhibit is not None and exhibit not in tables.EXHIBITS:
        stop(Exit.USAGE, f"There is no exhibit {exhibit}; choose one of {', '.join(tables.EXHIBITS)}.")
    client = Client(url, token)
    development = get_development(client, development_id)
    variables = {
        "id": development_id,
        "revision": revision,
        "filter": {"exhibit": {"eq": exhibit}} if exhibit else None,
    }
    figures = list(pages(client, documents.FIGURES, ("rateDevelopment", "figures"), **variables))
    if as_json:
        keys = ("id", "name", "status", "revision")
        return print_json({**{key: development[key] for key in keys}, "figures": figures})
    out.print(f"{development['name']} · {development['status']} · revision {development['revision']}", markup=False)
    if not figures:
        out.print("There are no figures: it is not computed yet. `almoner rates list` shows where it stands.")
    for table in tables.exhibits(figures):
        out.print(table)


@app.command(epilog="Example: almoner rates tieout ID")
def tieout(development_id: Id, url: Url = DEFAULT_URL, token: Token = "", as_json: Json = False) -> None:
    """Compare the printed cells with the computed figures: what ties, what differs, and what it should say."""
    client = Client(url, token)
    development = get_development(client, development_id)
    summary = development["tieOut"]
    if summary is None:
        stop(Exit.REFUSED, "It is not computed yet.", hint="`almoner rates list` shows where it stands.")
    cells = tied_out(client, development_id, ["ONE_UNIT", "DIFFERS"])
    if as_json:
        return print_json({**summary, "cells": cells})
    out.print(tables.tie_out_line(summary))
    differing = [cell for cell in cells if cell["tieOut"] == "DIFFERS"]
    out.print(tables.repairs(differing), markup=False, soft_wrap=True)
    for finding in summary["findings"]:
        out.print(f"• {finding['message']}", markup=False)


def read_package(path: Path) -> Mapping[str, Any]:
    """The package in a file; ends the command if it is none."""
    try:
        text = typer.get_text_stream("stdin").read() if str(path) == "-" else path.read_text(encoding="utf-8")
        package = json.loads(text)
    except OSError as error:
        stop(Exit.NOT_FOUND, f"{path} cannot be read: {error.strerror}.")
    except ValueError as error:
        stop(Exit.REFUSED, f"{path} is no JSON: {error}.")
    if not isinstance(package, dict):
        stop(Exit.REFUSED, f"{path} holds no package: its JSON must be an object.")
    return package


def get_development(client: Client, development_id: str) -> dict[str, Any]:
    """A development; ends the command if there is none that the token may see."""
    found: dict[str, Any] | None = client.execute(documents.DEVELOPMENT, id=development_id)["rateDevelopment"]
    if found is None:
        stop(Exit.NOT_FOUND, "There is no rate development with this id that you may see.")
    return found


def tied_out(client: Client, development_id: str, outcomes: list[str]) -> list[dict[str, Any]]:
    """The printed cells with one of these outcomes."""
    path = ("rateDevelopment", "tieOut", "cells")
    return list(pages(client, documents.CELLS, path, id=development_id, filter={"tieOut": {"in": outcomes}}))


def follow(client: Client, job_id: str, *, quiet: bool = False) -> None:
    """Follow a job by subscription with a progress bar; ends the command if the job does not end well."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    state: dict[str, Any] = {"state": "QUEUED"}
    with Progress(*columns, console=err, disable=quiet) as bar:
        task = bar.add_task("queued", total=None)
        for event in client.subscribe(documents.FOLLOW, id=job_id):
            state = event["jobChanged"]
            done = state["progress"]
            bar.update(task, description=done["phase"], completed=done["done"], total=done["total"] or None)
    if state["state"] != "DONE":
        reason = state.get("failureMessage") or "no reason was kept"
        stop(Exit.REFUSED, f"The job ended as {state['state']}: {reason}", hint="Mutation retryJob starts it again.")
