"""Run a crowdfunding from its opening to its last milestone, or to the refunds.

    python examples/crowdfunding.py             opens a campaign
    python examples/crowdfunding.py 0xCAMPAIGN  goes on with one

A chain for tests (`mz up --dev`) has its clock moved; on any other the script ends when there is only waiting to do.
"""

import hashlib
import os
import sys
from datetime import UTC, datetime

import chain
from chain.errors import MethodNotFound
from chain.registry import Instance

URL = os.environ.get("MZ_RPC", "http://127.0.0.1:8545")
CREATOR, BACKERS = "dev1", {"dev2": "80 MZ", "dev3": "40 MZ"}
EVIDENCE = {"evidence": "0x" + hashlib.sha256(b"what shows that the milestone is met").hexdigest()}
FAILED, STOPPED, DONE = 2, 6, 7  # phases; the others are in the template's README


def main(address: str | None) -> None:
    client = chain.connect(URL, wallet=chain.Wallet.dev())
    template = chain.Template("crowdfunding")
    if address is None:
        campaign = template.use(client, sender=CREATOR, goal="100 MZ", deadline="+14 days", parts="40 %, 60 %")
        print(f"campaign {client.w3.to_checksum_address(campaign.address)}")
        for backer, amount in BACKERS.items():
            campaign.do("back", {"amount": amount}, sender=backer)
        print(campaign.tell("standing"))
    else:
        campaign = template.at(client, address)
    advance(client, campaign)


def advance(client: chain.Client, campaign: Instance) -> None:
    """Do whatever can be done, until the campaign is over or time has to pass."""
    while (phase := campaign.contract.call("phase")) != DONE:
        if phase in (FAILED, STOPPED):
            for backer in BACKERS:
                campaign.do("refund", sender=backer)
            break
        if campaign.may("report", CREATOR, EVIDENCE):
            campaign.do("report", EVIDENCE, sender=CREATOR)
            print("reported a milestone; backers may object now")
        elif campaign.may("release", CREATOR):
            campaign.do("release", sender=CREATOR)
            print("released its money to the creator")
        elif not waited(client, until=campaign.contract.call("ends")):
            return
    print(campaign.tell("phase"))


def waited(client: chain.Client, until: int) -> bool:
    """Move a test chain's clock beyond a time; False on a chain whose time nobody moves."""
    try:
        client.rpc("evm_mine", until + 1)
    except MethodNotFound:
        print(f"nothing to do before {datetime.fromtimestamp(until, UTC):%d %B %Y %H:%M} UTC: go on then")
        return False
    return True


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else None)
    except chain.ChainError as problem:
        sys.exit(f"{problem}\n{problem.hint or ''}".strip())
