"""How a mailbox's mails look, as the command line shows it."""

from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from typing import get_args

import pytest

from backbone.catalogue.outgoing import Outgoing
from backbone.catalogue.tables import mailboxes
from backbone.contracts import LetterKind
from tests.support.house import HELP, House
from tests.support.letters import LOGO
from tests.support.shell import Shell


@pytest.fixture
def dressed(office: House) -> House:
    """The office, with a signature, a logo and a text of its own."""
    logo = {"sha256": office.runtime.blobs.put(LOGO)}
    own = {"ticket_created": {"ru": {"text": "Своё: {{ number }}"}}}
    outgoing = Outgoing.model_validate({"signature": {"ru": "Ваша служба"}, "logo": logo, "templates": own})
    office.change(mailboxes, outgoing=outgoing.model_dump(mode="json"))
    return office


@pytest.mark.usefixtures("dressed")
@pytest.mark.parametrize("kind", get_args(LetterKind))
def test_every_kind_is_shown_as_text(shell: Shell, kind: str) -> None:
    result = shell("letter", "preview", "--mailbox", HELP, "--kind", kind)
    assert result.code == 0, result.err
    assert ("Своё: O2311000" if kind == "ticket_created" else "Ваша служба") in result.out
    english = shell("letter", "preview", "--mailbox", HELP, "--kind", kind, "--language", "en")
    assert ("Good afternoon" if kind == "chat_message" else "Hello!") in english.out


@pytest.mark.usefixtures("dressed")
def test_a_preview_is_written_in_the_form_of_its_name(shell: Shell, tmp_path: Path) -> None:
    for end in ("eml", "html", "txt"):
        path = tmp_path / f"preview.{end}"
        result = shell("letter", "preview", "--mailbox", HELP, "--kind", "chat_message", "--output", str(path))
        assert (result.code, result.out) == (0, f"{path} holds the mail.\n")
    mail = message_from_bytes((tmp_path / "preview.eml").read_bytes(), policy=SMTP)
    assert mail["Subject"] == "Re: [#O2311000] Не работает кондиционер"
    assert "image/png" in [part.get_content_type() for part in mail.walk()]
    html = (tmp_path / "preview.html").read_text()
    assert 'src="data:image/png;base64,' in html
    assert "cid:" not in html
    assert "Ваша служба" in (tmp_path / "preview.txt").read_text()


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("preview", "--mailbox", "nobody@x", "--kind", "too_big"), "There is no mailbox 'nobody@x'"),
        (("preview", "--mailbox", HELP, "--kind", "too_big", "--output", "a.pdf"), "A preview ends in .eml, .html or"),
        (("preview", "--mailbox", HELP, "--kind", "too_big", "--output", "a"), "A preview ends in .eml, .html or"),
        (("preview", "--mailbox", HELP, "--kind", "too_big", "--output", "/no/a.txt"), "The file /no/a.txt cannot be"),
        (("test", "--mailbox", HELP, "--to", "me"), "'me' is no mail address"),
        (("test", "--mailbox", "nobody@x", "--to", "me@x.example"), "There is no mailbox 'nobody@x'"),
        (("test", "--mailbox", HELP, "--to", "me@x.example"), "Nothing answers at the SMTP server 127.0.0.1:1"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(shell: Shell, arguments: tuple[str, ...], words: str) -> None:
    result = shell("letter", *arguments)
    assert (result.code, result.out) == (1, "")
    assert words in result.err
    assert result.err.startswith("postroom: ")
    assert result.err.count("\n") == 1


def test_what_a_mailbox_lacks_is_said(shell: Shell, office: House) -> None:
    office.change(mailboxes, outgoing={"logo": {"sha256": "0" * 64}})
    result = shell("letter", "preview", "--mailbox", HELP, "--kind", "too_big")
    assert (result.code, "is not in the blob store; apply its configuration again." in result.err) == (1, True)
    office.change(mailboxes, smtp_host="")
    result = shell("letter", "test", "--mailbox", HELP, "--to", "me@x.example")
    assert (result.code, "has no SMTP server; set 'smtp' in its configuration." in result.err) == (1, True)


@pytest.mark.parametrize(
    "arguments", [("preview", "--mailbox", HELP), ("preview", "--mailbox", HELP, "--kind", "x"), ()]
)
def test_a_wrong_call_ends_with_two(shell: Shell, arguments: tuple[str, ...]) -> None:
    assert shell("letter", *arguments).code == 2
