"""Reads configuration files. All of them are checked before anything is said, so that all faults come at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from console.configuration import explain, references
from console.configuration.document import Document, parse
from console.configuration.faults import Fault, FaultyConfigurationError
from console.configuration.model import Configuration
from console.configuration.passwords import Surroundings

STANDARD_INPUT = Path("-")


@dataclass(frozen=True, slots=True)
class Files:
    """Files as they were read: each once, with what is wrong with them as YAML."""

    paths: tuple[Path, ...]
    documents: tuple[Document, ...]
    faults: tuple[Fault, ...]


def read(paths: Sequence[Path], environment: Mapping[str, str] | None = None) -> Configuration:
    """Return what the files say together; raise FaultyConfigurationError with everything that is wrong in them."""
    return understand(load(paths), environment)


def load(paths: Sequence[Path]) -> Files:
    """Return what stands in the files; ``-`` is standard input."""
    unique = list({path.resolve(): path for path in reversed(paths)}.values())[::-1]
    documents: list[Document] = []
    faults: list[Fault] = []
    for path in unique:
        document, found = _load(path)
        faults += found
        if document is not None:
            documents.append(document)
    return Files(tuple(unique), tuple(documents), tuple(faults))


def understand(
    files: Files, environment: Mapping[str, str] | None = None, required: frozenset[str] | None = None
) -> Configuration:
    """Return what the files say together; raise FaultyConfigurationError with everything that is wrong in them.

    Of the variables that they name for passwords, those in ``required`` must be set, and all of them when it is None.
    """
    environment = os.environ if environment is None else environment
    faults = list(files.faults)
    parts: list[Configuration] = []
    for document in files.documents:
        around = Surroundings(environment, Path(document.file).parent, required)
        try:
            parts.append(Configuration.model_validate(document.data, context=around))
        except ValidationError as error:
            faults += explain.faults(document, error)
    if len(files.documents) == len(files.paths):  # else every name of the unreadable file would seem to be missing
        faults += references.check(files.documents)
    if faults:
        order = {str(path): position for position, path in enumerate(files.paths)}
        raise FaultyConfigurationError(sorted(faults, key=lambda fault: (order[fault.file], fault.line)))
    return _together(parts)


def _load(path: Path) -> tuple[Document | None, list[Fault]]:
    file = str(path)
    try:
        raw = sys.stdin.buffer.read() if path == STANDARD_INPUT else path.read_bytes()
        text = raw.decode("utf-8-sig")
    except FileNotFoundError:
        return None, [Fault(file, 1, "there is no such file", "check its path")]
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return None, [Fault(file, line, "this is not UTF-8", "save the file in UTF-8")]
    except (OSError, ValueError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        return None, [Fault(file, 1, f"the file cannot be read ({reason})", "check its path and rights")]
    document, faults = parse(file, text)
    return (document if document.lines else None), faults


def _together(parts: Sequence[Configuration]) -> Configuration:
    whole = Configuration()
    for part in parts:
        for name in Configuration.model_fields:
            getattr(whole, name).extend(getattr(part, name))
    return whole
