"""Who answers here: version, chain, accounts, and the hash function."""

from __future__ import annotations

from chain.primitives import keccak
from chain.rpc.encode import JsonObject, data, quantity
from chain.rpc.params import Params
from chain.rpc.service import Early, Service


def client_version(service: Early, params: Params) -> str:
    """`mz/v…`."""
    return service.version


def sha3(service: Early, params: Params) -> str:
    """Keccak-256 of any bytes."""
    return data(keccak(params.at_most(1).data(0)))


def network_version(service: Early, params: Params) -> str:
    """The chain id in decimals; equal to `eth_chainId`, or wallets refuse the network."""
    return str(service.chain.spec.chain_id)


def chain_id(service: Early, params: Params) -> str:
    """EIP-155."""
    return quantity(service.chain.spec.chain_id)


def listening(service: Early, params: Params) -> bool:
    """A node that answers, listens."""
    return True


def peer_count(service: Early, params: Params) -> str:
    """Other nodes it is connected to."""
    return quantity(0)


def syncing(service: Early, params: Params) -> bool:
    """Never behind: it makes the blocks."""
    return False


def accounts(service: Service, params: Params) -> list[str]:
    """Accounts this node signs for."""
    return [data(address) for address in service.signers.addresses()]


def coinbase(service: Service, params: Params) -> str:
    """Who gets the tips of the next block."""
    return data(service.node.coinbase())


def capabilities(service: Early, params: Params) -> JsonObject:
    """What can be asked about which blocks: everything about all of them."""
    head = service.chain.head()
    whole = {"disabled": False, "oldestBlock": quantity(0)}
    kinds = ("state", "tx", "logs", "receipts", "blocks", "stateproofs")
    return {"head": {"number": quantity(head.number), "hash": data(head.hash)}, **dict.fromkeys(kinds, whole)}


EARLY = {
    "web3_clientVersion": client_version,
    "web3_sha3": sha3,
    "net_version": network_version,
    "net_listening": listening,
    "net_peerCount": peer_count,
    "eth_chainId": chain_id,
    "eth_syncing": syncing,
    "eth_capabilities": capabilities,
}
METHODS = {
    **EARLY,
    "eth_accounts": accounts,
    "eth_requestAccounts": accounts,
    "eth_coinbase": coinbase,
}
