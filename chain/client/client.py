"""`Client`: one node, one wallet, and every way of asking the one with the keys of the other."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import TimeoutError as FutureTimeout
from functools import cached_property
from typing import Any, Protocol, TypeAlias
from urllib.parse import urlsplit

from web3 import HTTPProvider, Web3
from web3.types import RPCEndpoint

from chain import artifacts
from chain.abi import Abi, ErrorBook, encode_constructor
from chain.client.answers import error_of, refused, reverted
from chain.client.contract import Contract
from chain.client.files import Files, NodeFiles, index_answer
from chain.client.platform import Platform
from chain.client.provider import Handle, HandleProvider
from chain.client.transactions import Mined, Wish, failure, fields_of, mined
from chain.errors import (
    ArtifactError,
    ChainError,
    ClientError,
    ContractReverted,
    DeploymentError,
    ForeignChain,
    MethodNotFound,
    NodeUnreachable,
    NonceTooLow,
    ReplacementUnderpriced,
    TransactionPending,
    UsageError,
)
from chain.primitives import Address, Hash32, Wei, address_from, checksum, to_hex
from chain.wallet import Signer, Wallet

Who: TypeAlias = "Signer | Address | str"
"""An account (`Account`, or one whose key another program holds), an address, or a name in the wallet."""

_REQUEST_SECONDS = 60.0
_BATCH = 100  # calls in one request: public nodes take few more
_POLL_SECONDS = (0.0, 0.02, 0.05, 0.1, 0.25, 0.5)  # between looks for a receipt; the last one repeats


class Compiled(Protocol):
    """What a deployment needs of a compiled contract."""

    @property
    def name(self) -> str: ...
    @property
    def abi(self) -> Abi: ...
    @property
    def bytecode(self) -> bytes: ...


class Client:
    """A node by URL or in this process. Keys stay here; the node only ever sees signed transactions.

    `w3` is web3.py on the same connection, for everything that is not said more shortly here. Safe to use from several
    threads; transactions of one sender are numbered one after the other.
    """

    def __init__(
        self,
        provider: str | Handle,
        wallet: Wallet | None = None,
        *,
        files: Files | None = None,
        platform: Platform | None = None,
        timeout: float = 120.0,
    ) -> None:
        """`files` defaults to those of the node at a URL; `timeout` is how long a receipt is waited for, in seconds."""
        self.wallet = wallet if wallet is not None else Wallet()
        self._url = provider if isinstance(provider, str) else None
        self._files = files
        self._platform = platform
        self._timeout = timeout
        self._book = ErrorBook()
        self._turns: defaultdict[Address, threading.Lock] = defaultdict(threading.Lock)
        self._turns_lock = threading.Lock()
        self.w3 = Web3(_provider(provider))

    # --- asking -------------------------------------------------------------------------------------------------------

    @cached_property
    def chain_id(self) -> int:
        """EIP-155 chain id of the node."""
        return int(self.rpc("eth_chainId"), 16)

    @property
    def files(self) -> Files:
        """Where bundles are kept; raises ClientError for an in-process node that was given without."""
        if self._files is None:
            if self._url is None:
                raise ClientError(
                    "this client has no place for files", hint="give Client(..., files=BlobStore(folder))"
                )
            self._files = NodeFiles(self._url)
        return self._files

    @property
    def platform(self) -> Platform:
        """Where the platform's contracts are: as given, or as the node says; DeploymentError when nobody knows."""
        if self._platform is None:
            try:
                known = self.rpc("mz_platform")
            except MethodNotFound:
                known = None
            if not isinstance(known, Mapping):
                raise DeploymentError(
                    f"nobody knows where the platform's contracts are on chain {self.chain_id}",
                    hint="roll them out with `mz up`, or give Client(..., platform=Platform(...))",
                )
            self._platform = Platform.from_json(known)
        return self._platform

    @platform.setter
    def platform(self, platform: Platform) -> None:
        self._platform = platform

    def rpc(self, method: str, *parameters: Any) -> Any:
        """The plain `result` of one JSON-RPC call; a node's error becomes one of ours, no node a NodeUnreachable."""
        return self._result(method, self._asked(method, [list(parameters)])[0])

    def rpc_each(self, method: str, parameters: Sequence[Sequence[Any]]) -> list[Any]:
        """The results of many calls of one method, in their order, a hundred in each request; errors as from `rpc`."""
        answers: list[Any] = []
        for start in range(0, len(parameters), _BATCH):
            answers += self._asked(method, [list(one) for one in parameters[start : start + _BATCH]])
        return [self._result(method, answer) for answer in answers]

    def _asked(self, method: str, parameters: list[list[Any]]) -> Sequence[Any]:
        """What the node answered, one answer for each list of parameters."""
        provider: Any = self.w3.provider
        endpoint = RPCEndpoint(method)
        try:
            if len(parameters) == 1:
                return [provider.make_request(endpoint, parameters[0])]
            answered: Any = provider.make_batch_request([(endpoint, one) for one in parameters])
            if not isinstance(answered, list):  # this node takes no batches, or none so long
                return [provider.make_request(endpoint, one) for one in parameters]
        except (FutureTimeout, TimeoutError) as problem:
            raise NodeUnreachable(f"{self.w3.provider} did not answer {method} in time") from problem
        except (
            AttributeError,
            KeyError,
            TypeError,
        ) as problem:  # web3.py puts a batch's answers in the order of their ids
            raise NodeUnreachable(f"{provider} does not speak JSON-RPC: {_root(problem)}") from problem
        except (OSError, ValueError) as problem:  # requests' own errors are OSErrors; ValueError: not JSON
            raise NodeUnreachable(
                f"no node answers at {self._url}: {_root(problem)}",
                hint="is it running? start one with `mz up`, or name another with --rpc URL",
            ) from problem
        if len(answered) != len(parameters):
            raise NodeUnreachable(f"{provider} gave {len(answered)} answers to {len(parameters)} calls of {method}")
        return answered

    def _result(self, method: str, answer: Any) -> Any:
        if not isinstance(answer, Mapping) or not ("result" in answer or "error" in answer):
            raise NodeUnreachable(f"{self.w3.provider} does not speak JSON-RPC: {str(answer)[:200]}")
        if answer.get("error") is not None:
            raise self._explained(lambda: error_of(answer, method, self._book))
        return answer["result"]

    def call(
        self,
        to: Address | None,
        data: bytes,
        *,
        sender: Who | None = None,
        value: Wei = 0,
        block: int | str = "latest",
        gas: int | None = None,
    ) -> bytes:
        """What a message call returns without changing anything; `to` None tries a creation and returns its code."""
        message = {"data": to_hex(data), "value": hex(value)}
        if to is not None:
            message["to"] = checksum(to)
        if sender is not None:
            message["from"] = checksum(self.address_of(sender))
        if gas is not None:
            message["gas"] = hex(gas)
        return bytes.fromhex(self.rpc("eth_call", message, block if isinstance(block, str) else hex(block))[2:])

    def simulate(self, messages: Sequence[Mapping[str, Any]], *, sender: Who) -> list[int]:
        """The gas of `sender`'s transactions one behind the other, none of which happens (eth_simulateV1).

        Messages have `to`, `data` and, where ether goes along, `value`. Raises ContractReverted for the first that a
        contract would refuse, MethodNotFound for a node that cannot simulate.
        """
        acting = checksum(self.address_of(sender))
        calls = [
            {
                "from": acting,
                "to": checksum(message["to"]),
                "data": to_hex(message["data"]),
                "value": hex(message.get("value", 0)),
            }
            for message in messages
        ]
        (block,) = self.rpc("eth_simulateV1", {"blockStateCalls": [{"calls": calls}]}, "latest")
        failed = next((done for done in block["calls"] if int(done["status"], 16) == 0), None)
        if failed is not None:
            raise self._explained(lambda: refused(failed, self._book))
        return [int(done["gasUsed"], 16) for done in block["calls"]]

    def balance(self, who: Who) -> Wei:
        """Ether of an account, in wei."""
        return int(self.rpc("eth_getBalance", checksum(self.address_of(who)), "latest"), 16)

    def code(self, address: Address) -> bytes:
        """Code of an account; empty for one without."""
        return bytes.fromhex(self.rpc("eth_getCode", checksum(address), "latest")[2:])

    def timestamp(self) -> int:
        """Time of the newest block, in seconds since 1970."""
        return int(self.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def address_of(self, who: Who) -> Address:
        """The address behind an account, an address, its hex, or a name in the wallet."""
        if isinstance(who, Signer):
            return who.address
        if isinstance(who, bytes):
            return who
        return address_from(who) if who[:2].lower() == "0x" else self.wallet[who].address

    def data(self, name: str, query: Mapping[str, str]) -> Any:
        """What the node's index door `/data/v1/` answers; None where there is none: another node, or none at a URL."""
        return None if self._url is None else index_answer(self._url, name, query)

    # --- acting -------------------------------------------------------------------------------------------------------

    def send(self, what: Wish, sender: Who, value: Wei = 0) -> Mined:
        """Sign with the sender's key, send, and wait for the receipt.

        `what` is web3.py's `contract.functions.f(…)` or a mapping with `to`, `data` and optionally `gas`. Raises
        ContractReverted before sending when the contract would refuse (not tried when `gas` is given),
        TransactionRejected when the node does, TransactionFailed when it failed in its block, TransactionPending when
        it is in none after the timeout.
        """
        return self.wait(self.submit(what, sender, value))

    def submit(self, what: Wish, sender: Who, value: Wei = 0) -> Hash32:
        """Sign and send without waiting for a block; the transaction's hash."""
        account = sender if isinstance(sender, Signer) else self.wallet[sender]
        fields = fields_of(self, what, account.address, value)
        with self._turns_lock:
            turn = self._turns[account.address]
        with turn:
            try:
                return self._send(fields, account)
            except (NonceTooLow, ReplacementUnderpriced):
                # Another program used this key in between. Nothing of ours was kept, so trying again is safe.
                return self._send(fields, account)

    def wait(self, transaction_hash: Hash32) -> Mined:
        """The receipt of a transaction; TransactionFailed with the reason when it has status 0."""
        end = time.monotonic() + self._timeout
        looks = 0
        while (receipt := self.rpc("eth_getTransactionReceipt", to_hex(transaction_hash))) is None:
            if time.monotonic() >= end:
                raise TransactionPending(
                    f"transaction {to_hex(transaction_hash)} is in no block after {self._timeout:g} s",
                    hint="is the node making blocks? the transaction may still be included: ask for its receipt later",
                )
            time.sleep(_POLL_SECONDS[min(looks, len(_POLL_SECONDS) - 1)])
            looks += 1
        if int(receipt["status"], 16) == 0:
            raise failure(self, receipt)
        return mined(receipt)

    def deploy(self, artifact: Compiled, arguments: Sequence[Any] = (), *, sender: Who, value: Wei = 0) -> Contract:
        """Create a contract and wait until it is there."""
        if not artifact.bytecode:
            raise UsageError(f"{artifact.name} cannot be deployed: it is an interface or abstract")
        self.learn(artifact.abi)
        data = artifact.bytecode + encode_constructor(artifact.abi, arguments)
        mined = self.send({"data": data}, sender, value)
        if mined.contract_address is None or not self.code(mined.contract_address):
            raise ClientError(f"{artifact.name} was created, but there is no code at its address")
        return self.contract(artifact, mined.contract_address)

    def contract(self, what: str | Compiled, address: Address | str) -> Contract:
        """A contract at an address, by its artifact or the artifact's name."""
        artifact: Compiled = artifacts.load(what) if isinstance(what, str) else what
        self.learn(artifact.abi)
        return Contract(self, self.address_of(address), artifact.abi, artifact.name)

    def learn(self, *abis: Abi) -> None:
        """Know the custom errors of more contracts; those of our own artifacts need not be told."""
        for abi in abis:
            self._book.add(abi)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._url or 'the node in this process'}>"

    def _send(self, fields: Mapping[str, object], account: Signer) -> Hash32:
        nonce = int(self.rpc("eth_getTransactionCount", checksum(account.address), "pending"), 16)
        raw = account.sign_transaction({**fields, "nonce": nonce})
        return bytes.fromhex(self.rpc("eth_sendRawTransaction", to_hex(raw))[2:])

    def _explained(self, translate: Callable[[], ChainError]) -> ChainError:
        """An error; a revert that nobody here can read is tried again with the errors of all our artifacts."""
        error = translate()
        if isinstance(error, ContractReverted) and not error.name and error.data not in (None, "0x"):
            self._learn_artifacts()
            return reverted(error.data, self._book)
        return error

    def _learn_artifacts(self) -> None:
        try:
            self.learn(*(artifacts.load(name).abi for name in artifacts.names()))
        except ArtifactError:
            return  # not built: their errors stay unknown, which is what the caller is told


