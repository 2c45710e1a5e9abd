"""`almoner operations`: trusted documents, registered on the database itself by whoever runs the platform."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from almoner.cli.output import Exit, out, print_json, stop

if TYPE_CHECKING:
    from almoner.operations.documents import NewOperation

app = typer.Typer(no_args_is_help=True, help="Register the GraphQL documents that a client may send by their digests.")
Tenant = Annotated[str, typer.Option(help="The tenant's code, for example az-bhs.")]
Client = Annotated[str, typer.Option(help="Whose requests: an e-mail address, or a service account's name or id.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


class Switch(StrEnum):
    """Held to registered operations, or not."""

    ON = "on"
    OFF = "off"


@app.command(epilog="Example: almoner operations register queries/*.graphql --tenant az-bhs --client rate-desk")
def register(
    files: Annotated[list[Path], typer.Argument(help="One document each (GraphQL, UTF-8); named by its file.")],
    tenant: Tenant,
    client: Client,
    as_json: Json = False,
) -> None:
    """Register documents: all of them, or none if one is refused.

    A document counts to the character, line ends too: its digest is the SHA-256 of the file. Doing it again changes
    nothing and takes a withdrawal back. Whether a document fits the schema shows when it is sent.
    """
    from almoner.cli import local, local_operations

    documents = [read_document(path) for path in files]
    rows = local.on_the_database(
        lambda house: local.in_tenant(
            house,
            tenant,
            lambda scope: local_operations.register(scope, client, documents, [str(path) for path in files]),
        )
    )
    if as_json:
        return print_json(rows)
    for row in rows:
        out.print(f"{row['digest']}  {row['name']}", markup=False, soft_wrap=True)


@app.command("list", epilog="Example: almoner operations list --tenant az-bhs --json")
def list_operations(
    tenant: Tenant,
    client: Annotated[str | None, typer.Option(help="Only this account's or service account's.")] = None,
    as_json: Json = False,
) -> None:
    """Show the registered operations, withdrawn ones too, newest first; the texts are in the JSON."""
    from almoner.cli import local, local_operations

    rows = local.on_the_database(
        lambda house: local.in_tenant(house, tenant, lambda scope: local_operations.listed(scope, client))
    )
    if as_json:
        return print_json(rows)
    table = Table("name", "client", "digest", "registered", "withdrawn")
    for row in rows:
        days = [(row[key] or "")[:10] for key in ("registeredAt", "withdrawnAt")]
        table.add_row(plain(row["name"]), plain(row["client"]), row["digest"], *days)
    out.print(table)


@app.command(epilog="Example: almoner operations withdraw DIGEST --tenant az-bhs --client rate-desk")
def withdraw(
    digests: Annotated[list[str], typer.Argument(help="As `list` and `register` show them.")],
    tenant: Tenant,
    client: Annotated[str | None, typer.Option(help="Only for this client; for every client if not given.")] = None,
) -> None:
    """Stop clients from sending documents by these digests: all of them, or none if one is unknown."""
    from almoner.cli import local, local_operations

    count = local.on_the_database(
        lambda house: local.in_tenant(house, tenant, lambda scope: local_operations.withdraw(scope, digests, client))
    )
    out.print(f"Withdrawn: {count} operation{'s' if count != 1 else ''}.")


@app.command(epilog="Example: almoner operations only on --tenant az-bhs --client rate-desk")
def only(
    tenant: Tenant,
    switch: Annotated[Switch | None, typer.Argument(help="Leave it out to see who is held.")] = None,
    client: Annotated[str | None, typer.Option(help="This client; the whole tenant if not given.")] = None,
    as_json: Json = False,
) -> None:
    """Hold a client or the whole tenant to registered operations, or let go of it; then show who is held.

    A client is held by its own rule or by its tenant's.
    """
    from almoner.cli import local, local_operations

    if switch is None and client is not None:
        stop(Exit.USAGE, "Say on or off for the client; without both, everybody who is held is shown.")
    on = None if switch is None else switch is Switch.ON
    held = local.on_the_database(
        lambda house: local.in_tenant(house, tenant, lambda scope: local_operations.only(scope, client, on))
    )
    if as_json:
        return print_json(held)
    who = ["the whole tenant"] if held["tenant"] else []
    who += [one["client"] for one in held["clients"]]
    out.print(f"Registered operations only: {', '.join(who) or 'nobody'}.", markup=False, soft_wrap=True)


def read_document(path: Path) -> NewOperation:
    """The document in a file, to the character; ends the command if it cannot be read."""
    from almoner.operations.documents import NewOperation

    try:
        # Not read_text: it would rewrite line ends, and the digest is of the file as the client has it.
        text = path.read_bytes().decode("utf-8")
    except OSError as error:
        stop(Exit.NOT_FOUND, f"{path} cannot be read: {error.strerror}.")
    except UnicodeDecodeError:
        stop(Exit.REFUSED, f"{path} is not UTF-8.")
    return NewOperation(text, path.stem)


def plain(text: str) -> Any:
    """A cell in which brackets are brackets."""
    from rich.text import Text

    return Text(text)
