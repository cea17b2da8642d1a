"""What py-evm has for each fork: interpreters, which get the same repairs as Prague's (`vm`), and difficulty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

from eth.constants import DIFFICULTY_MINIMUM
from eth.vm.computation import BaseComputation
from eth.vm.forks.arrow_glacier.computation import ArrowGlacierComputation
from eth.vm.forks.arrow_glacier.headers import compute_arrow_glacier_difficulty
from eth.vm.forks.berlin.computation import BerlinComputation
from eth.vm.forks.byzantium.computation import ByzantiumComputation
from eth.vm.forks.byzantium.headers import compute_byzantium_difficulty
from eth.vm.forks.cancun.computation import CancunComputation
from eth.vm.forks.constantinople.computation import ConstantinopleComputation
from eth.vm.forks.constantinople.headers import compute_constantinople_difficulty
from eth.vm.forks.frontier.computation import FrontierComputation
from eth.vm.forks.frontier.headers import compute_frontier_difficulty
from eth.vm.forks.gray_glacier.computation import GrayGlacierComputation
from eth.vm.forks.gray_glacier.headers import compute_gray_glacier_difficulty
from eth.vm.forks.homestead.computation import HomesteadComputation
from eth.vm.forks.homestead.headers import compute_homestead_difficulty
from eth.vm.forks.istanbul.computation import IstanbulComputation
from eth.vm.forks.london.computation import LondonComputation
from eth.vm.forks.london.headers import compute_london_difficulty
from eth.vm.forks.muir_glacier.computation import MuirGlacierComputation
from eth.vm.forks.muir_glacier.headers import compute_muir_glacier_difficulty
from eth.vm.forks.paris.computation import ParisComputation
from eth.vm.forks.petersburg.computation import PetersburgComputation
from eth.vm.forks.shanghai.computation import ShanghaiComputation
from eth.vm.forks.spurious_dragon.computation import SpuriousDragonComputation
from eth.vm.forks.tangerine_whistle.computation import TangerineWhistleComputation

from chain.evm.mending import Mended, repaired
from chain.model import Header
from chain.spec import Fork

_STOCK: Mapping[Fork, type[BaseComputation]] = {
    Fork.FRONTIER: FrontierComputation,
    Fork.HOMESTEAD: HomesteadComputation,
    Fork.TANGERINE_WHISTLE: TangerineWhistleComputation,
    Fork.SPURIOUS_DRAGON: SpuriousDragonComputation,
    Fork.BYZANTIUM: ByzantiumComputation,
    Fork.CONSTANTINOPLE: ConstantinopleComputation,
    Fork.PETERSBURG: PetersburgComputation,
    Fork.ISTANBUL: IstanbulComputation,
    Fork.MUIR_GLACIER: MuirGlacierComputation,
    Fork.BERLIN: BerlinComputation,
    Fork.LONDON: LondonComputation,
    Fork.ARROW_GLACIER: ArrowGlacierComputation,
    Fork.GRAY_GLACIER: GrayGlacierComputation,
    Fork.PARIS: ParisComputation,
    Fork.SHANGHAI: ShanghaiComputation,
    Fork.CANCUN: CancunComputation,
}

# The difficulty bomb is put off again and again; otherwise nothing changes after Byzantium.
_DIFFICULTY: Mapping[Fork, Callable[[Any, int], int]] = {
    Fork.FRONTIER: compute_frontier_difficulty,
    Fork.HOMESTEAD: compute_homestead_difficulty,
    Fork.BYZANTIUM: compute_byzantium_difficulty,
    Fork.CONSTANTINOPLE: compute_constantinople_difficulty,
    Fork.MUIR_GLACIER: compute_muir_glacier_difficulty,
    Fork.LONDON: compute_london_difficulty,
    Fork.ARROW_GLACIER: compute_arrow_glacier_difficulty,
    Fork.GRAY_GLACIER: compute_gray_glacier_difficulty,
}


@cache
def computation_of(fork: Fork) -> type[BaseComputation]:
    """The repaired interpreter of an older fork than Prague, whose own is in `vm`."""
    stock = _STOCK[fork]
    found: type[BaseComputation] = type(f"Mended{stock.__name__}", (Mended, stock), repaired(stock, fork))
    return found


def next_difficulty(fork: Fork, parent: Header, timestamp: int) -> int:
    """Difficulty of the proof-of-work block that follows `parent` under these rules."""
    rule = max(known for known in _DIFFICULTY if known <= fork)
    before = SimpleNamespace(
        timestamp=parent.timestamp,
        difficulty=parent.difficulty,
        block_number=parent.number,
        uncles_hash=parent.uncles_hash,
    )
    # py-evm lets Frontier go below the minimum where the parent is below it; geth does not.
    return max(_DIFFICULTY[rule](before, timestamp), DIFFICULTY_MINIMUM)
