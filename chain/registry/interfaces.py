"""Interfaces a template may declare: their functions, and their ERC-165 identifiers where they have one."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from chain.model import Record
from chain.primitives import keccak


class Interface(Record):
    """What must be there; `erc165` is asked of instances."""

    name: str
    functions: tuple[str, ...]
    erc165: bool = True

    @property
    def id(self) -> bytes:
        """EIP-165: exclusive-or of all selectors."""
        number = 0
        for function in self.functions:
            number ^= int.from_bytes(keccak(function.encode())[:4], "big")
        return number.to_bytes(4, "big")


_ERC20 = (
    "totalSupply()",
    "balanceOf(address)",
    "transfer(address,uint256)",
    "allowance(address,address)",
    "approve(address,uint256)",
    "transferFrom(address,address,uint256)",
)
_ERC721 = (
    "balanceOf(address)",
    "ownerOf(uint256)",
    "safeTransferFrom(address,address,uint256,bytes)",
    "safeTransferFrom(address,address,uint256)",
    "transferFrom(address,address,uint256)",
    "approve(address,uint256)",
    "setApprovalForAll(address,bool)",
    "getApproved(uint256)",
    "isApprovedForAll(address,address)",
)
_ERC1155 = (
    "safeTransferFrom(address,address,uint256,uint256,bytes)",
    "safeBatchTransferFrom(address,address,uint256[],uint256[],bytes)",
    "balanceOf(address,uint256)",
    "balanceOfBatch(address[],uint256[])",
    "setApprovalForAll(address,bool)",
    "isApprovedForAll(address,address)",
)
_INSTANCE = (
    "onPayment(address,address,uint256,uint256,bytes32,bytes)",
    "onHold(address,address,uint256,bytes32,bytes)",
)

INTERFACES: Mapping[str, Interface] = MappingProxyType(
    {
        "erc20": Interface(name="ERC-20", functions=_ERC20, erc165=False),
        "erc165": Interface(name="ERC-165", functions=("supportsInterface(bytes4)",)),
        "erc721": Interface(name="ERC-721", functions=_ERC721),
        "erc1155": Interface(name="ERC-1155", functions=_ERC1155),
        "erc2981": Interface(name="ERC-2981", functions=("royaltyInfo(uint256,uint256)",)),
        "erc4906": Interface(name="ERC-4906", functions=()),  # events alone; its identifier is stated, not computed
        "instance": Interface(name="IInstance", functions=_INSTANCE, erc165=False),
    }
)
ERC4906_ID = bytes.fromhex("49064906")
NEVER = b"\xff\xff\xff\xff"
"""What ERC-165 says no contract supports."""


def interface_id(name: str) -> bytes | None:
    """The identifier to ask an instance for; None for an interface that has none."""
    if name.startswith("0x"):
        return bytes.fromhex(name[2:])
    found = INTERFACES[name]
    if name == "erc4906":
        return ERC4906_ID
    return found.id if found.erc165 else None
