"""A geth genesis file as a spec, taken verbatim: the same header, state and forks, so the same genesis hash.

Read as geth reads it: keys in any case, numbers as JSON numbers, decimal or hex strings, a fork that is not named never
begins. What could not be carried out is refused here, before a chain is made of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from chain.errors import SettingsError
from chain.primitives import ZERO_ADDRESS, ZERO_HASH, Address
from chain.spec.forks import BLOBS, MAINNET_DEPOSIT_CONTRACT, BlobLimits, Fork, Schedule
from chain.spec.spec import INITIAL_BASE_FEE, Genesis, GenesisAccount, Spec

T = TypeVar("T")

BY_BLOCK: Mapping[str, Fork] = {
    "homesteadblock": Fork.HOMESTEAD,
    "eip150block": Fork.TANGERINE_WHISTLE,
    "eip158block": Fork.SPURIOUS_DRAGON,
    "byzantiumblock": Fork.BYZANTIUM,
    "constantinopleblock": Fork.CONSTANTINOPLE,
    "petersburgblock": Fork.PETERSBURG,
    "istanbulblock": Fork.ISTANBUL,
    "muirglacierblock": Fork.MUIR_GLACIER,
    "berlinblock": Fork.BERLIN,
    "londonblock": Fork.LONDON,
    "arrowglacierblock": Fork.ARROW_GLACIER,
    "grayglacierblock": Fork.GRAY_GLACIER,
}
BY_TIME: Mapping[str, Fork] = {
    "shanghaitime": Fork.SHANGHAI,
    "cancuntime": Fork.CANCUN,
    "praguetime": Fork.PRAGUE,
}
# A chain may do without these, which only put off the difficulty bomb, and still have later ones.
OPTIONAL = frozenset({Fork.MUIR_GLACIER, Fork.ARROW_GLACIER, Fork.GRAY_GLACIER})

LATER: Mapping[str, str] = {
    "osaka": "EIP-7823, 7825, 7883, 7934, 7939 and 7951 (limits of MODEXP, gas of a transaction, CLZ, secp256r1)",
    "amsterdam": "EIP-7928 block access lists and the rest of Amsterdam",
    "bogota": "rules that are not final",
    "verkle": "EIP-6800 Verkle trees",
    "ubt": "EIP-7864 binary trees",
}
NEW_BLOBS = "blob limits that begin later than Prague's (EIP-7892)"

# Configuration that changes no rule known here.
SILENT = frozenset(
    {
        "chainid",
        "daoforkblock",
        "daoforksupport",
        "eip150hash",
        "eip155block",
        "mergenetsplitblock",
        "mergeforkblock",
        "terminaltotaldifficulty",
        "terminaltotaldifficultypassed",
        "terminalblockhash",
        "terminalblocknumber",
        "ethash",
        "blobschedule",
        "depositcontractaddress",
        "enableverkleatgenesis",
        "isdev",
    }
)


def read_genesis(text: bytes, name: str, *, allow_unknown_forks: bool = False) -> Spec:
    """The chain that a genesis file describes. SettingsError names the field that cannot be taken.

    `allow_unknown_forks`: later forks than Prague are left out and listed in `schedule.disregarded`.
    """
    try:
        fields = _lowered(json.loads(text), "the file")
        config = _lowered(_needed(fields, "config"), "config")
        schedule = _schedule(config, allow_unknown_forks)
        chain_id = _number(_needed(config, "chainid"), "chainId", 2**53)
        if chain_id == 0:
            raise ValueError("chainId is 0; a chain that can be signed for has another")
        return Spec(chain_id=chain_id, genesis=_genesis(fields, schedule), schedule=schedule, consensus="ethereum")
    except (json.JSONDecodeError, UnicodeDecodeError) as problem:
        raise SettingsError(f"{name} is not JSON: {problem}", hint="give a genesis file as geth reads it") from problem
    except ValueError as problem:
        raise SettingsError(
            f"{name}: {problem}", hint="correct the file; `geth init` reads the same format"
        ) from problem


def _genesis(fields: Mapping[str, Any], schedule: Schedule) -> Genesis:
    def field(key: str, convert: Callable[[Any, str], T], otherwise: T) -> T:
        value = fields.get(key.lower())
        return otherwise if value is None else convert(value, key)

    if field("number", _number, 0) != 0:
        raise ValueError("number is not 0; a genesis is block 0")
    extra = field("extraData", _octets, b"")
    return Genesis(
        timestamp=field("timestamp", _number, 0),
        gas_limit=_number(_needed(fields, "gasLimit"), "gasLimit") or 4_712_388,
        base_fee=field("baseFeePerGas", _word, INITIAL_BASE_FEE),
        coinbase=field("coinbase", _address, ZERO_ADDRESS),
        extra_data=extra,
        mix_hash=field("mixHash", _hash, ZERO_HASH),
        difficulty=_word(_needed(fields, "difficulty"), "difficulty"),
        nonce=field("nonce", _number, 0).to_bytes(8, "big"),
        gas_used=field("gasUsed", _number, 0),
        parent_hash=field("parentHash", _hash, ZERO_HASH),
        blob_gas_used=field("blobGasUsed", _number, 0),
        excess_blob_gas=field("excessBlobGas", _number, 0),
        alloc=_alloc(_needed(fields, "alloc")),
        verbatim=True,
    )


def _alloc(value: Any) -> dict[Address, GenesisAccount]:
    if not isinstance(value, dict):
        raise ValueError(f"alloc is {_shown(value)}, expected an object of addresses")
    accounts: dict[Address, GenesisAccount] = {}
    for key, entry in value.items():
        address = _address(key, "address in alloc")
        where = f"alloc of 0x{address.hex()}"
        if address in accounts:
            raise ValueError(f"{where} stands there twice")
        account = _lowered(entry, where)
        if strange := sorted(account.keys() - {"balance", "nonce", "code", "storage", "secretkey", "privatekey"}):
            raise ValueError(f"{where}: there is no field {strange[0]}")
        storage = account.get("storage") or {}
        if not isinstance(storage, dict):
            raise ValueError(f"{where}: storage is {_shown(storage)}, expected an object")
        slots = {_slot(slot, where): _slot(word, where) for slot, word in storage.items()}
        accounts[address] = GenesisAccount(
            balance=_word(account.get("balance") or 0, f"{where}: balance"),
            nonce=_number(account.get("nonce") or 0, f"{where}: nonce"),
            code=_octets(account.get("code") or "0x", f"{where}: code"),
            storage={slot: word for slot, word in slots.items() if word},
        )
    return accounts


def _schedule(config: Mapping[str, Any], allow_unknown: bool) -> Schedule:
    for engine in ("clique", "xdpos", "bor", "parlia", "optimism"):
        if config.get(engine) is not None:
            raise ValueError(f"config has {engine}: blocks are agreed on in a way that this version does not check")
    starts = {fork: _start(config, key) for key, fork in {**BY_BLOCK, **BY_TIME}.items()}
    if starts[Fork.PETERSBURG] is None:  # as in geth: unless told otherwise, both at once
        starts[Fork.PETERSBURG] = starts[Fork.CONSTANTINOPLE]
    _check_order(starts)
    replay = _start(config, "eip155block")
    if replay != starts[Fork.SPURIOUS_DRAGON]:
        raise ValueError(
            f"eip155Block is {replay} and eip158Block {starts[Fork.SPURIOUS_DRAGON]}; they are taken together only"
        )
    total = config.get("terminaltotaldifficulty")
    terminal = None if total is None else _word(total, "terminalTotalDifficulty")
    if terminal is None and config.get("terminaltotaldifficultypassed"):
        terminal = 0
    times = tuple((fork, first) for fork in BY_TIME.values() if (first := starts[fork]) is not None)
    if times and terminal is None:
        raise ValueError(f"{times[0][0].label} begins at a time, but there is no terminalTotalDifficulty before it")
    dao = _start(config, "daoforkblock")
    deposit = config.get("depositcontractaddress")
    return Schedule(
        blocks=tuple((fork, first) for fork in BY_BLOCK.values() if (first := starts[fork]) is not None),
        times=times,
        terminal_total_difficulty=terminal,
        dao_block=dao,
        dao_supported=bool(config.get("daoforksupport", False)),
        blobs=_blobs(config.get("blobschedule")),
        deposit_contract=MAINNET_DEPOSIT_CONTRACT if not deposit else _address(deposit, "depositContractAddress"),
        disregarded=_later(config, allow_unknown),
    )


def _check_order(starts: Mapping[Fork, int | None]) -> None:
    """None may be left out before a later one, and none may begin before an earlier one."""
    for forks in (BY_BLOCK.values(), BY_TIME.values()):
        last, missing = None, None
        for fork in forks:
            first = starts[fork]
            if first is None:
                missing = missing or (None if fork in OPTIONAL else fork)
                continue
            if missing is not None:
                raise ValueError(f"{fork.label} begins at {first}, but {missing.label} before it never does")
            if last is not None and first < last[1]:
                raise ValueError(f"{fork.label} begins at {first}, before {last[0].label} at {last[1]}")
            last = (fork, first)


def _later(config: Mapping[str, Any], allow: bool) -> tuple[str, ...]:
    """Forks that this version does not know, in the order in which they are named."""
    found: list[str] = []
    for key, value in config.items():
        if key in SILENT or key in BY_BLOCK or key in BY_TIME or value is None:
            continue
        named = re.fullmatch(r"(\w+?)(time|block)", key)
        if named is None:
            continue
        fork = named[1]
        missing = NEW_BLOBS if re.fullmatch(r"bpo\d+", fork) else LATER.get(fork, "its rules")
        if not allow:
            raise SettingsError(
                f"the fork {fork} begins at {value}; this version has rules up to Prague and lacks {missing}",
                hint="leave the fork out, or add --allow-unknown-forks: blocks after it are then run as Prague's, "
                "and other clients will differ",
            )
        found.append(fork)
    return tuple(found)


def _blobs(value: Any) -> tuple[tuple[Fork, BlobLimits], ...]:
    found = dict(BLOBS)
    for name, entry in _lowered(value or {}, "blobSchedule").items():
        fork = next((fork for fork, _ in BLOBS if fork.label == name), None)
        if fork is None:
            continue  # of a later fork, which `_later` speaks of
        limits = _lowered(entry, f"blobSchedule.{name}")
        numbers = [
            _number(_needed(limits, key), f"blobSchedule.{name}.{key}")
            for key in ("target", "max", "baseFeeUpdateFraction")
        ]
        if not 0 <= numbers[0] <= numbers[1] <= 1_024 or numbers[2] == 0:
            raise ValueError(f"blobSchedule.{name} has target {numbers[0]}, max {numbers[1]}, fraction {numbers[2]}")
        found[fork] = BlobLimits(target=numbers[0], most=numbers[1], update_fraction=numbers[2])
    return tuple(found.items())


def _start(config: Mapping[str, Any], key: str) -> int | None:
    value = config.get(key)
    return None if value is None else _number(value, key)


def _lowered(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is {_shown(value)}, expected an object")
    return {key.lower(): item for key, item in value.items()}


def _needed(fields: Mapping[str, Any], key: str) -> Any:
    value = fields.get(key.lower())
    if value is None:
        raise ValueError(f"{key} is missing")
    return value


def _number(value: Any, name: str, limit: int = 2**64) -> int:
    number = _integer(value, name)
    if not 0 <= number < limit:
        raise ValueError(f"{name} is {_shown(value)}, expected a number from 0 to {limit - 1}")
    return number


def _word(value: Any, name: str) -> int:
    return _number(value, name, 2**256)


def _integer(value: Any, name: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, str):
        if re.fullmatch(r"0[xX][0-9a-fA-F]*", value):
            return int(value[2:] or "0", 16)
        if value.isascii() and value.isdigit():
            return int(value)
    raise ValueError(f"{name} is {_shown(value)}, expected a number, or one in a string (decimal, or hex after 0x)")


def _octets(value: Any, name: str) -> bytes:
    if isinstance(value, str) and re.fullmatch(r"0[xX](?:[0-9a-fA-F]{2})*", value):
        return bytes.fromhex(value[2:])
    raise ValueError(f"{name} is {_shown(value)}, expected hex digits in pairs after 0x")


def _slot(value: Any, where: str) -> int:
    text = value.removeprefix("0x").removeprefix("0X") if isinstance(value, str) else None
    if text is None or not re.fullmatch(r"[0-9a-fA-F]{0,64}", text):
        raise ValueError(f"{where}: storage has {_shown(value)}, expected up to 32 bytes of hex")
    return int(text or "0", 16)


def _hash(value: Any, name: str) -> bytes:
    octets = _octets(value, name)
    if len(octets) != 32:
        raise ValueError(f"{name} has {len(octets)} bytes, expected 32")
    return octets


def _address(value: Any, name: str) -> Address:
    if isinstance(value, str) and re.fullmatch(r"(?:0[xX])?[0-9a-fA-F]{40}", value):
        return bytes.fromhex(value[-40:])
    raise ValueError(f"{name} is {_shown(value)}, expected 40 hex digits")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"
