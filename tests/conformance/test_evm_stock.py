"""A second, stock py-evm chain imports what we build and comes to the same hashes.

It re-executes every block with py-evm's own header rules, transaction executor, receipts and tries. Three kinds of
blocks it cannot agree with, because they hold what py-evm does wrong; those are shown here too, so that a mend upstream
is noticed, and judged by anvil next door.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import rlp
from eth.chains.base import Chain
from eth.db.atomic import AtomicDB
from eth.vm.forks.prague import PragueVM
from eth.vm.forks.prague.constants import (
    CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS,
    WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS,
)
from eth_utils import ValidationError

from chain.evm.engine import ENGINES, EngineName
from chain.evm.genesis import genesis_accounts
from chain.evm.rules import EMPTY_REQUESTS_HASH
from chain.model import Built
from chain.primitives import keccak
from chain.spec import GenesisAccount, Spec
from tests.traffic import MemoryChain, Signer, Traffic, clearing, code, contract, deploy, spec, word

pytestmark = [
    pytest.mark.filterwarnings("ignore:SELFDESTRUCT opcode present:DeprecationWarning"),
    pytest.mark.usefixtures("engine"),
]


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[EngineName]:
    """Every chain made in a test runs on this engine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemoryChain, "usual_engine", request.param)
        yield request.param


class StockChain:
    """py-evm as it is, with our genesis."""

    def __init__(self, chain_spec: Spec) -> None:
        genesis = chain_spec.genesis
        configured = Chain.configure(
            __name__="StockChain", vm_configuration=((0, PragueVM),), chain_id=chain_spec.chain_id
        )
        header: dict[str, Any] = {
            "difficulty": 0,
            "nonce": bytes(8),
            "gas_limit": genesis.gas_limit,
            "base_fee_per_gas": genesis.base_fee,
            "timestamp": genesis.timestamp,
            "extra_data": genesis.extra_data,
            "mix_hash": genesis.mix_hash,
            "coinbase": genesis.coinbase,
            "parent_beacon_block_root": bytes(32),
        }
        accounts = {
            address: {
                "balance": account.balance,
                "nonce": account.nonce,
                "code": account.code,
                "storage": dict(account.storage),
            }
            for address, account in genesis_accounts(chain_spec)
        }
        self._chain = configured.from_genesis(AtomicDB(), header, accounts)  # type: ignore[arg-type]

    @property
    def head_hash(self) -> bytes:
        return bytes(self._chain.get_canonical_head().hash)

    def add(self, built: Built) -> None:
        """Import from bytes; raises ValidationError when py-evm comes to another result."""
        self._chain.import_block(rlp.decode(built.block.encode(), sedes=PragueVM.get_block_class()))


def pair(chain_spec: Spec | None = None) -> tuple[MemoryChain, StockChain]:
    chain = MemoryChain(chain_spec)
    stock = StockChain(chain.spec)
    assert stock.head_hash == chain.head.hash
    return chain, stock


def test_genesis_has_the_same_hash_with_code_and_storage_in_it() -> None:
    full = GenesisAccount(balance=3, nonce=4, code=b"\x5b\x00", storage={1: 2, 2**200: 2**250})

    pair(spec(extra={b"\x99" * 20: full}, extra_data=b"mz", mix_hash=b"\x07" * 32, coinbase=b"\x01" * 20))


@pytest.mark.parametrize("seed", range(6))
def test_mixed_traffic_gives_the_same_hashes(seed: int) -> None:
    chain, stock = pair()
    traffic = Traffic(seed)

    for number in range(4):
        built = chain.produce(traffic.take(25), coinbase=b"\xcc" * 20 if number % 2 else bytes(20))
        assert built.skipped == ()
        stock.add(built)
        assert stock.head_hash == built.block.hash


def test_requests_of_system_contracts_are_committed_to_alike() -> None:
    asked = {
        bytes(WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS): GenesisAccount(nonce=1, code=code("0x4c PUSH0 RETURN")),
        bytes(CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS): GenesisAccount(
            nonce=1, code=code("NUMBER PUSH0 MSTORE 0x74 PUSH0 RETURN")
        ),
    }
    chain, stock = pair(spec(extra=asked))

    for _ in range(2):
        built = chain.produce()
        assert built.block.header.requests_hash != EMPTY_REQUESTS_HASH
        stock.add(built)
        assert stock.head_hash == built.block.hash


def test_traffic_really_holds_what_it_is_there_for() -> None:
    chain, traffic = MemoryChain(), Traffic(0)
    receipts = [receipt for _ in range(6) for receipt in chain.produce(traffic.take(40)).receipts]

    assert {receipt.type for receipt in receipts} == {0, 1, 2, 4}
    assert {receipt.status for receipt in receipts} == {0, 1}
    assert any(receipt.contract_address and receipt.status for receipt in receipts)
    assert any(len(receipt.logs) == 5 for receipt in receipts)
    assert len({receipt.gas_used for receipt in receipts}) > 50


