"""Repairs dead letters by the contract's rules and replays them, atomically."""
