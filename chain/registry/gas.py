"""What a prepared use will cost in gas, said before anything is signed."""

from __future__ import annotations

from chain import artifacts
from chain.errors import ChainError
from chain.primitives import Address, Hash32, checksum, keccak, to_hex
from chain.registry.library import Library
from chain.registry.offers import Wish

# Checking a signature and writing nonce and allowance; the price of a first nonce, which later ones stay below.
PERMIT_GAS = 60_000


def gas_of(library: Library, wish: Wish) -> int:
    """About how much gas a prepared use takes, with its signed allowance where it needs one; 0 when nobody can say.

    Nothing is signed for it: the allowance is put into the state that the use is tried on.
    """
    client, registry = library.client, library.registry
    mz = client.contract("MZ", library.platform.mz)
    data = to_hex(registry.data("use", wish.to_abi()))
    message = {"from": checksum(wish.user), "to": checksum(registry.address), "data": data}
    try:
        if mz.call("allowance", wish.user, registry.address) >= wish.price:
            return int(client.rpc("eth_estimateGas", message), 16)
        place = _allowance_slot(wish.user, registry.address)
        allowed = {checksum(mz.address): {"stateDiff": {to_hex(place): f"0x{wish.price:064x}"}}}
        return int(client.rpc("eth_estimateGas", message, "latest", allowed), 16) + PERMIT_GAS
    except ChainError:
        return 0


def _allowance_slot(owner: Address, spender: Address) -> Hash32:
    """Where MZ keeps an allowance: a mapping in a mapping, as Solidity lays them out."""
    (root,) = (one["slot"] for one in artifacts.load("MZ").layout["storage"] if one["label"] == "_allowances")
    inner = keccak(owner.rjust(32, b"\0") + int(root).to_bytes(32, "big"))
    return keccak(spender.rjust(32, b"\0") + inner)
