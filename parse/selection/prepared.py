"""What is made of a catalogue once, for all of its mails: indexes of its rules and names."""

from __future__ import annotations

import threading
from collections import OrderedDict

from backbone.catalogue.model import Catalogue, Mailbox
from parse.selection.candidates import Candidates
from parse.selection.names import Names

KEPT = 4
"""Catalogues that are kept ready: the newest, that of a batch under way, and drafts beside them."""


class Prepared:
    """One catalogue, ready."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Make nothing yet."""
        self.catalogue = catalogue
        self.names = Names(catalogue.directory)
        self._candidates: dict[int, tuple[Mailbox, Candidates]] = {}

    def candidates(self, mailbox: Mailbox) -> Candidates:
        """Return the rules of ``mailbox``, indexed when first asked for."""
        held = self._candidates.get(mailbox.id)
        if held is None or held[0] is not mailbox:
            held = self._candidates[mailbox.id] = (mailbox, Candidates(mailbox.rules))
        return held[1]


_kept: OrderedDict[int, Prepared] = OrderedDict()
_lock = threading.Lock()


def prepared(catalogue: Catalogue) -> Prepared:
    """Return what was made of this very ``catalogue``; it is remembered by identity, as one never changes."""
    with _lock:
        held = _kept.get(id(catalogue))
        if held is None or held.catalogue is not catalogue:
            held = _kept[id(catalogue)] = Prepared(catalogue)
        _kept.move_to_end(id(catalogue))
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
        return held
