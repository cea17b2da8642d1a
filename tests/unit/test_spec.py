"""A chain's identity: written, read back, and told apart by its digest."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.spec import Genesis, GenesisAccount, Spec, decode_spec

words = st.integers(0, 2**256 - 1)
accounts = st.builds(
    GenesisAccount,
    balance=words,
    nonce=st.integers(0, 2**64 - 1),
    code=st.binary(max_size=40),
    storage=st.dictionaries(words, words, max_size=3),
)
specs = st.builds(
    Spec,
    chain_id=st.integers(1, 2**53),
    clock_drift_limit=st.none() | st.integers(0, 1_000),
    genesis=st.builds(
        Genesis,
        timestamp=st.integers(0, 2**40),
        alloc=st.dictionaries(st.binary(min_size=20, max_size=20), accounts, max_size=4),
        base_fee=words,
    ),
)


@given(specs)
def test_a_spec_survives_being_written_down(spec: Spec) -> None:
    assert decode_spec(spec.sealed().encode()) == spec.sealed()


@given(specs, specs)
def test_different_rules_have_different_digests(one: Spec, other: Spec) -> None:
    assert (one.digest() == other.digest()) == (one == other)


def test_the_digest_in_extra_data_does_not_change_the_digest() -> None:
    spec = Spec(chain_id=1, genesis=Genesis(timestamp=5, alloc={}))

    sealed = spec.sealed()

    assert sealed.genesis.extra_data == spec.digest() == sealed.digest()
    assert len(sealed.genesis.extra_data) == 32


@pytest.mark.parametrize("junk", [b"", b"{}", b"[1]", b'{"genesis": 1}', b"\xff"])
def test_junk_is_not_a_spec(junk: bytes) -> None:
    with pytest.raises(ValueError, match="not a chain spec"):
        decode_spec(junk)


def test_moving_a_coin_changes_the_chain() -> None:
    rich = Spec(chain_id=1, genesis=Genesis(timestamp=5, alloc={b"\x01" * 20: GenesisAccount(balance=2)}))
    poor = msgspec.structs.replace(
        rich, genesis=msgspec.structs.replace(rich.genesis, alloc={b"\x01" * 20: GenesisAccount(balance=1)})
    )

    assert rich.digest() != poor.digest()
