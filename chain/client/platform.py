"""Where the platform's own contracts are on one chain."""

from __future__ import annotations

from collections.abc import Mapping

from chain.errors import DeploymentError, InvalidParams
from chain.model import Record
from chain.primitives import Address, address_from, checksum


class Platform(Record):
    """Addresses by the names that manifests, commands and the node use."""

    genesis: Address
    mz: Address
    vestings: Address
    sale: Address
    feed: Address
    eth_cny: Address  # the feed's price of ether as an AggregatorV3
    templates: Address
    till: Address
    buyback: Address
    vault: Address
    fund_use: Address
    splits: Address
    shares: Address
    notary: Address
    works: Address

    def names(self) -> dict[str, Address]:
        """Every address by its name."""
        return {field: getattr(self, field) for field in self.__struct_fields__}

    def to_json(self) -> dict[str, str]:
        """Names and checksum addresses."""
        return {name: checksum(address) for name, address in self.names().items()}

    @classmethod
    def from_json(cls, document: Mapping[str, object]) -> Platform:
        """Inverse of `to_json`, extra names ignored; raises DeploymentError for a missing or malformed address."""
        try:
            return cls(**{name: address_from(document[name], name=name) for name in cls.__struct_fields__})
        except (KeyError, InvalidParams) as problem:
            raise DeploymentError(
                f"this is no list of the platform's contracts: {problem}",
                hint="roll the platform out again with `mz up`",
            ) from problem
