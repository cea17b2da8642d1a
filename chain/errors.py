"""Every error a user of the platform can meet, as one tree.

    ChainError
    ├── RpcError            ParseError · InvalidRequest · MethodNotFound (MethodForbidden) · InvalidParams
    │                       InternalError
    ├── NotFound            UnknownBlock · UnknownTransaction
    ├── TransactionRejected MalformedTransaction · WrongChainId · NonceTooLow · NonceGapTooLarge · InsufficientFunds
    │                       IntrinsicGasTooLow · BlockGasLimitExceeded · FeeTooLow · TipAboveFeeCap · AlreadyKnown
    │                       ReplacementUnderpriced · SenderNotAnAccount · InitcodeTooLarge · Evicted
    ├── NotMinedInTime
    ├── ExecutionError      ExecutionReverted (ContractReverted) · ExecutionHalted · TransactionFailed
    │                       SimulationRefused
    ├── NotProducing
    ├── InvalidBlock
    ├── LimitExceeded       RequestTooLarge · RateLimited · PoolFull
    ├── StoreError          DataFolderLocked · DataFolderCorrupt · DataFolderForeign · DataFolderFormat · ReadOnly
    ├── UsageError          SettingsError · PortTaken · AbiError
    ├── WalletError         KeystoreError · UnknownAccount
    ├── CompilerError       CompilerUnavailable · CompilationFailed
    ├── ArtifactError       NotBuilt · ArtifactUnknown
    ├── BlobError           BlobUnknown · BlobCorrupt · BlobTooLarge
    ├── ClientError         NodeUnreachable · ForeignChain · TransactionPending
    ├── RegistryError       ManifestError · ParameterError · CheckFailed · BundleError · TemplateUnknown
    │                       TemplateRefused
    ├── EconomyError
    ├── DeploymentError
    └── BenchFault

Each class carries the JSON-RPC code it is answered with and the exit status of a command that ends in it; both are
translated once, at the door. A message says what happened, with the value; `hint` says what to do next.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar


class ChainError(Exception):
    """Base of everything the platform refuses or fails at in a way a user can act on."""

    code: ClassVar[int] = -32000
    exit_status: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None, data: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.data = data

    def __str__(self) -> str:
        return self.message


# --- JSON-RPC 2.0 (https://www.jsonrpc.org/specification) -------------------------------------------------------------


class RpcError(ChainError):
    """A request that JSON-RPC itself refuses."""


class ParseError(RpcError):
    """The body is not JSON."""

    code = -32700


class InvalidRequest(RpcError):
    """JSON, but not a JSON-RPC request."""

    code = -32600


class MethodNotFound(RpcError):
    """No such method, or one that this node does not serve here."""

    code = -32601


class MethodForbidden(MethodNotFound):
    """Served, but not to this client."""


class InvalidParams(RpcError):
    """A parameter is missing, of the wrong type or out of range."""

    code = -32602


class InternalError(RpcError):
    """Something unexpected; the node's log holds the details under the id in the message."""

    code = -32603


# --- looked up and not there (EIP-1474 code) --------------------------------------------------------------------------


class NotFound(ChainError):
    """What was asked for is not on this chain."""

    code = -32001


class UnknownBlock(NotFound):
    """geth answers `header not found`; clients match on the words."""


class UnknownTransaction(NotFound):
    """Neither on the chain nor waiting in the pool."""


# --- transactions that are not admitted (EIP-1474 code; texts begin with geth's words) --------------------------------


class TransactionRejected(ChainError):
    """The pool or a block refused a transaction; nothing was kept of it."""

    code = -32003


class MalformedTransaction(TransactionRejected):
    """The bytes are not a signed transaction of a known type (EIP-2718)."""

    code = -32000


class WrongChainId(TransactionRejected):
    """Signed for another chain (EIP-155)."""


class NonceTooLow(TransactionRejected):
    """The sender has already used this nonce."""


class NonceGapTooLarge(TransactionRejected):
    """Further ahead of the account's nonce than the pool keeps transactions waiting."""


class InsufficientFunds(TransactionRejected):
    """The sender cannot pay gas limit x fee cap + value."""


class IntrinsicGasTooLow(TransactionRejected):
    """Gas limit below the intrinsic cost or the calldata floor (EIP-7623)."""


class BlockGasLimitExceeded(TransactionRejected):
    """Gas limit above what a block may hold."""


class FeeTooLow(TransactionRejected):
    """Fee cap below the base fee of the block, or below what the pool takes."""


class TipAboveFeeCap(TransactionRejected):
    """max priority fee per gas > max fee per gas (EIP-1559)."""


class AlreadyKnown(TransactionRejected):
    """This very transaction is already in the pool or on the chain."""


class ReplacementUnderpriced(TransactionRejected):
    """Same sender and nonce as a waiting transaction, without the 10 % raise of both fees."""


class SenderNotAnAccount(TransactionRejected):
    """The sender has code that is not a delegation (EIP-3607)."""


class InitcodeTooLarge(TransactionRejected):
    """Creation code above 49,152 bytes (EIP-3860)."""


class Evicted(TransactionRejected):
    """Was waiting and was dropped; the message says why."""


class NotMinedInTime(ChainError):
    """Admitted, but in no block before the caller's time was over (EIP-7966); `data` is the hash. It still waits."""

    code = 4


# --- execution --------------------------------------------------------------------------------------------------------


class ExecutionError(ChainError):
    """A call or an estimate did not succeed."""


class ExecutionReverted(ExecutionError):
    """REVERT; `data` is the returned payload as 0x hex, as geth answers it."""

    code = 3


