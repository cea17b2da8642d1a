"""`mz template`: what is refused before any node or compiler is asked."""

from __future__ import annotations

import pytest

from chain.errors import CompilerUnavailable

MANIFEST = """
name = "hello"
version = "1.0.0"
licence = "MIT"
kind = "code"
contract = "Hello.sol:Hello"
constructor = []
[title]
en = "Hello"
[summary]
en = "Says hello."
[terms]
price = "1 MZ"
share_bps = 0
"""
SOURCE = "// SPDX-License-Identifier: MIT\npragma solidity 0.8.37;\ncontract Hello { }\n"


@pytest.fixture
def folder(place):
    made = place / "hello"
    made.mkdir()
    (made / "template.toml").write_text(MANIFEST)
    (made / "Hello.sol").write_text(SOURCE)
    (made / "README.md").write_text("# Hello\n")
    return made


@pytest.fixture
def no_compiler(monkeypatch):
    def unavailable(**_options):
        raise CompilerUnavailable("the WebAssembly compiler needs Node.js", hint="install Node.js 20")

    monkeypatch.setattr("chain.solidity.ensure_solc", unavailable)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "code"', 'kind = "magic"', "kind"),
        ("share_bps = 0", "share_bps = 5000", "share_bps"),
        ('price = "1 MZ"', 'price = "cheap"', "price"),
        ('name = "hello"', 'nmae = "hello"', "nmae"),
        ('version = "1.0.0"', "version = ", "template.toml"),
    ],
)
def test_a_broken_manifest_is_status_2_and_no_compiler_is_fetched(mz, folder, no_compiler, old, new, said):
    (folder / "template.toml").write_text(MANIFEST.replace(old, new))

    answer = mz("template", "publish", "hello")

    assert answer.status == 2
    assert said in answer.err
    assert "Traceback" not in answer.err


def test_a_folder_without_a_manifest_says_so(mz, folder):
    (folder / "template.toml").unlink()

    said = mz("template", "publish", "hello")

    assert said.status == 1
    assert "there is no template.toml" in said.err


def test_without_a_compiler_the_next_step_is_said(mz, folder, no_compiler):
    said = mz("template", "publish", "hello")

    assert said.status == 1
    assert "needs Node.js" in said.err
    assert "install Node.js 20" in said.err


def test_a_file_that_is_no_bundle_is_refused(mz, place):
    (place / "thing.tar").write_bytes(b"not a bundle")

    said = mz("template", "publish", "thing.tar")

    assert said.status == 1
    assert "Traceback" not in said.err


def test_what_is_not_there_cannot_be_published(mz):
    assert mz("template", "publish", "nowhere").status == 2


@pytest.mark.parametrize("words", [("list",), ("show", "x"), ("use", "x", "--yes")])
def test_without_a_node_it_says_how_to_start_one(mz, words):
    said = mz("template", *words, "--rpc", "http://127.0.0.1:1")

    assert said.status == 1
    assert "mz up" in said.err


@pytest.mark.parametrize("given", [("x",), ("=1",), ("a=1", "a=2")])
def test_a_malformed_parameter_is_refused(given):
    from chain.cli.asking import values_of_flags as _values
    from chain.errors import UsageError

    with pytest.raises(UsageError):
        _values(given)
