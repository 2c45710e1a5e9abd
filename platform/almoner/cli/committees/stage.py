"""Where the story is told: a tenant, an API whose clock stands where the story is, and people who act."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from almoner.cli.client import Client
from almoner.cli.committees.actors import Actor
from almoner.cli.output import out

if TYPE_CHECKING:
    from almoner.core.settings import Settings
    from almoner.wiring import House

TENANT = "lsc"
AGENCY = "Lancashire and South Cumbria"
ZONE = ZoneInfo("Europe/London")


@dataclass
class Stage:
    """Everything that the story needs.

    Attributes:
        config: settings with the story's clock and database.
        url: the API that goes by that clock.
        subjects: the ids of accounts, by what people are called here.
        actors: those who can act now: their tokens end with the day.
        ids: what the story comes back to, by names of its own.
        told: what is worth reporting, for machines.
    """

    config: Settings
    url: str
    subjects: dict[str, str] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def clock_file(self) -> Path:
        """Where the API's clock is."""
        if self.config.clock_file is None:
            raise ValueError("the story needs a clock of its own")
        return self.config.clock_file

    def at(self, when: str, what: str) -> None:
        """Set the clock to a local time, `2017-07-06 13:00`, and say what comes."""
        instant = self.clock(when)
        out.print(f"\n[bold]{instant:%-d %B %Y, %H:%M}[/bold]  {what}")
        self.actors = in_house(self.config, self._signed_in)

    def clock(self, when: str) -> datetime:
        """Set the clock, on the day on which everybody has signed in already."""
        instant = datetime.fromisoformat(when).replace(tzinfo=ZONE)
        self.clock_file.write_text(instant.isoformat(), encoding="utf-8")
        return instant

    async def _signed_in(self, house: House) -> dict[str, Actor]:
        from almoner.cli import local

        return {
            name: Actor(name, Client(self.url, (await local.sign_token(house, TENANT, email_of(name)))["accessToken"]))
            for name in self.subjects
        }

    def say(self, text: str) -> None:
        """A line of the story."""
        out.print(f"  {text}", markup=False, soft_wrap=True, highlight=False)

    def who(self, name: str) -> Actor:
        """Somebody who acts."""
        return self.actors[name]

    def refused(self, name: str, mutation: str, /, **arguments: Any) -> list[str]:
        """Let somebody try what must be refused, tell why, and give the codes."""
        problems = self.who(name).is_refused(mutation, **arguments)
        for each in problems:
            self.say(f"✗ {each['message']}  [{each['code']}]")
        return [each["code"] for each in problems]


def email_of(name: str) -> str:
    """The address of somebody of the story."""
    return f"{name.replace(' ', '-').lower()}@lsc.example"


def in_house(config: Settings, work: Callable[[House], Awaitable[Any]]) -> Any:
    """Run work in a house that goes by the story's clock."""
    from almoner.wiring import build_house

    async def run() -> Any:
        house = build_house(config, pool_size=2)
        try:
            return await work(house)
        finally:
            await house.close()

    return asyncio.run(run())


def open_stage(config: Settings, url: str, names: list[str]) -> Stage:
    """Open the tenant with an administrator and an account for everybody else, who gets roles in the story."""
    from almoner.cli import local
    from almoner.core.ids import global_id
    from almoner.core.scope import TenantScope
    from almoner.identity.accounts import create_account

    stage = Stage(config, url)

    async def people(scope: TenantScope) -> None:
        administrator = await local.add_person(
            scope,
            email=email_of("administrator"),
            name="Administrator",
            role="program_administrator",
            password=secrets.token_urlsafe(12),
        )
        stage.subjects["administrator"] = global_id("Subject", administrator.subject_id)
        for name in names:
            account = await create_account(scope, email=email_of(name), name=name, password=secrets.token_urlsafe(12))
            stage.subjects[name] = global_id("Subject", account.id)

    async def work(house: House) -> None:
        await local.open_tenant(house, TENANT, AGENCY, ZONE.key)
        await local.in_tenant(house, TENANT, people)

    in_house(config, work)
    return stage
