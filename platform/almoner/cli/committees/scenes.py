"""How `almoner demo` gets to the story: once for each data folder, on an API whose clock stands where the story is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from almoner.cli.committees.founding import ADVISERS, MEMBERS, OFFICERS, PEOPLE
from almoner.cli.committees.stage import TENANT, email_of, open_stage
from almoner.cli.committees.story import tell
from almoner.cli.output import Exit, out, stop
from almoner.cli.stack import Processes, api_command, free_port, wait_until_ready

if TYPE_CHECKING:
    from almoner.core.settings import Settings
    from almoner.wiring import House

#: When the story begins.
_BEGINNING = "2016-12-01T10:00:00+00:00"


#: Who can be looked around as afterwards.
_GUIDES = ("secretary", "chair", MEMBERS[0])


def guides(config: Settings, environment: dict[str, str]) -> dict[str, str]:
    """Tokens, by today's clock, of some of the story's people."""
    from almoner.cli import local

    async def sign(house: House) -> dict[str, str]:
        return {name: (await local.sign_token(house, TENANT, email_of(name)))["accessToken"] for name in _GUIDES}

    return local.in_house(config, environment, sign)


def tell_once(config: Settings, environment: dict[str, str], data: Path) -> dict[str, Any]:
    """Tell the story unless it has been told on this data; what came of it."""
    keeps = data / "committees.json"
    if keeps.exists():
        out.print(f"\nThe story of the joint committee in {TENANT} was told before; what came of it is there.")
        told: dict[str, Any] = json.loads(keeps.read_text(encoding="utf-8"))
        return told
    if _is_there(config, environment):
        stop(Exit.REFUSED, f"The story in {data} was told halfway.", hint="Remove that folder and start again.")
    clock = data / "clock"
    clock.write_text(_BEGINNING, encoding="utf-8")
    processes = Processes(data / "logs")
    port = free_port(0)
    try:
        processes.start("story", api_command("127.0.0.1", port), {**environment, "ALMONER_CLOCK_FILE": str(clock)})
        wait_until_ready(processes, f"http://127.0.0.1:{port}/readyz")
        on_clock = config.model_copy(
            update={"clock_file": clock, "database_url": _secret(environment["ALMONER_DATABASE_URL"])}
        )
        stage = open_stage(on_clock, f"http://127.0.0.1:{port}/graphql", [*PEOPLE, *MEMBERS, *OFFICERS, *ADVISERS])
        told = tell(stage)
    finally:
        processes.stop()
    told["meetings"] = {name: stage.ids[name] for name in ("march", "july", "september")}
    keeps.write_text(json.dumps(told, indent=2), encoding="utf-8")
    return told


def _secret(url: str) -> Any:
    from pydantic import SecretStr

    return SecretStr(url)


def _is_there(config: Settings, environment: dict[str, str]) -> bool:
    from almoner.cli import local

    return local.in_house(config, environment, lambda house: local.tenant_exists(house, TENANT))
