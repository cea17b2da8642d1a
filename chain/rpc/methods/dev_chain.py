"""Development commands over the whole chain: snapshots, blocks, time, the pool. Only a development chain has them.

The families say the same things in different words: `evm_` is ganache's and hardhat's, `hardhat_` hardhat's, `anvil_`
foundry's. Where they disagree about a unit, each family keeps its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from chain.errors import InvalidParams, MethodNotFound
from chain.rpc.encode import JsonObject, data, quantity
from chain.rpc.later import then
from chain.rpc.params import Params, mapping, shown
from chain.rpc.params import quantity as read_quantity
from chain.rpc.service import Service

if TYPE_CHECKING:
    from chain.node.dev import Dev
    from chain.producer import Development

T = TypeVar("T")

# Clocks are told in seconds, ganache's in milliseconds; no chain lives in the year 5138.
FIRST_MILLISECONDS = 10**11


def dev_of(service: Service) -> Dev:
    """The side door. Raises MethodNotFound where there is none."""
    if service.node.dev is None:
        raise MethodNotFound("development methods are not available on this chain")
    return service.node.dev


def do(service: Service, work: Callable[[Development], T]) -> Future[T]:
    """Run development commands in the writer thread."""
    return dev_of(service).do(work)


def done(service: Service, work: Callable[[Development], Any]) -> Future[bool]:
    """Run development commands whose answer is that they were carried out."""
    return then(do(service, work), lambda _: True)


def number(params: Params, index: int, default: int | None = None) -> int:
    """A number as scripts write it: JSON, 0x hex or decimal digits."""
    value = params.optional(index)
    if value is None and default is not None:
        return default
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 80:
        return int(value)
    return params.quantity(index)


def snapshot(service: Service, params: Params) -> Future[str]:
    """Remember everything as it is; the id to revert to."""
    return then(do(service, lambda dev: dev.snapshot()), quantity)


def revert(service: Service, params: Params) -> Future[bool]:
    """Make everything as it was at that snapshot; false for an unknown or used one."""
    wanted = number(params, 0)
    return do(service, lambda dev: dev.revert(wanted))


def reset(service: Service, params: Params) -> Future[bool]:
    """Back to genesis. This node does not fork another chain."""
    options = params.optional(0)
    if options is not None and any(value for value in mapping(options, name="0").values()):
        raise InvalidParams("this node does not fork other chains", hint="call it without parameters")
    return done(service, lambda dev: dev.reset())


def mine_one(service: Service, params: Params) -> Future[str]:
    """One block, at a time if one is given; or `{blocks, timestamp}`."""
    options = params.optional(0)
    if isinstance(options, dict):
        count = 1 if options.get("blocks") is None else read_quantity(options["blocks"], name="0.blocks")
        given = options.get("timestamp")
        timestamp = None if given is None else read_quantity(given, name="0.timestamp")
    else:
        count, timestamp = 1, None if options is None else number(params, 0)
    return then(do(service, lambda dev: dev.mine(count, timestamp=timestamp)), lambda _: "0x0")


def mine_many(service: Service, params: Params) -> Future[bool]:
    """Some blocks, so many seconds apart."""
    count = number(params, 0, 1)
    interval = None if params.optional(1) is None else number(params, 1)
    return done(service, lambda dev: dev.mine(count, interval=interval))


def increase_time(service: Service, params: Params) -> Future[int]:
    """Move the clock on by seconds; its distance from the machine's clock."""
    seconds = number(params, 0)
    return do(service, lambda dev: dev.increase_time(seconds))


def set_time(service: Service, params: Params) -> Future[int]:
    """Set the clock, in seconds or (as ganache) milliseconds; its distance from the machine's clock."""
    given = number(params, 0)
    timestamp = given // 1000 if given >= FIRST_MILLISECONDS else given
    return do(service, lambda dev: dev.set_time(timestamp))


def set_next_timestamp(service: Service, params: Params) -> Future[bool]:
    """The exact time of the next block."""
    timestamp = number(params, 0)
    return done(service, lambda dev: dev.set_next_timestamp(timestamp))


def set_timestamp_interval(service: Service, params: Params) -> Future[bool]:
    """Seconds from block to block, whatever the clock says."""
    seconds = number(params, 0)
    return done(service, lambda dev: dev.set_step(seconds))


def remove_timestamp_interval(service: Service, params: Params) -> Future[bool]:
    """Stamp blocks by the clock again."""
    return done(service, lambda dev: dev.set_step(None))


def set_automine(service: Service, params: Params) -> Future[bool]:
    """Whether a transaction gets its block at once."""
    params.required(0)
    on = params.flag(0)
    return done(service, lambda dev: dev.set_automine(on))


