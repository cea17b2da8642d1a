"""How this process runs: ports, folders, limits. What the chain *is* stands in `chain.spec`.

    defaults < mz.toml < MZ_* environment < flags

Each source may set any setting; the later wins. Unknown names, wrong types and values out of range are refused with the
place they stand in and, where one is close, the name that was probably meant.
"""

from chain.settings.load import FILE_NAME, Loaded, Origin, load, meaning, names, variable_of
from chain.settings.records import NodeSettings, Settings

__all__ = [
    "FILE_NAME",
    "Loaded",
    "NodeSettings",
    "Origin",
    "Settings",
    "load",
    "meaning",
    "names",
    "variable_of",
]
