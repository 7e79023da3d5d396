"""Which handler answers a path: a table, with the names in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace

from assay.registry.rest.http import Answer, Request
from assay.registry.subjects.errors import SubjectInvalidError
from assay.registry.subjects.names import read_context

__all__ = ["Handler", "Route", "Router"]

Handler = Callable[[Request], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one path; `{name}` in it stands for anything."""

    method: str
    path: str
    handler: Handler

    @property
    def parts(self) -> tuple[str, ...]:
        """The path, part by part."""
        return tuple(self.path.strip("/").split("/")) if self.path != "/" else ()


class Router:
    """Finds the handler of a request. What is unknown is 404, since clients go on after no other status."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        self._by_length: dict[int, list[Route]] = {}
        for route in self.routes:
            self._by_length.setdefault(len(route.parts), []).append(route)

    async def answer(self, request: Request) -> Answer:
        """Answer a request; raises what the handler does."""
        request = _in_context(request)
        fits = [
            (route, names)
            for route in self._by_length.get(len(request.path), ())
            if (names := _names(route, request)) is not None
        ]
        method = "GET" if request.method == "HEAD" else request.method
        for route, names in fits:
            if route.method == method:
                return await route.handler(replace(request, names=names))
        if fits:
            allowed = ", ".join(sorted({route.method for route, _ in fits}))
            return Answer({"error_code": 405, "message": "HTTP 405 Method Not Allowed"}, 405, {"allow": allowed})
        return Answer({"error_code": 404, "message": "HTTP 404 Not Found"}, 404)


def _names(route: Route, request: Request) -> dict[str, str] | None:
    names = {}
    for mine, theirs in zip(route.parts, request.path, strict=True):
        if mine.startswith("{"):
            names[mine[1:-1]] = theirs
        elif mine != theirs:
            return None
    return names


def _in_context(request: Request) -> Request:
    """`/contexts/{context}/…` is the rest of the path, in that context."""
    if len(request.path) <= 2 or request.path[0] != "contexts":
        return request
    try:
        return replace(request, path=request.path[2:], context=read_context(request.path[1]))
    except SubjectInvalidError:
        return replace(request, path=("contexts", "", ""))
