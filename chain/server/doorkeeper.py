"""Who may speak to the node from inside a browser.

The Host check keeps out DNS rebinding (a web page whose name suddenly resolves to this machine); the Origin check keeps
out every other web page, because a page may send requests to this machine without asking anyone. Programs send no
Origin and are let in: reaching the port is their permission.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

# Wallets ask from their own background page; the user has installed them.
EXTENSION_SCHEMES = frozenset({"chrome-extension", "moz-extension", "safari-web-extension"})
ANY = "*"
_BARE_NAME = re.compile(r"[a-z0-9_-]+")


class Doorkeeper:
    """Allow-lists for the Host and Origin headers. Loopback names are always on them; `*` lets in all."""

    def __init__(self, hosts: Iterable[str] = (), origins: Iterable[str] = ()) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        # Who listens on every address is reached under any of them; rebinding needs a name.
        self._addresses = bool(self._hosts & {"0.0.0.0", "::"})
        self._origins = frozenset(origin.lower().rstrip("/") for origin in origins)

    def admits_host(self, header: str) -> bool:
        """Whether a Host header names this node."""
        name = hostname(header)
        if name is None:
            return False
        return ANY in self._hosts or name in self._hosts or is_loopback(name) or (self._addresses and _is_address(name))

    def admits_origin(self, origin: str, host: str) -> bool:
        """Whether a page of this origin may speak to the node; `host` is the request's (admitted) Host header."""
        lowered = origin.lower()
        if ANY in self._origins or lowered in self._origins:
            return True
        if lowered != "null" and _BARE_NAME.fullmatch(lowered):
            return True  # a program that names itself: a browser sends a scheme with it, or null (RFC 6454, 7.1)
        try:
            parts = urlsplit(lowered)
        except ValueError:
            return False
        if parts.scheme in EXTENSION_SCHEMES:
            return True
        if parts.scheme not in ("http", "https"):
            return False  # includes "null": sandboxed pages, among them the files we serve ourselves
        name = hostname(parts.netloc)
        return parts.netloc == host.lower() or (name is not None and is_loopback(name))


def hostname(header: str) -> str | None:
    """The name or address without port, lower case; None when it is malformed."""
    text = header.strip().lower()
    if text.startswith("["):
        address, bracket, rest = text[1:].partition("]")
        return address if bracket and _is_port(rest) else None
    name, colon, port = text.partition(":")
    if not name or "@" in name or not _is_port(colon + port):
        return None
    return name.rstrip(".")


def is_loopback(name: str) -> bool:
    """localhost, anything below it (RFC 6761), 127.0.0.0/8, ::1."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _is_port(rest: str) -> bool:
    return rest == "" or (rest.startswith(":") and rest[1:].isascii() and rest[1:].isdigit())