def get_automine(service: Service, params: Params) -> Future[bool]:
    """Whether a transaction gets its block at once."""
    return do(service, lambda dev: dev.mining().automine)


def set_interval_milliseconds(service: Service, params: Params) -> Future[bool]:
    """A block every so many milliseconds; 0: no longer."""
    milliseconds = number(params, 0)
    return done(service, lambda dev: dev.set_interval(milliseconds / 1000))


def set_interval_seconds(service: Service, params: Params) -> Future[bool]:
    """A block every so many seconds; 0: no longer."""
    seconds = number(params, 0)
    return done(service, lambda dev: dev.set_interval(seconds))


def get_interval_seconds(service: Service, params: Params) -> Future[float | None]:
    """Seconds from block to block, null when the clock makes none."""
    return do(service, lambda dev: dev.mining().interval)


def drop(service: Service, params: Params) -> Future[bool]:
    """Forget a waiting transaction; false when it does not wait."""
    tx_hash = params.hash(0)
    return do(service, lambda dev: dev.drop(tx_hash))


def drop_all(service: Service, params: Params) -> Future[bool]:
    """Forget every waiting transaction."""
    return done(service, lambda dev: dev.drop_all())


def drop_sender(service: Service, params: Params) -> Future[bool]:
    """Forget the waiting transactions of one sender."""
    sender = params.address(0)
    return done(service, lambda dev: dev.drop_all(sender))


def node_info(service: Service, params: Params) -> JsonObject:
    """What anvil tells about itself, with our figures."""
    dev_of(service)
    head, parent = service.node.head(), service.node.upcoming()[0]
    return {
        "currentBlockNumber": quantity(head.number),
        "currentBlockTimestamp": head.timestamp,
        "currentBlockHash": data(head.hash),
        "hardFork": service.node.spec.fork,
        "transactionOrder": "fees",
        "environment": {
            "baseFee": quantity(head.base_fee or 0),
            "chainId": service.node.spec.chain_id,
            "gasLimit": quantity(parent.gas_limit),
            "gasPrice": quantity(service.node.gas_price()),
        },
        "forkConfig": {"forkUrl": None, "forkBlockNumber": None, "forkRetryBackoff": None},
    }


def metadata(service: Service, params: Params) -> JsonObject:
    """Which node this is; the instance is the chain itself."""
    dev_of(service)
    head = service.node.head()
    return {
        "clientVersion": service.version,
        "chainId": service.node.spec.chain_id,
        "instanceId": data(service.node.header("earliest").hash),
        "latestBlockNumber": head.number,
        "latestBlockHash": data(head.hash),
        "forkedNetwork": None,
    }


def set_logging(service: Service, params: Params) -> bool:
    """Taken for the sake of scripts: this node prints nothing about requests anyway."""
    dev_of(service)
    if not isinstance(params.optional(0), bool):
        raise InvalidParams(f"invalid argument 0: expected true or false, got {shown(params.optional(0))}")
    return True


METHODS: Mapping[str, Callable[[Service, Params], Any]] = {
    "evm_snapshot": snapshot,
    "evm_revert": revert,
    "evm_mine": mine_one,
    "evm_increaseTime": increase_time,
    "evm_setTime": set_time,
    "evm_setNextBlockTimestamp": set_next_timestamp,
    "evm_setAutomine": set_automine,
    "evm_getAutomine": get_automine,
    "evm_setIntervalMining": set_interval_milliseconds,
    "anvil_snapshot": snapshot,
    "anvil_revert": revert,
    "anvil_reset": reset,
    "anvil_mine": mine_many,
    "anvil_increaseTime": increase_time,
    "anvil_setTime": set_time,
    "anvil_setNextBlockTimestamp": set_next_timestamp,
    "anvil_setBlockTimestampInterval": set_timestamp_interval,
    "anvil_removeBlockTimestampInterval": remove_timestamp_interval,
    "anvil_setAutomine": set_automine,
    "anvil_getAutomine": get_automine,
    "anvil_setIntervalMining": set_interval_seconds,
    "anvil_getIntervalMining": get_interval_seconds,
    "anvil_dropTransaction": drop,
    "anvil_dropAllTransactions": drop_all,
    "anvil_removePoolTransactions": drop_sender,
    "anvil_nodeInfo": node_info,
    "anvil_metadata": metadata,
    "anvil_setLoggingEnabled": set_logging,
    "hardhat_reset": reset,
    "hardhat_mine": mine_many,
    "hardhat_getAutomine": get_automine,
    "hardhat_dropTransaction": drop,
    "hardhat_dropAllTransactions": drop_all,
    "hardhat_metadata": metadata,
    "hardhat_setLoggingEnabled": set_logging,
}
