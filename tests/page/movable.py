"""A node of this process whose clock and chain can be moved; the page is not told how."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from web3 import HTTPProvider, Web3

from chain import Client, Wallet
from chain.cli import rollout
from chain.cli.hosting import Host
from chain.launch import NodeOptions
from chain.registry import Library
from chain.registry.instance import Instance

__all__ = ["Movable", "made_by_program", "moved"]


class Movable:
    """Seen from outside as a served node is."""

    def __init__(self, host: Host) -> None:
        self.url = host.running.url
        self.web3 = Web3(HTTPProvider(self.url, request_kwargs={"timeout": 30}))

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"{self.url}/{path.lstrip('/')}", timeout=10) as answer:
            return str(answer.read().decode())

    def do(self, method: str, *params: Any) -> Any:
        answer = self.web3.provider.make_request(method, list(params))  # type: ignore[arg-type]
        assert "error" not in answer, answer
        return answer["result"]

    def wait(self, seconds: int) -> None:
        self.do("evm_increaseTime", seconds)
        self.do("evm_mine")

    def wait_until(self, time: int) -> None:
        """The newest block has this time, or a later one if it had."""
        if self.web3.eth.get_block("latest")["timestamp"] < time:
            self.do("evm_setNextBlockTimestamp", hex(time))
            self.do("evm_mine")


@contextmanager
def moved(folder: Path) -> Iterator[Movable]:
    """Such a node on a folder in which everything is rolled out."""
    host = Host(NodeOptions(data_dir=folder, dev=True), 0)
    try:
        rollout.deploy(host, lambda _: None)
        yield Movable(host)
    finally:
        host.stop()


def made_by_program(movable: Movable, template: str, values: dict[str, str]) -> Instance:
    """An instance that the library makes and acts on: for what goes before what the page is asked about."""
    library = Library(Client(movable.url, Wallet.dev()))
    made = library.use(template, values, sender="dev4")
    return Instance(library, made.instance, library.bundle(library.show(template)))
