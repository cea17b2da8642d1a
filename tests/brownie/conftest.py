"""What is in these two folders is brownie's to run, in a copy and in its own environment."""

from __future__ import annotations

collect_ignore = ["checkout", "project"]
