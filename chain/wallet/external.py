"""A key that another program holds: a hardware wallet, a vault, a colleague at a terminal.

The program is started once and spoken to over its standard streams, one JSON object a line (UTF-8, no line breaks
inside), one answer for each question, in order:

    → {"id": 1, "method": "accounts"}
    ← {"id": 1, "result": ["0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"]}
    → {"id": 2, "method": "sign_transaction", "params": {"from": "0x5aAe…", "transaction": {"type": "0x2", …}}}
    ← {"id": 2, "result": "0x02f8…"}            the signed transaction, EIP-2718
    ← {"id": 2, "error": "declined on the device"}
    → {"id": 3, "method": "sign_typed_data", "params": {"from": "0x5aAe…", "data": {"types": …, "message": …}}}
    ← {"id": 3, "result": "0x…"}                65 bytes r ‖ s ‖ v over the EIP-712 data

Fields of a transaction are JSON-RPC's, numbers as hex. Whatever the program answers is read again and compared: what is
not what was asked for, or not signed by that account, is never sent. Its standard error is the
user's; what it writes there is not read here.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shlex
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import msgspec

from chain.errors import ChainError, SignerError
from chain.primitives import Address, address_from, checksum, to_hex

if TYPE_CHECKING:
    from eth_account.typed_transactions.typed_transaction import TypedTransaction

MAX_LINE = 4 * 1024 * 1024


@runtime_checkable
class Signer(Protocol):
    """What sending a transaction needs of a key: `Account` holds it, `ExternalAccount` asks for it."""

    @property
    def address(self) -> Address: ...
    @property
    def name(self) -> str | None: ...
    def sign_transaction(self, fields: Mapping[str, object]) -> bytes: ...
    def sign_typed_data(self, full_message: Mapping[str, Any]) -> bytes: ...


class _Answer(msgspec.Struct):
    id: int
    result: Any = None
    error: Any = None


class ExternalSigner:
    """One running program; use it as a context manager, or `close` it."""

    def __init__(self, command: str | Sequence[str], *, seconds: float = 600.0) -> None:
        """Start the program; `seconds` is how long it may think about one question. SignerError if it cannot start."""
        words = shlex.split(command) if isinstance(command, str) else list(command)
        self._shown = words[0] if words else ""
        self._seconds = seconds
        self._asked = 0
        self._buffer = b""
        try:
            self._process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        except (OSError, IndexError, ValueError) as problem:
            raise SignerError(
                f"the signer {self._shown!r} cannot be started: {problem}",
                hint="give a program and its arguments, such as --signer './sign --device 1'",
            ) from problem

    def accounts(self) -> list[ExternalAccount]:
        """The accounts the program can sign for; SignerError when it names none."""
        found = self._ask("accounts", None)
        if not isinstance(found, list) or not found:
            raise SignerError(f"the signer {self._shown!r} has no accounts", hint="unlock it, or plug the device in")
        return [ExternalAccount(self, self._address(text)) for text in found]

    def sign(self, address: Address, fields: Mapping[str, object]) -> bytes:
        """A signed transaction with exactly these fields; SignerError when it is refused or another one comes back."""
        from eth_account import Account as _EthAccount
        from eth_account.typed_transactions.typed_transaction import TypedTransaction
        from hexbytes import HexBytes

        asked = {name: _json(value) for name, value in fields.items()}
        if isinstance(to := fields.get("to"), bytes):
            asked["to"] = checksum(to)
        wanted = _typed(lambda: TypedTransaction.from_dict(dict(fields)))
        raw = self._ask("sign_transaction", {"from": checksum(address), "transaction": asked})
        try:
            data = bytes.fromhex(str(raw).removeprefix("0x"))
            signer = bytes.fromhex(_EthAccount.recover_transaction(data)[2:])
            signed = TypedTransaction.from_bytes(HexBytes(data))
        except Exception as problem:  # of several libraries, with nothing in common
            raise SignerError(
                f"the signer {self._shown!r} did not answer with a signed transaction: {problem}",
                hint="it must answer the raw EIP-2718 bytes as hex; nothing was sent",
            ) from problem
        if signed.hash() != wanted.hash():  # what is signed: every field, and nothing else
            changed = ", ".join(name for name, value in wanted.as_dict().items() if signed.as_dict().get(name) != value)
            raise SignerError(
                f"the signer {self._shown!r} signed another transaction than it was asked to: {changed} differ",
                hint="nothing was sent",
            )
        if signer != address:
            raise SignerError(
                f"the signer {self._shown!r} signed for {checksum(signer)} instead of {checksum(address)}",
                hint="nothing was sent",
            )
        return data

    def sign_data(self, address: Address, full_message: Mapping[str, Any]) -> bytes:
        """65 bytes over EIP-712 data; SignerError when it is refused, or signed by another account."""
        from eth_account import Account as _EthAccount
        from eth_account.messages import encode_typed_data

        answer = self._ask("sign_typed_data", {"from": checksum(address), "data": _json(full_message)})
        try:
            signature = bytes.fromhex(str(answer).removeprefix("0x"))
            message = encode_typed_data(full_message=dict(full_message))
            signer = bytes.fromhex(_EthAccount.recover_message(message, signature=signature)[2:])
        except Exception as problem:  # of several libraries, with nothing in common
            raise SignerError(f"the signer {self._shown!r} did not answer with a signature: {problem}") from problem
        if signer != address:
            raise SignerError(
                f"the signer {self._shown!r} signed other data, or not for {checksum(address)}", hint="nothing was sent"
            )
        return signature

    def close(self) -> None:
        """Let the program go; it is ended when it does not leave by itself."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # it is gone already
                self._process.stdin.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def __enter__(self) -> ExternalSigner:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _address(self, text: object) -> Address:
        try:
            return address_from(str(text))
        except ChainError as problem:
            raise SignerError(f"the signer {self._shown!r} named no address: {problem.message}") from problem

    def _ask(self, method: str, parameters: object) -> Any:
        self._asked += 1
        question: dict[str, object] = {"id": self._asked, "method": method}
        if parameters is not None:
            question["params"] = parameters
        stdin = self._process.stdin
        assert stdin is not None
        try:
            stdin.write(msgspec.json.encode(question) + b"\n")
            stdin.flush()
        except OSError as problem:
            raise self._gone() from problem
        line = self._line()
        try:
            answer = msgspec.json.decode(line, type=_Answer)
        except msgspec.MsgspecError as problem:
            raise SignerError(f"the signer {self._shown!r} answered no JSON object: {line[:80]!r}") from problem
        if answer.id != self._asked:
            raise SignerError(f"the signer {self._shown!r} answered question {answer.id}, not {self._asked}")
        if answer.error is not None:
            raise SignerError(f"the signer {self._shown!r} refused: {str(answer.error)[:500]}")
        return answer.result

    def _line(self) -> bytes:
        """The next line of the program's output."""
        stdout = self._process.stdout
        assert stdout is not None
        end = time.monotonic() + self._seconds
        with selectors.DefaultSelector() as waiting:
            waiting.register(stdout, selectors.EVENT_READ)
            while b"\n" not in self._buffer:
                left = end - time.monotonic()
                if left <= 0 or not waiting.select(left):
                    raise SignerError(
                        f"the signer {self._shown!r} did not answer within {self._seconds:g} s", hint="nothing was sent"
                    )
                data = os.read(stdout.fileno(), 65536)
                if not data:
                    raise self._gone()
                self._buffer += data
                if len(self._buffer) > MAX_LINE:
                    raise SignerError(f"the signer {self._shown!r} answered more than {MAX_LINE} bytes")
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _gone(self) -> SignerError:
        status = self._process.poll()
        ended = "closed its output" if status is None else f"ended with status {status}"
        return SignerError(f"the signer {self._shown!r} {ended}", hint="what it printed says why; nothing was sent")


