"""A test mail, sent by the command through a real SMTP server."""

from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pytest

from backbone.vault import new_key
from tests.support.house import HELP, house
from tests.support.shell import Shell
from tests.support.smtp import Behaviour, SmtpServer


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], smtp_server: SmtpServer
) -> Shell:
    monkeypatch.setenv("POSTROOM_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("POSTROOM_SECRET_KEY", new_key())
    with house(tmp_path) as office:
        office.add_mailbox(host=smtp_server.host, port=smtp_server.plain_port)
    return Shell(monkeypatch, capsys)


@pytest.mark.parametrize(("kind", "sender"), [("chat_message", HELP), ("not_accepted", "")])
def test_a_test_mail_arrives(shell: Shell, smtp_server: SmtpServer, kind: str, sender: str) -> None:
    result = shell(
        "letter", "test", "--mailbox", HELP, "--to", "me@customer.example", "--kind", kind, "--language", "en"
    )
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"The server of {HELP} took the mail to me@customer.example and said: 250 ")
    (taken,) = smtp_server.mails()
    assert (taken.sender, taken.recipients) == (sender, ["me@customer.example"])
    read = message_from_bytes(taken.content, policy=SMTP)
    assert read["To"] == "me@customer.example"
    assert read["X-Postroom-Loop"]


def test_a_test_mail_tries_the_envelope_sender_that_mails_will_have(
    shell: Shell, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    with house(tmp_path, migrate=False) as office:
        office.configure(outgoing={"reply_to_token": True})
    for kind in ("chat_message", "not_accepted"):
        assert shell("letter", "test", "--mailbox", HELP, "--to", "me@customer.example", "--kind", kind).code == 0
    by_person, notice = smtp_server.mails()
    assert by_person.sender.startswith("help+pb.")
    assert notice.sender == ""


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (Behaviour.refuse("me@customer.example", "550 5.1.1 No such user"), "did not take the mail: 550 5.1.1 No such"),
        (Behaviour.drop_after_data("me@customer.example"), "left before it said whether it took the mail: "),
    ],
)
def test_what_the_server_did_is_said(shell: Shell, smtp_server: SmtpServer, behaviour: Behaviour, words: str) -> None:
    smtp_server.behave(behaviour)
    result = shell("letter", "test", "--mailbox", HELP, "--to", "me@customer.example")
    assert (result.code, result.out) == (1, "")
    assert f"postroom: The SMTP server {smtp_server.host}:{smtp_server.plain_port} {words}" in result.err
    assert result.err.count("\n") == 1