def connect(
    url: str,
    wallet: Wallet | None = None,
    *,
    chain_id: int | None = None,
    platform: Platform | None = None,
) -> Client:
    """A client of a running node, asked once whether it is there; ForeignChain when it serves another `chain_id`."""
    client = Client(url, wallet, platform=platform)
    if chain_id is not None and client.chain_id != chain_id:
        raise ForeignChain(
            f"the node at {url} serves chain {client.chain_id}, not {chain_id}",
            hint="name the URL of a node of the right chain, or leave the chain id out",
        )
    client.rpc("eth_blockNumber")
    return client


def _provider(where: str | Handle) -> HTTPProvider | HandleProvider:
    if not isinstance(where, str):
        return HandleProvider(where, timeout=_REQUEST_SECONDS)
    if urlsplit(where).scheme not in ("http", "https"):
        raise UsageError(f"not a node's URL: {where!r}", hint="give http://host:port, such as http://127.0.0.1:8545")
    # web3.py retries silently with growing pauses; a node that is not there should be said at once.
    return HTTPProvider(where, request_kwargs={"timeout": _REQUEST_SECONDS}, exception_retry_configuration=None)


def _root(problem: BaseException) -> str:
    """What the system said; the layers of the HTTP library wrap it several times."""
    deepest = problem
    while (inner := deepest.__cause__ or deepest.__context__) is not None:
        deepest = inner
    return deepest.strerror if isinstance(deepest, OSError) and deepest.strerror else str(problem)
