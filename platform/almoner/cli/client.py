"""A client of the GraphQL API, as an integrator would write one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
from httpx_sse import connect_sse

from almoner.cli.output import Exit, stop, stop_with_problems
from almoner.core.errors import Problem

_NOT_ALLOWED = frozenset({"UNAUTHENTICATED", "DENIED"})
_SIGN_IN = "Set ALMONER_TOKEN (or --token); `almoner token --help` shows how to get one."


class Client:
    """Speaks to one endpoint with one token. A refusal or an outage ends the command with a sentence."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        headers = {"Accept": "application/graphql-response+json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._http = httpx.Client(headers=headers, timeout=60)

    def execute(self, document: str, **variables: Any) -> dict[str, Any]:
        """Run an operation and return its `data`."""
        try:
            response = self._http.post(self.url, json={"query": document, "variables": variables})
            body = response.json()
        except (httpx.HTTPError, json.JSONDecodeError) as error:
            stop(
                Exit.UNAVAILABLE,
                f"{self.url} does not answer as a GraphQL endpoint ({type(error).__name__}).",
                hint="Start it with `almoner serve`, or set ALMONER_URL (or --url).",
            )
        _check(body.get("errors"))
        data: dict[str, Any] = body["data"]
        return data

    def mutate(self, document: str, **variables: Any) -> dict[str, Any]:
        """Run a mutation with one root field and return its payload."""
        (payload,) = self.execute(document, **variables).values()
        problems = [Problem(item["code"], item["message"], tuple(item["path"])) for item in payload["problems"]]
        if problems:
            stop_with_problems(problems)
        result: dict[str, Any] = payload
        return result

    def put(self, path: str, content: bytes, media_type: str, **query: str) -> None:
        """Send a file to another address of the same API."""
        url = httpx.URL(self.url).copy_with(path=path, query=None)
        try:
            response = self._http.put(url, content=content, params=query, headers={"Content-Type": media_type})
        except httpx.HTTPError as error:
            stop(Exit.UNAVAILABLE, f"{self.url} does not answer ({type(error).__name__}).")
        if response.is_error:
            _check(response.json().get("errors") or [{"message": f"{path} answered {response.status_code}."}])

    def subscribe(self, document: str, **variables: Any) -> Iterator[dict[str, Any]]:
        """The events of a subscription, by server-sent events, until it completes."""
        request = {"query": document, "variables": variables}
        try:
            with connect_sse(
                self._http, "POST", self.url, json=request, timeout=httpx.Timeout(60, read=None)
            ) as source:
                for event in source.iter_sse():
                    if event.event == "complete":
                        return
                    if event.event == "next":
                        body = event.json()
                        _check(body.get("errors"))
                        yield body["data"]
        except httpx.HTTPError as error:
            stop(Exit.UNAVAILABLE, f"The subscription broke off ({type(error).__name__}).")


def pages(client: Client, document: str, path: tuple[str, ...], **variables: Any) -> Iterator[dict[str, Any]]:
    """The nodes of a connection, page after page; the document takes `$after`. Ends with exit 5 if nothing is there."""
    after: str | None = None
    while True:
        found: Any = client.execute(document, after=after, **variables)
        for key in path:
            found = found[key]
            if found is None:
                stop(Exit.NOT_FOUND, "There is nothing with this id that you may see, or it is not computed yet.")
        yield from found["nodes"]
        if not found["pageInfo"]["hasNextPage"]:
            return
        after = found["pageInfo"]["endCursor"]


def _check(errors: list[dict[str, Any]] | None) -> None:
    if not errors:
        return
    code = errors[0].get("extensions", {}).get("code", "ERROR")
    messages = "\n".join(error["message"] for error in errors)
    if code in _NOT_ALLOWED:
        stop(Exit.NOT_ALLOWED, messages, hint=_SIGN_IN)
    stop(Exit.NOT_FOUND if code == "NOT_FOUND" else Exit.REFUSED, messages)
