"""A signed allowance of MZ for exactly one amount (EIP-2612): no standing approval remains behind."""

from __future__ import annotations

from typing import Any

from chain.client import Client, Contract
from chain.client.client import Who
from chain.primitives import Address, Wei, checksum
from chain.wallet import Signer

_LASTS_SECONDS = 3600
_TYPES = {
    "EIP712Domain": [
        {"name": "name", "type": "string"},
        {"name": "version", "type": "string"},
        {"name": "chainId", "type": "uint256"},
        {"name": "verifyingContract", "type": "address"},
    ],
    "Permit": [
        {"name": "owner", "type": "address"},
        {"name": "spender", "type": "address"},
        {"name": "value", "type": "uint256"},
        {"name": "nonce", "type": "uint256"},
        {"name": "deadline", "type": "uint256"},
    ],
}


def signed_allowance(client: Client, mz: Contract, owner: Who, spender: Address, value: Wei) -> dict[str, Any]:
    """`Permit` as Templates and Till take it: `spender` may take `value` once within the hour."""
    account = owner if isinstance(owner, Signer) else client.wallet[owner]
    _, name, version, chain_id, contract, _, _ = mz.call("eip712Domain")
    deadline = client.timestamp() + _LASTS_SECONDS
    signature = account.sign_typed_data(
        {
            "types": _TYPES,
            "primaryType": "Permit",
            "domain": {
                "name": name,
                "version": version,
                "chainId": chain_id,
                "verifyingContract": checksum(contract),
            },
            "message": {
                "owner": checksum(account.address),
                "spender": checksum(spender),
                "value": value,
                "nonce": mz.call("nonces", account.address),
                "deadline": deadline,
            },
        }
    )
    return {
        "value": value,
        "deadline": deadline,
        "v": signature[64],
        "r": signature[:32],
        "s": signature[32:64],
    }
