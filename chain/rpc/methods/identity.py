"""Who answers here: version, chain, accounts, and the hash function."""

from __future__ import annotations

from chain.primitives import keccak
from chain.rpc.encode import JsonObject, data, quantity
from chain.rpc.params import Params
from chain.rpc.service import Service


def client_version(service: Service, params: Params) -> str:
    """`mz/v…`."""
    return service.version


def sha3(service: Service, params: Params) -> str:
    """Keccak-256 of any bytes."""
    return data(keccak(params.at_most(1).data(0)))


def network_version(service: Service, params: Params) -> str:
    """The chain id in decimals; equal to `eth_chainId`, or wallets refuse the network."""
    return str(service.node.spec.chain_id)


def chain_id(service: Service, params: Params) -> str:
    """EIP-155."""
    return quantity(service.node.spec.chain_id)


def listening(service: Service, params: Params) -> bool:
    """A node that answers, listens."""
    return True


def peer_count(service: Service, params: Params) -> str:
    """Other nodes it is connected to."""
    return quantity(0)


def syncing(service: Service, params: Params) -> bool:
    """Never behind: it makes the blocks."""
    return False


def accounts(service: Service, params: Params) -> list[str]:
    """Accounts this node signs for."""
    return [data(address) for address in service.signers.addresses()]


def coinbase(service: Service, params: Params) -> str:
    """Who gets the tips of the next block."""
    return data(service.node.coinbase())


def capabilities(service: Service, params: Params) -> JsonObject:
    """What can be asked about which blocks: everything about all of them."""
    head = service.node.head()
    whole = {"disabled": False, "oldestBlock": quantity(0)}
    kinds = ("state", "tx", "logs", "receipts", "blocks", "stateproofs")
    return {"head": {"number": quantity(head.number), "hash": data(head.hash)}, **dict.fromkeys(kinds, whole)}


METHODS = {
    "web3_clientVersion": client_version,
    "web3_sha3": sha3,
    "net_version": network_version,
    "net_listening": listening,
    "net_peerCount": peer_count,
    "eth_chainId": chain_id,
    "eth_syncing": syncing,
    "eth_accounts": accounts,
    "eth_requestAccounts": accounts,
    "eth_coinbase": coinbase,
    "eth_capabilities": capabilities,
}
