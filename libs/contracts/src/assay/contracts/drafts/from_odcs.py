"""A contract file of any version of ODCS from 3.0 on, as a draft of the newest."""

from __future__ import annotations

import json

from assay.contracts.document import parse
from assay.contracts.drafts.draft import Draft
from assay.contracts.errors import ContractError
from assay.contracts.odcs import check_version
from assay.contracts.standard import newest

__all__ = ["from_odcs"]


def from_odcs(text: bytes, file: str = "<contract>", record: str | None = None) -> Draft:
    """The draft; of several objects the one named `record`, for a contract describes one kind of record.

    Raises:
        ContractError: it is no YAML, or of a version that is not read; the message says what to do.
    """
    document = parse(text, file)
    if findings := check_version(document):
        raise ContractError(findings)
    value, lost = newest(document.value)
    left_out = [f"{patch['at']}: {json.dumps(patch.get('value'))}: its place is not there any more" for patch in lost]
    objects = value.get("schema", [])
    if isinstance(objects, list) and len(objects) > 1:
        names = [str(each.get("name")) for each in objects if isinstance(each, dict)]
        chosen = [each for each in objects if isinstance(each, dict) and each.get("name") == (record or names[0])]
        if not chosen:
            raise ContractError([document.finding(["schema"], f"no object {record!r}; there are {', '.join(names)}")])
        value["schema"] = chosen[:1]
        others = [name for name in names if name != chosen[0].get("name")]
        left_out += [f"schema object {name}: a contract describes one kind of record; import it too" for name in others]
    return Draft(value, {}, left_out)
