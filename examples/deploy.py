"""Deploy from a template: see the price, pay it, own the instance, use it.

python examples/deploy.py
"""

import os
import sys

import chain
from chain.registry import Library

URL = os.environ.get("MZ_RPC", "http://127.0.0.1:8545")
OWNER, GUEST = "dev1", "dev2"


def main() -> None:
    client = chain.connect(URL, wallet=chain.Wallet.dev())
    library = Library(client)

    # Nothing is paid yet: the bundle is fetched, verified against the chain, and the values are checked.
    wish = library.prepare("guest-book", {"place": "the harbour café"}, sender=OWNER)
    print(f"it costs {wish.price / 10**18:g} MZ, of which {wish.fee / 10**18:g} burn")

    use = library.carry_out(wish, sender=OWNER)
    print(f"deployed to {client.w3.to_checksum_address(use.instance)}")

    book = chain.Template("guest-book").at(client, use.instance)
    book.do("sign", {"words": "We came by boat."}, sender=GUEST)
    print(book.tell("latest"))

    try:
        book.do("sign", {"words": "And left again."}, sender=GUEST)
    except chain.ChainError as refused:
        print(f"a second entry is refused: {refused}")


if __name__ == "__main__":
    try:
        main()
    except chain.ChainError as problem:
        sys.exit(f"{problem}\n{problem.hint or ''}".strip())
