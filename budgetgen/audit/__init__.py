"""A published packet held against itself: what contradicts what, where, and what should stand there.

It is read, its statements are held against each other, and what is found is told by cause.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from budgetgen.audit.attachments import relations_of_attachments
from budgetgen.audit.beside import NOTHING, Beside, relations_beside
from budgetgen.audit.hearing import classes_of, hear
from budgetgen.audit.nine_tables import Nine, missing_rows, read_nine
from budgetgen.audit.other_kinds import findings_of_other_kind
from budgetgen.audit.packets import PacketSource, packets_of, read_packet
from budgetgen.audit.relations import ERROR, SCOPE, Finding, diagnose, gathered
from budgetgen.audit.self_report import findings_of_project_names, hear_report
from budgetgen.audit.sentences import relations_of
from budgetgen.audit.shared_rules import relations_of_rules
from budgetgen.audit.slips import findings_of_wording
from budgetgen.audit.subjects import findings_of_subjects
from budgetgen.audit.texts import findings_of_texts
from budgetgen.classification import LATEST, read_classification
from budgetgen.published.document import Published

_YEAR = re.compile(r"(20\d\d)年?度")


def audit_file(
    path: str | Path, *, prior: str | Path | None = None, unit: str | Path | None = None
) -> list[dict[str, object]]:
    """The findings of one file, or of a folder or zip that is one packet, gravest first.

    It is held against last year's packet `prior` and the unit's own input `unit` too. Rejected: one of them cannot be read.
    """
    beside = Beside(Path(prior) if prior else None, Path(unit) if unit else None)
    return [finding for source in packets_of([Path(path)]) for finding in audit_packet(source, beside)]


def audit_packet(source: PacketSource, beside: Beside = NOTHING) -> list[dict[str, object]]:
    """The findings of one packet, gravest first. Rejected: none of its files can be read."""
    document = read_packet(source)
    return [_told(document, f) for f in audit(document, beside)]


def _told(document: Published, finding: Finding) -> dict[str, object]:
    told = asdict(finding)
    del told["spot"], told["sides"]
    return {"doc": document.name, **told}


def year_of(document: Published) -> int:
    """The year that a packet speaks of: the one it names most often as a year of account."""
    texts = [document.name, *(p.bare for p in document.paragraphs)]
    texts += [c.label for t in document.tables for row in t.rows[:4] for c in row if c.own]
    years = Counter(int(y) for text in texts for y in _YEAR.findall(text))
    return years.most_common(1)[0][0] if years else LATEST


def audit(document: Published, beside: Beside = NOTHING) -> list[Finding]:
    """What contradicts what in a packet, and what lies beside it. Rejected: that cannot be read."""
    other = findings_of_other_kind(document, beside)
    if other is not None:
        return other
    year = year_of(document)
    codes = read_classification(min(year, LATEST))
    nine = read_nine(document, codes)
    prose = hear(document, nine, codes)
    sums = hear_report(document, prose, classes_of(nine, codes))
    relations = [
        *nine.relations,
        *sums,
        *relations_of(prose, nine),
        *relations_of_rules(prose, nine),
        *relations_of_attachments(document, nine, prose),
        *relations_beside(prose, nine, beside, year),
    ]
    findings = gathered(diagnose(r for r in relations if r.level != SCOPE))
    findings += gathered(diagnose(r for r in relations if r.level == SCOPE))
    findings += findings_of_texts(document, nine, prose, codes, year)
    findings += findings_of_project_names(prose)
    findings += findings_of_wording(document, nine, prose)
    findings += findings_of_subjects(document, nine, prose, codes, findings)
    findings += _rows(nine)
    order = {"错误": 0, "疑点": 1, "提示": 2, "口径": 3}
    return sorted(findings, key=lambda f: (order[f.level], f.spot))


def _rows(nine: Nine) -> list[Finding]:
    found = []
    for number, code, other, row in missing_rows(nine):
        line = nine.tables[other].line(row)
        there, where = nine.called[other], f"{nine.called[number]} {code}"
        found.append(Finding("AUDIT-005", ERROR, [line], "缺行", f"补上 {line}（{there}有这一行）", where))
    return found
