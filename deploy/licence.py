"""`brownie run licence --network NAME`: sell licences of a work, and buy two of them.

Deploys an instance of the template copyright-licence for a work of accounts[1]; accounts[2] buys. Where the platform is
not there yet it is rolled out first.
"""

from __future__ import annotations

import secrets

from brownie import Contract, accounts, project
from brownie.network.transaction import TransactionReceipt
from eth_abi import encode

from chain.primitives import checksum
from deploy.driver import plain
from deploy.rollout import library, platform

ONE_USE = 0  # of the kinds: one use, one download, one period


def main() -> tuple[Contract, TransactionReceipt]:
    """What brownie calls; the instance, and the purchase."""
    owner, reader = accounts[1], accounts[2]
    contracts, where = project.get_loaded_projects()[0], platform()
    names = {"MZ": "mz", "Works": "works", "Templates": "templates", "Till": "till"}
    mz, works, templates, till = (
        contracts[kind].at(checksum(where.names()[name]), persist=False) for kind, name in names.items()
    )

    content = "0x" + secrets.token_hex(32)  # the SHA-256 of a file, in earnest
    work = works.register(content, {"from": owner}).events["WorkRegistered"]["work"]

    # The bundle is fetched and verified, the values are checked and encoded: nothing is paid yet.
    registry = library(where, "copyright-licence")
    wish = registry.prepare("copyright-licence", {"work": str(work), "perUse": "3 MZ"}, sender=owner.address)
    mz.approve(templates, wish.price, {"from": owner})
    templates.use(plain(wish.to_abi()), {"from": owner})
    abi = [*registry.bundle(wish.offer).artifact.abi]
    licence = Contract.from_abi("CopyrightLicence", checksum(wish.instance), abi, persist=False)
    print(f"licences of work {work} are sold by {licence.address}")  # noqa: T201

    gross = licence.costOf(ONE_USE, 2)
    mz.approve(till, gross, {"from": reader})
    ordered = encode(["uint8", "uint32"], [ONE_USE, 2])
    bought = till.payAndCall(mz, gross, licence, bytes(32), ordered, {"from": reader})
    settled = bought.events["Settled"]
    print(f"two uses for {gross / 10**18:g} MZ, of which {settled['burned'] / 10**18:g} burned")  # noqa: T201
    return licence, bought
