"""The known faults and traps of py-evm 0.12.1b1, one test each: what would go wrong, and that it does not here.

Numbers 1 to 21 are those under which they were first written down. Some concern the chain around the engine (13 score,
14 snapshots, 17 tracing, 19 addresses for eth-account): nothing here has such a thing. Letters are faults found since.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import warnings

import ckzg
import pytest
from eth.vm.forks.cancun.constants import BEACON_ROOTS_ADDRESS, BEACON_ROOTS_CONTRACT_CODE
from eth.vm.forks.prague import PragueVM
from eth.vm.forks.prague.constants import HISTORY_STORAGE_ADDRESS, HISTORY_STORAGE_CONTRACT_CODE

from chain.errors import IntrinsicGasTooLow, WrongChainId
from chain.evm.rules import EMPTY_REQUESTS_HASH, upfront_gas
from chain.evm.sidecars import trusted_setup, versioned_hash
from chain.evm.vm import MendedState
from chain.model import AccountOverride, Call
from chain.primitives import EMPTY_TRIE_ROOT, create_address
from chain.spec import GenesisAccount
from tests.traffic import (
    CHAIN_ID,
    GWEI,
    START,
    MemoryChain,
    Signer,
    clearing,
    code,
    contract,
    deploy,
    spec,
    word,
)


@pytest.fixture
def chain() -> MemoryChain:
    return MemoryChain()


def test_1_the_rules_are_prague_s(chain: MemoryChain) -> None:
    assert issubclass(MendedState, PragueVM.get_state_class())
    header = chain.produce().block.header
    assert (header.difficulty, header.nonce, header.requests_hash) == (0, bytes(8), EMPTY_REQUESTS_HASH)


def test_2_every_field_of_genesis_is_given_and_none_is_the_clock_s() -> None:
    header = MemoryChain(spec(gas_limit=12_345_678, base_fee=7, mix_hash=b"\x03" * 32, extra_data=b"mz")).head

    assert (header.timestamp, header.gas_limit, header.base_fee) == (START, 12_345_678, 7)
    assert (header.mix_hash, header.extra_data, header.parent_beacon_root) == (b"\x03" * 32, b"mz", bytes(32))
    assert (header.withdrawals_root, header.blob_gas_used, header.excess_blob_gas) == (EMPTY_TRIE_ROOT, 0, 0)


def test_3_the_system_contracts_are_in_genesis(chain: MemoryChain) -> None:
    state = chain.evm.state(chain.head)

    for address, runtime in (
        (BEACON_ROOTS_ADDRESS, BEACON_ROOTS_CONTRACT_CODE),
        (HISTORY_STORAGE_ADDRESS, HISTORY_STORAGE_CONTRACT_CODE),
    ):
        assert state.code(bytes(address)) == runtime
        assert state.nonce(bytes(address)) == 1


def test_3_a_genesis_that_brings_its_own_system_contract_keeps_it() -> None:
    own = GenesisAccount(nonce=3, code=b"\x5b")

    assert MemoryChain(spec(extra={bytes(HISTORY_STORAGE_ADDRESS): own})).build().nodes  # builds without it
    chain = MemoryChain(spec(extra={bytes(HISTORY_STORAGE_ADDRESS): own}))
    assert chain.evm.state(chain.head).code(bytes(HISTORY_STORAGE_ADDRESS)) == b"\x5b"


def test_4_every_block_tells_the_system_contracts_when_built_and_when_verified(chain: MemoryChain) -> None:
    for _ in range(3):
        built = chain.produce()
        assert chain.evm.verify(built.block, chain.blocks[-2].header) == built

    for number in (0, 1, 2):
        call = Call(to=bytes(HISTORY_STORAGE_ADDRESS), data=word(number))
        assert chain.evm.call(chain.head, call).output == chain.blocks[number].hash
    beacon = chain.evm.call(chain.head, Call(to=bytes(BEACON_ROOTS_ADDRESS), data=word(chain.head.timestamp)))
    assert (beacon.error, beacon.output) == (None, bytes(32))


def test_5_a_bad_transaction_does_not_drop_the_block(chain: MemoryChain) -> None:
    good = Signer(1).sign(b"\xaa" * 20)

    built = chain.produce([Signer(0, nonce=9).sign(b"\xaa" * 20), good])

    assert [tx.raw for tx in built.block.transactions] == [good]
    assert len(built.skipped) == 1


def test_6_contracts_see_what_the_header_says(chain: MemoryChain) -> None:
    header = chain.produce(
        [Signer(0).sign(contract("witness"))], timestamp=START + 99, prev_randao=b"\x42" * 32, coinbase=b"\xcc" * 20
    ).block.header

    state = chain.evm.state(header)
    seen = [state.storage(contract("witness"), slot) for slot in range(9)]
    assert seen == [
        header.timestamp,
        header.number,
        int.from_bytes(header.mix_hash, "big"),
        header.base_fee,
        CHAIN_ID,
        int.from_bytes(header.parent_hash, "big"),
        int.from_bytes(header.coinbase, "big"),
        header.gas_limit,
        1,
    ]
    assert (header.timestamp, header.mix_hash, header.coinbase) == (START + 99, b"\x42" * 32, b"\xcc" * 20)


def test_7_blob_gas_is_counted(chain: MemoryChain) -> None:
    blob = Signer(0).sign(b"\xaa" * 20, type=3, blobVersionedHashes=["0x01" + "ab" * 31])

    assert chain.produce([blob]).block.header.blob_gas_used == 131_072


def test_8_the_gas_limit_stays(chain: MemoryChain) -> None:
    assert [chain.produce().block.header.gas_limit for _ in range(5)] == [60_000_000] * 5


def test_9_the_base_fee_follows_eip_1559_and_nothing_else() -> None:
    chain = MemoryChain(spec(gas_limit=100_000, base_fee=0))
    signer = Signer(0)

    quiet = chain.produce([signer.sign(b"\xaa" * 20, gas=21_000)])
    assert quiet.block.header.base_fee == 0
    full = chain.produce([signer.sign(contract("halter"), gas=100_000)])
    assert full.block.header.base_fee == 0
    assert chain.evm.next_base_fee(full.block.header) == chain.produce().block.header.base_fee == 1


def test_10_the_chain_id_is_part_of_the_rules(chain: MemoryChain) -> None:
    foreign = MemoryChain(spec()).evm.decode(Signer(0).sign(b"\xaa" * 20))
    changed = type(foreign)(**{f: getattr(foreign, f) for f in foreign.__struct_fields__} | {"chain_id": 5})

    with pytest.raises(WrongChainId):
        chain.evm.admit(changed)
    assert chain.build([changed]).skipped[0].reason.startswith("invalid chain id for signer")


def test_10_unprotected_transactions_are_not_taken_from_users_but_may_stand_in_a_block(chain: MemoryChain) -> None:
    tx = chain.evm.decode(Signer(0).sign(b"\xaa" * 20, type=0, chainId=None))

    with pytest.raises(WrongChainId, match=r"only replay-protected \(EIP-155\) transactions allowed over RPC"):
        chain.evm.admit(tx)
    built = chain.produce([tx])
    assert chain.evm.verify(chain.evm.decode_block(built.block.encode()), chain.blocks[0].header) == built


def test_11_a_gas_limit_below_the_calldata_floor_is_refused(chain: MemoryChain) -> None:
    data = b"\x01" * 1_000  # intrinsic 37,000, floor 61,000
    short, enough = (chain.evm.decode(Signer(0).sign(b"\xaa" * 20, data=data, gas=gas)) for gas in (60_999, 61_000))

    with pytest.raises(IntrinsicGasTooLow, match="floor data gas cost: have 60999, want 61000"):
        chain.evm.admit(short)
    chain.evm.admit(enough)
    assert "floor data gas" in chain.build([short]).skipped[0].reason
    assert chain.build([enough]).receipts[0].gas_used == 61_000


def test_12_a_receipt_says_what_was_charged_where_floor_and_refund_meet() -> None:
    """py-evm charges 121,000 and writes 114,568 into receipt and header."""
    clearer = GenesisAccount(code=clearing(10), storage=dict.fromkeys(range(10), 1))
    chain = MemoryChain(spec(extra={b"\xbb" * 20: clearer}))
    signer = Signer(0)
    before = chain.evm.state(chain.head).balance(signer.address)

    built = chain.produce([signer.sign(b"\xbb" * 20, data=b"\x01" * 2_500)])

    [receipt] = built.receipts
    assert receipt.gas_used == built.block.header.gas_used == 21_000 + 10 * 4 * 2_500
    paid = before - chain.evm.state(chain.head).balance(signer.address)
    assert paid == receipt.gas_used * receipt.effective_gas_price


def test_15_a_call_runs_in_the_block_it_names(chain: MemoryChain) -> None:
    chain.produce()
    clock = code("TIMESTAMP PUSH0 MSTORE 0x20 PUSH0 RETURN")

    answer = chain.evm.call(chain.head, Call(to=b"\xbb" * 20), overrides={b"\xbb" * 20: AccountOverride(code=clock)})

    assert int.from_bytes(answer.output, "big") == chain.head.timestamp


def test_18_receipts_are_plain(chain: MemoryChain) -> None:
    signer = Signer(0)

    first, second = chain.produce([signer.sign(None, data=b""), signer.sign(contract("logger"))]).receipts

    assert (first.status, first.contract_address) == (1, create_address(signer.address, 0))
    assert second.gas_used == second.cumulative_gas_used - first.gas_used
    assert all(len(topic) == 32 for log in second.logs for topic in log.topics)


def test_20_timestamps_strictly_increase(chain: MemoryChain) -> None:
    with pytest.raises(ValueError, match="not after"):
        chain.build(timestamp=chain.head.timestamp)


def test_21_hashing_and_recovery_use_the_fast_libraries() -> None:
    program = (
        "import chain.evm, eth_hash.auto, eth_keys.backends as b\n"
        "eth_hash.auto.keccak(b'')\n"
        "print(eth_hash.auto.keccak.hasher.__module__, type(b.get_backend()).__name__)\n"
    )
    environment = {key: value for key, value in os.environ.items() if key != "ETH_HASH_BACKEND"}

    answer = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**environment, "PYTHONPATH": os.pathsep.join(sys.path)},
    )

    assert answer.stdout.split() == ["eth_hash.backends.pysha3", "CoinCurveECCBackend"]


# --- found since ------------------------------------------------------------------------------------------------------


def test_a_selfdestruct_does_not_depend_on_the_warnings_filter(chain: MemoryChain) -> None:
    """py-evm raises a DeprecationWarning inside the opcode; as an error it would change the result."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        built = chain.build([Signer(0).sign(contract("destroyer"), value=5)])

    assert [receipt.status for receipt in built.receipts] == [1]


