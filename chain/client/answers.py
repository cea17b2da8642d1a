"""A node's JSON-RPC error object → our errors, once and here.

Codes decide where they can. geth, anvil and others answer every refused transaction with -32000, so for those the fixed
words that geth's own clients match on choose the class.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chain import errors
from chain.abi import ErrorBook
from chain.errors import ChainError, ContractReverted

_BY_CODE: Mapping[int, type[ChainError]] = {
    kind.code: kind
    for kind in (
        errors.ParseError,
        errors.InvalidRequest,
        errors.MethodNotFound,
        errors.InvalidParams,
        errors.InternalError,
        errors.NotFound,
        errors.TransactionRejected,
        errors.LimitExceeded,
    )
}

_BY_WORDS: tuple[tuple[str, type[ChainError]], ...] = (
    ("nonce too low", errors.NonceTooLow),
    ("already known", errors.AlreadyKnown),
    ("transaction already imported", errors.AlreadyKnown),
    ("replacement transaction underpriced", errors.ReplacementUnderpriced),
    ("insufficient funds", errors.InsufficientFunds),
    ("intrinsic gas too low", errors.IntrinsicGasTooLow),
    ("exceeds block gas limit", errors.BlockGasLimitExceeded),
    ("max fee per gas less than block base fee", errors.FeeTooLow),
    ("transaction underpriced", errors.FeeTooLow),
    ("max priority fee per gas higher than max fee per gas", errors.TipAboveFeeCap),
    ("invalid chain id", errors.WrongChainId),
    ("sender not an eoa", errors.SenderNotAnAccount),
    ("max initcode size exceeded", errors.InitcodeTooLarge),
    ("txpool is full", errors.PoolFull),
)


def error_of(answer: Mapping[str, Any], method: str, book: ErrorBook) -> ChainError:
    """The error that `answer["error"]` means."""
    problem = answer["error"]
    if not isinstance(problem, Mapping):
        return ChainError(f"{method}: the node answered {problem!r}")
    message, code, data = str(problem.get("message", "no message")), problem.get("code"), problem.get("data")
    if code == errors.ExecutionReverted.code or (isinstance(data, str) and "revert" in message):
        return reverted(data, book)
    lower = message.lower()
    for words, kind in _BY_WORDS:
        if lower.startswith(words):
            return kind(message, data=data)
    return _BY_CODE.get(code, ChainError)(message, data=data) if isinstance(code, int) else ChainError(message)


def refused(simulated: Mapping[str, Any], book: ErrorBook) -> ChainError:
    """What ended one call of an eth_simulateV1."""
    if simulated.get("returnData") not in (None, "0x"):
        return reverted(simulated["returnData"], book)
    return error_of(simulated, "eth_simulateV1", book)


def reverted(data: object, book: ErrorBook) -> ContractReverted:
    """What a contract said when it refused; `data` is a node's 0x hex, if it gave any."""
    try:
        returned = bytes.fromhex(data[2:]) if isinstance(data, str) and data.startswith("0x") else b""
    except ValueError:
        returned = b""
    revert = book.explain(returned)
    text = revert.text if revert.text.startswith("reverted") else f"reverted: {revert.text}"
    return ContractReverted(f"the contract {text}", name=revert.name, arguments=revert.arguments, data=data)
