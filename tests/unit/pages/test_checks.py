"""`/api/check`: a template's files looked at for their author, one job after the other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from chain.blobs import BlobStore, cid_of
from chain.errors import BundleError
from chain.pages import Checked, Checks, Pages

FORM = {"content-type": "multipart/form-data; boundary=xx"}


def form(files: Mapping[str, bytes]) -> bytes:
    parts = [
        f'--xx\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode() + data + b"\r\n"
        for name, data in files.items()
    ]
    return b"".join(parts) + b"--xx--\r\n"


def sent(pages: Pages, files: Mapping[str, bytes], query: str = "") -> dict[str, Any]:
    answer = pages.answer("POST", f"/api/check{query}", FORM, form(files))
    return {"status": answer.status, **msgspec.json.decode(answer.body)}


def ended(pages: Pages, job: str) -> dict[str, Any]:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found: dict[str, Any] = msgspec.json.decode(pages.answer("GET", f"/api/check/{job}", {}, b"").body)
        if found["state"] in ("done", "failed"):
            return found
        time.sleep(0.01)
    raise AssertionError("the check did not end")


def test_what_passes_is_kept_by_content_and_what_fails_is_not() -> None:
    def check(files: Mapping[str, bytes], say: Callable[[str], None], _: bytes | None) -> Checked:
        say("looking")
        return Checked(steps=[("size", "passed" if files["a"] == b"good" else "failed", "seen")], bundle=files["a"])

    blobs = BlobStore(None)
    pages = Pages(blobs=blobs, checks=Checks(check, blobs))

    good = ended(pages, sent(pages, {"a": b"good"})["job"])
    bad = ended(pages, sent(pages, {"a": b"bad"})["job"])

    assert good == {
        "state": "done",
        "said": ["looking"],
        "steps": [{"name": "size", "outcome": "passed", "detail": "seen"}],
        "cid": cid_of(b"good"),
    }
    assert blobs.get(good["cid"]) == b"good"
    assert bad["cid"] is None


def test_a_version_is_looked_at_beside_the_one_it_follows() -> None:
    seen: list[bytes | None] = []

    def check(_: Mapping[str, bytes], __: Callable[[str], None], before: bytes | None) -> Checked:
        seen.append(before)
        return Checked(steps=[], bundle=None)

    blobs = BlobStore(None)
    pages = Pages(blobs=blobs, checks=Checks(check, blobs))
    before = blobs.put(b"the version before")

    ended(pages, sent(pages, {"a": b""}, f"?after={before}")["job"])
    unknown = sent(pages, {"a": b""}, f"?after={cid_of(b'nobody has it')}")

    assert seen == [b"the version before"]
    assert unknown["status"] == 400


def test_problems_are_told_without_a_traceback_and_the_next_job_runs() -> None:
    def check(files: Mapping[str, bytes], _: Callable[[str], None], __: bytes | None) -> Checked:
        if "known" in files:
            raise BundleError("template.toml is missing", hint="choose the folder that holds it")
        raise RuntimeError("secret")

    blobs = BlobStore(None)
    pages = Pages(blobs=blobs, checks=Checks(check, blobs))

    known = ended(pages, sent(pages, {"known": b""})["job"])
    unknown = ended(pages, sent(pages, {"other": b""})["job"])

    assert (known["state"], known["error"]) == ("failed", "template.toml is missing")
    assert unknown["state"] == "failed"
    assert "secret" not in unknown["error"]


def test_only_few_wait_and_nonsense_is_refused() -> None:
    go = threading.Event()

    def check(_: Mapping[str, bytes], __: Callable[[str], None], ___: bytes | None) -> Checked:
        go.wait(10)
        return Checked(steps=[], bundle=None)

    blobs = BlobStore(None)
    pages = Pages(blobs=blobs, checks=Checks(check, blobs))

    answers = [sent(pages, {"a": b""}) for _ in range(6)]
    go.set()

    assert [answer["status"] for answer in answers] == [202] * 4 + [400] * 2
    assert answers[-1]["error"] == "too many checks are waiting"
    assert sent(pages, {})["error"] == "the form holds no file"
    assert "more than 8 parameters" in sent(pages, {"a": b""}, "?" + "&".join(f"x{n}=1" for n in range(9)))["error"]
    assert pages.answer("GET", "/api/check/unknown", {}, b"").status == 404
    assert pages.answer("DELETE", "/api/check", {}, b"").status == 405
    assert Pages(blobs=blobs).answer("POST", "/api/check", FORM, form({"a": b""})).status == 405
