"""A contract as a page that anyone can read, and the list of all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assay.contracts.document import parse
from assay.contracts.model import Contract
from assay.contracts.pages.changes import changes_tables
from assay.contracts.pages.fields import fields_table
from assay.contracts.pages.html import badge, code, document, table, text
from assay.contracts.pages.lineage import lineage_drawing
from assay.contracts.pages.promises import promises_list
from assay.contracts.pages.usage import usage_parts

__all__ = ["contract_page", "index_page", "page_name"]


def page_name(contract: str) -> str:
    """The file of the page of a contract; a contract named `index` leaves that name to the list."""
    return f"{contract}-.html" if contract == "index" else f"{contract}.html"


def contract_page(versions: Sequence[Contract], others: Sequence[Contract] = ()) -> str:
    """The page of a contract, of all its versions, oldest first; it loads nothing from anywhere.

    `others` are contracts that have pages beside it: lineage links to those whose records it is made of.
    """
    contract = versions[-1]
    said = parse(contract.text, contract.id).value
    pages = {page_name(each.id): each for each in others if each.id != contract.id}
    parts = (
        _header(contract, said),
        "<h2>What it promises</h2>",
        promises_list(contract, said),
        "<h2>Fields</h2>",
        fields_table(contract, said["schema"][0]),
        "<h2>Where it comes from and who reads it</h2>",
        lineage_drawing(contract, pages),
        _consumers(contract),
        "<h2>How to use it</h2>",
        usage_parts(contract),
        "<h2>What changed</h2>",
        changes_tables(versions),
        _footer(contract),
    )
    return document(f"{contract.name} {contract.version}", "\n".join(parts))


def index_page(contracts: Sequence[Contract]) -> str:
    """The list of contracts, each with a link to its page."""
    rows = [
        (
            f'<a href="{text(page_name(each.id))}">{text(each.id)}</a>',
            text(each.name),
            text(each.version),
            badge(each.status),
            text(each.owner.id),
            text(", ".join(one.id for one in each.consumers) or "none"),
        )
        for each in sorted(contracts, key=lambda each: each.id)
    ]
    head = "<header><h1>Contracts</h1><p>What each stream of records looks like, means and guarantees.</p></header>"
    listed = table(("Contract", "Name", "Version", "Status", "Owner", "Consumers"), rows)
    return document("Contracts", f"{head}\n<h2>{len(rows)} contract{'' if len(rows) == 1 else 's'}</h2>\n{listed}")


def _header(contract: Contract, said: Mapping[str, Any]) -> str:
    about = said.get("description") or {}
    facts = [
        f"{code(contract.id)} {text(contract.version)}",
        f"owner {text(contract.owner.id)}{f', {text(contract.owner.contact)}' if contract.owner.contact else ''}",
        *([f"domain {text(said['domain'])}"] if said.get("domain") else []),
        f"{text(contract.form)} on {code(contract.topics.validated)}",
    ]
    listed = "".join(f"<li>{each}</li>" for each in facts)
    words = [about.get(each) for each in ("purpose", "limitations", "usage")]
    return (
        f"<header><h1>{text(contract.name)} {badge(contract.status)}</h1>"
        + "".join(f"<p>{text(each)}</p>" for each in words if each)
        + f'<ul class="facts">{listed}</ul></header>'
    )


def _footer(contract: Contract) -> str:
    made = f"Made of {code(f'{contract.id} {contract.version}')} by {code('assay contract docs')}."
    return f'<footer>{made} <a href="index.html">All contracts</a></footer>'


def _consumers(contract: Contract) -> str:
    if not contract.consumers:
        return ""
    rows = [
        (
            text(each.id),
            text(each.kind),
            "all" if "*" in each.reads else " ".join(map(code, each.reads)),
            text(each.contact),
        )
        for each in contract.consumers
    ]
    return f"<h3>Consumers</h3>{table(('Consumer', 'Kind', 'Reads', 'Contact'), rows)}"
