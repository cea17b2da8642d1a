"""Where one JSON text ends and the next begins."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as some

from chain.server.stream import JsonStream

VALUES = some.recursive(
    some.none() | some.integers() | some.text(max_size=8) | some.sampled_from(['"', "\\", '\\"', "{[", "}]", "\n"]),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
TEXTS = some.lists(some.lists(VALUES, max_size=3) | some.dictionaries(some.text(max_size=4), VALUES, max_size=3))


@given(TEXTS, some.sampled_from(["", "\n", " \r\n\t"]), some.sampled_from([None, 2]), some.integers(1, 7))
def test_texts_are_told_apart_wherever_the_stream_is_cut(texts, between, indent, size):
    written = [json.dumps(text, indent=indent, ensure_ascii=False).encode() for text in texts]
    sent = between.encode().join(written)
    stream = JsonStream(1 << 20)

    got = [text for at in range(0, len(sent), size) for text in stream.receive(sent[at : at + size])]

    assert got == written


def test_what_is_no_json_ends_with_its_line():
    stream = JsonStream(1000)

    assert stream.receive(b'hello\n} \n{"a":"broken\n{"b":1}"c"\n[2]') == [
        b"hello",
        b"}",
        b'{"a":"broken',
        b'{"b":1}',
        b'"c"',
        b"[2]",
    ]
    assert not stream.ended


def test_a_text_that_is_too_large_ends_the_stream_with_a_reason():
    stream = JsonStream(100)

    assert stream.receive(b"[" + b"1," * 40) == []
    assert stream.receive(b"1," * 40) == []

    assert stream.ended
    assert "more than 100 bytes" in json.loads(stream.pending())["error"]["message"]
    assert stream.pending() == b""
