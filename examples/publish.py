"""Publish a template: its bundle goes to the node, its code and terms onto the chain. A second run changes nothing.

python examples/publish.py examples/guest-book
"""

import os
import sys
from pathlib import Path

import chain
from chain.registry import Library, compile_folder, make_bundle, open_bundle

URL = os.environ.get("MZ_RPC", "http://127.0.0.1:8545")
AUTHOR = "dev5"  # with a key of your own: chain.Wallet.load("alice") below, and "alice" here


def main(folder: Path) -> None:
    client = chain.connect(URL, wallet=chain.Wallet.dev())
    library = Library(client)

    compiled = compile_folder(folder, print)
    bundle = open_bundle(make_bundle(folder, compiled.artifact))

    for offer in library.list(author=AUTHOR):
        if offer.manifest == bundle.digest:
            print(f"{offer.name} is published already, as version {offer.version}")
            return
    offer = library.publish(bundle, sender=AUTHOR)
    print(f"published {offer.name} version {offer.version} for {offer.price / 10**18:g} MZ a use, for good")
    print(f"its bundle is {URL}/ipfs/{bundle.cid}")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1] if len(sys.argv) > 1 else "examples/guest-book"))
    except chain.ChainError as problem:
        sys.exit(f"{problem}\n{problem.hint or ''}".strip())
