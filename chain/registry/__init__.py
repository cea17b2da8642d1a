"""Templates: what their manifest says, how they are packed, checked, published, found, used and paid.

    template folder ── read_manifest ── check ── make_bundle ──► bundle (canonical archive, addressed by its CID)
                                                                    │ Library.publish
    chain: Templates ◄──────────────────────────────────────────────┘
         │ Library.show · bundle (verified) · prepare ── carry_out ──► instance

Responsible for the author's and the user's side. A node or a user never executes anything from a bundle but the
contract, on the chain.
"""

from chain.registry.bundle import Bundle, make_bundle, open_bundle
from chain.registry.check import Report, check
from chain.registry.compiling import Compiled, compile_folder
from chain.registry.findings import Finding
from chain.registry.instance import Instance
from chain.registry.library import Library
from chain.registry.manifest import Manifest, read_manifest
from chain.registry.moves import Move, Parties, Prepared, Spent, gas_of_action
from chain.registry.offers import Earnings, Offer, Use, Wish
from chain.registry.overview import Possible, Told, possible, told
from chain.registry.parameters import encode_values, pack_values, shown_values, values_of
from chain.registry.pots import Holding
from chain.registry.template import Template
from chain.registry.tenures import Standing, Tenures, Upgrade

__all__ = [
    "Bundle",
    "Compiled",
    "Earnings",
    "Finding",
    "Holding",
    "Instance",
    "Library",
    "Manifest",
    "Move",
    "Offer",
    "Parties",
    "Possible",
    "Prepared",
    "Report",
    "Spent",
    "Standing",
    "Template",
    "Tenures",
    "Told",
    "Upgrade",
    "Use",
    "Wish",
    "check",
    "compile_folder",
    "encode_values",
    "gas_of_action",
    "make_bundle",
    "open_bundle",
    "pack_values",
    "possible",
    "read_manifest",
    "shown_values",
    "told",
    "values_of",
]
