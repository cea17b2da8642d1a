"""How deep JSON goes, judged by a straightforward count."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain.rpc.nesting import MAX_DEPTH, too_deep

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='[]{}"\\ax\n'),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(alphabet='[{"\\'), inner),
    max_leaves=30,
)


@given(values, st.integers(0, 2 * MAX_DEPTH))
def test_brackets_in_texts_do_not_count(value, around):
    def depth(item):
        if isinstance(item, dict | list):
            inner = item.values() if isinstance(item, dict) else item
            return 1 + max(map(depth, inner), default=0)
        return 0

    for text in (json.dumps(value), json.dumps(value, indent=3)):
        wrapped = "[" * around + text + "]" * around
        assert too_deep(wrapped.encode()) == (depth(value) + around > MAX_DEPTH)


@pytest.mark.parametrize("text", [b"[" * 1_000_000, b'{"a":' * 100_000, b"[ \n" * 200, b'"\\"[' + b"[" * 200])
def test_broken_json_is_measured_too(text):
    assert too_deep(text) == (text[:1] != b'"')


def test_many_brackets_side_by_side_are_not_deep():
    assert not too_deep(b"[" + b"[]," * 10_000 + b"[]]")
