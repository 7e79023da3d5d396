"""A check as the comment of a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from assay.cli.life.spoken import headline, reads, shown
from assay.contracts import Finding
from assay.contracts.diff import Change, Checked, Exhibit

__all__ = ["comment", "findings_comment"]

_MOST = 100
"""Changes of one contract, or findings, that a comment lists."""

_LONGEST = 60_000
"""Characters of a comment: GitHub takes 65,536 and refuses a longer one whole."""

_DOCUMENT = 1_500
_MARKS = re.compile(r"([\\`*_{}\[\]#|~])")
_MARK = "<!-- assay contract check -->"


def comment(checks: Sequence[Checked]) -> str:
    """The comment: what it came to, then each contract with its changes, its approvals and what breaks."""
    told = [each for each in checks if each.before != each.after or each.changes or each.problems]
    refused = sum(each.is_refused for each in checks)
    title = f"Contracts: {refused} of {len(told)} refused" if refused else "Contracts: fine"
    if not told:
        return f"{_MARK}\n### {title}\n\nNo contract changed.\n"
    return _joined([_MARK, f"### {title}", *(part for each in told for part in _of_contract(each))])


def findings_comment(findings: Sequence[Finding]) -> str:
    """The comment where files do not lint."""
    lines = [f"- {_code(f'{each.file}:{each.line}')} {_plain(each.message)}" for each in findings[:_MOST]]
    if len(findings) > _MOST:
        lines.append(f"\nand {len(findings) - _MOST} findings more")
    return _joined([_MARK, f"### Contracts: {len(findings)} findings", "", *lines])


def _joined(parts: Iterable[str]) -> str:
    """The parts as far as they fit; each is whole by itself, so that a comment may end after any of them."""
    text = ""
    for part in parts:
        if len(text) + len(part) > _LONGEST:
            return f"{text}\nand more than a comment holds: `assay contract check` says all of it\n"
        text += f"{part}\n"
    return text


def _of_contract(checked: Checked) -> Iterable[str]:
    yield f"\n#### {_plain(headline(checked))}\n"
    for problem in checked.problems:
        yield f"- [ ] {_plain(problem)}"
    if checked.changes:
        yield "\n| class | where | what | who agrees |\n|---|---|---|---|"
        yield from (_row(each) for each in checked.changes[:_MOST])
    if len(checked.changes) > _MOST:
        yield f"\nand {len(checked.changes) - _MOST} changes more"
    yield from _approvals(checked)
    yield from ("\n".join(_broken(each)) for each in checked.changes[:_MOST] if each.exhibits)


def _row(change: Change) -> str:
    agree = ", ".join(each.id for each in change.approvers)
    told = f"told: {', '.join(each.id for each in change.told)}" if change.told else ""
    cells = (
        f"**{change.kind}**",
        _code(change.path or change.contract),
        _plain(shown(change)),
        _plain(agree or told or "nobody"),
    )
    return f"| {' | '.join(cells)} |"


def _approvals(checked: Checked) -> Iterable[str]:
    given = [each for each in checked.standings if each.approval]
    if given:
        yield "\n| approval | by | evidence | until | reason |\n|---|---|---|---|---|"
    for each in given:
        approval = each.approval
        assert approval is not None
        words = (each.approver.id, approval.by, str(each.evidence or "void"), approval.until, approval.reason)
        yield f"| {' | '.join(_plain(word) for word in words)} |"


def _broken(change: Change) -> Iterable[str]:
    yield f"\n<details><summary>{change.kind}: {_line(change.path)}</summary>\n"
    for each in change.exhibits:
        yield from _exhibit(each)
    yield "</details>"


def _exhibit(exhibit: Exhibit) -> Iterable[str]:
    yield f"{reads(exhibit).capitalize()}: {_plain(exhibit.message)} ({_code(exhibit.rule)})\n"
    if exhibit.document:
        document = exhibit.document if len(exhibit.document) <= _DOCUMENT else f"{exhibit.document[:_DOCUMENT]}…"
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", document)), default=0))
        yield f"{fence}json\n{document}\n{fence}\n" if document.startswith("{") else f"{fence}\n{document}\n{fence}\n"
    yield f"Passes with: {_plain(exhibit.passes)}\n"


def _plain(text: str) -> str:
    """Text of a contract as it is: no word of it is markup, and none calls for a person."""
    return _MARKS.sub(r"\\\1", _line(text))


def _line(text: str) -> str:
    """Text within HTML, on one line; none calls for a person."""
    return _html(" ".join(text.split())).replace("@", "@\u200b")


def _code(text: str) -> str:
    return f"`{' '.join(text.split()).replace('`', chr(39)).replace('|', chr(92) + '|')}`"


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
