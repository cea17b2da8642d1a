"""`brownie run rollout --network NAME`: the platform through brownie, with the same steps as `mz deploy run`.

Environment: MZ_DEPLOYER (an account of `brownie accounts`, or 0…9 of a development network; default 0), MZ_PARAMS (a
file; default deploy/params/<network>.toml, else the parameters for development), MZ_MANIFESTS (default
build/deployments; nowhere for a node that brownie has started, which ends with it). A second run sends nothing.
"""

from __future__ import annotations

import os
from pathlib import Path

from brownie import accounts, network, project, rpc, web3

from chain import artifacts
from chain.client import Client, Platform
from chain.deployment import DEFAULT_FILE, Book, Parameters, Step, publish_templates, read_parameters, roll_out
from chain.primitives import address_from, checksum
from chain.registry import Library, open_bundle
from chain.wallet import Wallet, dev_accounts
from deploy.driver import BrownieDeployer


def main() -> None:
    """What brownie calls."""
    deployer, parameters, book = _prepared()
    before = deployer.nonce()
    platform = roll_out(deployer, parameters, book, tell=_tell)
    sent, where = deployer.nonce() - before, book.path or "none, the node ends with brownie"
    print(f"{len(platform.names())} contracts, {sent} transactions; manifest: {where}")  # noqa: T201


def platform() -> Platform:
    """Where the platform is on the active network: rolled out before, by whomever, or now."""
    known = web3.provider.make_request("mz_platform", []).get("result")
    if known is not None:
        return Platform.from_json(known)
    deployer, parameters, book = _prepared()
    return book.platform() or roll_out(deployer, parameters, book, tell=_tell)


def library(where: Platform, name: str) -> Library:
    """The template registry with one of our templates in it, published now where a development network lacks it."""
    found = Library(Client(web3.provider.endpoint_uri, Wallet.dev(), platform=where))
    if rpc.is_active() and name not in {offer.name for offer in found.list()}:
        bundles = [open_bundle(path.read_bytes()) for path in artifacts.bundles()]
        publish_templates(found, [one for one in bundles if one.manifest.name == name], "dev0")
    return found


def _prepared() -> tuple[BrownieDeployer, Parameters, Book]:
    wanted = os.environ.get("MZ_DEPLOYER", "0")
    account = accounts[int(wanted)] if wanted.isdigit() else accounts.load(wanted)
    genesis, newest = web3.eth.get_block(0), web3.eth.get_block("latest")
    named = os.environ.get("MZ_MANIFESTS")
    folder = None if named is None and rpc.is_active() and rpc.is_child() else Path(named or "build/deployments")
    book = Book(folder, web3.eth.chain_id, bytes(genesis["hash"]), newest["timestamp"])
    names = {known.name or "": known.address for known in dev_accounts()} | {"deployer": address_from(account.address)}
    parameters = read_parameters(_file(), names, book.began)
    return BrownieDeployer(project.get_loaded_projects()[0], account), parameters, book


def _file() -> Path:
    if named := os.environ.get("MZ_PARAMS"):
        return Path(named)
    own = Path("deploy/params") / f"{network.show_active()}.toml"
    return own if own.exists() else DEFAULT_FILE


def _tell(step: Step) -> None:
    print(f"{step.status} {step.name} {checksum(step.address)}")  # noqa: T201
