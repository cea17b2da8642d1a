"""Which transactions may stand in a block: first by their own form, then against the state they meet.

The texts begin with geth's words, because clients match on them; each names what was found and what was needed.
"""

from __future__ import annotations

from collections.abc import Sequence

from eth_typing import Address as EvmAddress

from chain.errors import (
    BlockGasLimitExceeded,
    FeeTooLow,
    InitcodeTooLarge,
    InsufficientFunds,
    IntrinsicGasTooLow,
    NonceGapTooLarge,
    NonceTooLow,
    SenderNotAnAccount,
    TipAboveFeeCap,
    TransactionRejected,
    WrongChainId,
)
from chain.evm import rules
from chain.evm.rules import Upfront, upfront_gas
from chain.evm.vm import MendedState
from chain.model import Transaction, TransactionType
from chain.primitives import Address, Hash32, Wei, checksum
from chain.spec import Fork

# The fork that a transaction type came with.
TYPES = (Fork.FRONTIER, Fork.BERLIN, Fork.LONDON, Fork.CANCUN, Fork.PRAGUE)


def check_form(
    tx: Transaction, chain_id: int, fork: Fork = Fork.PRAGUE, *, max_blobs: int = rules.MAX_BLOBS
) -> Upfront:
    """Everything that needs no state; returns the gas owed up front. Raises TransactionRejected."""
    if tx.chain_id not in (None, chain_id):
        raise WrongChainId(f"invalid chain id for signer: have {tx.chain_id} want {chain_id}")
    if fork is not Fork.PRAGUE:
        check_fork(tx, fork)
    if tx.nonce >= rules.MAX_NONCE:
        raise TransactionRejected(f"nonce has max value: address {checksum(tx.sender)}, nonce: {tx.nonce}")
    check_fees(tx.sender, tx.max_fee_per_gas, tx.max_priority_fee_per_gas)
    if tx.type == TransactionType.BLOB:
        check_blobs(tx.blob_hashes, max_blobs)
    if tx.type == TransactionType.SET_CODE and not tx.authorizations:
        raise TransactionRejected(f"EIP-7702 transaction with empty auth list (sender {checksum(tx.sender)})")
    if tx.to is None and fork >= Fork.SHANGHAI:
        check_initcode(tx.data)
    upfront = upfront_gas(
        tx.data, creates=tx.to is None, access_list=tx.access_list, authorizations=len(tx.authorizations), fork=fork
    )
    check_gas(tx.gas, upfront)
    return upfront


def check_fork(tx: Transaction, fork: Fork) -> None:
    """Whether the rules of an older fork know such a transaction."""
    if fork < TYPES[tx.type]:
        raise TransactionRejected(
            f"transaction type not supported: type {tx.type} begins with {TYPES[tx.type].label}, "
            f"the rules here are those of {fork.label}"
        )
    if tx.type == TransactionType.LEGACY and tx.chain_id is not None and fork < Fork.SPURIOUS_DRAGON:
        raise TransactionRejected(f"signed with a chain id (EIP-155), which {fork.label} does not know")


def check_protected(tx: Transaction) -> None:
    """Refuse what could be replayed on another chain: allowed in a block, not taken from a user."""
    if tx.chain_id is None:
        raise WrongChainId(
            "only replay-protected (EIP-155) transactions allowed over RPC", hint="sign with this chain's id"
        )


def check_fees(sender: Address, cap: Wei, tip: Wei) -> None:
    """A tip is part of the fee cap (EIP-1559)."""
    if tip > cap:
        raise TipAboveFeeCap(
            f"max priority fee per gas higher than max fee per gas: address {checksum(sender)}, "
            f"maxPriorityFeePerGas: {tip}, maxFeePerGas: {cap}"
        )