def test_b_a_delegated_account_pays_once_for_the_initcode_of_a_create() -> None:
    """py-evm takes every frame whose sender is the origin for the outermost one, and charges EIP-3860 again."""
    size = 32 * 300
    creator = code(f"0x{size:04x} PUSH0 PUSH0 CREATE STOP")
    chain = MemoryChain(spec(extra={b"\xbb" * 20: GenesisAccount(code=creator)}))
    signer = Signer(0)
    plain = chain.evm.call(chain.head, Call(sender=Signer(1).address, to=b"\xbb" * 20))
    chain.produce([Signer(1).sign(signer.address, type=4, authorizationList=[signer.authorize(b"\xbb" * 20)])])

    delegated = chain.evm.call(chain.head, Call(sender=signer.address, to=signer.address))

    assert delegated.error is None
    assert delegated.gas_used == plain.gas_used


@pytest.mark.parametrize(
    ("base", "exponent", "modulus", "result"),
    [
        (b"", b"", b"\x05", 1),
        (b"", b"\x00", b"\x05", 1),
        (b"", b"\x02", b"\x05", 0),
        (b"", b"", b"\x01", 0),
        (b"\x02", b"\x03", b"\x05", 3),
    ],
)
def test_c_modexp_of_an_empty_base(
    chain: MemoryChain, base: bytes, exponent: bytes, modulus: bytes, result: int
) -> None:
    """py-evm answers 0 for every empty base, also where 0**0 is 1."""
    data = word(len(base)) + word(len(exponent)) + word(len(modulus)) + base + exponent + modulus

    assert chain.evm.call(chain.head, Call(to=(5).to_bytes(20, "big"), data=data)).output == bytes((result,))


