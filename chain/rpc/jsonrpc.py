"""JSON-RPC 2.0 without any transport: bytes of a request in, bytes of the answer out.

HTTP, WebSocket, IPC and the in-process client all call `Dispatcher.handle`. It knows nothing of Ethereum: methods are
functions from `Params` to an answer or to a future of one. https://www.jsonrpc.org/specification

In a batch every entry waits for those before it, so that `[send, getReceipt]` finds the receipt; only neighbours for
which `together` says so are started at once and awaited at once (they can then share a block).
"""

from __future__ import annotations

import difflib
import logging
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future
from functools import partial
from typing import Any, TypeAlias

import msgspec

from chain.errors import (
    ChainError,
    ExecutionError,
    InternalError,
    InvalidParams,
    InvalidRequest,
    LimitExceeded,
    MethodNotFound,
    NotFound,
    ParseError,
    RequestTooLarge,
)
from chain.rpc.nesting import MAX_DEPTH, too_deep
from chain.rpc.params import Params

logger = logging.getLogger(__name__)

Method: TypeAlias = Callable[[Params], Any]
Admit: TypeAlias = Callable[[str], None]

_EMPTY = msgspec.Raw(b"")
_encode = msgspec.json.Encoder().encode
_WHITESPACE = b" \t\r\n"


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one request may cost; each limit is named in the error that it causes."""

    body: int = 5 * 1024 * 1024  # bytes
    batch: int = 1000  # entries
    response: int = 25 * 1024 * 1024  # bytes, of a single answer and of a whole batch


class _Request(msgspec.Struct):
    jsonrpc: Any = None
    id: msgspec.Raw = _EMPTY  # kept as it was written and echoed so; empty: a notification
    method: Any = None
    params: Any = None


class _Call(msgspec.Struct):
    """One entry, checked: either a method to run or the answer to something that is no request."""

    id: bytes
    method: str = ""
    params: Any = None
    refused: bytes = b""
    began: float = 0.0  # monotonic seconds


_decode_request = msgspec.json.Decoder(_Request).decode
_decode_batch = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Dispatcher:
    """Finds the method, runs it, words the answer. Thread-safe; `handle` never raises and never blocks."""

    def __init__(
        self,
        methods: Mapping[str, Method],
        *,
        limits: Limits | None = None,
        together: Callable[[str, Any], bool] = lambda method, params: False,
        resume: Callable[[Callable[[], None]], object] = lambda work: work(),
        observe: Callable[[str, int, float], None] = lambda method, code, seconds: None,
    ) -> None:
        """`resume` carries the rest of a batch away from the thread that finished an entry (the block writer's).

        `observe` is told of each call that was answered: method ("unknown" for one that does not exist), error code or
        0, seconds.
        """
        self.methods = methods
        self.limits = limits or Limits()
        self._together = together
        self._resume = resume
        self._observe = observe

    def handle(self, body: bytes, caller: object = None, admit: Admit | None = None) -> bytes | Future[bytes]:
        """The answer to one HTTP body, WebSocket message or line; b"" when nothing is to be answered.

        `caller` is handed to the methods as it is. `admit` is asked before each call, and refuses by raising.
        """
        try:
            if len(body) > self.limits.body:
                raise RequestTooLarge(
                    f"request too large: {len(body)} bytes, this node reads at most {self.limits.body}",
                    hint="send it in several requests",
                )
            if too_deep(body):
                raise InvalidRequest(f"invalid request: nested more than {MAX_DEPTH} times")
            if body.lstrip(_WHITESPACE)[:1] == b"[":
                return self._batch(body, caller, admit)
            return self._run(_read(body), caller, admit)
        except Exception as problem:
            return error_answer(b"null", problem)

    def _run(self, call: _Call, caller: object, admit: Admit | None) -> bytes | Future[bytes]:
        if call.refused:
            return call.refused
        call.began = time.monotonic()
        try:
            if admit is not None:
                admit(call.method)
            method = self.methods.get(call.method)
            if method is None:
                raise self._unknown(call.method)
            if isinstance(call.params, dict):
                raise InvalidParams("non-array args", hint="parameters go by position, in an array")
            result = method(Params.of(call.params, caller))
        except Exception as problem:
            return self._refusal(call, problem)
        if not isinstance(result, Future):
            return self._answer(call, result)
        if not call.id:  # nobody waits for a notification, but what goes wrong is logged
            result.add_done_callback(lambda done: self._settled(call, done))
            return b""
        answer: Future[bytes] = Future()
        result.add_done_callback(lambda done: answer.set_result(self._settled(call, done)))
        return answer

    def _settled(self, call: _Call, done: Future[Any]) -> bytes:
        try:
            return self._answer(call, done.result())
        except (Exception, CancelledError) as problem:
            return self._refusal(call, problem)

    def _answer(self, call: _Call, result: Any) -> bytes:
        try:
            encoded = _encode(result) if call.id else b""
            if len(encoded) > self.limits.response:
                raise self._too_large(len(encoded))
        except Exception as problem:
            return self._refusal(call, problem)
        self._observe(call.method, 0, time.monotonic() - call.began)
        if not call.id:
            return b""
        return b'{"jsonrpc":"2.0","id":' + call.id + b',"result":' + encoded + b"}"

    def _refusal(self, call: _Call, problem: BaseException) -> bytes:
        answer = error_answer(call.id or b"null", problem)
        if call.began:  # otherwise it was never tried
            code = problem.code if isinstance(problem, ChainError) else InternalError.code
            name = call.method if call.method in self.methods else "unknown"
            self._observe(name, code, time.monotonic() - call.began)
        return answer if call.id else b""

    def _too_large(self, size: int) -> LimitExceeded:
        return LimitExceeded(
            f"response too large: {size} bytes, this node answers at most {self.limits.response}",
            hint="ask for less at once",
        )

    def _unknown(self, name: str) -> MethodNotFound:
        shown = name if len(name) <= 100 else name[:100] + "…"
        near = difflib.get_close_matches(name[:100], self.methods, n=3, cutoff=0.7)
        return MethodNotFound(
            f"the method {shown} does not exist/is not available",
            hint=f"did you mean {', '.join(near)}?" if near else None,
        )

    def _batch(self, body: bytes, caller: object, admit: Admit | None) -> bytes | Future[bytes]:
        try:
            entries = _decode_batch(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            raise ParseError(f"parse error: {problem}") from problem
        if not entries:
            raise InvalidRequest("empty batch")
        if len(entries) > self.limits.batch:
            raise InvalidRequest(
                f"batch too large: {len(entries)} calls, this node takes at most {self.limits.batch}",
                hint="send it in several batches",
            )
        return _Batch(self, [_read(entry) for entry in entries], caller, admit).start()

    def joins(self, before: _Call, call: _Call) -> bool:
        """Whether `call` starts together with its neighbour `before`."""
        return all(not one.refused and self._together(one.method, one.params) for one in (before, call))


class _Batch:
    """One batch on its way: groups in order, the calls of a group at once."""

    def __init__(self, dispatcher: Dispatcher, calls: list[_Call], caller: object, admit: Admit | None) -> None:
        self._dispatcher = dispatcher
        self._calls = calls
        self._caller = caller
        self._admit = admit
        self._next = 0
        self._answers: list[bytes] = []
        self._size = 0
        self._outcome: Future[bytes] = Future()

    def start(self) -> bytes | Future[bytes]:
        """The whole answer if it is there at once, otherwise its future."""
        self._go_on()
        return self._outcome.result() if self._outcome.done() else self._outcome

    def _go_on(self) -> None:
        try:
            while self._next < len(self._calls):
                group = self._start_group()
                waiting = [answer for answer in group if isinstance(answer, Future) and not answer.done()]
                if waiting:
                    _Countdown(waiting, partial(self._continue, group))
                    return
                self._take(group)
            self._outcome.set_result(b"[" + b",".join(self._answers) + b"]" if self._answers else b"")
        except Exception as problem:
            self._outcome.set_result(error_answer(b"null", problem))

    def _continue(self, group: list[bytes | Future[bytes]]) -> None:
        def rest() -> None:
            self._take(group)
            self._go_on()

        try:
            self._dispatcher._resume(rest)
        except Exception as problem:  # the node is closing: no thread to go on with
            self._outcome.set_result(error_answer(b"null", problem))

    def _start_group(self) -> list[bytes | Future[bytes]]:
        first = self._calls[self._next]
        if self._size > self._dispatcher.limits.response:
            self._next += 1
            return [self._dispatcher._refusal(first, self._dispatcher._too_large(self._size))]
        group = [first]
        self._next += 1
        while self._next < len(self._calls) and self._dispatcher.joins(group[-1], self._calls[self._next]):
            group.append(self._calls[self._next])
            self._next += 1
        return [self._dispatcher._run(call, self._caller, self._admit) for call in group]

    def _take(self, group: list[bytes | Future[bytes]]) -> None:
        for answer in group:
            encoded = answer.result() if isinstance(answer, Future) else answer
            self._size += len(encoded)
            if encoded:
                self._answers.append(encoded)


class _Countdown:
    """Calls `finished` once, in the thread that settles the last of the futures."""

    def __init__(self, futures: list[Future[bytes]], finished: Callable[[], None]) -> None:
        self._left = len(futures)
        self._lock = threading.Lock()
        self._finished = finished
        for future in futures:
            future.add_done_callback(self._one_less)

    def _one_less(self, _: Future[bytes]) -> None:
        with self._lock:
            self._left -= 1
            last = self._left == 0
        if last:
            self._finished()


def _read(body: bytes | msgspec.Raw) -> _Call:
    """One request, or the refusal of what is none (which is always answered, even without an id)."""
    try:
        request = _decode_request(body)
    except msgspec.ValidationError as problem:
        return _refused(b"null", InvalidRequest(f"invalid request: {problem}"))
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        return _refused(b"null", ParseError(f"parse error: {problem}"))
    identity = bytes(request.id)
    if identity and not _valid_id(identity):
        return _refused(b"null", InvalidRequest("invalid request: id must be a string, a number or null"))
    if request.jsonrpc != "2.0":
        return _refused(identity or b"null", InvalidRequest('invalid request: "jsonrpc" must be "2.0"'))
    if not isinstance(request.method, str):
        return _refused(identity or b"null", InvalidRequest('invalid request: "method" must be a string'))
    return _Call(id=identity, method=request.method, params=request.params)


def _refused(identity: bytes, problem: ChainError) -> _Call:
    return _Call(id=identity, refused=error_answer(identity, problem))


def _valid_id(identity: bytes) -> bool:
    # Raw skips over a value without looking into strings and numbers; what is echoed must be sound.
    try:
        value = msgspec.json.decode(identity)
    except ValueError:
        return False
    return value is None or (isinstance(value, str | int | float) and not isinstance(value, bool))


def error_answer(identity: bytes, problem: BaseException) -> bytes:
    """The answer to a call of that id (JSON) that ended so."""
    error = problem if isinstance(problem, ChainError) else _unexpected(problem)
    body: dict[str, Any] = {"code": error.code, "message": _worded(error)}
    if error.data is not None:
        body["data"] = error.data
    try:
        encoded = _encode(body)
    except (TypeError, ValueError):
        logger.exception("the data of %s cannot be written as JSON", type(error).__name__)
        encoded = _encode({"code": error.code, "message": body["message"].encode(errors="replace").decode()})
    return b'{"jsonrpc":"2.0","id":' + identity + b',"error":' + encoded + b"}"


def _unexpected(problem: BaseException) -> InternalError:
    if isinstance(problem, CancelledError):
        return InternalError("the node is stopping", hint="nothing was lost that had been answered; try again later")
    log_id = secrets.token_hex(4)
    logger.error("internal error %s", log_id, exc_info=problem)
    return InternalError(f"internal error {log_id}", hint="the node's log holds the details under this id")


def _worded(error: ChainError) -> str:
    """The message first, in the words clients match on; the hint after it, except where wallets show it verbatim."""
    if error.hint is None or isinstance(error, ExecutionError | NotFound):
        return error.message
    return f"{error.message} ({error.hint})"
