"""The roll-out of the platform, as plain functions over whatever can deploy: our client, brownie, a test.

Every step is done once: when the manifest knows the contract and its code is still on the chain, nothing is sent. A
contract that is there but was made from other code or parameters is kept and said to be outdated, because replacing MZ
or the Till would leave everybody's money behind; `replace` does it all the same.

    money       Vault · FundUse(Vault) · YuanFeed(Vault) · YuanAggregator(YuanFeed)
    factories   Vestings · Splits · SharesIssuer · Notary · Works(Notary)
    token       schedules and splits · Genesis(these, the sale to come): makes MZ · PublicSale(MZ, YuanFeed, FundUse)
    trade       Buyback(MZ, YuanFeed, Vault) · Templates(MZ, the Till to come) · Till(MZ, Templates, YuanFeed, Buyback,
                Vault)
"""

from __future__ import annotations

from typing import Any

from chain.client import Platform
from chain.deployment.book import Book
from chain.deployment.params import PARTS, Holding, Parameters, Schedule, at_vault
from chain.deployment.run import Deployer, Half, Run, Tell
from chain.errors import DeploymentError
from chain.primitives import ZERO_ADDRESS, Address, checksum

_SOLD_TRANCHES = (2, 4)  # public offering and crowdfunding, as Genesis numbers them


def roll_out(
    deployer: Deployer,
    parameters: Parameters,
    book: Book,
    *,
    replace: bool = False,
    tell: Tell = lambda step: None,
) -> Platform:
    """Deploy what is missing and return where everything is. What was done before a failure stays recorded.

    Raises DeploymentError, or whatever the deployer raises; running it again goes on where it stopped.
    """
    run = Run(deployer, book, tell, replace)
    money = _money(run, parameters)
    factories = _factories(run, parameters.same_everywhere)
    token = _token(run, parameters, money, factories)
    trade = _trade(run, parameters, money, token)
    platform = Platform(**money, **factories, **token, **trade)
    verify(deployer, platform)
    return platform


def verify(deployer: Deployer, platform: Platform) -> None:
    """Raise DeploymentError unless the contracts know each other as they should."""
    wiring = (
        ("Genesis", platform.genesis, "mz", platform.mz),
        ("Works", platform.works, "notary", platform.notary),
        ("Till", platform.till, "mz", platform.mz),
        ("Till", platform.till, "templates", platform.templates),
        ("Till", platform.till, "feed", platform.feed),
        ("Till", platform.till, "buyback", platform.buyback),
        ("Till", platform.till, "vault", platform.vault),
        ("Buyback", platform.buyback, "vault", platform.vault),
    )
    for contract, address, getter, expected in wiring:
        _must(contract, address, getter, deployer.call(contract, address, getter), expected)
    proceeds = deployer.call("PublicSale", platform.sale, "terms")["proceeds"]
    _must("PublicSale", platform.sale, "proceeds", proceeds, platform.fund_use)


def _money(run: Run, parameters: Parameters) -> dict[str, Address]:
    """Who keeps the treasury and who says what a yuan is."""
    vault = run.ensure("vault", "Vault", (list(parameters.seats),))
    recipients = [at_vault(account, vault) for account in parameters.fund_use]
    fund_use = run.ensure("fund_use", "FundUse", (recipients,), after=("vault",))
    timelock = at_vault(parameters.timelock, vault)
    feed = run.ensure("feed", "YuanFeed", (list(parameters.reporters), timelock), after=("vault",))
    ether = run.ensure("eth_cny", "YuanAggregator", (feed, ZERO_ADDRESS, "ETH / CNY"), after=("feed",))
    return {"vault": vault, "fund_use": fund_use, "feed": feed, "eth_cny": ether}


def _factories(run: Run, same_everywhere: bool) -> dict[str, Address]:
    """What anybody makes schedules, splits, shares, timestamps and works with."""
    ensure = run.ensure_shared if same_everywhere else run.ensure
    notary = ensure("notary", "Notary", ())
    return {
        "vestings": ensure("vestings", "Vestings", ()),
        "splits": ensure("splits", "Splits", ()),
        "shares": ensure("shares", "SharesIssuer", ()),
        "notary": notary,
        "works": ensure("works", "Works", (notary,), after=("notary",)),
    }