class ExternalAccount:
    """An account whose key stays with the program."""

    __slots__ = ("_signer", "address", "name")

    def __init__(self, signer: ExternalSigner, address: Address, name: str | None = None) -> None:
        self._signer = signer
        self.address: Address = address
        self.name = name

    def sign_transaction(self, fields: Mapping[str, object]) -> bytes:
        """As `Account.sign_transaction`; raises SignerError."""
        return self._signer.sign(self.address, fields)

    def sign_typed_data(self, full_message: Mapping[str, Any]) -> bytes:
        """As `Account.sign_typed_data`; raises SignerError."""
        return self._signer.sign_data(self.address, full_message)

    def __repr__(self) -> str:
        return f"<ExternalAccount {checksum(self.address)}>"


def _json(value: object) -> object:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return hex(value)
    if isinstance(value, bytes):
        return to_hex(value)
    if isinstance(value, list | tuple):
        return [_json(inner) for inner in value]
    if isinstance(value, Mapping):
        return {str(name): _json(inner) for name, inner in value.items()}
    return value


def _typed(make: Callable[[], TypedTransaction]) -> TypedTransaction:
    try:
        return make()
    except Exception as problem:  # of several libraries, with nothing in common
        raise SignerError(f"this transaction cannot be signed: {problem}") from problem
