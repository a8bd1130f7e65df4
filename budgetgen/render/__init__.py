"""Figures to files: a 版式's templates compiled once, filled for each unit."""

from __future__ import annotations

from dataclasses import dataclass

from budgetgen.compute import Computed
from budgetgen.compute.economic import economic_accounts
from budgetgen.expression import environment, inking
from budgetgen.figures import Group
from budgetgen.profiles import Profile
from budgetgen.render.document import DocumentPress
from budgetgen.render.narrative import Narratives
from budgetgen.template import Rendered, compile_workbook

GLOSSARY = "固定名词解释"


@dataclass(frozen=True)
class Packet:
    """The two files of a packet, not yet written."""

    workbook: Rendered
    document: Rendered


class Press:
    """One 版式, compiled: fills its workbook and its document from a unit's figures."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        narratives = Narratives(profile.narrative_folders(), {})
        env = environment(narratives.wording)
        self._workbook = compile_workbook(profile.workbook(), env)
        self._document = DocumentPress(profile.document(), env, self._workbook, narratives)

    def render(self, computed: Computed) -> Packet:
        """Both files. TemplateError where a template asks for a name that there is not."""
        names = namespace(computed) | {GLOSSARY: self._glossary(computed)}
        with inking():  # the document's tables are the workbook's, evaluated once
            book = self._workbook.fill(names)
            return Packet(self._workbook.write(book), self._document.render(names, book))

    def _glossary(self, computed: Computed) -> list[Group]:
        """固定名词解释 of the unit's year."""
        year = computed.tree["年度"]
        terms = self._profile.glossary(year if isinstance(year, int) else 0)
        return [Group(GLOSSARY, {"名词": t.name, "解释": t.text}) for t in terms]


def namespace(computed: Computed) -> dict[str, object]:
    """The tree's names and the functions over it, as templates see them."""
    tree = computed.tree
    economic = tree.group("经济分类")

    def accounts(*codes: str) -> list[Group]:
        return economic_accounts(economic, codes, computed.names)

    return {**{k: tree[k] for k in tree.names()}, "经济科目": accounts}