def check_base_fee(sender: Address, cap: Wei, base_fee: Wei) -> None:
    """The fee cap covers what the block burns per gas."""
    if cap < base_fee:
        raise FeeTooLow(
            f"max fee per gas less than block base fee: address {checksum(sender)}, "
            f"maxFeePerGas: {cap}, baseFee: {base_fee}",
            hint="raise the fee: eth_gasPrice gives one that gets in",
        )


def check_blobs(hashes: Sequence[Hash32], most: int = rules.MAX_BLOBS) -> None:
    """Number and version of blob hashes (EIP-4844)."""
    if not hashes:
        raise TransactionRejected("blob transaction missing blob hashes")
    if len(hashes) > most:
        raise TransactionRejected(f"too many blobs in transaction: have {len(hashes)}, permitted {most}")
    for index, blob_hash in enumerate(hashes):
        if not blob_hash.startswith(rules.BLOB_HASH_VERSION):
            raise TransactionRejected(f"blob {index} has invalid hash version: {blob_hash[0]}")


def check_initcode(data: bytes) -> None:
    """Size of creation code (EIP-3860)."""
    if len(data) > rules.MAX_INITCODE_SIZE:
        raise InitcodeTooLarge(
            f"max initcode size exceeded: code size {len(data)} limit {rules.MAX_INITCODE_SIZE}",
            hint="split the contract, or compile it with the optimizer",
        )


def check_gas(gas: int, upfront: Upfront) -> None:
    """Gas limit against intrinsic gas and calldata floor; py-evm never looks at the floor (EIP-7623)."""
    if gas < upfront.intrinsic:
        raise IntrinsicGasTooLow(f"intrinsic gas too low: have {gas}, want {upfront.intrinsic}")
    if gas < upfront.floor:
        raise IntrinsicGasTooLow(f"insufficient gas for floor data gas cost: have {gas}, want {upfront.floor}")


def check_account(tx: Transaction, state: MendedState, base_fee: Wei, blob_base_fee: Wei) -> None:
    """Everything that depends on the state the transaction meets. Raises TransactionRejected, changes nothing."""
    sender = EvmAddress(tx.sender)
    nonce = state.get_nonce(sender)
    if tx.nonce < nonce:
        raise NonceTooLow(f"nonce too low: address {checksum(sender)}, tx: {tx.nonce} state: {nonce}")
    if tx.nonce > nonce:
        raise NonceGapTooLarge(f"nonce too high: address {checksum(sender)}, tx: {tx.nonce} state: {nonce}")
    code = state.get_code(sender)
    # EIP-3607, with the exception that EIP-7702 made; whoever impersonates may impersonate a contract.
    if code and not rules.is_delegation(code) and not tx.impersonated:
        raise SenderNotAnAccount(f"sender not an eoa: address {checksum(sender)}, len(code): {len(code)}")
    check_base_fee(sender, tx.max_fee_per_gas, base_fee)
    if tx.type == TransactionType.BLOB and tx.max_fee_per_blob_gas < blob_base_fee:
        raise FeeTooLow(
            f"max fee per blob gas less than block blob gas fee: address {checksum(sender)}, "
            f"blobGasFeeCap: {tx.max_fee_per_blob_gas}, blobBaseFee: {blob_base_fee}"
        )
    check_funds(sender, state.get_balance(sender), tx.cost())


def check_funds(sender: Address, have: Wei, want: Wei) -> None:
    """The balance covers the worst case: gas limit x fee cap, blobs, value."""
    if have < want:
        raise InsufficientFunds(
            f"insufficient funds for gas * price + value: address {checksum(sender)} have {have} want {want}",
            hint=f"the account lacks {want - have} wei",
        )


def check_room(tx: Transaction, gas_limit: int) -> None:
    """Fits into an empty block; how full this one is decides the producer."""
    if tx.gas > gas_limit:
        raise BlockGasLimitExceeded(
            f"exceeds block gas limit: have {tx.gas}, limit {gas_limit}", hint="lower the gas limit"
        )
