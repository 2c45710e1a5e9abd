"""Setting tenants up: what the platform's operator does at the command line."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from almoner.cli.output import out, print_json

app = typer.Typer(no_args_is_help=True, help="Set tenants up: accounts, service accounts, programs.")
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Code = Annotated[str, typer.Argument(help="The tenant's code, for example az-bhs.")]
Role = Annotated[str, typer.Option(help="The role that the account holds from now on.")]
At = Annotated[
    str, typer.Option(help="The code of the organization at which it holds it, for roles that are held at one.")
]


@app.command("create", epilog='Example: almoner tenant create az-bhs --name "Arizona BHS" --time-zone America/Phoenix')
def create(
    code: Code,
    name: Annotated[str, typer.Option(help="The agency's name.")],
    time_zone: Annotated[str, typer.Option(help="IANA time zone; deadlines are computed in it.")],
) -> None:
    """Open a tenant."""
    from almoner.cli import local

    local.on_the_database(lambda house: local.open_tenant(house, code, name, time_zone))
    out.print(f"Tenant {code} is open. Next: almoner tenant add-account {code} --help")
    out.print("Give it a policy_administrator first: nobody else can appoint administrators or change its policy.")


@app.command("list", epilog="Example: almoner tenant list --json")
def list_tenants(as_json: Json = False) -> None:
    """Show the tenants."""
    from almoner.cli import local

    tenants = local.on_the_database(local.all_tenants)
    if as_json:
        return print_json(tenants)
    table = Table("code", "name", "time zone")
    for tenant in tenants:
        table.add_row(*tenant.values())
    out.print(table)


@app.command(
    "add-account",
    epilog='Example: almoner tenant add-account az-bhs --email ada@agency.example --name "Ada" --role actuary',
)
def add_account(
    code: Code,
    email: Annotated[str, typer.Option(help="The person's e-mail address.")],
    name: Annotated[str, typer.Option(help="The person's name.")],
    role: Role,
    password: Annotated[
        str,
        typer.Option(
            prompt=True,
            hide_input=True,
            confirmation_prompt=True,
            envvar="ALMONER_PASSWORD",
            help="Asked for if not given.",
        ),
    ],
    at: At = "",
) -> None:
    """Make a person's account with a role."""
    from almoner.cli import local

    local.on_the_database(
        lambda house: local.in_tenant(
            house,
            code,
            lambda scope: local.add_person(scope, email=email, name=name, role=role, password=password, at=at),
        )
    )
    out.print(f"{email} can sign in to {code} as {role}{f' of {at}' if at else ''}.")


@app.command(
    "add-service-account",
    epilog="Example: almoner tenant add-service-account az-bhs --name rate-desk --role integrator",
)
def add_service_account(
    code: Code,
    name: Annotated[str, typer.Option(help="What the machine is called.")],
    role: Role,
    at: At = "",
    as_json: Json = False,
) -> None:
    """Make a machine's account with a role; its secret is shown this once."""
    from almoner.cli import local

    made = local.on_the_database(
        lambda house: local.in_tenant(
            house, code, lambda scope: local.add_machine(scope, code, name=name, role=role, at=at)
        )
    )
    if as_json:
        return print_json(made)
    out.print(f"client id      {made['clientId']}\nclient secret  {made['clientSecret']}", markup=False, soft_wrap=True)
    out.print("Keep the secret now: it is stored hashed and cannot be shown again.")


@app.command(
    "add-organization",
    epilog='Example: almoner tenant add-organization az-bhs --kind RBHA --organization NARBHA --name "NARBHA, Inc."',
)
def add_organization(
    code: Code,
    kind: Annotated[str, typer.Option(help="ACO, RBHA, COMMITTEE, BODY or OTHER.")],
    organization: Annotated[str, typer.Option(help="The organization's code, for example NARBHA.")],
    name: Annotated[str, typer.Option(help="The organization's name.")],
) -> None:
    """Admit an organization, at which roles can be held."""
    from almoner.cli import local

    local.on_the_database(
        lambda house: local.in_tenant(
            house, code, lambda scope: local.add_organization(scope, kind=kind, code=organization, name=name)
        )
    )
    out.print(
        f"{organization} takes part in {code}. Next: almoner tenant add-account {code} --at {organization} --help"
    )


@app.command("add-program", epilog='Example: almoner tenant add-program az-bhs --program title-xxi --name "Title XXI"')
def add_program(
    code: Code,
    program: Annotated[str, typer.Option(help="The program's code, for example title-xxi.")],
    name: Annotated[str, typer.Option(help="The program's name.")],
) -> None:
    """Open a payment program."""
    from almoner.cli import local

    local.on_the_database(
        lambda house: local.in_tenant(house, code, lambda scope: local.add_program(scope, code=program, name=name))
    )
    out.print(f"{code} runs the program {program}.")


@app.command("accounts-due", epilog="Example: almoner tenant accounts-due az-bhs --days 60 --json")
def accounts_due(
    code: Code,
    days: Annotated[int, typer.Option(min=0, max=366, help="How far to look ahead.")] = 30,
    as_json: Json = False,
) -> None:
    """Show the accounts whose yearly recertification is due, or was."""
    from almoner.cli import local

    found = local.on_the_database(
        lambda house: local.in_tenant(house, code, lambda scope: local.due_accounts(scope, days=days))
    )
    if as_json:
        return print_json(found)
    table = Table("address", "name", "recertify by")
    for account in found:
        table.add_row(*account.values())
    out.print(table)


@app.command(
    "reset-password",
    epilog='Example: almoner tenant reset-password az-bhs --email ada@agency.example --reason "all admins locked out"',
)
def reset_password(
    code: Code,
    email: Annotated[str, typer.Option(help="The person's e-mail address.")],
    reason: Annotated[str, typer.Option(help="Why; the journal keeps it.")],
) -> None:
    """Take a person's password away and print a token for the mutation `setPassword`, good for an hour, once."""
    from almoner.cli import local

    made = local.on_the_database(
        lambda house: local.in_tenant(house, code, lambda scope: local.reset(scope, email=email, reason=reason))
    )
    typer.echo(made)


def token(
    tenant: Annotated[str, typer.Option(help="The tenant's code.")],
    account: Annotated[str, typer.Option(help="An e-mail address, or a service account's name or id.")],
    as_json: Json = False,
) -> None:
    """Print an access token for an account, signed with the local keys: for whoever runs the platform.

    People get theirs by the mutation `login`, machines by POST /oauth/token.
    """
    from almoner.cli import local

    made = local.on_the_database(lambda house: local.sign_token(house, tenant, account))
    if as_json:
        return print_json(made)
    typer.echo(made["accessToken"])
