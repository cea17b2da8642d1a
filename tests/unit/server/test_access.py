"""Who may call what, and how often; JSON Web Tokens are put together here as RFC 7515 says."""

from __future__ import annotations

import base64
import hmac
import json
import time
from hashlib import sha256

import pytest

from chain.errors import MethodForbidden, RateLimited, SettingsError
from chain.server import Access, read_access
from chain.server.access import AccessFile, Bucket, Entry

SECRET = bytes(range(32))
TOKEN = "let-me-in"
FILE = AccessFile(
    anonymous=Entry(namespaces=("eth", "pages")),
    tokens={
        "indexer": Entry(namespaces=("debug", "eth_call"), sha256=sha256(TOKEN.encode()).hexdigest()),
        "signer": Entry(namespaces=("accounts",), sha256=sha256(b"signs").hexdigest()),
    },
)


def jwt(claims: object, secret: bytes = SECRET, algorithm: str = "HS256") -> str:
    head, body = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in ({"alg": algorithm, "typ": "JWT"}, claims)
    )
    mac = hmac.new(secret, f"{head}.{body}".encode(), sha256).digest()
    return f"{head}.{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def allowed(access: Access, authorization: str | None, method: str) -> bool:
    grant = access.grant(authorization, "192.0.2.1")
    if grant is None:
        return False
    try:
        grant.admit(method)
    except MethodForbidden:
        return False
    return True


def test_without_a_file_everybody_may_do_everything():
    assert allowed(Access(), None, "evm_snapshot")
    assert allowed(Access(), "Bearer whatever", "eth_sendTransaction")


@pytest.mark.parametrize(
    ("authorization", "method", "may"),
    [
        (None, "eth_blockNumber", True),
        (None, "debug_traceCall", False),
        (None, "eth_sendTransaction", False),  # `eth` does not sign
        (None, "eth_signTypedData_v4", False),
        (None, "evm_snapshot", False),
        (f"Bearer {TOKEN}", "debug_traceCall", True),
        (f"bearer  {TOKEN} ", "eth_call", True),
        (f"Bearer {TOKEN}", "eth_blockNumber", False),
        ("Bearer signs", "eth_sendTransaction", True),
        ("Bearer signs", "eth_call", False),
        ("Bearer wrong", "eth_blockNumber", False),  # a wrong token is not the same as none
        (f"Basic {TOKEN}", "eth_call", False),
        ("Bearer", "eth_call", False),
    ],
)
def test_rights_are_namespaces_and_methods(authorization, method, may):
    assert allowed(Access(FILE), authorization, method) is may


def test_without_anonymous_rights_a_token_is_needed():
    assert Access(AccessFile()).grant(None, "127.0.0.1") is None


@pytest.mark.parametrize(
    ("target", "may"),
    [
        ("/", True),
        ("/data/v1/blocks", True),
        ("/healthz", True),
        ("/metrics", False),
        ("/api/v0/add", False),
        ("/%61pi/v0/add", False),
        ("/%6detrics", False),
    ],
)
def test_paths_have_rights_too_however_they_are_spelt(target, may):
    grant = Access(FILE).grant(None, "127.0.0.1")

    assert grant is not None
    assert grant.opens(target) is may


def test_a_json_web_token_brings_its_rights():
    access = Access(FILE, SECRET)
    fresh = {"iat": int(time.time())}

    assert allowed(access, f"Bearer {jwt(fresh)}", "debug_traceCall")
    assert allowed(access, f"Bearer {jwt(fresh | {'namespaces': ['net']})}", "net_version")
    assert not allowed(access, f"Bearer {jwt(fresh | {'namespaces': ['net']})}", "eth_call")
    assert not allowed(access, f"Bearer {jwt(fresh | {'namespaces': []})}", "eth_call")
    assert allowed(access, f"Bearer {jwt({'exp': time.time() + 60})}", "eth_call")


