"""Setting tenants up: what the platform's operator does at the command line."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated, TypeVar

import typer
from rich.table import Table
from sqlmodel import col, select

from almoner.authorization.roles import assign_role
from almoner.cli.output import Exit, out, print_json, stop, stop_with_problems
from almoner.cli.stack import local_settings
from almoner.core.errors import AlmonerError, NotFound, Unauthenticated, Unavailable
from almoner.core.scope import TenantScope
from almoner.identity.accounts import create_account, create_service_account
from almoner.identity.sign_in import find_identity
from almoner.tenancy.create_tenant import create_tenant, get_tenant
from almoner.tenancy.programs import create_program
from almoner.tenancy.tables import Tenant
from almoner.wiring import House, build_house

app = typer.Typer(no_args_is_help=True, help="Set tenants up: accounts, service accounts, programs.")
Result = TypeVar("Result")
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Code = Annotated[str, typer.Argument(help="The tenant's code, for example az-bhs.")]
Role = Annotated[str, typer.Option(help="The role that the account holds from now on.")]


def in_house(work: Callable[[House], Awaitable[Result]]) -> Result:
    """Run asynchronous work on the local database; refusals end the command with their sentences."""

    async def run() -> Result:
        house = build_house(config, pool_size=2)
        try:
            return await work(house)
        finally:
            await house.close()

    try:
        with local_settings() as config:
            return asyncio.run(run())
    except NotFound as error:
        stop(Exit.NOT_FOUND, str(error), hint="`almoner tenant list` shows the tenants.")
    except Unavailable as error:
        stop(Exit.UNAVAILABLE, str(error))
    except AlmonerError as error:
        stop_with_problems(error.problems)


async def in_tenant(house: House, code: str, work: Callable[[TenantScope], Awaitable[Result]]) -> Result:
    """Run work in one transaction of a tenant, as the operator."""
    async with house.database.global_transaction() as session:
        tenant = await get_tenant(session, code)
    async with house.operator_scope(tenant.id, f"cli-{secrets.token_hex(8)}") as scope:
        return await work(scope)


@app.command("create")
def create(
    code: Code,
    name: Annotated[str, typer.Option(help="The agency's name.")],
    time_zone: Annotated[str, typer.Option(help="IANA time zone; deadlines are computed in it.")],
) -> None:
    """Open a tenant.

    Example: almoner tenant create az-bhs --name "Arizona BHS" --time-zone America/Phoenix
    """

    async def work(house: House) -> None:
        async with house.database.global_transaction() as session:
            await create_tenant(session, code=code, name=name, time_zone=time_zone)

    in_house(work)
    out.print(f"Tenant {code} is open. Next: almoner tenant add-account {code} --help")


@app.command("list")
def list_tenants(as_json: Json = False) -> None:
    """Show the tenants.

    Example: almoner tenant list --json
    """

    async def work(house: House) -> list[dict[str, str]]:
        async with house.database.global_transaction() as session:
            found = (await session.execute(select(Tenant).order_by(col(Tenant.code)))).scalars()
            return [{"code": tenant.code, "name": tenant.name, "timeZone": tenant.time_zone} for tenant in found]

    tenants = in_house(work)
    if as_json:
        return print_json(tenants)
    table = Table("code", "name", "time zone")
    for tenant in tenants:
        table.add_row(*tenant.values())
    out.print(table)


@app.command("add-account")
def add_account(
    code: Code,
    email: Annotated[str, typer.Option(help="The person's e-mail address.")],
    name: Annotated[str, typer.Option(help="The person's name.")],
    role: Role,
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for if not given.")
    ],
) -> None:
    """Make a person's account with a role.

    Example: almoner tenant add-account az-bhs --email ada@agency.example --name "Ada" --role actuary
    """

    async def work(scope: TenantScope) -> None:
        account = await create_account(scope, email=email, name=name, password=password)
        await assign_role(scope, account.id, role, reason="set up at the command line")

    in_house(lambda house: in_tenant(house, code, work))
    out.print(f"{email} can sign in to {code} as {role}.")


@app.command("add-service-account")
def add_service_account(
    code: Code,
    name: Annotated[str, typer.Option(help="What the machine is called.")],
    role: Role,
    as_json: Json = False,
) -> None:
    """Make a machine's account with a role; its secret is shown this once.

    Example: almoner tenant add-service-account az-bhs --name rate-desk --role integrator
    """

    async def work(scope: TenantScope) -> dict[str, str]:
        account, secret = await create_service_account(scope, name=name)
        await assign_role(scope, account.id, role, reason="set up at the command line")
        return {"clientId": f"{code}.{account.id}", "clientSecret": secret}

    made = in_house(lambda house: in_tenant(house, code, work))
    if as_json:
        return print_json(made)
    out.print(f"client id      {made['clientId']}\nclient secret  {made['clientSecret']}", markup=False, soft_wrap=True)
    out.print("Keep the secret now: it is stored hashed and cannot be shown again.")


@app.command("add-program")
def add_program(
    code: Code,
    program: Annotated[str, typer.Option(help="The program's code, for example title-xxi.")],
    name: Annotated[str, typer.Option(help="The program's name.")],
) -> None:
    """Open a payment program.

    Example: almoner tenant add-program az-bhs --program title-xxi --name "Title XXI"
    """

    async def work(scope: TenantScope) -> None:
        await create_program(scope, code=program, name=name)

    in_house(lambda house: in_tenant(house, code, work))
    out.print(f"{code} runs the program {program}.")


def token(
    tenant: Annotated[str, typer.Option(help="The tenant's code.")],
    account: Annotated[str, typer.Option(help="An e-mail address, or a service account's name or id.")],
    as_json: Json = False,
) -> None:
    """Print an access token for an account, signed with the local keys: for whoever runs the platform.

    People get theirs by the mutation `login`, machines by POST /oauth/token.

    Example: export ALMONER_TOKEN=$(almoner token --tenant az-bhs --account actuary@az-bhs.example)
    """

    async def work(house: House) -> dict[str, str]:
        async with house.database.global_transaction() as session:
            found = await get_tenant(session, tenant)
        async with house.database.tenant_transaction(found.id) as session:
            identity = await find_identity(session, found.id, account)
        if identity is None:
            raise NotFound(f"{tenant} has no account {account}.")
        # Opening a scope refuses a disabled account.
        with suppress(Unauthenticated):
            async with house.scope(identity, "cli-token"):
                made = house.keys.issue(identity, house.clock())
                return {"accessToken": made.text, "expiresAt": made.expires_at.isoformat()}
        raise NotFound(f"The account {account} is disabled.")

    made = in_house(work)
    if as_json:
        return print_json(made)
    typer.echo(made["accessToken"])
