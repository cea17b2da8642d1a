"""What an ERC-20 says about itself: symbol and decimals."""

from __future__ import annotations

from chain import abi
from chain.client import Client, Contract
from chain.errors import AbiError, ContractReverted, ParameterError
from chain.primitives import Address, checksum
from chain.registry.units import Money

_TOKEN_WORDS: abi.Abi = [
    {
        "type": "function",
        "name": name,
        "inputs": [],
        "outputs": [{"name": "", "type": kind}],
        "stateMutability": "view",
    }
    for name, kind in (("symbol", "string"), ("decimals", "uint8"))
]


def money_of(client: Client, token: Address) -> Money:
    """The zero address is ether; raises ParameterError for a contract that does not say."""
    if token == bytes(20):
        return Money(symbol="ETH")
    contract = Contract(client, token, _TOKEN_WORDS, "token")
    try:
        return Money(symbol=contract.call("symbol"), decimals=contract.call("decimals"))
    except (AbiError, ContractReverted) as problem:
        raise ParameterError(
            f"{checksum(token)} does not say its symbol and decimals: it is no ERC-20 with metadata",
            hint="name the token's own address",
        ) from problem
