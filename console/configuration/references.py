"""Whether the parts of a configuration fit together: names that exist, stand once, and belong to one another.

Works on the plain data of the files and trusts no type in it, so that it finds its faults even where a key is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

from console.configuration import check_canned, check_directory, check_mailboxes
from console.configuration.document import Document
from console.configuration.faults import Fault
from console.configuration.names import Names
from console.configuration.nodes import Node


def check(documents: Sequence[Document]) -> list[Fault]:
    """Return what does not fit together in these files."""
    roots = [Node(document, (), document.data) for document in documents if isinstance(document.data, dict)]
    names = Names(roots)
    checks = (check_directory, check_canned, check_mailboxes)
    return [*names.faults, *(fault for part in checks for fault in part.faults(roots, names))]
