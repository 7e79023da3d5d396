"""What earlier looks at an experiment leave to the next: all that must be kept between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

__all__ = ["Decision", "Past"]


@dataclass(frozen=True, slots=True)
class Decision:
    """That a variant was found higher or lower than the control, and after how many users of both."""

    is_higher: bool
    users: int


@dataclass(frozen=True, slots=True)
class Past:
    """How many looks there were, the smallest p of the balance and of each variant, and what was decided."""

    looks: int = 0
    balance_p: float = 1.0
    p: Mapping[str, float] = field(default_factory=dict)
    decided: Mapping[str, Decision] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return it as a small JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, written: object) -> Past:
        """Read what `as_json` wrote.

        Raises:
            ValueError: it is no such object.
        """
        match written:
            case {
                "looks": int(looks),
                "balance_p": float() | int() as balance_p,
                "p": dict(p),
                "decided": dict(decided),
            }:
                ps = {str(name): _share(each) for name, each in p.items()}
                return cls(looks, _share(balance_p), ps, {str(name): _decision(each) for name, each in decided.items()})
        raise ValueError("the past of an experiment has looks, balance_p, p and decided")


def _share(value: object) -> float:
    if isinstance(value, float | int) and 0 <= value <= 1:
        return float(value)
    raise ValueError("a p is a number between 0 and 1")


def _decision(value: object) -> Decision:
    match value:
        case {"is_higher": bool(is_higher), "users": int(users)}:
            return Decision(is_higher, users)
    raise ValueError("a decision says is_higher and users")
