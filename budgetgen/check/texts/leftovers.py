"""TEXT-001, TEXT-002: what a form or last year's template left behind."""

from __future__ import annotations

from collections.abc import Iterator

from budgetgen.check.rules import rule
from budgetgen.check.texts.corpus import corpus, told
from budgetgen.check.texts.words import words
from budgetgen.compute import Computed
from budgetgen.issues import Issue, Level
from budgetgen.model import Loaded


@rule("TEXT-001", "文字中没有占位的字样", "公开前应填写完整：XX、××、待填写、（如有…填写）等不得公开")
def nothing_holds_a_place(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - every rule's form
    """A place that was to be filled. 【待填写：…】 is COMPLETE-003's."""
    for found in corpus(loaded).once(words().patterns["占位式样"]):
        cause = f"{found.excerpt}里的“{found.match[0]}”是占位的字样，还没有填。"
        yield told("TEXT-001", Level.ERROR, found, cause, "换成实际内容；没有的删去这一句。", loaded)


@rule("TEXT-002", "文字中没有填表说明的残留", "公开前应删去填表说明和范本的提示")
def no_instructions_are_left(loaded: Loaded, computed: Computed) -> Iterator[Issue]:  # noqa: ARG001 - every rule's form
    """A note to the writer that would be published with his text."""
    for found in corpus(loaded).once(words().patterns["说明残留式样"]):
        cause = f"{found.excerpt}像是填表说明或范本的提示，不是单位自己的话。"
        yield told("TEXT-002", Level.WARNING, found, cause, "删去说明，只留实际内容。", loaded)
