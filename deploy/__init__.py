"""The roll-out driven by brownie, in brownie's own environment: `brownie run rollout` (docs/deployment.md)."""
