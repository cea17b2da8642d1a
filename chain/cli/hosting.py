"""A node served for a command: it answers as soon as it can, and tells where the platform is once that is known.

Imports the node and nothing else, because a second start is measured by its first answer; what rolls the platform out
is `rollout`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chain import launch

if TYPE_CHECKING:
    from chain.launch import NodeOptions, Running


class Host:
    """A served node; `platform` is what it answers to `mz_platform`, names and addresses, None while nobody knows."""

    def __init__(self, options: NodeOptions, port: int) -> None:
        """Open and serve; raises PortTaken and whatever is wrong with the data folder."""
        self.platform: Mapping[str, str] | None = None
        self.folder: Path | None = options.data_dir
        self.running: Running = launch.start(
            options, port=port, more={"mz_platform": self._whereabouts}, platform=lambda: self.platform
        )

    def stop(self) -> None:
        """Answer what is in flight and close everything."""
        self.running.stop()

    def _whereabouts(self, _service: object, _params: object) -> dict[str, Any] | None:
        return dict(self.platform) if self.platform is not None else None
