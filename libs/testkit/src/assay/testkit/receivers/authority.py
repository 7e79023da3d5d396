"""A certificate authority of a test's own."""

from __future__ import annotations

import ssl
from pathlib import Path

import trustme

__all__ = ["Authority"]


class Authority:
    """Makes certificates for servers; `file` is what a client has to trust."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.file = folder / "authority.pem"
        self._ca.cert_pem.write_to_path(str(self.file))

    def server(self, *hosts: str) -> ssl.SSLContext:
        """The TLS of a server that shows a certificate for these hosts."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._ca.issue_cert(*hosts).configure_cert(context)
        return context
