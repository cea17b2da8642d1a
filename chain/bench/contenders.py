"""The chains that are measured: how each is started, with the same accounts, chain id and gas limit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from chain.bench.signing import CHAIN_ID
from chain.model import Record
from chain.wallet import DEV_MNEMONIC

GAS_LIMIT = 1_000_000_000  # of a block: large enough that a second's work of the fastest chain fits into one
OURS = "mz"

Unit = Literal["seconds", "milliseconds"]


class Contender(Record):
    """One chain to be measured."""

    name: str
    version: str
    command: Callable[[int, Path], list[str]]  # port, an empty folder
    folder: Path | None = None  # where to run it, if that matters
    environment: Mapping[str, str] = {}
    batches: bool = True  # takes several transactions in one JSON-RPC batch
    pipelines: bool = True  # takes several HTTP requests on a connection before the first is answered
    interval_in: Unit | None = "milliseconds"  # of evm_setIntervalMining; None: it has no such method
    automine: tuple[tuple[str, list[object]], tuple[str, list[object]]] = (
        ("evm_setAutomine", [True]),
        ("evm_setAutomine", [False]),
    )  # the calls that turn it on and off


def ours() -> Contender:
    """This installation, with durable storage."""
    return Contender(
        name=OURS,
        version=_said([sys.executable, "-m", "chain.cli.main", "--version"]),
        command=lambda port, folder: [
            *(sys.executable, "-m", "chain.cli.main", "node", "start"),
            *("--port", str(port), "--data-dir", str(folder / "data")),
            *("--chain-id", str(CHAIN_ID), "--gas-limit", str(GAS_LIMIT)),
        ],
    )


def anvil(program: str) -> Contender:
    """Foundry's. Unless told otherwise it writes megabytes of state per block into the home folder."""
    return Contender(
        name="anvil",
        version=_said([program, "--version"]),
        command=lambda port, folder: [
            *(program, "--silent", "--prune-history", "--port", str(port)),
            *("--chain-id", str(CHAIN_ID), "--gas-limit", str(GAS_LIMIT), "--hardfork", "prague"),
        ],
        interval_in="seconds",
    )


def hardhat(program: str, folder: Path) -> Contender:
    """`folder`: a project whose configuration sets chain id and gas limit. It takes no transaction whose predecessor is
    not mined yet, and handles the entries of a batch at once: so it gets one at a time.
    """
    return Contender(
        name="hardhat",
        version=_said([program, "--version"], folder),
        command=lambda port, _: [program, "node", "--port", str(port)],
        folder=folder,
        environment={"HARDHAT_DISABLE_TELEMETRY_PROMPT": "true"},
        batches=False,
    )


def ganache(program: str) -> Contender:
    """The last release; it knows the rules up to Shanghai."""
    return Contender(
        name="ganache",
        version=_said([program, "--version"]),
        command=lambda port, _: [
            *(program, "--logging.quiet", "--server.port", str(port), "--wallet.mnemonic", DEV_MNEMONIC),
            *("--wallet.totalAccounts", "10", "--wallet.defaultBalance", "10000"),
            *("--chain.chainId", str(CHAIN_ID), "--chain.networkId", str(CHAIN_ID)),
            *("--miner.blockGasLimit", str(GAS_LIMIT), "--chain.hardfork", "shanghai"),
        ],
        pipelines=False,
        interval_in=None,
        automine=(("miner_start", []), ("miner_stop", [])),
    )


def on_path() -> list[Contender]:
    """Ours, then what else is installed. Hardhat is not among them: it only runs inside a project that has it."""
    found = [(make, shutil.which(name)) for name, make in (("anvil", anvil), ("ganache", ganache))]
    return [ours(), *(make(program) for make, program in found if program is not None)]


def surroundings(contender: Contender, home: Path) -> dict[str, str]:
    """Environment of its process: a home folder of its own, so that nothing is left in the user's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MZ_")}
    return {**kept, "HOME": str(home), **contender.environment}


def _said(command: list[str], folder: Path | None = None) -> str:
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=folder)
    words = answer.stdout.split("\n", 1)[0].split("(")[0].split()
    return words[-1].removeprefix("v") if words else "unknown"