def test_c_modexp_does_not_allocate_what_it_was_not_paid_for(chain: MemoryChain) -> None:
    huge = word(2**200)

    for data in (huge + word(0) + word(0), word(0) + word(0) + huge, word(1) + huge + word(1)):
        assert chain.evm.call(chain.head, Call(to=(5).to_bytes(20, "big"), data=data)).error == "out of gas"
    assert chain.evm.call(chain.head, Call(to=(5).to_bytes(20, "big"), data=word(0) + huge + word(0))).output == b""


def test_d_point_evaluation_reads_the_trusted_setup_once(chain: MemoryChain) -> None:
    """py-evm reads it on every call: two seconds for 50,000 gas."""
    blob = bytes(31) + b"\x07" + bytes(131_072 - 32)
    commitment = ckzg.blob_to_kzg_commitment(blob, trusted_setup())
    z = word(5)
    proof, y = ckzg.compute_kzg_proof(blob, z, trusted_setup())
    good = versioned_hash(commitment) + z + y + commitment + proof
    address = (10).to_bytes(20, "big")

    answer = chain.evm.call(chain.head, Call(to=address, data=good))

    assert (answer.error, answer.output[:32], len(answer.output)) == (None, word(4096), 64)
    for bad in (
        good[:-1],
        b"\x02" + good[1:],
        good[:64] + word(1) + good[96:],
        good[:144] + b"\xff" * 48,
        good[:32] + b"\xff" * 32 + good[64:],
    ):
        assert chain.evm.call(chain.head, Call(to=address, data=bad, gas=200_000)).error is not None


