"""Who is compared: our own, each served like the product, and peers that somebody else wrote."""

from __future__ import annotations

import json
import shlex
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from almoner.cli.output import Exit, stop
from almoner.cli.reading.operations import OPERATIONS, Ask, body_of, operation_text
from almoner.cli.stack import Processes, api_command, free_port, wait_until_ready

HOST = "127.0.0.1"
#: The product's own reading road: the others are what it is compared with.
SUBJECT = "almoner"
_PEER_SECONDS = 60


@dataclass(frozen=True)
class Contender:
    """One of ours.

    Attributes:
        target: the application, as `module:factory`.
        by_path: it takes an operation's name in the path, for it does not read documents.
    """

    name: str
    target: str
    by_path: bool = False


CONTENDERS = {
    contender.name: contender
    for contender in (
        Contender(SUBJECT, "almoner_graphql.bench.planned:create_app"),
        Contender("strawberry", "almoner_graphql.bench.plain:create_app"),
        Contender("limit", "almoner_graphql.bench.limit:create_app", by_path=True),
    )
}


@dataclass(frozen=True)
class Peer:
    """Somebody else's server.

    Attributes:
        command: what starts it, in its folder.
        folder: has its operations, `nested.graphql` and `single.graphql`.
    """

    name: str
    command: list[str]
    folder: Path

    @staticmethod
    def of(text: str, peers: Path) -> Peer:
        """Read `NAME=COMMAND`; the peer's folder has its name."""
        name, separator, command = text.partition("=")
        folder = (peers / name).resolve()
        if not name.isidentifier() or not separator or not command.strip() or name in CONTENDERS:
            stop(Exit.USAGE, f"Write a peer as NAME=COMMAND, with a name of its own; this is {text!r}.")
        missing = [operation for operation in OPERATIONS if not (folder / f"{operation}.graphql").is_file()]
        if missing:
            stop(Exit.USAGE, f"{folder} has no {missing[0]}.graphql; name the folder of all peers with --peers.")
        return Peer(name, shlex.split(command), folder)


@dataclass(frozen=True)
class Subject:
    """Whose data are read: who holds the token, and the organization that `single` asks for."""

    token: str
    tenant_id: str
    organization_id: str
    organization: str


@dataclass(frozen=True)
class Door:
    """A contender that is running, and how it is asked for each operation."""

    name: str
    asks: Mapping[str, Ask]


def open_doors(
    contenders: list[Contender], subject: Subject, processes: Processes, environment: dict[str, str]
) -> list[Door]:
    """Start ours, all at once, and wait until they are ready."""
    served: dict[int, Contender] = {}
    for contender in contenders:
        port = free_port(0)
        while port in served:  # nobody listens there yet, so the same one can be found free again
            port = free_port(0)
        served[port] = contender
        processes.start(contender.name, api_command(HOST, port, target=contender.target), environment)
    for port in served:
        wait_until_ready(processes, f"http://{HOST}:{port}/readyz")
    return [_door(contender, port, subject) for port, contender in served.items()]


def _door(contender: Contender, port: int, subject: Subject) -> Door:
    variables: dict[str, dict[str, Any]] = {"nested": {}, "single": {"id": subject.organization}}
    return Door(
        contender.name,
        {
            name: Ask(
                f"http://{HOST}:{port}/graphql{f'/{name}' if contender.by_path else ''}",
                body_of(operation_text(name), variables[name]),
                subject.token,
            )
            for name in OPERATIONS
        },
    )


def open_peer(peer: Peer, subject: Subject, processes: Processes, environment: dict[str, str]) -> Door:
    """Start a peer and wait until its port answers. Its ids are those of rows, the tenant's among them."""
    port = free_port(0)
    processes.start(peer.name, peer.command, {**environment, "ALMONER_PEER_PORT": str(port)}, peer.folder)
    _wait_for_port(port, peer.name, processes)
    variables = {"id": subject.organization_id, "tenantId": subject.tenant_id}
    documents = {name: (peer.folder / f"{name}.graphql").read_text(encoding="utf-8") for name in OPERATIONS}
    url = f"http://{HOST}:{port}/graphql"
    return Door(
        peer.name,
        {
            name: Ask(url, body_of(documents[name], variables if name == "single" else {}), subject.token)
            for name in OPERATIONS
        },
    )


def peer_environment(database_url: str, keys_file: Path, issuer: str, audience: str) -> dict[str, str]:
    """What a peer is told. Of the keys, their public halves only."""
    keys = json.loads(keys_file.read_text(encoding="utf-8"))["keys"]
    public = [{name: value for name, value in key.items() if name != "d"} for key in keys]
    return {
        "ALMONER_PEER_DATABASE_URL": database_url,
        "ALMONER_PEER_PUBLIC_KEY": json.dumps({"keys": public}),
        "ALMONER_PEER_ISSUER": issuer,
        "ALMONER_PEER_AUDIENCE": audience,
    }


def _wait_for_port(port: int, name: str, processes: Processes) -> None:
    deadline = time.monotonic() + _PEER_SECONDS
    while time.monotonic() < deadline:
        processes.check()
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.05)
    stop(Exit.UNAVAILABLE, f"{name} did not answer on its port within {_PEER_SECONDS} s.")
