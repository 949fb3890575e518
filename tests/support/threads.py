"""How a strict mail program threads: by References and In-Reply-To alone, never by subjects.

This is Jamie Zawinski's algorithm (https://www.jwz.org/doc/threading.html), steps 1 to 4, which most programs follow.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.message import EmailMessage

_ID = re.compile(r"<[^<>\s]+>")


@dataclass(eq=False)
class _Container:
    """A place for one Message-ID: with its mail, or empty as long as only others tell of it."""

    message_id: str
    filled: bool = False
    parent: "_Container | None" = None
    children: list["_Container"] = field(default_factory=list)

    def above(self) -> Iterable["_Container"]:
        """Yield this container and all that it lies in, the nearest first."""
        at: _Container | None = self
        while at:
            yield at
            at = at.parent

    def move(self, parent: "_Container | None") -> None:
        if self.parent:
            self.parent.children.remove(self)
        self.parent = parent
        if parent:
            parent.children.append(self)


def named(mail: EmailMessage, header: str) -> list[str]:
    """Return the Message-IDs in a header."""
    return _ID.findall(str(mail[header] or ""))


def parents(mails: Iterable[EmailMessage]) -> dict[str, str | None]:
    """Return which mail each one is shown below, by their Message-IDs; None for one that begins a thread.

    Mails that hang together only by one that is not here are shown side by side, below a place that is left empty; its
    Message-ID stands for it.
    """
    found: dict[str, _Container] = {}
    for mail in mails:
        (message_id,) = named(mail, "Message-ID")
        own = found.setdefault(message_id, _Container(message_id))
        assert not own.filled, f"{message_id} is there twice"
        own.filled = True
        above: _Container | None = None
        for reference in named(mail, "References") or named(mail, "In-Reply-To")[:1]:
            one = found.setdefault(reference, _Container(reference))
            if above and one.parent is None and one not in above.above():
                one.move(above)
            above = one
        own.move(above if above and own not in above.above() else None)
    return {message_id: _shown_below(one) for message_id, one in found.items() if one.filled}


def _shown_below(one: _Container) -> str | None:
    places = [place for place in one.above() if place is not one]
    real = next((place for place in places if place.filled), None)
    if real or not places:
        return real.message_id if real else None
    top = places[-1]
    return top.message_id if len(_filled_below(top)) > 1 else None


def _filled_below(place: _Container) -> list[_Container]:
    """Return the nearest mails below a place that is empty."""
    return [one for child in place.children for one in ([child] if child.filled else _filled_below(child))]
