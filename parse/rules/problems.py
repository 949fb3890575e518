"""What is said about a pattern that cannot be used."""

from __future__ import annotations

from backbone.errors import UserError


class PatternError(UserError):
    """A pattern cannot be used. The text is one sentence: where, what is wrong, how to mend it."""

    def __init__(self, source: str, index: int, sentence: str) -> None:
        """Place ``sentence`` at the character ``index`` of ``source``."""
        self.source = source
        self.sentence = sentence
        self.index = min(max(index, 0), len(source))
        before = source[: self.index]
        self.line = before.count("\n") + 1
        self.column = self.index - (before.rfind("\n") + 1) + 1
        super().__init__(f"line {self.line}, column {self.column}: {sentence}")

    def caret(self) -> str:
        """Return the line of the pattern with a caret below the place."""
        line = self.source.split("\n")[self.line - 1]
        # a tab is as wide below as above
        below = "".join("\t" if character == "\t" else " " for character in line[: self.column - 1])
        return f"{line}\n{below}^"
