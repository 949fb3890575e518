"""How a mailbox writes, and canned replies: from the file to what the stages read, and back into a file."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from backbone.blobs import key_of
from backbone.catalogue.model import Mailbox
from backbone.catalogue.outgoing import Logo, Outgoing, Text
from backbone.catalogue.snapshot import load
from backbone.contracts import Language, LetterKind
from backbone.errors import UserError
from console.configuration import outgoing
from console.configuration.changes import Action, Changes
from console.configuration.faults import FaultyConfigurationError
from tests.support import schema
from tests.support.configurations import EVERY_KEY, PASSWORDS, Place, done
from tests.support.shell import Shell

EXAMPLES = Path(__file__).parents[3] / "docs/examples"
LOGO = (EXAMPLES / "images/logo.png").read_bytes()
BOX = """\
mailboxes:
  - address: help@x.ru
    imap: {host: x.ru, password: "${FIRST}"}
    smtp: {host: x.ru}
"""
OWN = "      templates: {chat_message: {ru: {text: '{{ blocks.message }} {{ blocks.files }}'}}}\n"


def box(place: Place, number: int = 1) -> Mailbox:
    with place.database.reading() as connection:
        return load(connection, 1).mailboxes[number]


def fields(changes: Changes) -> list[tuple[str, ...]]:
    return [step.fields for step in changes.steps if step.action is Action.CHANGED]


def test_the_model_of_the_file_has_the_kinds_and_languages_of_the_letters() -> None:
    assert set(outgoing.Templates.model_fields) == set(get_args(LetterKind))
    for texts in (outgoing.OwnTexts, outgoing.Signatures):
        assert set(texts.model_fields) == set(get_args(Language))
    assert set(outgoing.OwnText.model_fields) == set(Text.model_fields)
    assert set(outgoing.Outgoing.model_fields) == set(Outgoing.model_fields)


def test_the_stages_read_what_the_example_says(place: Place) -> None:
    place.apply(EXAMPLES / "mail.yml", {"POSTROOM_HELP_PASSWORD": "x", "POSTROOM_OFFICE_PASSWORD": "y"})
    short = "С уважением,\nслужба поддержки, +7 495 000-00-00"
    assert box(place).outgoing == Outgoing(signature={"ru": short, "en": short})
    found = box(place, 2).outgoing
    assert found.signature == {"ru": "Служба поддержки Field Service", "en": "Kind regards,\nField Service"}
    assert found.logo == Logo(sha256=key_of(LOGO))
    assert place.blobs.get(key_of(LOGO)) == LOGO
    assert set(found.templates) == set(get_args(LetterKind))
    assert found.templates["too_big"]["en"].html.startswith("{% if name and message %}<p>Dear {{ name }},</p>")
    assert (found.notices.not_accepted, found.limits.per_domain_minute, found.breaker.ping_pong) == (True, 20, 10)
    assert (found.reply_to_token, found.undo_seconds, found.sent_folder) == (True, 30, "Sent")


def test_the_stages_read_canned_replies(place: Place) -> None:
    place.apply(EVERY_KEY)
    with place.database.reading() as connection:
        directory = load(connection, 1).directory
    (kind,) = directory.ticket_types
    assert directory.canned_replies["Мастер выехал"].text == (
        "Здравствуйте, {contact}!\n\nМастер выехал по заявке {number}: {{скобки}}."
    )
    assert directory.canned_replies["Мастер выехал"].ticket_type_ids == {kind}
    assert directory.canned_replies["yes"].ticket_type_ids == set()


@pytest.mark.parametrize(
    "text",
    [
        "    outgoing:\n",
        "    outgoing: {signature: '', logo: , templates: {chat_message: {ru: {text: '', html: ' '}, en: }}}\n",
        "    outgoing: {notices: {too_big: true}, limits: {per_minute: 0}, breaker: {}, sent_folder: ' '}\n",
        "    outgoing: {subject_tag: verified, link_days: 14, reply_to_token: false, undo_seconds: }\n",
    ],
)
def test_what_says_the_default_is_as_if_it_were_not_there(place: Place, text: str) -> None:
    place.apply(BOX)
    assert not place.apply(BOX + text)
    assert "outgoing" not in place.export()


def test_a_bare_signature_stands_for_both_languages(place: Place) -> None:
    place.apply(BOX + "    outgoing: {signature: Привет}\n")
    assert not place.plan(BOX + "    outgoing: {signature: {en: Привет, ru: Привет}}\n")
    assert "    outgoing:\n      signature: Привет\n" in place.export()
    assert fields(place.apply(BOX + "    outgoing: {signature: {ru: Привет}}\n")) == [("outgoing",)]
    assert box(place).outgoing.signature == {"ru": "Привет"}


def test_what_is_taken_out_goes(place: Place) -> None:
    place.apply(BOX + "    outgoing:\n      undo_seconds: 30\n" + OWN)
    place.apply(BOX)
    assert box(place).outgoing == Outgoing()


def test_a_plan_names_what_changes_in_it(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "mail.yml"
    schema.put(tmp_path)
    (tmp_path / "logo.png").write_bytes(LOGO)
    path.write_text(BOX + "    outgoing:\n      signature: {ru: 'один\n\n          два'}\n" + OWN, encoding="utf-8")
    assert shell("apply", str(path), **PASSWORDS).code == 0
    path.write_text(
        BOX
        + "    outgoing: {signature: {ru: один, en: one}, logo: logo.png, limits: {per_hour: 5}, reply_to_token: true,"
        " subject_tag: off}\n",
        encoding="utf-8",
    )
    assert shell("plan", str(path)).out.splitlines()[:-1] == [
        "~ mailbox help@x.ru",
        "    outgoing.reply_to_token: false → true",
        "    outgoing.subject_tag: verified → off",
        "    outgoing.signature.ru:",
        "        -два",
        f"    outgoing.logo: (none) → sha256:{key_of(LOGO)[:53]}…",
        "    outgoing.templates.chat_message.ru.text: {{ blocks.message }} {{ blocks.files }} → (none)",
        "    outgoing.limits.per_hour: 0 → 5",
        "    outgoing.signature.en: (none) → one",
    ]
    found = shell("plan", str(path), "--json").json()["changes"]["mailboxes"]["changed"]["help@x.ru"]
    assert found["outgoing.limits.per_hour"] == {"old": 0, "new": 5}


def test_a_logo_that_the_store_has_may_be_named_by_its_sum(place: Place) -> None:
    key = place.blobs.put(LOGO)
    named = BOX + f"    outgoing: {{logo: 'sha256:{key}'}}\n"
    place.apply(named)
    (place.folder / "logo.png").write_bytes(LOGO)
    assert not place.apply(BOX + "    outgoing: {logo: logo.png}\n")
    assert f"logo: 'sha256:{key}'" in place.export()


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "the store has no sha256:"), (b"<svg/>", "is no image that every mail program shows; give a PNG")],
)
def test_a_logo_that_is_not_to_be_had_stops_everything(place: Place, content: bytes | None, words: str) -> None:
    key = "0" * 64 if content is None else place.blobs.put(content)
    with pytest.raises(UserError) as caught:
        place.apply(BOX + f"    outgoing: {{logo: 'sha256:{key}'}}\n")
    assert str(caught.value).startswith("Nothing was applied, as ")
    assert words in str(caught.value)
    assert "help@x.ru" not in place.export()


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("    outgoing: {signature: {ru: %s}}\n", 2000),
        ("    outgoing: {sent_folder: %s}\n", 255),
        ("canned_replies: [{name: Ждите, text: %s}]\n", 8192),
    ],
)
def test_texts_have_a_longest(place: Place, text: str, limit: int) -> None:
    place.apply(BOX + text % ("x" * limit))
    with pytest.raises(FaultyConfigurationError, match=f"this is {limit + 1} characters long; shorten it to {limit}."):
        place.read(BOX + text % ("x" * (limit + 1)))


def test_switches_that_are_off_need_no_server_to_send_by(place: Place) -> None:
    silent = BOX.replace("    smtp: {host: x.ru}\n", "")
    place.apply(silent + "    outgoing: {reply_to_token: false, undo_seconds: 0, sent_folder: '', signature: Привет}\n")
    assert box(place).outgoing.signature["ru"] == "Привет"


def test_canned_replies_come_and_go(place: Place) -> None:
    types = "ticket_types: [Заявка, Авария]\n"
    reply = "canned_replies: [{name: Ждите, text: 'По заявке {number} ждите', ticket_types: [Заявка, Авария]}]\n"
    place.apply(types + reply)
    assert not place.plan(types + reply.replace("[Заявка, Авария]", "[Авария, Заявка]"))
    less = types + reply.replace("[Заявка, Авария]", "[Авария]")
    assert fields(place.apply(less)) == [("ticket_types",)]
    assert done(place.apply(less.replace("[Заявка, Авария]", "[Авария]"), prune=True)) == {
        "removed": {("ticket_types", "Заявка")}
    }
    assert done(place.apply("ticket_types: [Авария]\n", prune=True)) == {"removed": {("canned_replies", "Ждите")}}
    place.apply(types + reply)
    assert done(place.apply("mailboxes: []\n", prune=True))["removed"] == {
        ("canned_replies", "Ждите"),
        ("ticket_types", "Заявка"),
        ("ticket_types", "Авария"),
    }
