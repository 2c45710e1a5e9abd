"""Where a request comes from: the peer's address, or what proxies say that are trusted."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from starlette.datastructures import Headers

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
#: One customer of a provider has at least so much of IPv6.
_IPV6_PREFIX = 64
#: What has no address: a Unix socket's other end.
_NOWHERE = "nowhere"


def client_network(scope: Any, trusted: Sequence[Network]) -> str:
    """The client's IPv4 address, or the /64 of its IPv6 address, of an ASGI connection.

    `X-Forwarded-For` is believed from the right, as far as who added the entry is trusted: everything before that may
    have been sent by the client itself.
    """
    peer = scope.get("client")
    address = _parsed(peer[0]) if peer else None
    if address is None:
        return _NOWHERE
    if trusted and _is_in(address, trusted):
        address = _forwarded(address, Headers(scope=scope).getlist("x-forwarded-for"), trusted)
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _IPV6_PREFIX), strict=False))
    return str(address)


def _forwarded(proxy: Address, headers: list[str], trusted: Sequence[Network]) -> Address:
    for text in reversed(",".join(headers).split(",")):
        client = _parsed(text)
        if client is None:
            return proxy
        if not _is_in(client, trusted):
            return client
        proxy = client
    return proxy


def _parsed(text: str) -> Address | None:
    """An address, perhaps with a port; None if it is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