def test_blob_transactions_give_the_same_hashes() -> None:
    chain, stock = pair()
    signers = [Signer(index) for index in range(3)]
    for number in range(5):
        hashes = ["0x01" + keccak(bytes((number, index))).hex()[2:] for index in range(3)]
        built = chain.produce([s.sign(contract("logger"), type=3, blobVersionedHashes=hashes) for s in signers])
        assert built.block.header.blob_gas_used == 9 * 131_072
        stock.add(built)

    assert stock.head_hash == chain.head.hash
    assert chain.head.excess_blob_gas == 4 * 3 * 131_072


def test_gas_limit_base_fee_and_empty_blocks_give_the_same_hashes() -> None:
    chain, stock = pair(spec(gas_limit=1_000_000))
    signer = Signer(0)
    for number in range(12):
        offered = [signer.sign(contract("halter"), gas=900_000, maxFeePerGas=10**12)] if number % 3 else []
        built = chain.produce(offered, gas_limit=2_000_000, extra_data=bytes((number,)) * number)
        stock.add(built)

    assert stock.head_hash == chain.head.hash
    assert chain.head.gas_limit > 1_010_000
    assert len({block.header.base_fee for block in chain.blocks}) > 8


def test_contracts_created_and_destroyed_over_and_over_in_one_block_give_the_same_hashes() -> None:
    chain, stock = pair()
    signer = Signer(0)
    destroyed = deploy(code("0x01 0x02 SSTORE CALLER SELFDESTRUCT"))
    storing = deploy(code("CALLVALUE PUSH0 SSTORE STOP"))
    for _ in range(3):
        offered = [
            signer.sign(contract("factory"), data=payload, value=value)
            for payload in (destroyed, storing)
            for value in (0, 1, 5)
        ]
        stock.add(chain.produce(offered))

    assert stock.head_hash == chain.head.hash


def test_storage_is_written_cleared_and_refunded_to_the_same_hashes() -> None:
    chain, stock = pair()
    signer = Signer(0)
    for values in ((1, 2, 3), (0, 0, 0), (7, 0, 7), (0, 0, 0)):
        offered = [signer.sign(contract("store"), data=word(slot) + word(value)) for slot, value in enumerate(values)]
        stock.add(chain.produce(offered))

    assert stock.head_hash == chain.head.hash
    assert (
        chain.evm.state(chain.head).account(contract("store")).storage_root
        == chain.evm.state(chain.blocks[0].header).account(contract("store")).storage_root
    )


def test_a_calldata_floor_without_refund_gives_the_same_hashes() -> None:
    chain, stock = pair()

    stock.add(chain.produce([Signer(0).sign(b"\xaa" * 20, data=b"\x01" * 500)]))

    assert stock.head_hash == chain.head.hash


# --- what stock py-evm does wrong -------------------------------------------------------------------------------------

CLEARER = GenesisAccount(code=clearing(10), storage=dict.fromkeys(range(10), 1))
CREATOR = GenesisAccount(code=code("0x2580 PUSH0 PUSH0 CREATE STOP"))
WHERE = b"\xbb" * 20


def refused(account: GenesisAccount, *raws: bytes) -> bool:
    chain, stock = pair(spec(extra={WHERE: account}))
    built = chain.produce(raws)
    assert built.skipped == ()
    try:
        stock.add(built)
    except ValidationError:
        return True
    return False


def test_stock_writes_a_wrong_receipt_where_calldata_floor_and_refund_meet() -> None:
    """It recomputes the refund's cap over the floor that it has just added (EIP-7623)."""
    assert refused(CLEARER, Signer(0).sign(WHERE, data=b"\x01" * 2_500))
    assert not refused(CLEARER, Signer(0).sign(WHERE, data=b"\x01" * 10))


def test_stock_charges_initcode_twice_below_a_delegated_sender() -> None:
    owner = Signer(0)
    authorization = owner.authorize(WHERE, nonce=1)
    raw = owner.sign(owner.address, type=4, authorizationList=[authorization])

    assert refused(CREATOR, raw)
    assert not refused(CREATOR, Signer(1).sign(WHERE))


def test_stock_gets_zero_to_the_power_of_zero_wrong() -> None:
    # modexp(empty, empty, 5), its answer into slot 0
    runtime = code(
        "0x05 0x60 MSTORE8 0x01 0x40 MSTORE 0x01 PUSH0 0x61 PUSH0 0x05 GAS STATICCALL POP PUSH0 MLOAD PUSH0 SSTORE STOP"
    )

    assert refused(GenesisAccount(code=runtime), Signer(0).sign(WHERE))
