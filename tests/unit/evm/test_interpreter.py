"""What was made lighter in the interpreter gives py-evm's own answers."""

from __future__ import annotations

import pytest
from eth.vm.code_stream import CodeStream
from eth.vm.forks.prague.computation import PragueComputation
from eth.vm.forks.prague.state import PragueState
from hypothesis import given, settings
from hypothesis import strategies as st

from chain.evm.interpreter import Code, jump_destinations
from chain.evm.vm import MendedComputation, MendedState
from chain.model import AccountOverride, Call
from tests.traffic import MemoryChain

pytestmark = pytest.mark.filterwarnings("ignore:SELFDESTRUCT opcode present:DeprecationWarning")

CHAIN = MemoryChain()
INTERESTING = st.sampled_from([0x00, 0x56, 0x57, 0x5B, 0x5B, 0x5F, 0x60, 0x61, 0x7E, 0x7F])


@settings(deadline=None)
@given(st.lists(INTERESTING | st.integers(0, 255), max_size=120).map(bytes))
def test_jumps_may_land_where_py_evm_says(runtime: bytes) -> None:
    theirs = CodeStream(runtime)
    expected = {at for at, opcode in enumerate(runtime) if opcode == 0x5B and theirs.is_valid_opcode(at)}

    assert jump_destinations(runtime) == expected
    ours = Code(runtime)
    assert {at for at in range(len(runtime) + 40) if ours.is_valid_opcode(at)} == expected


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(PragueComputation.opcodes)) | INTERESTING | st.integers(0, 9), max_size=80).map(
        bytes
    ),
    st.integers(21_000, 60_000),
)
def test_random_code_ends_as_under_py_evm_s_interpreter(runtime: bytes, gas: int) -> None:
    call = Call(to=b"\xbb" * 20, gas=gas, data=b"")
    overrides = {b"\xbb" * 20: AccountOverride(code=runtime, balance=5, storage={0: 1, 1: 2})}

    ours = CHAIN.evm.call(CHAIN.head, call, overrides=overrides)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MendedState, "computation_class", PragueComputation)
        theirs = CHAIN.evm.call(CHAIN.head, call, overrides=overrides)

    assert ours == theirs


def test_the_lighter_interpreter_is_the_one_in_use() -> None:
    assert MendedState.computation_class is MendedComputation
    assert issubclass(MendedComputation, PragueState.computation_class)
