"""`chain.dev()`: the whole platform in the calling process, as the README shows it."""

from __future__ import annotations

import chain
from chain.economy import supply
from chain.primitives import keccak

MZ = 10**18


def test_a_template_is_used_and_its_author_paid_inside_one_process() -> None:
    with chain.dev() as dev:
        author, creator = dev.accounts[0], dev.accounts[1]
        works = dev.contract("Works", dev.platform.works)
        token = dev.contract("MZ", dev.platform.mz)
        digest = keccak(b"Night Rain, final master")
        works.send("register", digest, sender=creator)
        work = works.call("workOf", digest, creator.address)
        before = token.call("balanceOf", author.address)

        licence = chain.Template("copyright-licence").use(
            dev, sender=creator, work=work, perUse="3 MZ", perDownload="0 MZ", perPeriod="0 MZ"
        )

        assert token.call("balanceOf", author.address) - before == 5 * MZ - 5 * MZ // 100
        assert dev.code(licence.address)
        assert supply(dev, dev.platform).burned == 5 * MZ // 100


def test_a_bare_chain_has_accounts_and_nothing_else() -> None:
    with chain.dev(platform=False) as dev:
        assert len(dev.accounts) == 10
        assert int(dev.rpc("eth_blockNumber"), 16) == 0


def test_two_chains_live_beside_each_other() -> None:
    with chain.dev(platform=False) as one, chain.dev(platform=False) as other:
        one.send({"to": other.accounts[1].address}, one.accounts[0], value=1)

        assert int(one.rpc("eth_blockNumber"), 16) == 1
        assert int(other.rpc("eth_blockNumber"), 16) == 0
