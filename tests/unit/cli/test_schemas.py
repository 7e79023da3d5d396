"""A registry of schemas is asked by URL: what it is told, and what becomes of answers that are none."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from assay.cli.errors import CommandError
from assay.cli.forms.schemas import Schemas

Answer = Callable[[BaseHTTPRequestHandler], tuple[int, dict[str, str], object]]


@contextlib.contextmanager
def answering(answer: Answer) -> Iterator[str]:
    """A server on this machine; yields its host and port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            code, headers, body = answer(self)
            self.send_response(code)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name is the library's
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_the_password_goes_to_the_registry_alone_not_where_it_redirects() -> None:
    told: list[str | None] = []

    def known(request: BaseHTTPRequestHandler) -> tuple[int, dict[str, str], object]:
        told.append(request.headers.get("Authorization"))
        return 200, {}, {"schema": '"string"'}

    with answering(known) as other:

        def elsewhere(request: BaseHTTPRequestHandler) -> tuple[int, dict[str, str], object]:
            told.append(request.headers.get("Authorization"))
            return 302, {"Location": f"http://{other}{request.path}"}, {}

        with answering(elsewhere) as first:
            assert Schemas(f"http://ana:secret@{first}").by_id(1).text == '"string"'

    assert told == ["Basic YW5hOnNlY3JldA==", None]


@pytest.mark.parametrize("body", [{}, [], "a", {"schema": "{}", "references": [1]}, {"schema": "{}", "references": 1}])
def test_an_answer_that_is_no_schema_is_refused_in_words(body: object) -> None:
    with answering(lambda _: (200, {}, body)) as place, pytest.raises(CommandError, match="no registry of schemas"):
        Schemas(place).by_id(1)


@pytest.mark.parametrize("url", ["ftp://a", "http://", "http://a:b", "http://a:99999", "file:///etc/passwd"])
def test_what_is_no_url_of_a_registry_is_refused_in_words(url: str) -> None:
    with pytest.raises(CommandError, match="URL like"):
        Schemas(url)


def test_no_word_of_a_refusal_has_the_password() -> None:
    with answering(lambda _: (401, {}, {"message": "no"})) as place, pytest.raises(CommandError) as refused:
        Schemas(f"http://ana:secret@{place}").by_id(1)

    assert "secret" not in str(refused.value)
    assert place in str(refused.value)
