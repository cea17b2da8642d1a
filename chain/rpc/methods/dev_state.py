"""The whole state out of one development chain and into another. Only a development chain has these."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from chain.primitives import to_hex
from chain.rpc.later import then
from chain.rpc.methods.dev_chain import do, done
from chain.rpc.params import Params
from chain.rpc.service import Service
from chain.rpc.statefile import decode_state, encode_state, packed

if TYPE_CHECKING:
    from chain.producer import Development


def dump_state(service: Service, params: Params) -> Future[str]:
    """Every account at the head as gzipped JSON, which anvil loads too. Executes the chain again to find them."""

    def dump(dev: Development) -> bytes:
        return packed(encode_state(dev.dump(), service.node.head()))

    return then(do(service, dump), to_hex)


def load_state(service: Service, params: Params) -> Future[bool]:
    """Take over the accounts of a dump, anvil's too, on top of what is there; blocks and time stay."""
    accounts = decode_state(params.data(0))
    return done(service, lambda dev: dev.load(accounts))


METHODS: Mapping[str, Callable[[Service, Params], Any]] = {
    "anvil_dumpState": dump_state,
    "anvil_loadState": load_state,
    "hardhat_dumpState": dump_state,
    "hardhat_loadState": load_state,
}
