"""What the Till holds for an instance, in words that no author has written.

The sentences are made from the Till's own books and say only what the Till guarantees, whatever the instance does.
"""

from __future__ import annotations

from chain.client import Contract
from chain.model import Record
from chain.primitives import Address, Hash32
from chain.registry.units import Money, show


class Holding(Record):
    """One pot at one moment, and one reader's part of it. Amounts are in smallest units, times Unix seconds."""

    instance: Address
    token: Address  # zero: ether
    ref: Hash32
    money: Money
    left: int
    total: int
    expiry: int  # zero: nothing was ever held here
    closed: bool
    paid_in: int  # by the reader
    due: int  # what a refund would give the reader now
    now: int

    @property
    def expired(self) -> bool:
        """Whether the instance can no longer take anything out, and payers can have their part sent back."""
        return self.expiry != 0 and self.now > self.expiry

    def sentences(self, language: str = "en") -> list[str]:
        """What is guaranteed, in `en` or `zh`."""
        amount, until = self.money.show, show("uint256", "time", self.expiry)
        words = _ZH if language == "zh" else _EN
        if self.expiry == 0 or (self.left == 0 and self.paid_in == 0):
            return [words["empty"]]
        told = [words["left"].format(left=amount(self.left))]
        if self.closed:
            told.append(words["closed"].format(released=amount(max(self.total - self.left, 0))))
        if self.paid_in:
            told.append(words["yours"].format(paid=amount(self.paid_in), due=amount(self.due)))
        told.append(words["over" if self.expired else "until"].format(until=until))
        return told


_EN = {
    "empty": "The Till holds nothing here.",
    "left": "The Till holds {left} here; neither side can spend it.",
    "closed": "{released} of it has been paid out, so it takes no more deposits.",
    "yours": "You have paid in {paid}; a refund now would give you {due}.",
    "until": "The contract can pay it out or refund it until {until}; "
    "after that anyone can have each payer's part sent back.",
    "over": "The time ended {until}: the contract can pay nothing out any more, "
    "and anyone can have each payer's part sent back.",
}
_ZH = {
    "empty": "钱柜在此没有保管款项。",
    "left": "钱柜在此保管 {left}，任何一方都不能动用。",
    "closed": "其中 {released} 已付出，因此不再接受存入。",
    "yours": "您已存入 {paid}；现在退款将退回 {due}。",
    "until": "合约可在 {until} 之前付出或退款；此后任何人都可以让钱柜把各付款人的份额退回。",
    "over": "期限已于 {until} 结束：合约不能再付出任何款项，任何人都可以让钱柜把各付款人的份额退回。",
}


def holding(
    till: Contract, instance: Address, token: Address, ref: Hash32, user: Address | None, money: Money, now: int
) -> Holding:
    """Ask the Till; `user` is the reader, None for nobody in particular."""
    pot = till.call("pot", instance, token, ref)
    paid_in = 0 if user is None else till.call("paidIn", instance, token, ref, user)
    return Holding(
        instance=instance,
        token=token,
        ref=ref,
        money=money,
        left=pot["left"],
        total=pot["total"],
        expiry=pot["expiry"],
        closed=pot["closed"],
        paid_in=paid_in,
        due=paid_in * pot["left"] // pot["total"] if pot["total"] else 0,
        now=now,
    )
