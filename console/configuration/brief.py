"""Mappings of an exported file, without what goes without saying."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from backbone.addresses import readable

Data = dict[str, Any]


def short(model: type[BaseModel], data: Mapping[str, Any]) -> Data:
    """Return the keys of ``model`` that are in ``data``, in the model's order, without those at their defaults."""
    return {
        key: data[key]
        for key, about in model.model_fields.items()
        if key in data and (about.is_required() or data[key] != about.get_default(call_default_factory=True))
    }


def by_name(data: Data) -> str | Data:
    """Return the bare name of what has nothing else."""
    return str(data["name"]) if len(data) == 1 else data


def all_readable(addresses: Iterable[str]) -> list[str]:
    """Return addresses, patterns or domains as people write them."""
    return [readable(address) for address in addresses]
