"""What can be checked or made cheaper: Merkle proofs, access lists, and the rules that hold."""

from __future__ import annotations

import zlib
from concurrent.futures import Future
from typing import Any

from chain.gasprice import BLOB_BASE_FEE_UPDATE_FRACTION
from chain.rpc.calls import state_overrides, wish_from
from chain.rpc.encode import JsonObject, access_list_object, data, quantity
from chain.rpc.methods.execution import payable_at
from chain.rpc.params import Params, sequence, storage_slot
from chain.rpc.reverts import failure
from chain.rpc.service import Service

MAX_SLOTS = 1024  # of one proof
SECONDS = 10.0

# EIP-7910's names
PRECOMPILES = (
    "ECREC", "SHA256", "RIPEMD160", "ID", "MODEXP", "BN254_ADD", "BN254_MUL", "BN254_PAIRING", "BLAKE2F",
    "KZG_POINT_EVALUATION", "BLS12_G1ADD", "BLS12_G1MSM", "BLS12_G2ADD", "BLS12_G2MSM", "BLS12_PAIRING_CHECK",
    "BLS12_MAP_FP_TO_G1", "BLS12_MAP_FP2_TO_G2",
)  # fmt: skip
SYSTEM_CONTRACTS = {
    "BEACON_ROOTS_ADDRESS": "000f3df6d732807ef1319fb7b8bb8522d0beac02",
    "CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS": "0000bbddc7ce488642fb579f8b00f3a590007251",
    "DEPOSIT_CONTRACT_ADDRESS": "00000000219ab540356cbb839cbe05303d7705fa",
    "HISTORY_STORAGE_ADDRESS": "0000f90827f1c53a10cb7a02335b175320002935",
    "WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS": "00000961ef480eb55e80d19ad83579a64c007002",
}


def proof(service: Service, params: Params) -> Future[JsonObject]:
    """An account and slots of it, with the trie nodes that prove them against the block's state root."""
    address = params.at_most(3).address(0)
    keys = sequence(params.required(1), name="1", limit=MAX_SLOTS)
    slots = [storage_slot(key, name=f"1[{index}]") for index, key in enumerate(keys)]
    tag = service.block(params, 2)

    def prove() -> JsonObject:
        proven = service.node.inspect.proof(service.node.header(tag), address, slots)
        return {
            "address": data(address),
            "accountProof": [data(node) for node in proven.nodes],
            "balance": quantity(proven.account.balance),
            "codeHash": data(proven.account.code_hash),
            "nonce": quantity(proven.account.nonce),
            "storageHash": data(proven.account.storage_root),
            "storageProof": [
                {
                    "key": _as_given(key, found.slot),
                    "value": quantity(found.value),
                    "proof": [data(node) for node in found.nodes],
                }
                for key, found in zip(keys, proven.slots, strict=True)
            ],
        }

    return service.node.run(prove)


def create_access_list(service: Service, params: Params) -> Future[JsonObject]:
    """What a transaction touches, as an access list, and the gas it takes with that list."""
    call = wish_from(params.at_most(3).required(0), chain_id=service.node.spec.chain_id).call()
    tag, overrides = service.block(params, 1), state_overrides(params.optional(2), name="2")

    def find() -> JsonObject:
        header = service.node.header(tag)
        wish = payable_at(service, call, tag)
        touched, result = service.node.inspect.access_list(header, wish, SECONDS, overrides)
        answer: JsonObject = {"accessList": access_list_object(touched), "gasUsed": quantity(result.gas_used)}
        if result.error is not None:
            answer["error"] = failure(result).message
        return answer

    return service.node.run_long(find)


def config(service: Service, params: Params) -> JsonObject:
    """The fork that holds and those to come (EIP-7910): Prague from the first block on, and nothing after it."""
    params.at_most(0)
    genesis, state = service.node.header("earliest"), service.node.state("latest")
    present = {name: address for name, address in SYSTEM_CONTRACTS.items() if state.code(bytes.fromhex(address))}
    current: JsonObject = {
        "activationTime": 0,
        "blobSchedule": {"baseFeeUpdateFraction": BLOB_BASE_FEE_UPDATE_FRACTION, "max": 9, "target": 6},
        "chainId": quantity(service.node.spec.chain_id),
        # EIP-6122: nothing but genesis to hash, where every fork is active from there
        "forkId": data(zlib.crc32(genesis.hash).to_bytes(4, "big")),
        "precompiles": {name: f"0x{number:040x}" for number, name in sorted(enumerate(PRECOMPILES, start=1))},
        "systemContracts": {name: f"0x{address}" for name, address in present.items()},
    }
    return {"current": current, "next": None, "last": None}


def _as_given(key: Any, slot: int) -> str:
    """A full word stays one; everything else becomes a quantity, as in geth."""
    return f"0x{slot:064x}" if isinstance(key, str) and len(key) == 66 else quantity(slot)


METHODS = {"eth_getProof": proof, "eth_createAccessList": create_access_list, "eth_config": config}