class ContractReverted(ExecutionReverted):
    """A contract said no. `name` and `arguments` are its custom error's, empty when it gave none that we know."""

    def __init__(
        self,
        message: str,
        *,
        name: str = "",
        arguments: Mapping[str, Any] | None = None,
        hint: str | None = None,
        data: Any = None,
    ) -> None:
        super().__init__(message, hint=hint, data=data)
        self.name = name
        self.arguments = arguments or {}


class ExecutionHalted(ExecutionError):
    """Out of gas, invalid opcode, invalid jump and the other exceptional halts."""


class SimulationRefused(ExecutionError):
    """A simulation that cannot be carried on; each reason has a code of its own (execution-apis, -38010…-38026)."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code  # type: ignore[misc]  # of the instance: one class for all of them


class TransactionFailed(ExecutionError):
    """A transaction is in a block with status 0: its fee was paid, nothing else happened.

    `name` and `arguments` are the custom error's, empty when there was none. `transaction_hash` is 32 bytes.
    """

    def __init__(
        self,
        message: str,
        *,
        transaction_hash: bytes,
        name: str = "",
        arguments: Mapping[str, Any] | None = None,
        hint: str | None = None,
        data: Any = None,
    ) -> None:
        super().__init__(message, hint=hint, data=data)
        self.transaction_hash = transaction_hash
        self.name = name
        self.arguments = arguments or {}


class NotProducing(ChainError):
    """This node cannot make the next block of its chain."""


class InvalidBlock(ChainError):
    """A block breaks a rule of the chain."""


# --- limits -----------------------------------------------------------------------------------------------------------


class LimitExceeded(ChainError):
    """A published limit of this node (EIP-1474 code)."""

    code = -32005


class RateLimited(LimitExceeded):
    """More calls per second than this client may make."""


class RequestTooLarge(LimitExceeded):
    """Body or batch above what the node reads."""


class PoolFull(LimitExceeded):
    """No room, and the fee does not displace anything that waits."""


# --- data folder ------------------------------------------------------------------------------------------------------


class StoreError(ChainError):
    """The data folder cannot be used as it is."""


class DataFolderLocked(StoreError):
    """Another process holds it."""


class DataFolderCorrupt(StoreError):
    """Contents do not add up; nothing was changed."""


class DataFolderForeign(StoreError):
    """It holds another chain."""

    exit_status = 2


class DataFolderFormat(StoreError):
    """Written by a newer version, or not a data folder at all."""


class ReadOnly(StoreError):
    """A write failed (disk full, no rights): nothing more is accepted until a restart."""


# --- how a command was called -----------------------------------------------------------------------------------------


class UsageError(ChainError):
    """The command line or the surroundings make the wish impossible."""

    exit_status = 2


class SettingsError(UsageError):
    """A setting is unknown, of the wrong type or out of range."""


class PortTaken(UsageError):
    """Something else listens there."""


class AbiError(UsageError):
    """A value does not fit its ABI type, or the contract has no such function."""


# --- wallet, compiler, registry, deployment ---------------------------------------------------------------------------


class WalletError(ChainError):
    """A key cannot be made, read or used."""


class KeystoreError(WalletError):
    """A key file is damaged, or the password is wrong."""


class UnknownAccount(WalletError):
    """No key for this address or name."""


class SignerError(WalletError):
    """The program that holds a key refused, is gone, or signed something else."""


class CompilerError(ChainError):
    """The Solidity compiler is missing or refused its input."""


class CompilerUnavailable(CompilerError):
    """No compiler could be installed; the hint says what to install."""


class CompilationFailed(CompilerError):
    """solc found errors; the message is solc's own."""


class ArtifactError(ChainError):
    """Something that the build makes (compiled contracts, bundles, page) cannot be used."""


class NotBuilt(ArtifactError):
    """The build has not run here, or its output is damaged."""

    exit_status = 2


class ArtifactUnknown(ArtifactError):
    """No compiled contract of this name."""


# --- files by content, a node at the other end ------------------------------------------------------------------------


class BlobError(ChainError):
    """A content address is malformed, or the file behind it cannot be had."""


class BlobUnknown(BlobError):
    """No file is kept under this content address."""

    code = -32001


class BlobCorrupt(BlobError):
    """The bytes kept do not hash to their content address."""


class BlobTooLarge(BlobError):
    """Above the size that this store keeps."""

    code = -32005


class BlobUnreachable(BlobError):
    """The node that keeps the files does not answer, or is none."""


class ClientError(ChainError):
    """The node that a client talks to, rather than the wish itself, is the problem."""


class NodeUnreachable(ClientError):
    """Nobody answers at the URL, or what answers is no node."""


class ForeignChain(ClientError):
    """The node serves another chain than the one expected."""

    exit_status = 2


class TransactionPending(ClientError):
    """Sent and not refused, but in no block within the time waited; it may still be."""


class RegistryError(ChainError):
    """Publishing, finding or using a template failed."""


class ManifestError(RegistryError):
    """template.toml is not what a manifest must be; names the path inside it."""

    exit_status = 2


class ParameterError(RegistryError):
    """A value given for a template's parameter is not what its manifest asks for."""

    exit_status = 2


class CheckFailed(RegistryError):
    """A template folder does not pass what publishing asks; `data` is the list of findings."""


class BundleError(RegistryError):
    """A bundle's bytes do not match its digest, or it is not canonical."""


class TemplateUnknown(RegistryError):
    """No such template on this chain."""


class TemplateRefused(RegistryError):
    """The registry contract reverted; `data` is the name of its custom error."""


class EconomyError(ChainError):
    """A step in the economy cannot be taken now, or not by this account."""


class DeploymentError(ChainError):
    """A roll-out step could not be carried out; earlier steps stay as they are."""


# --- the benchmark ----------------------------------------------------------------------------------------------------


class BenchFault(ChainError):
    """A chain did not do what a measurement counts on: the figure would be of something else."""
