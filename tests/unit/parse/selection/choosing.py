"""Selections over a catalogue with a small directory, told in as few words as a test needs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from backbone.catalogue.model import Catalogue, Directory, Entry, Object, Rule
from backbone.contracts import ParsedMail
from parse.rules.runner import RunLimits, Runner
from parse.selection.model import Selected
from parse.selection.select import select
from tests.support.things import NOON, TEMPLATE, catalogue, mail, mailbox

OURS, THEIRS = 2, 7
REPAIR, CLEANING, PAINTING = 4, 14, 24
DIRECTORY = Directory(
    customers={OURS: Entry(OURS, "ООО Ромашка"), THEIRS: Entry(THEIRS, "ООО Лютик")},
    objects={
        3: Object(3, "Для почты", customer_id=OURS, work_type_ids=frozenset({REPAIR, CLEANING})),
        31: Object(31, "ТЦ «Ромашка»", ("Ромашка на Лесной",), customer_id=OURS, work_type_ids=frozenset({REPAIR})),
        32: Object(32, "Офис", customer_id=OURS, work_type_ids=frozenset({REPAIR, PAINTING})),
        33: Object(33, "Офис", customer_id=THEIRS, work_type_ids=frozenset({REPAIR})),
        34: Object(34, "Склад", customer_id=THEIRS, work_type_ids=frozenset({REPAIR})),
        35: Object(35, "Двор", work_type_ids=frozenset({REPAIR})),
        36: Object(36, "Ёлка", customer_id=OURS, work_type_ids=frozenset({PAINTING})),
        37: Object(37, "Гараж", customer_id=OURS, work_type_ids=frozenset({REPAIR})),
        38: Object(38, "Гараж", customer_id=OURS, work_type_ids=frozenset({REPAIR})),
    },
    work_types={
        REPAIR: Entry(REPAIR, "Ремонт"),
        CLEANING: Entry(CLEANING, "Уборка", ("Клининг",)),
        PAINTING: Entry(PAINTING, "Покраска"),
    },
    ticket_types={1: Entry(1, "Заявка"), 11: Entry(11, "Авария")},
    criticalities={6: Entry(6, "Обычная"), 16: Entry(16, "Высокая", ("Критический",))},
    custom_fields={"floor": "Этаж"},
)
RUNNER = Runner(RunLimits(seconds=0.2))
AWAY = r"(a|aa)+$"
LONG_A = "a" * 3_000 + "!"


def rule(number: int = 9, pattern: str = "*@customer.example", **more: Any) -> Rule:
    return Rule(id=number, pattern=pattern, template_id=TEMPLATE.id, **more)


def drafted(*rules: Rule, box: Mapping[str, Any] = {}, template: Mapping[str, Any] = {}, **more: Any) -> Catalogue:
    held = mailbox(rules=rules or (rule(),), **box)
    return replace(catalogue(held, **template), **{"directory": DIRECTORY, **more})


def choose(
    written: ParsedMail | None = None,
    *rules: Rule,
    runner: Runner = RUNNER,
    box: Mapping[str, Any] = {},
    template: Mapping[str, Any] = {},
    **more: Any,
) -> Selected:
    held = drafted(*rules, box=box, template=template, **more)
    return select(written or mail(), mailbox=held.mailboxes[1], catalogue=held, runner=runner, now=NOON)


def step(selected: Selected, name: str) -> dict[str, Any]:
    (found,) = (one for one in selected.steps if one["step"] == name)
    return found


def conditions(selected: Selected) -> list[list[tuple[str, bool]]]:
    return [
        [(one["condition"], one["ok"]) for one in considered["conditions"]]
        for considered in step(selected, "sender_rule")["considered"]
    ]