def test_a_json_web_token_that_is_forged_old_or_broken_is_none():
    now = int(time.time())
    fresh = jwt({"iat": now})
    tokens = [
        jwt({"iat": now}, secret=bytes(32)),
        jwt({"iat": now}, algorithm="none"),
        jwt({"iat": now}, algorithm="HS512"),
        jwt({"iat": now - 120}),
        jwt({"iat": now + 120}),
        jwt({"exp": now - 1}),
        jwt({"exp": now + 600, "nbf": now + 300}),
        jwt({"exp": "never"}),
        jwt({"exp": True}),
        jwt({"exp": now + 60, "namespaces": "eth"}),
        jwt({}),
        jwt([]),
        fresh.rpartition(".")[0] + ".",
        fresh + "A",
        "a.b.c",
        "é.é.é",
        "..",
    ]
    access = Access(FILE, SECRET)

    assert [token for token in tokens if access.grant(f"Bearer {token}", "127.0.0.1") is not None] == []
    assert access.grant(f"Bearer {fresh}", "127.0.0.1") is not None


def test_a_connection_that_stays_open_loses_its_rights_when_the_token_ends(monkeypatch):
    grant = Access(FILE, SECRET).grant(f"Bearer {jwt({'exp': time.time() + 60})}", "127.0.0.1")
    assert grant is not None
    grant.admit("eth_call")

    later = time.time() + 61
    monkeypatch.setattr(time, "time", lambda: later)

    with pytest.raises(MethodForbidden, match="expired"):
        grant.admit("eth_call")


def test_a_client_has_its_calls_per_second_and_others_have_theirs():
    access = Access(rate=5)
    mine, theirs = access.grant(None, "192.0.2.1"), access.grant(None, "192.0.2.2")
    assert mine is not None and theirs is not None

    for _ in range(10):  # two seconds' worth at once
        mine.admit("eth_call")
    with pytest.raises(RateLimited, match="5 calls per second") as refused:
        mine.admit("eth_call")
    theirs.admit("eth_call")

    assert refused.value.code == -32005
    assert refused.value.hint is not None and refused.value.hint.startswith("try again in 0.")


def test_an_ipv6_customer_is_one_client():
    access = Access(rate=0.5)
    first, second = (access.grant(None, address) for address in ("2001:db8::1", "2001:db8::2"))
    assert first is not None and second is not None
    first.admit("eth_call")

    with pytest.raises(RateLimited):
        second.admit("eth_call")


def test_a_bucket_fills_with_time():
    now = 0.0
    bucket = Bucket(2, clock=lambda: now)
    for _ in range(4):
        bucket.take()
    with pytest.raises(RateLimited):
        bucket.take()

    now = 0.5
    bucket.take()
    with pytest.raises(RateLimited):
        bucket.take()
    now = 100.0
    assert bucket.full


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tokens.a]\nnamespaces = ['eth']", "tokens.a has no sha256"),
        ("[tokens.a]\nsha256 = 'secret'\nnamespaces = ['eth']", "sha256"),
        ("[anonymous]\nnamespace = ['eth']", "namespace"),
        ("[jwt]\nsecret_file = 'nowhere'", "No such file"),
        ("[jwt]\nsecret_file = 'access.toml'", "not 32 bytes"),
        ("nonsense", "access.toml"),
    ],
)
def test_a_file_with_a_mistake_is_refused_with_the_place(tmp_path, text, said):
    path = tmp_path / "access.toml"
    path.write_text(text)

    with pytest.raises(SettingsError, match=said) as refused:
        read_access(path)

    assert "secret'" not in str(refused.value)


def test_over_http_no_token_is_401_and_a_wrong_right_is_an_error_of_the_call(serve, connect, ask):
    server = serve(access=Access(AccessFile(tokens=FILE.tokens)))

    wire = connect(server)
    wire.say(ask(b"hello"))
    status, headers, body = wire.answer()
    assert (status, headers["www-authenticate"]) == (401, 'Bearer realm="JSON-RPC"')
    assert b"Authorization: Bearer" in body

    wire = connect(server)
    wire.say(ask(b"hello", f"Authorization: Bearer {TOKEN}"))
    assert wire.answer()[0] == 200

    wire.say(ask(b"", f"Authorization: Bearer {TOKEN}", path="/metrics", method="GET"))
    assert wire.answer()[0] == 403

    wire = connect(server)
    wire.say(ask(b"", path="/healthz", method="GET"))
    assert wire.answer()[0] == 200

    wire = connect(server)
    wire.say(ask(b"x", f"Authorization: Bearer {TOKEN}", "Authorization: Bearer other"))
    assert wire.answer()[0] == 400