def test_e_initcode_counts_into_the_intrinsic_gas(chain: MemoryChain) -> None:
    """py-evm charges the words of EIP-3860 while executing, so a transaction that cannot pay them gets into a block."""
    data = deploy(bytes(1_000))
    needed = upfront_gas(data, creates=True, access_list=(), authorizations=0).required

    short = chain.evm.decode(Signer(0).sign(None, data=data, gas=needed - 1))

    assert chain.build([short]).skipped[0].reason.startswith("intrinsic gas too low")


def test_f_calls_nest_1024_deep_in_a_thread(chain: MemoryChain) -> None:
    """What a thread's stack must hold; smaller ones than 1 MiB end the process."""
    deep = code("PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 ADDRESS GAS CALL PUSH0 PUSH0 LOG0 STOP")
    call = Call(to=b"\xbb" * 20, gas=10**14)
    results = []

    def run() -> None:
        results.append(chain.evm.call(chain.head, call, overrides={b"\xbb" * 20: AccountOverride(code=deep)}))

    before = threading.stack_size(2 * 1024 * 1024)
    try:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)

    assert len(results[0].logs) == 1025


def test_g_a_zero_tip_leaves_no_empty_coinbase_behind(chain: MemoryChain) -> None:
    base_fee = chain.evm.next_base_fee(chain.head)
    raw = Signer(0).sign(b"\xaa" * 20, maxFeePerGas=base_fee, maxPriorityFeePerGas=0, value=1)

    with_coinbase = chain.build([raw], coinbase=b"\xcc" * 20)

    assert with_coinbase.block.header.state_root == chain.build([raw], coinbase=b"\xdd" * 20).block.header.state_root
    assert base_fee < GWEI