def _token(
    run: Run, parameters: Parameters, money: dict[str, Address], factories: dict[str, Address]
) -> dict[str, Address]:
    """Genesis makes MZ and hands it out in its constructor, to the sale as well, which comes right after it."""
    vault, sale = money["vault"], parameters.sale
    holdings = {
        "founders_tranche": parameters.founders,
        "institutions_tranche": parameters.institutions,
        "private_placement_tranche": parameters.private_placement,
    }
    founders, institutions, private = (
        _holder(run, name, holding, vault, factories) for name, holding in holdings.items()
    )

    def mz_of(genesis: Address) -> Address:
        made: Address = run.deployer.call("Genesis", genesis, "mz")
        return made

    def sale_of(genesis: Address) -> tuple[Any, ...]:
        terms = {
            "opens": sale.opens,
            "closes": sale.closes,
            "mzPerYuan": sale.mz_per_yuan,
            "softCap": sale.soft_cap,
            "caps": [run.deployer.call("Genesis", genesis, "amountOf", tranche) for tranche in _SOLD_TRANCHES],
            "proceeds": money["fund_use"],
            "unsoldTo": at_vault(sale.unsold_to, vault),
        }
        return mz_of(genesis), money["feed"], terms

    genesis, public_sale = run.ensure_pair(
        Half(
            name="genesis",
            contract="Genesis",
            arguments=lambda sold: ([founders, institutions, sold, private, sold],),
        ),
        Half(name="sale", contract="PublicSale", arguments=sale_of),
        after=("fund_use", "feed", "vestings", "splits"),
    )
    mz = run.adopt("mz", "MZ", mz_of(genesis))
    for holding, holder in zip(holdings.values(), (founders, institutions, private), strict=True):
        if not isinstance(holding, Schedule) and run.deployer.call("Split", holder, "pending", mz):
            run.deployer.send("Split", holder, "distribute", mz)
    return {"genesis": genesis, "mz": mz, "sale": public_sale}


def _trade(
    run: Run, parameters: Parameters, money: dict[str, Address], token: dict[str, Address]
) -> dict[str, Address]:
    """Every trade's way: registry, Till, and the buyback that half of the revenue goes to."""
    mz, feed, vault = token["mz"], money["feed"], money["vault"]
    currencies = [{"token": one.token, "minimum": one.minimum} for one in parameters.currencies]
    buyback = run.ensure(
        "buyback",
        "Buyback",
        (mz, feed, vault, parameters.auditor, parameters.first_price, currencies),
        after=("mz", "feed", "vault"),
    )
    templates, till = run.ensure_pair(
        Half(
            name="templates",
            contract="Templates",
            arguments=lambda till: (mz, till, parameters.templates_fee_bps),
        ),
        Half(
            name="till",
            contract="Till",
            arguments=lambda templates: (mz, templates, feed, buyback, vault, parameters.till_fee_bps),
        ),
        after=("mz", "feed", "buyback", "vault"),
    )
    return {"buyback": buyback, "templates": templates, "till": till}


def _holder(run: Run, name: str, holding: Holding, vault: Address, factories: dict[str, Address]) -> Address:
    """The contract that receives a tranche: a vesting schedule, or a split among accounts."""
    wish: Any
    if isinstance(holding, Schedule):
        contract, factory = "Vesting", ("Vestings", factories["vestings"])
        wish = {
            "beneficiary": at_vault(holding.beneficiary, vault),
            "start": holding.start,
            "cliff": holding.cliff,
            "length": holding.length,
        }
    else:
        contract, factory = "Split", ("Splits", factories["splits"])
        wish = [{"payee": account, "bps": PARTS // len(holding)} for account in holding]
    place: Address = run.deployer.call(*factory, "predict", wish)
    return run.ensure_made(name, contract, place, factory, "create", wish)


def _must(contract: str, address: Address, getter: str, found: Address, expected: Address) -> None:
    if found != expected:
        raise DeploymentError(
            f"{contract} at {checksum(address)} has {checksum(found)} as its {getter}, not {checksum(expected)}",
            hint="the deployment manifest mixes two roll-outs: move it away and roll out anew",
        )
