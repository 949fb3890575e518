"""What the person newly wrote in a mail: its text without quotes, histories, signatures and footers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NewText:
    """The new text of a mail, what was cut away, and whether the mail quotes another one."""

    new_text: str
    cut_text: str
    quoted: bool


def split_reply(text: str, html: str | None = None) -> NewText:
    """Split a mail's text into what the person newly wrote and the rest. Never empty when the mail is not."""
    del html
    kept: list[str] = []
    cut: list[str] = []
    for line in text.splitlines():
        (cut if line.startswith(">") else kept).append(line)
    new_text = "\n".join(kept).strip()
    if not new_text:
        return NewText(text.strip(), "", quoted=False)
    return NewText(new_text, "\n".join(cut).strip(), quoted=bool(cut))
