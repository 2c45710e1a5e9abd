"""The `almoner` command: serving, working, setting up, and using the API from a shell."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from almoner.cli import bench, bench_authorize, bench_limits, demo, operations, policy, rates, setup
from almoner.cli.output import Exit, out, stop
from almoner.cli.stack import api_command, database_environment, run_migrations, run_program, worker_command
from almoner.core.errors import Unavailable

_EPILOG = "Exit codes: 0 done, 1 refused, 2 wrong usage, 3 unavailable, 4 not signed in or not allowed, 5 not found."

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Almoner: one GraphQL API for healthcare payment programs. Settings come from the environment (ALMONER_…).",
    epilog=_EPILOG,
)
app.add_typer(rates.app, name="rates")
app.add_typer(setup.app, name="tenant")
app.add_typer(operations.app, name="operations")
app.add_typer(policy.app, name="policy")
bench.app.command("limits", epilog="Example: almoner bench limits --json")(bench_limits.bench_limits)
bench.app.command("authorize", epilog="Example: almoner bench authorize --json")(bench_authorize.bench_authorize)
app.add_typer(bench.app, name="bench")
app.command("demo", epilog="Example: almoner demo --once --report demo.json")(demo.demo)
app.command(
    "token", epilog="Example: export ALMONER_TOKEN=$(almoner token --tenant az-bhs --account actuary@az-bhs.example)"
)(setup.token)


@app.command(epilog="Example: ALMONER_ENVIRONMENT=development almoner serve --port 8080")
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(help="API processes.")] = 1,
) -> None:
    """Serve the API until told to stop."""
    from almoner.core.settings import settings

    with database_environment(settings()) as environment:
        code = run_program(api_command(host, port, workers), environment)
    raise typer.Exit(code)


@app.command(epilog="Example: ALMONER_BROKER_URL=redis://127.0.0.1/0 almoner work --processes 4")
def work(
    processes: Annotated[int, typer.Option(help="Worker processes.")] = 2,
    threads: Annotated[int, typer.Option(help="Jobs at once in each process.")] = 2,
) -> None:
    """Run the workers until told to stop."""
    from almoner.core.settings import settings

    with database_environment(settings()) as environment:
        code = run_program(worker_command(processes, threads), environment)
    raise typer.Exit(code)


@app.command(epilog="Example: ALMONER_MIGRATION_URL=postgresql://postgres@db/almoner almoner migrate")
def migrate() -> None:
    """Make the database roles and bring the schema up to date.

    Uses ALMONER_MIGRATION_URL, else ALMONER_DATABASE_URL, else the embedded database. ALMONER_APP_PASSWORD, if set,
    becomes the password of the role almoner_app.
    """
    from almoner.core.settings import settings

    with database_environment(settings()) as environment:
        environment.setdefault("ALMONER_MIGRATION_URL", environment["ALMONER_DATABASE_URL"])
        # With the embedded database this has just been done; doing it again finds nothing to do.
        code = run_migrations(environment)
    if code:
        raise typer.Exit(Exit.REFUSED)
    out.print("The database is up to date.")


def main() -> None:
    """Entry of the command."""
    try:
        app()
    except Unavailable as error:
        try:
            stop(Exit.UNAVAILABLE, str(error))
        except typer.Exit as ended:
            sys.exit(ended.exit_code)


if __name__ == "__main__":
    main()
