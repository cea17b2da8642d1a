"""A template looked at for its author: `POST /api/check` takes a folder's files or a bundle, `GET /api/check/<job>`
says how it goes and what was found. `?after=<cid>` names the bundle of the version that this one follows, so that an
upgradeable template's storage can be compared with it.

Compiling what a stranger sends costs this machine its time, so whoever wires the node decides whether there is a check
at all. One job runs at a time, few wait, old ones are forgotten. Nothing that was sent is executed.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from chain.errors import ChainError, InvalidRequest
from chain.model import Record
from chain.pages.answer import Answer, json_answer, not_allowed
from chain.pages.ipfs import BlobStore
from chain.pages.multipart import uploads

logger = logging.getLogger(__name__)

MOST_WAITING = 4
MOST_KEPT = 16
MAX_PARAMETERS = 8
MAX_BYTES = 5 * 1024 * 1024  # of all files together; an archive has at most 4 MiB


class Checked(Record):
    """What a check found: steps as (name, outcome, detail), and the bundle when there is one that can be published."""

    steps: Sequence[tuple[str, str, str]]
    bundle: bytes | None


Check = Callable[[Mapping[str, bytes], Callable[[str], None], bytes | None], Checked]
"""Files by path, whom to tell what is being done, and the bundle of the version before, if there is one; raises
ChainError for what cannot be looked at."""


class _Job:
    def __init__(self, files: Mapping[str, bytes], before: bytes | None) -> None:
        self.files = files
        self.before = before
        self.state = "waiting"  # running, done, failed
        self.said: list[str] = []
        self.found: dict[str, Any] = {}

    def shown(self) -> dict[str, Any]:
        return {"state": self.state, "said": self.said, **self.found}


class Checks:
    """Runs checks one after the other, on a thread of its own while there are any. Safe to use from several threads."""

    def __init__(self, check: Check, blobs: BlobStore) -> None:
        self._check = check
        self._blobs = blobs
        self._jobs: dict[str, _Job] = {}
        self._turn = threading.Lock()
        self._running = False

    def answer(self, method: str, job: str, query: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """`job` is what follows `/api/check/`, empty for a new one."""
        if method == "POST" and not job:
            try:
                return json_answer({"job": self._begin(headers.get("content-type", ""), body, _after(query))}, 202)
            except ChainError as problem:
                return json_answer({"error": problem.message, "hint": problem.hint}, 400)
        if method not in ("GET", "HEAD"):
            return not_allowed("GET", "POST")
        with self._turn:
            found = self._jobs.get(job)
            if found is None:
                return json_answer({"error": "this node has no such check", "hint": "send the files again"}, 404)
            return json_answer(found.shown())

    def _begin(self, content_type: str, body: bytes, after: str | None) -> str:
        if len(body) > MAX_BYTES:
            raise InvalidRequest(
                f"the files have {len(body)} bytes, at most {MAX_BYTES} are read",
                hint="a template carries its sources and a README; keep pictures and data elsewhere",
            )
        files: dict[str, bytes] = {}
        for file in uploads(content_type, body):
            if file.name in files:
                raise InvalidRequest(f"the form holds {file.name[:80]!r} twice")
            files[file.name] = file.data
        if not files:
            raise InvalidRequest("the form holds no file", hint="send the files of a template's folder, or its bundle")
        before = None if after is None else self._blobs.get(after)
        with self._turn:
            if sum(one.state in ("waiting", "running") for one in self._jobs.values()) >= MOST_WAITING:
                raise InvalidRequest("too many checks are waiting", hint="try again in a minute")
            name = secrets.token_hex(8)
            self._jobs[name] = _Job(files, before)
            while len(self._jobs) > MOST_KEPT:
                del self._jobs[next(iter(self._jobs))]
            if not self._running:
                self._running = True
                threading.Thread(target=self._work, name="check", daemon=True).start()
        return name

    def _work(self) -> None:
        while True:
            with self._turn:
                job = next((one for one in self._jobs.values() if one.state == "waiting"), None)
                if job is None:
                    self._running = False
                    return
                job.state = "running"
            state, found = self._carried_out(job)
            with self._turn:
                job.files, job.before = {}, None
                job.state, job.found = state, found

    def _carried_out(self, job: _Job) -> tuple[str, dict[str, Any]]:
        try:
            checked = self._check(job.files, job.said.append, job.before)
            steps = [{"name": name, "outcome": outcome, "detail": detail} for name, outcome, detail in checked.steps]
            failed = any(step["outcome"] == "failed" for step in steps)
            cid = None if failed or checked.bundle is None else self._blobs.put(checked.bundle)
            return "done", {"steps": steps, "cid": cid}
        except ChainError as problem:
            return "failed", {"error": problem.message, "hint": problem.hint}
        except Exception:
            # What a stranger wrote must not end the thread; the log has the rest.
            log_id = secrets.token_hex(4)
            logger.exception("check failed %s", log_id)
            return "failed", {"error": f"internal error {log_id}", "hint": "the node's log says more"}


def _after(query: str) -> str | None:
    try:
        return dict(parse_qsl(query, max_num_fields=MAX_PARAMETERS)).get("after")
    except ValueError:
        raise InvalidRequest(
            f"the address has more than {MAX_PARAMETERS} parameters", hint="give ?after=<cid>"
        ) from None
