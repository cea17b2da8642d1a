"""What a prepared use will cost in gas, said before anything is signed."""

from __future__ import annotations

from collections.abc import Sequence

from chain import artifacts
from chain.errors import ChainError
from chain.primitives import Address, Hash32, Wei, checksum, keccak, to_hex
from chain.registry.library import Library
from chain.registry.offers import Wish

# Checking a signature and writing nonce and allowance; the price of a first nonce, which later ones stay below.
PERMIT_GAS = 60_000


def gas_of(library: Library, wish: Wish) -> int:
    """About how much gas a prepared use takes, with its signed allowance where it needs one; 0 when nobody can say."""
    return _tried(library, wish.user, wish.price, library.registry.data("use", wish.to_abi()))


def gas_of_all(library: Library, wishes: Sequence[Wish]) -> int:
    """The same of several uses by one account in one transaction."""
    data = library.registry.data("compose", [wish.to_abi() for wish in wishes])
    return _tried(library, wishes[0].user, sum(wish.price for wish in wishes), data)


def _tried(library: Library, user: Address, price: Wei, call: bytes) -> int:
    """Nothing is signed for it: the allowance is put into the state that the call is tried on."""
    client, registry = library.client, library.registry
    mz = client.contract("MZ", library.platform.mz)
    message = {"from": checksum(user), "to": checksum(registry.address), "data": to_hex(call)}
    try:
        if mz.call("allowance", user, registry.address) >= price:
            return int(client.rpc("eth_estimateGas", message), 16)
        place = _allowance_slot(user, registry.address)
        allowed = {checksum(mz.address): {"stateDiff": {to_hex(place): f"0x{price:064x}"}}}
        return int(client.rpc("eth_estimateGas", message, "latest", allowed), 16) + PERMIT_GAS
    except ChainError:
        return 0


def _allowance_slot(owner: Address, spender: Address) -> Hash32:
    """Where MZ keeps an allowance: a mapping in a mapping, as Solidity lays them out."""
    (root,) = (one["slot"] for one in artifacts.load("MZ").layout["storage"] if one["label"] == "_allowances")
    inner = keccak(owner.rjust(32, b"\0") + int(root).to_bytes(32, "big"))
    return keccak(spender.rjust(32, b"\0") + inner)
