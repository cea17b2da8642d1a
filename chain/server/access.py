"""Who may call what, and how often: bearer tokens, JSON Web Tokens, and a share of calls for each client.

Without an access file everybody who reaches the port may call everything that is served. With one, a request brings
`Authorization: Bearer …`: a token of which the file keeps the SHA-256 only, or a JSON Web Token (RFC 7519, HS256)
signed with the file's secret, as execution clients take it from consensus clients. Whoever brings nothing gets the
rights of `[anonymous]`, if there are any.

A right is a namespace (`eth`), a method (`eth_call`) or one of the words below. `eth` does not hold the methods that
sign with unlocked accounts: those are `accounts`.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import threading
import time
import tomllib
from collections.abc import Callable, Mapping
from hashlib import sha256
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import unquote

import msgspec

from chain.errors import MethodForbidden, RateLimited, SettingsError

ACCOUNTS = "accounts"  # methods that sign with unlocked accounts
PAGES = "pages"  # the page, lists of /data and files of /ipfs
FILES = "files"  # uploads to /api
METRICS = "metrics"
SIGNING = frozenset(
    {"eth_accounts", "eth_requestAccounts", "eth_sendTransaction", "eth_sign", "eth_signTransaction", "personal_sign"}
    | {"eth_signTypedData", "eth_signTypedData_v3", "eth_signTypedData_v4"}
)
CLOCK_SKEW_SECONDS = 60  # between us and whoever issues JSON Web Tokens
BURST_SECONDS = 2  # of calls that a client may make at once after a pause
CLIENTS_KEPT = 10_000

Right = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_]+$")]
Rate = Annotated[float, msgspec.Meta(gt=0)]


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rights of one token, or of whoever brings none."""

    namespaces: tuple[Right, ...]
    sha256: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")] | None = None
    rate: Rate | None = None  # calls per second


class Jwt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the secret of JSON Web Tokens is: 32 bytes in hex, as in geth's `--authrpc.jwtsecret`."""

    secret_file: str


class AccessFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file says."""

    anonymous: Entry | None = None
    jwt: Jwt | None = None
    tokens: dict[str, Entry] = {}


class Bucket:
    """Calls that a client may still make; refilled as time goes by. Thread-safe."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self._clock = clock
        self._left = self._most = max(1.0, rate * BURST_SECONDS)
        self._seen = clock()
        self._lock = threading.Lock()

    def take(self) -> None:
        """One call. Raises RateLimited."""
        with self._lock:
            now = self._clock()
            self._left = min(self._most, self._left + (now - self._seen) * self.rate)
            self._seen = now
            if self._left < 1:
                raise RateLimited(
                    f"rate limit: this node answers {self.rate:g} calls per second to one client",
                    hint=f"try again in {(1 - self._left) / self.rate:.1f} s",
                )
            self._left -= 1

    @property
    def full(self) -> bool:
        """Whether forgetting it would change nothing."""
        return self._left + (self._clock() - self._seen) * self.rate >= self._most


class Grant:
    """What one client may do."""

    def __init__(self, rights: frozenset[str] | None, bucket: Bucket | None = None, until: float | None = None) -> None:
        """`rights` None: everything. `until`: Unix seconds at which it ends."""
        self._rights = rights
        self._bucket = bucket
        self._until = until

    def admit(self, method: str) -> None:
        """Before each call. Raises MethodForbidden and RateLimited."""
        if self._bucket is not None:
            self._bucket.take()
        if self._until is not None and time.time() > self._until:
            raise MethodForbidden("the token has expired", hint="get a new one and connect again")
        if self._rights is None:
            return
        namespace = ACCOUNTS if method in SIGNING else method.partition("_")[0]
        if namespace not in self._rights and method not in self._rights:
            raise MethodForbidden(
                f"the method {method[:100]} is not available to this client",
                hint=f"its rights: {', '.join(sorted(self._rights)) or 'none'}",
            )

    def opens(self, target: str) -> bool:
        """Whether it may ask for this path over HTTP."""
        path = unquote(target)  # as the pages will read it
        if self._rights is None or path == "/healthz":
            return True
        right = FILES if path.startswith("/api/") else METRICS if path.startswith("/metrics") else PAGES
        return right in self._rights


EVERYTHING = Grant(None)
NOTHING = Grant(frozenset())


