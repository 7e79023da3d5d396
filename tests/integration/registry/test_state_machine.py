"""Whatever is registered, checked, deleted, set and read in whatever order, the registry answers as a small model does.

All steps go over HTTP to the process itself, which is killed on the way and started again.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import http.client
import json
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from assay.testkit import Service
from tests.integration.registry.holding import held
from tests.integration.registry.model import GLOBAL, LEVELS, MODES, OTHERS, Model, Schema, Scope

STEPS = int(os.environ.get("ASSAY_TEST_STEPS", "10000" if os.environ.get("CI") else "2000"))
RUN = 250
"""Steps of one run: a model of its own, contexts and subjects of its own, one kill -9."""
SIZE = f"{STEPS:,} steps"
CALL_S = 30

SUBJECTS = ("a", "shared")
SCHEMAS = st.builds(
    Schema,
    st.just("Order"),
    st.frozensets(st.sampled_from("ab"), min_size=1),
    st.frozensets(st.sampled_from("cd")),
    st.sampled_from([None, None, None, ("shared", 1), ("shared", 2)]),
)
ANY = st.one_of(SCHEMAS, SCHEMAS, st.just(OTHERS))
CODES = {0, 40401, 40402, 40403, 40404, 40405, 40406, 40407, 40901, 42201, 42205, 42206, 42211}
"""What every long run must have been answered: a run that never meets a refusal says nothing of it."""


@dataclass(slots=True)
class Server:
    """The process, and one connection to it."""

    service: Service
    runner: asyncio.Runner
    steps: int = 0
    runs: int = 0
    restarts: int = 0
    answered: Counter[int] = field(default_factory=Counter)
    _line: http.client.HTTPConnection | None = field(default=None)

    def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """The status and the body of an answer."""
        self.send(method, path, body)
        assert self._line is not None
        answer = self._line.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None

    def send(self, method: str, path: str, body: object = None) -> None:
        """Send a request and wait for nothing."""
        if self._line is None:
            host, _, port = self.service.http.rpartition(":")
            self._line = http.client.HTTPConnection(host, int(port), timeout=CALL_S)
        self._line.request(method, path, None if body is None else json.dumps(body))

    def kill(self) -> None:
        """End the process with kill -9, and start it again."""
        self.runner.run(self.service.kill())
        self.hang_up()
        self.service.start()
        self.runner.run(self.service.ready())
        self.restarts += 1

    def hang_up(self) -> None:
        """Close the connection; the next call opens another."""
        if self._line is not None:
            self._line.close()
        self._line = None


@contextlib.contextmanager
def served(folder: Path) -> Iterator[Server]:
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner, held(folder) as service:
        server = Server(service, runner)
        try:
            yield server
        finally:
            server.hang_up()


class Life(RuleBasedStateMachine):
    """One run: each rule is one request, and what must be answered."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self.server = server
        self.mark = f"Run{server.runs}"
        self.base = 1_000_000 + 100 * server.runs
        self.model = Model()
        self.was_killed = False
        self.here = 0
        server.runs += 1
        for path in ("/mode", "/config"):  # what a run before has left
            assert server.call("DELETE", path)[0] == 200
        self.scopes = [(context, subject) for context in (".", f".{self.mark}") for subject in SUBJECTS]

    scopes_drawn = st.integers(0, 2 * len(SUBJECTS) - 1)

    def scope(self, place: int) -> Scope:
        return self.scopes[place]

    def name(self, scope: Scope) -> str:
        """What a client calls it: qualified outside of the default context."""
        context, subject = scope
        if context == ".":
            return f"{self.mark}-{subject}" if subject else ""
        return f":{context}:{subject}"

    def path(self, start: str, scope: Scope, end: str = "") -> str:
        name = self.name(scope)
        return f"/{start}/{quote(name, safe='')}{end}" if name else f"/{start}{end}"

    def body(self, scope: Scope, schema: Schema) -> dict[str, object]:
        return schema.body(self.mark, {each: self.name((scope[0], each)) for each in SUBJECTS})

    def call(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """The code of the answer, 0 where it is none of an error, and its body."""
        self.server.steps += 1
        self.here += 1
        status, said = self.server.call(method, path, body)
        assert status < 500, (method, path, body, said)
        code = said["error_code"] if status >= 400 else 0
        self.server.answered[code] += 1
        return code, said

    def agrees(self, scope: Scope) -> None:
        """The versions of a subject are those of the model, deleted ones too."""
        for query, known in (("", self.model.live(scope)), ("?deleted=true", self.model.of(scope))):
            code, said = self.server_versions(scope, query)
            assert (code, said) == ((0, [each.number for each in known]) if known else (40401, None)), (scope, query)

    def server_versions(self, scope: Scope, query: str) -> tuple[int, Any]:
        status, said = self.server.call("GET", self.path("subjects", scope, f"/versions{query}"))
        return (0, said) if status == 200 else (said["error_code"], None)

    @rule(place=scopes_drawn, schema=ANY)
    def register(self, place: int, schema: Schema) -> None:
        self.register_one(self.scope(place), schema)

    def register_one(self, scope: Scope, schema: Schema) -> None:
        schema = OTHERS if scope[1] == "shared" else schema
        expected, known = self.model.registering(scope, schema), self.model.known(scope, schema)
        code, said = self.call("POST", self.path("subjects", scope, "/versions"), self.body(scope, schema))
        assert code == expected, said
        if code == 0 and known:
            assert said == {"id": known.id}
        elif code == 0:
            self.took(scope, schema, said["id"])
        self.agrees(scope)

    @rule(place=scopes_drawn, more=st.sampled_from("cd"), refers=st.booleans())
    def evolve(self, place: int, more: str, refers: bool) -> None:
        """Register what may well follow: the latest with one field more, or one that refers to what is there."""
        scope = self.scope(place)
        latest = [each.schema for each in self.model.live(scope)] or [Schema("Order", frozenset("a"))]
        shared = [each.number for each in self.model.live((scope[0], "shared"))]
        refers = refers and bool(shared) and latest[-1].name != OTHERS.name
        uses = ("shared", shared[-1]) if refers else latest[-1].uses
        self.register_one(scope, replace(latest[-1], optional=latest[-1].optional | {more}, uses=uses))

    def took(self, scope: Scope, schema: Schema, number: int) -> None:
        """A new version has the id that its schema has already, or one that never was."""
        before = self.model.id_of(scope[0], schema)
        assert number == before or (before is None and (scope[0], number) not in self.model.spent)
        self.model.added(scope, schema, number)

    @rule(place=scopes_drawn, schema=ANY, number=st.integers(1, 3), version=st.integers(1, 4))
    def register_as(self, place: int, schema: Schema, number: int, version: int) -> None:
        """Import: the id and the number of the version are given."""
        scope = self.scope(place)
        expected = self.model.importing(scope, schema, self.base + number, version)
        body = {**self.body(scope, schema), "id": self.base + number, "version": version}
        code, said = self.call("POST", self.path("subjects", scope, "/versions"), body)
        assert code == expected, said
        if code == 0:
            assert said == {"id": self.base + number}
            if not self.model.known(scope, schema, self.base + number):
                self.model.added(scope, schema, self.base + number, version)
        self.agrees(scope)

    @rule(place=scopes_drawn, schema=ANY, deleted=st.booleans())
    def look_up(self, place: int, schema: Schema, deleted: bool) -> None:
        scope = self.scope(place)
        among = self.model.of(scope) if deleted else self.model.live(scope)
        same = [each for each in among if each.schema == schema]
        code, said = self.call("POST", self.path("subjects", scope, f"?deleted={deleted}"), self.body(scope, schema))
        if self.model.leads_nowhere(scope, schema):
            assert code == 42201
        elif not same:
            assert code == (40403 if among else 40401)
        else:
            assert (code, said["version"], said["id"]) == (0, same[-1].number, same[-1].id)

    @rule(place=scopes_drawn, schema=ANY, which=st.sampled_from(["", "/latest", "/1", "/2"]))
    def check(self, place: int, schema: Schema, which: str) -> None:
        scope = self.scope(place)
        live = self.model.live(scope)
        chosen = [each for each in live if f"/{each.number}" == which]
        code, said = self.call(
            "POST", self.path("compatibility/subjects", scope, f"/versions{which}"), self.body(scope, schema)
        )
        before = {"": live, "/latest": live[-1:]}.get(which, chosen)
        if self.model.leads_nowhere(scope, schema):
            assert code == 42201
        elif which[1:].isdigit() and not chosen:
            assert code == 40402
        else:
            assert (code, said) == (0, {"is_compatible": self.model.fits(scope, schema, before)})

    @rule(place=scopes_drawn, version=st.integers(1, 4), deleted=st.booleans())
    def read(self, place: int, version: int, deleted: bool) -> None:
        scope = self.scope(place)
        among = self.model.of(scope) if deleted else self.model.live(scope)
        found = next((each for each in among if each.number == version), None)
        code, said = self.call("GET", self.path("subjects", scope, f"/versions/{version}?deleted={deleted}"))
        if found is None:
            assert code == (40402 if among else 40401)
        else:
            sent = self.body(scope, found.schema)
            assert said == {"subject": self.name(scope), "version": version, "id": found.id, **sent}

    @rule(place=scopes_drawn, version=st.integers(1, 4), permanent=st.booleans())
    def delete_version(self, place: int, version: int, permanent: bool) -> None:
        scope = self.scope(place)
        expected = self.model.deleting_version(scope, version, permanent=permanent)
        code, said = self.call("DELETE", self.path("subjects", scope, f"/versions/{version}?permanent={permanent}"))
        assert code == expected, said
        if code == 0:
            assert said == version
            self.model.deleted(scope, [version], permanent=permanent)
        self.agrees(scope)

    @rule(place=scopes_drawn, permanent=st.booleans())
    def delete_subject(self, place: int, permanent: bool) -> None:
        scope = self.scope(place)
        expected = self.model.deleting_subject(scope, permanent=permanent)
        numbers = [each.number for each in (self.model.of(scope) if permanent else self.model.live(scope))]
        code, said = self.call("DELETE", self.path("subjects", scope, f"?permanent={permanent}"))
        assert code == expected, said
        if code == 0:
            assert said == numbers
            self.model.deleted(scope, numbers, permanent=permanent)
        self.agrees(scope)

    @rule(place=scopes_drawn, wide=st.sampled_from([None, None, 0, 1]), level=st.sampled_from(LEVELS))
    def set_level(self, place: int, wide: int | None, level: str) -> None:
        scope = self.chosen(place, wide)
        code, _ = self.call("PUT", self.path("config", scope), {"compatibility": level})
        assert code == (42205 if scope[1] and self.model.is_closed(scope) else 0)
        if code == 0:
            self.model.levels[scope] = level

    @precondition(lambda self: self.model.levels)
    @rule(place=scopes_drawn, wide=st.sampled_from([None, None, 0, 1]))
    def forget_level(self, place: int, wide: int | None) -> None:
        scope = self.chosen(place, wide)
        code, _ = self.call("DELETE", self.path("config", scope))
        if scope[1] and self.model.is_closed(scope):
            assert code == 42205
        else:
            assert code == (0 if scope in self.model.levels or scope == GLOBAL else 40401)
            self.model.levels.pop(scope, None)

    @rule(
        place=scopes_drawn, wide=st.sampled_from([None, None, 0, 1]), mode=st.sampled_from(MODES), force=st.booleans()
    )
    def set_mode(self, place: int, wide: int | None, mode: str, force: bool) -> None:
        scope = self.chosen(place, wide)
        if scope == GLOBAL and mode == "IMPORT":  # all runs share it, and what they left behind
            mode = "READONLY_OVERRIDE"
        inside = [each for each in self.scopes if each[0] == scope[0] and scope[1] in ("", each[1])]
        in_use = any(self.model.live(each) for each in inside)
        code, _ = self.call("PUT", self.path("mode", scope, f"?force={force}"), {"mode": mode})
        assert code == (42205 if mode == "IMPORT" and in_use and not force else 0)
        if code == 0:
            self.model.modes[scope] = mode

    @precondition(lambda self: self.model.modes)
    @rule(place=scopes_drawn, wide=st.sampled_from([None, 0, 1]))
    def forget_mode(self, place: int, wide: int | None) -> None:
        scope = self.chosen(place, wide)
        code, _ = self.call("DELETE", self.path("mode", scope))
        assert code == (0 if scope in self.model.modes or scope == GLOBAL else 40401)
        self.model.modes.pop(scope, None)

    @precondition(lambda self: self.model.modes)
    @rule()
    def open_all(self) -> None:
        """Take every mode away, so that runs do not end where nothing may be written."""
        for scope in list(self.model.modes):
            assert self.call("DELETE", self.path("mode", scope))[0] == 0
        self.model.modes.clear()

    @rule()
    def close_context(self) -> None:
        context = self.scopes[-1][0]
        in_use = any(self.model.of(each) for each in self.scopes if each[0] == context)
        code, _ = self.call("DELETE", f"/contexts/{context}")
        assert code == (42211 if in_use else 0)
        if code == 0:
            for told in (self.model.levels, self.model.modes):
                for scope in [each for each in told if each[0] == context]:
                    del told[scope]

    @precondition(lambda self: self.here >= RUN // 2 and not self.was_killed)
    @rule(place=scopes_drawn, schema=ANY)
    def kill_while_registering(self, place: int, schema: Schema) -> None:
        """After kill -9 in the middle of a request it was done, or it was not; all else is as it was."""
        scope = self.scope(place)
        expected = self.model.registering(scope, schema)
        self.server.send("POST", self.path("subjects", scope, "/versions"), self.body(scope, schema))
        self.server.kill()
        self.was_killed = True
        after = copy.deepcopy(self.model)
        after.added(scope, schema, 0)
        _, said = self.server_versions(scope, "?deleted=true")
        is_done = (said or []) != [each.number for each in self.model.of(scope)]
        if expected == 0 and not self.model.known(scope, schema) and is_done:
            latest = self.server.call("GET", self.path("subjects", scope, f"/versions/{after.of(scope)[-1].number}"))
            self.took(scope, schema, latest[1]["id"])
        self.agrees_wholly()

    def chosen(self, place: int, wide: int | None) -> Scope:
        """A subject, or everything, or the context of this run."""
        return self.scope(place) if wide is None else (GLOBAL, (self.scopes[-1][0], ""))[wide]

    def agrees_wholly(self) -> None:
        """Everything is as the model says: subjects, ids, levels and modes."""
        for scope in self.scopes:
            self.agrees(scope)
            told = self.server.call("GET", self.path("config", scope, "?defaultToGlobal=true"))[1]
            assert told["compatibilityLevel"] == self.model.level(scope)
            told = self.server.call("GET", self.path("mode", scope, "?defaultToGlobal=true"))[1]
            assert told["mode"] == self.model.mode(scope)
        for context, number in self.model.spent:
            status, said = self.server.call("GET", f"/schemas/ids/{number}?subject={quote(f':{context}:')}")
            known = self.model.ids.get((context, number))
            if known is None:
                assert (status, said["error_code"]) == (404, 40403)
            else:
                assert said == self.body((context, ""), known)

    def teardown(self) -> None:
        self.agrees_wholly()


@pytest.mark.timeout(900)
def test_registry_answers_as_the_model_does_whatever_is_asked_and_whatever_kills_it(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        run_state_machine_as_test(
            lambda: Life(server),  # type: ignore[arg-type]  # whatever makes one, as its documentation says
            settings=settings(
                max_examples=5 * STEPS // (4 * RUN) + 2,  # some runs end before their last step
                stateful_step_count=RUN,
                deadline=None,
                database=None,
                print_blob=True,
                phases=[Phase.generate],  # a run of this length shrinks for hours,
                suppress_health_check=list(HealthCheck),
            ),
        )

        assert server.steps >= STEPS, server.answered
        assert server.restarts > 0
        assert STEPS < 10_000 or server.answered.keys() == CODES, server.answered
