"""`brownie run rollout --network NAME`: the platform through brownie, with the same steps as `mz deploy run`.

Environment: MZ_DEPLOYER (an account of `brownie accounts`, or 0…9 of a development network; default 0), MZ_PARAMS (a
file; default deploy/params/<network>.toml, else the parameters for development), MZ_MANIFESTS (default
build/deployments). A second run sends nothing.
"""

from __future__ import annotations

import os
from pathlib import Path

from brownie import accounts, network, project, web3

from chain.deployment import DEFAULT_FILE, Book, Step, read_parameters, roll_out
from chain.primitives import address_from, checksum
from chain.wallet import dev_accounts
from deploy.driver import BrownieDeployer


def main() -> None:
    """What brownie calls."""
    wanted = os.environ.get("MZ_DEPLOYER", "0")
    account = accounts[int(wanted)] if wanted.isdigit() else accounts.load(wanted)
    genesis, newest = web3.eth.get_block(0), web3.eth.get_block("latest")
    folder = Path(os.environ.get("MZ_MANIFESTS", "build/deployments"))
    book = Book(folder, web3.eth.chain_id, bytes(genesis["hash"]), newest["timestamp"])
    deployer = BrownieDeployer(project.get_loaded_projects()[0], account)
    names = {known.name or "": known.address for known in dev_accounts()} | {"deployer": address_from(account.address)}
    parameters = read_parameters(_file(), names, book.began)
    before = deployer.nonce()
    platform = roll_out(deployer, parameters, book, tell=_tell)
    print(f"{len(platform.names())} contracts, {deployer.nonce() - before} transactions; manifest: {book.path}")  # noqa: T201


def _file() -> Path:
    if named := os.environ.get("MZ_PARAMS"):
        return Path(named)
    own = Path("deploy/params") / f"{network.show_active()}.toml"
    return own if own.exists() else DEFAULT_FILE


def _tell(step: Step) -> None:
    print(f"{step.status} {step.name} {checksum(step.address)}")  # noqa: T201