class Access:
    """Finds the grant of each request. Safe to use from several threads."""

    def __init__(self, file: AccessFile | None = None, secret: bytes | None = None, rate: float | None = None) -> None:
        """`rate`: calls per second of a client for which the file says nothing else; None: as many as it likes."""
        self._file = file
        self._secret = secret
        self._rate = rate
        self._by_digest = {} if file is None else {e.sha256: (name, e) for name, e in file.tokens.items()}
        self._buckets: dict[str, Bucket] = {}
        self._lock = threading.Lock()

    def enter(self, method: str, target: str, headers: Mapping[str, str], address: str) -> Grant | tuple[int, str]:
        """The grant of an HTTP request (header names in lower case), or the status and reason of its refusal."""
        path = target.partition("?")[0]
        if method == "OPTIONS" or path == "/healthz":  # a preflight brings no token
            return NOTHING
        grant = self.grant(headers.get("authorization"), address)
        if grant is None:
            return 401, "a valid token is needed: send the header Authorization: Bearer <token>"
        is_rpc = path == "/" and (method == "POST" or "upgrade" in headers)
        if not is_rpc and not grant.opens(path):
            return 403, f"{path} is not open to this client"
        return grant

    def grant(self, authorization: str | None, address: str) -> Grant | None:
        """Of a request with this header from this address; None: it may do nothing."""
        if self._file is None:
            return EVERYTHING if self._rate is None else self._granted(f"at {_network(address)}", None, None)
        if authorization is None:
            entry = self._file.anonymous
            if entry is None:
                return None
            return self._granted(f"at {_network(address)}", entry.namespaces, entry.rate)
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return None
        found = self._by_digest.get(sha256(token.strip().encode()).hexdigest())
        if found is not None:
            name, entry = found
            return self._granted(f"token {name}", entry.namespaces, entry.rate)
        claims = None if self._secret is None else verified_claims(token.strip(), self._secret)
        if claims is None:
            return None
        return self._granted(f"jwt {claims.get('sub', '')}", claims.get("namespaces"), None, claims.get("exp"))

    def _granted(self, client: str, rights: Any, rate: float | None, until: float | None = None) -> Grant:
        rate = rate or self._rate
        return Grant(
            None if rights is None else frozenset(rights), None if rate is None else self._bucket(client, rate), until
        )

    def _bucket(self, client: str, rate: float) -> Bucket:
        with self._lock:
            bucket = self._buckets.get(client)
            if bucket is None:
                if len(self._buckets) >= CLIENTS_KEPT:
                    self._buckets = {key: one for key, one in self._buckets.items() if not one.full}
                bucket = self._buckets[client] = Bucket(rate)
            return bucket


def read_access(path: Path | None, rate: float | None = None) -> Access:
    """From an access file. Raises SettingsError, which names the place but never a token or secret."""
    if path is None:
        return Access(rate=rate)
    try:
        file = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), AccessFile)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else problem
        raise SettingsError(
            f"the access file {path}: {reason}", hint="docs/security.md shows what it holds"
        ) from problem
    nameless = [name for name, entry in file.tokens.items() if entry.sha256 is None]
    if nameless:
        raise SettingsError(
            f"the access file {path}: tokens.{nameless[0]} has no sha256",
            hint="`mz node token NAME` makes a token and the lines for it",
        )
    return Access(file, None if file.jwt is None else _secret(path.parent / file.jwt.secret_file), rate)


def verified_claims(token: str, secret: bytes) -> Mapping[str, Any] | None:
    """The claims of a JSON Web Token, if it is ours and its time is now."""
    try:
        head, body, signature = token.split(".")
        header, claims = (json.loads(_unpadded(part)) for part in (head, body))
        given = _unpadded(signature)
    except (ValueError, binascii.Error, RecursionError):
        return None
    # Only what is really checked is believed: no other algorithm, least of all "none".
    if not isinstance(header, dict) or header.get("alg") != "HS256" or not isinstance(claims, dict):
        return None
    if not hmac.compare_digest(given, hmac.new(secret, f"{head}.{body}".encode(), sha256).digest()):
        return None
    now = time.time()
    times = {name: claims.get(name) for name in ("iat", "nbf", "exp")}
    if any(isinstance(at, bool) or not isinstance(at, int | float | None) for at in times.values()):
        return None
    issued, begins, ends = times["iat"], times["nbf"], times["exp"]
    if ends is None and (issued is None or abs(now - issued) > CLOCK_SKEW_SECONDS):
        return None  # as the engine API has it: a token without an end is only good when it is fresh
    if (ends is not None and now > ends) or (begins is not None and now < begins - CLOCK_SKEW_SECONDS):
        return None
    rights = claims.get("namespaces")
    if rights is not None and not (isinstance(rights, list) and all(isinstance(right, str) for right in rights)):
        return None
    return claims


def _unpadded(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars="-_", validate=True)


def _secret(path: Path) -> bytes:
    try:
        secret = bytes.fromhex(path.read_text(encoding="ascii").strip().removeprefix("0x"))
    except OSError as problem:
        raise SettingsError(f"the JWT secret {path}: {problem.strerror}") from problem
    except ValueError:
        secret = b""
    if len(secret) != 32:
        raise SettingsError(
            f"the JWT secret {path} is not 32 bytes in hex", hint=f"make one: openssl rand -hex 32 > {path.name}"
        )
    return secret


def _network(address: str) -> str:
    """Who counts as one client: an IPv4 address, or the 64 bits of IPv6 that one customer gets."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is None:
        return str(int(ip) >> 64)
    return str(ip)
