"""A JSON Schema in one spelling."""

from __future__ import annotations

import json
from collections.abc import Mapping

from assay.contracts.compatibility.json import Document
from assay.contracts.compatibility.json.sides import pointer
from assay.contracts.errors import SchemaError

__all__ = ["Json"]


class Json:
    """One schema of this kind, read."""

    def __init__(self, text: str, references: Mapping[str, str]) -> None:
        """Read it.

        Raises:
            SchemaError: it is none, or refers to what is not given; nothing is fetched.
        """
        self._root = Document(text, references, strict=True).root
        self.text = text
        root = self._root if isinstance(self._root, dict) else {}
        title, properties = root.get("title"), root.get("properties")
        self.name = title if isinstance(title, str) else ""
        self.exact = self._spelt()
        names = properties if isinstance(properties, dict) else {}
        self.fields = tuple((name, f"/properties{pointer(name)}") for name in names)

    @property
    def normalized(self) -> str:
        """The text with the keywords of each object sorted."""
        return self._spelt(is_sorted=True)

    def formatted(self, form: str) -> str | None:
        """JSON Schema has one form only."""
        del form
        return None

    def _spelt(self, *, is_sorted: bool = False) -> str:
        try:
            return json.dumps(
                self._root, ensure_ascii=False, separators=(",", ":"), sort_keys=is_sorted, allow_nan=False
            )
        except RecursionError:
            raise SchemaError("the schema nests too deep") from None
