"""How a mailbox writes, in an exported file: in the order of the keys, whatever order the database has."""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel

from console.configuration.brief import Data
from console.configuration.logos import LogoWriter
from console.configuration.outgoing import Outgoing


def outgoing(address: str, held: Data, logo: LogoWriter) -> Data | None:
    """Return what the file says of ``held``, as the database has it; ``logo`` says where the logo is."""
    found = dict(held)
    if "logo" in found:
        found["logo"] = logo(address, found["logo"]["sha256"])
    signatures = found.get("signature", {})
    if "ru" in signatures and signatures["ru"] == signatures.get("en"):
        found["signature"] = signatures["ru"]
    return _ordered(Outgoing, found) or None


def _ordered(model: type[BaseModel], data: Data) -> Data:
    found: Data = {}
    for key, about in model.model_fields.items():
        if key in data:
            inner = _model_in(about.annotation)
            value = data[key]
            found[key] = _ordered(inner, value) if inner and isinstance(value, dict) else value
    return found


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for part in get_args(annotation) if (model := _model_in(part))), None)
