"""Contracts as pages: static HTML that loads nothing, for everyone who has to do with the records."""

from __future__ import annotations

from assay.contracts.pages.page import contract_page, index_page, page_name

__all__ = ["contract_page", "index_page", "page_name"]
