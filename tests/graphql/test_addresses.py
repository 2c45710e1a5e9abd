"""Whose address counts, and that nobody can choose their own."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from pydantic import ValidationError

from almoner.core.settings import Settings
from almoner_graphql.addresses import client_network

PROXIES = Settings(trusted_proxies="10.0.0.0/8 fd00::/8").trusted_networks


def scope(peer: str | None, *forwarded: str) -> dict[str, Any]:
    headers = [(b"x-forwarded-for", text.encode("latin-1")) for text in forwarded]
    return {"type": "http", "client": (peer, 1) if peer else None, "headers": headers}


@pytest.mark.parametrize("forwarded", [[], ["198.51.100.9"], ["198.51.100.9, 10.0.0.1"], ["10.0.0.1"]])
@pytest.mark.parametrize(("peer", "trusted"), [("203.0.113.5", PROXIES), ("203.0.113.5", ()), ("10.0.0.1", ())])
def test_who_is_not_trusted_is_the_client_whatever_it_says(peer, trusted, forwarded):
    assert client_network(scope(peer, *forwarded), trusted) == peer


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        (["198.51.100.9"], "198.51.100.9"),
        (["198.51.100.9, 10.0.0.2"], "198.51.100.9"),
        (["1.1.1.1, 198.51.100.9"], "198.51.100.9"),
        (["1.1.1.1", "198.51.100.9"], "198.51.100.9"),
        (["10.0.0.9, 198.51.100.9, 10.0.0.2 ,10.0.0.3"], "198.51.100.9"),
        (["198.51.100.9:4711"], "198.51.100.9"),
        (["[2001:db8:1:2:3::4]:4711"], "2001:db8:1:2::/64"),
        (["2001:db8:1:2:ffff::1, fd00::2"], "2001:db8:1:2::/64"),
        (["::ffff:198.51.100.9"], "198.51.100.9"),
        (["10.0.0.7"], "10.0.0.7"),
        ([], "10.0.0.1"),
        ([""], "10.0.0.1"),
        (["unknown"], "10.0.0.1"),
        (["198.51.100.9, unknown"], "10.0.0.1"),
        (["198.51.100.9, nonsense, 10.0.0.2"], "10.0.0.2"),
        (["198.51.100.9, \xff"], "10.0.0.1"),
    ],
)
def test_of_trusted_proxies_the_last_entry_of_somebody_else_counts(forwarded, client):
    assert client_network(scope("10.0.0.1", *forwarded), PROXIES) == client


@pytest.mark.parametrize("peer", [None, "", "socket"])
def test_what_has_no_address_is_one_client(peer):
    assert client_network(scope(peer, "198.51.100.9"), (ip_network("0.0.0.0/0"),)) == "nowhere"


def test_a_proxy_that_is_no_network_is_refused_at_the_start():
    with pytest.raises(ValidationError, match="trusted_proxies"):
        Settings(trusted_proxies="10.0.0.0/8 proxy.example")
