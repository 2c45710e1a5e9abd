"""`almoner policy`: test, explain, compare, export and import policies, for whoever runs the platform."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from almoner.cli.output import Exit, out, print_json, stop

app = typer.Typer(no_args_is_help=True, help="Test, explain, compare, export and import policies.")
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
Code = Annotated[str, typer.Argument(help="The tenant's code, for example az-bhs.")]
Acting = Annotated[
    str, typer.Option("--account", help="Who does this: an e-mail address, or a service account's name.")
]


@app.command("test", epilog="Example: almoner policy test --json")
def keep_assertions(
    tenant: Annotated[str | None, typer.Option(help="A tenant's policy instead of the built-in one.")] = None,
    account: Annotated[str, typer.Option(help="With --tenant: who asks; needs policy:view.")] = "",
    as_json: Json = False,
) -> None:
    """Ask a policy the questions of all its assertions: who may, who may not.

    The built-in ones stand in policies/almoner_policies/assertions/. Ends with 1 if one is not kept.
    """
    from almoner.cli import policies

    found = policies.answers(tenant, account)
    if as_json:
        print_json(found)
    else:
        table = Table("kept", "assertion", "why")
        for each in found:
            table.add_row("yes" if each["kept"] else "NO", each["assertion"], each["why"])
        out.print(table)
    broken = sum(not each["kept"] for each in found)
    if broken:
        stop(Exit.REFUSED, f"{broken} of {len(found)} assertions are not kept.")


@app.command("explain", epilog="Example: almoner policy explain az-bhs actuary@az-bhs.example rate_development:certify")
def explain(
    tenant: Code,
    subject: Annotated[str, typer.Argument(help="The account in question.")],
    permission: Annotated[str, typer.Argument(help="What it wants to do, for example rate_development:certify.")],
    organization: Annotated[str | None, typer.Option(help="Ask about this organization, by its code.")] = None,
    account: Annotated[str | None, typer.Option(help="Who asks; needs access:explain. Default: the subject.")] = None,
    as_json: Json = False,
) -> None:
    """Say why an account may or may not do something: role, grant, scope and the facts that decide."""
    from almoner.cli import policies

    found = policies.explanation(tenant, account or subject, subject, permission, organization)
    if as_json:
        return print_json(found)
    out.print(f"{subject} {'may' if found['allowed'] else 'may not'} {permission} ({found['policyVersion']}).")
    for title, grounds in (("Because", found["because"]), ("Nearest", found["nearest"])):
        for each in grounds:
            grant = each["grant"]
            line = f"{title}: {each['role']}: {grant['effect']} {grant['scope']}: {each['says']} ({grant['comment']})"
            out.print(line, markup=False, soft_wrap=True)
    if found["otherRoles"]:
        out.print(f"Roles that would allow it: {', '.join(found['otherRoles'])}", markup=False, soft_wrap=True)
    return None


@app.command("diff", epilog="Example: almoner policy diff az-bhs 3 4 --account policy@az-bhs.example")
def diff(
    tenant: Code,
    before: Annotated[int, typer.Argument(min=0, help="A version; 0 is nothing of the tenant's own.")],
    after: Annotated[int, typer.Argument(min=0, help="Another version.")],
    account: Acting,
    as_json: Json = False,
) -> None:
    """Show what leads from one version of a tenant's policy to another, in either direction."""
    from almoner.cli import policies

    _print_changes(policies.changes_between(tenant, account, before, after), as_json=as_json)


@app.command(
    "export", epilog="Example: almoner policy export az-bhs --account policy@az-bhs.example > az-bhs-policy.yaml"
)
def export(
    tenant: Code,
    account: Acting,
    version: Annotated[int | None, typer.Option(min=0, help="A version; the newest if not given.")] = None,
    as_json: Json = False,
) -> None:
    """Print a tenant's own roles, grants, separations and assertions as YAML, as `import` reads it."""
    from almoner.cli import policies

    found = policies.exported(tenant, account, version)
    if as_json:
        return print_json(found)
    typer.echo(policies.as_yaml(found), nl=False)
    return None


@app.command(
    "import",
    epilog="Example: almoner policy import az-bhs policy.yaml --account policy@az-bhs.example --reason 'clerks'",
)
def import_policy(
    tenant: Code,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What `export` printed, changed.")],
    account: Acting,
    reason: Annotated[str, typer.Option(help="Why; kept with the version.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change, and for whom.")] = False,
    as_json: Json = False,
) -> None:
    """Make the file a tenant's policy: what is not in it goes.

    Previewed first, and refused as a whole if anything is wrong.
    """
    from almoner.cli import policies

    found = policies.imported(tenant, account, file.read_text(encoding="utf-8"), reason=reason, dry_run=dry_run)
    if as_json:
        return print_json(found)
    _print_changes(found["changes"], as_json=False)
    for each in found["effects"]:
        line = f"{each['subject']}: {each['permission']}: gains {each['gained']}, loses {each['lost']}"
        out.print(line, markup=False, soft_wrap=True)
    out.print("Nothing was changed." if dry_run else f"This is version {found['version']}.")
    return None


def _print_changes(changes: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        return print_json(changes)
    for change in changes:
        item = {name: value for name, value in change["item"].items() if name != "kind"}
        sign = "+" if change["op"] == "add" else "-"
        out.print(f"{sign} {change['item']['kind']} {item}", markup=False, soft_wrap=True)
    return None
