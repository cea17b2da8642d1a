"""Hot code as Python functions: when it is translated, how much is kept, and that leaving it half-way loses nothing."""

from __future__ import annotations

import pytest

from chain.evm.fast.program import program_of
from chain.evm.fast.translation import Translations
from chain.model import AccountOverride, Call, CallResult
from tests.traffic import MemoryChain, code

WHERE = b"\xbb" * 20
# Hashes its memory as many times as calldata says.
LOOP = code(
    "PUSH0 CALLDATALOAD JUMPDEST DUP1 ISZERO 0x15 JUMPI 0x20 PUSH0 KECCAK256 PUSH0 MSTORE 0x01 SWAP1 SUB 0x02 JUMP "
    "JUMPDEST 0x20 PUSH0 RETURN"
)


@pytest.fixture(scope="module", autouse=True)
def engine() -> None:
    """Once only: each test here names its engine."""


def turned(chain: MemoryChain, turns: int, gas: int = 10_000_000) -> CallResult:
    call = Call(to=WHERE, data=turns.to_bytes(32, "big"), gas=gas)
    return chain.evm.call(chain.head, call, overrides={WHERE: AccountOverride(code=LOOP)})


def test_a_code_is_translated_after_it_ran_often_and_not_before() -> None:
    translations = Translations(hot_runs=3)

    seen = [translations.of(LOOP) is not None for _ in range(5)]

    assert seen == [False, False, False, True, True]


def test_a_loop_goes_on_translated_in_the_middle_of_its_first_run_and_comes_to_the_same() -> None:
    slow = MemoryChain(engine="fast", hot_runs=None)
    chain = MemoryChain(engine="fast")
    for turns in (0, 1, 150, 5_000):
        assert turned(chain, turns) == turned(slow, turns)


@pytest.mark.parametrize("turns", (3, 40))
def test_a_translated_loop_runs_out_of_gas_where_the_interpreter_does(turns: int) -> None:
    slow = MemoryChain(engine="fast", hot_runs=None)
    chain = MemoryChain(engine="fast", hot_runs=0)
    needed = turned(slow, turns).gas_spent
    for gas in [*range(max(21_350, needed - 150), needed + 2), *range(21_400, needed, 97)]:
        assert turned(chain, turns, gas) == turned(slow, turns, gas)

    assert turned(chain, turns, needed).error is None
    assert turned(chain, turns, needed - 1).error == "out of gas"


def test_the_stack_limit_is_met_inside_a_translation_as_outside() -> None:
    deep = b"\x5f" * 1_020 + code("0x01 0x02 0x03") + b"\x00"  # 1,023 words
    full = b"\x5f" * 1_020 + code("0x01 0x02 0x03 0x04 0x05") + b"\x00"
    for source in (deep, full):
        results = [
            chain.evm.call(chain.head, Call(to=WHERE, data=b""), overrides={WHERE: AccountOverride(code=source)})
            for chain in (MemoryChain(engine="fast", hot_runs=runs) for runs in (None, 0))
        ]
        assert results[0] == results[1]
        assert (results[0].error is None) is (source is deep)


def test_only_so_much_is_kept() -> None:
    translations = Translations(hot_runs=0, opcodes=200)
    for number in range(50):
        source = number.to_bytes(2, "big").join((b"\x61", b"\x50")) + b"\x5b" * 30 + b"\x00"
        assert translations.add(program_of(source), source, 0) is not None

    assert 0 < len(translations) < 10


def test_a_code_with_ever_new_entrances_is_left_to_the_interpreter_in_the_end() -> None:
    source = code("PUSH0 POP") * 500
    translations = Translations(hot_runs=0)

    made = [translations.add(program_of(source), source, 2 * at) is not None for at in range(500)]

    assert made == [True] * 400 + [False] * 100
