"""`mz node`: what it refuses before anything is started, and where its version is told."""

from __future__ import annotations

import pytest

from chain.version import VERSION


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("start", "--genesis", "g.json"), "cannot read g.json"),
        (("init", "--genesis", "g.json"), "cannot read g.json"),
        (("init", "--genesis", "g.json", "--gas-limit", "9000000"), "contradict each other"),
        (("start", "--memory", "--data-dir", "d"), "contradict each other"),
        (("start", "--no-dev", "--time", "5"), "need development methods"),
        (("start", "--no-dev", "--client-version", "HardhatNetwork/mz"), "need development methods"),
        (("start", "--host", "0.0.0.0", "--unlock", "0x" + "11" * 20), "whoever reaches it could spend"),
        (("start", "--host", "192.0.2.1", "--unlock", "me"), "whoever reaches it could spend"),
        (("start", "--memory", "--access", "none.toml"), "none.toml: No such file"),
        (("start", "--memory", "--rate", "0"), "0.0 is not in the range"),
        (("token", "a b"), "letters, digits"),
        (("start", "--memory", "--time", "tomorrow"), "is no time"),
        (("start", "--memory", "--unlock", "me"), "--unlock"),
        (("start", "--memory", "--accounts", "-1"), "-1 is not in the range"),
        (("start", "--memory", "--block-time", "-1"), "node.block_time"),
        (("start", "--memory", "--chain-id", "0"), "0 is not in the range"),
        (("mine", "0"), "0 is not in the range"),
        (("strat",), "did you mean start?"),
    ],
)
def test_what_makes_no_sense_is_refused_with_the_next_step(mz, place, words, said):
    done = mz("node", *words)

    assert done.status == 2 and said in done.err and done.out == ""
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("words", [(), ("node",), ("node", "start", "--memory"), ("account", "list")])
def test_the_version_is_told_wherever_it_is_asked_for(mz, words):
    said = mz(*words, "--version")

    assert (said.status, said.out) == (0, f"mz v{VERSION}\n")


@pytest.mark.parametrize("verb", ["status", "mine"])
def test_without_a_node_the_error_says_how_to_get_one(mz, verb):
    done = mz("node", verb, "--rpc", "http://127.0.0.1:1")

    assert done.status == 1 and "no node answers at http://127.0.0.1:1" in done.err
