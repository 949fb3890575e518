"""The IMAP and SMTP servers under the tests speak TLS as real ones do, and misbehave when asked to."""

import smtplib
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from imap_tools import MailBox, MailboxLoginError, MailBoxStartTls

from deploy.services import tls
from deploy.services.dovecot import REFUSED_USER
from tests.support.mailboxes import Mailbox
from tests.support.smtp import Behaviour, SmtpServer
from tests.support.tls import trusting
from tests.support.waiting import wait_for

MAIL = b"From: a@example.org\r\nSubject: hello\r\n\r\n..body\r\n"


@contextmanager
def logged_in(server: SmtpServer, timeout: float = 30) -> Iterator[smtplib.SMTP]:
    context = trusting(server.ca_file)
    client = smtplib.SMTP_SSL(server.host, server.tls_port, timeout=timeout, context=context)
    try:
        client.login("support@postroom.test", server.password)
        yield client
    finally:
        client.close()


def test_a_mailbox_is_filled_fast_and_read_by_imaps(mailbox: Mailbox) -> None:
    assert mailbox.append(b"Subject: %d\r\n\r\nbody\r\n" % number for number in range(250)) == 250
    with mailbox.open().login(mailbox.address, mailbox.password) as client:
        subjects = [mail.subject for mail in client.fetch(mark_seen=False, bulk=True)]
    assert subjects == [str(number) for number in range(250)]
    assert (mailbox.count(), mailbox.unseen()) == (250, 250)


def test_mailboxes_are_apart(mailbox_factory: Callable[[], Mailbox]) -> None:
    one, other = mailbox_factory(), mailbox_factory()
    one.append([MAIL])
    assert (one.count(), other.count()) == (1, 0)


def test_imap_offers_starttls(mailbox: Mailbox) -> None:
    client = MailBoxStartTls(mailbox.host, mailbox.plain_port, ssl_context=trusting(mailbox.ca_file))
    with client.login(mailbox.address, mailbox.password) as inside:
        assert inside.folder.exists("INBOX")


def test_imap_refuses_a_wrong_password_and_the_refused_user(mailbox: Mailbox) -> None:
    for user, password in ((mailbox.address, "wrong"), (REFUSED_USER, mailbox.password)):
        client = mailbox.open()
        with pytest.raises(MailboxLoginError):
            client.login(user, password)
        client.client.shutdown()


@pytest.mark.parametrize(
    ("host", "reason"),
    [(tls.EXPIRED_HOST, "certificate has expired"), (tls.WRONG_HOST, "IP address mismatch")],
)
def test_imap_shows_bad_certificates_on_other_addresses(mailbox: Mailbox, host: str, reason: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match=reason):
        MailBox(host, mailbox.port, ssl_context=trusting(mailbox.ca_file))


def test_a_stranger_does_not_trust_the_test_authority(mailbox: Mailbox) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        MailBox(mailbox.host, mailbox.port, ssl_context=ssl.create_default_context())


def test_smtp_by_implicit_tls(smtp_server: SmtpServer) -> None:
    with logged_in(smtp_server) as client:
        client.sendmail("", ["a@example.org", "b@example.org"], MAIL)
    (mail,) = smtp_server.wait_for_mails(1)
    assert (mail.sender, mail.recipients, mail.content) == ("", ["a@example.org", "b@example.org"], MAIL)
    assert (mail.listener, mail.encrypted, mail.user) == ("smtps", True, "support@postroom.test")
    assert smtp_server.control.counts().connections == 1


def test_smtp_by_starttls(smtp_server: SmtpServer) -> None:
    with smtplib.SMTP(smtp_server.host, smtp_server.starttls_port) as client:
        client.starttls(context=trusting(smtp_server.ca_file))
        client.login("support@postroom.test", smtp_server.password)
        client.sendmail("s@postroom.test", "a@example.org", MAIL)
    assert [(mail.listener, mail.encrypted) for mail in smtp_server.mails()] == [("starttls", True)]


def test_smtp_without_encryption_or_login(smtp_server: SmtpServer) -> None:
    with smtplib.SMTP(smtp_server.host, smtp_server.plain_port) as client:
        client.sendmail("s@postroom.test", "a@example.org", MAIL)
    assert [(mail.encrypted, mail.user) for mail in smtp_server.mails()] == [(False, "")]


def test_smtp_demands_a_login_and_refuses_a_wrong_one(smtp_server: SmtpServer) -> None:
    context = trusting(smtp_server.ca_file)
    with smtplib.SMTP_SSL(smtp_server.host, smtp_server.tls_port, context=context) as client:
        with pytest.raises(smtplib.SMTPSenderRefused, match="530"):
            client.sendmail("s@postroom.test", "a@example.org", MAIL)
        with pytest.raises(smtplib.SMTPAuthenticationError, match="535"):
            client.login("support@postroom.test", "wrong")
    assert smtp_server.control.counts().refused_logins >= 1


@pytest.mark.parametrize("host", [tls.EXPIRED_HOST, tls.WRONG_HOST])
def test_smtp_shows_bad_certificates_on_other_addresses(smtp_server: SmtpServer, host: str) -> None:
    context = trusting(smtp_server.ca_file)
    with pytest.raises(ssl.SSLCertVerificationError):
        smtplib.SMTP_SSL(host, smtp_server.tls_port, context=context)
    with smtplib.SMTP(host, smtp_server.starttls_port) as client, pytest.raises(ssl.SSLCertVerificationError):
        client.starttls(context=context)


@pytest.mark.parametrize("answer", ["550 5.1.1 No such user", "451 4.2.1 Try again later"])
def test_smtp_refuses_one_recipient_and_takes_another(smtp_server: SmtpServer, answer: str) -> None:
    smtp_server.behave(Behaviour.refuse("bad@example.org", answer))
    with logged_in(smtp_server) as client:
        refused = client.sendmail("s@postroom.test", ["bad@example.org", "good@example.org"], MAIL)
    assert refused == {"bad@example.org": (int(answer[:3]), answer[4:].encode())}
    assert [mail.recipients for mail in smtp_server.mails()] == [["good@example.org"]]


def test_smtp_refuses_after_data_as_often_as_asked(smtp_server: SmtpServer) -> None:
    smtp_server.behave(Behaviour("*@example.org", at="data", answer="452 4.3.1 Disk full", times=1))
    with logged_in(smtp_server) as client:
        with pytest.raises(smtplib.SMTPDataError, match="452"):
            client.sendmail("s@postroom.test", "a@example.org", MAIL)
        client.sendmail("s@postroom.test", "a@example.org", MAIL)
    assert len(smtp_server.mails()) == 1


def test_smtp_421_closes_the_connection(smtp_server: SmtpServer) -> None:
    smtp_server.behave(Behaviour.refuse("*", "421 4.7.0 Too many mails"))
    with logged_in(smtp_server) as client:
        client.mail("s@postroom.test")
        assert client.rcpt("a@example.org") == (421, b"4.7.0 Too many mails")
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.noop()


def test_smtp_421_as_greeting(smtp_server: SmtpServer) -> None:
    smtp_server.behave(Behaviour.refuse("*", "421 4.3.2 Come back later", at="connect"))
    with pytest.raises(smtplib.SMTPConnectError, match="421"):
        smtplib.SMTP(smtp_server.host, smtp_server.plain_port)


@pytest.mark.parametrize("keep", [True, False])
def test_smtp_drops_the_connection_between_data_and_answer(smtp_server: SmtpServer, keep: bool) -> None:
    smtp_server.behave(Behaviour.drop_after_data("a@example.org", keep=keep))
    with logged_in(smtp_server) as client, pytest.raises(smtplib.SMTPServerDisconnected):
        client.sendmail("s@postroom.test", "a@example.org", MAIL)
    assert [mail.answered for mail in smtp_server.mails()] == ([False] if keep else [])


def test_smtp_hangs_until_the_client_gives_up(smtp_server: SmtpServer) -> None:
    smtp_server.behave(Behaviour.hang("a@example.org"))
    with logged_in(smtp_server) as client:
        client.mail("s@postroom.test")
        client.rcpt("a@example.org")
        assert client.docmd("DATA")[0] == 354
        assert client.sock is not None
        client.sock.settimeout(0.5)
        client.send(MAIL + b".\r\n")
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.getreply()
    assert smtp_server.mails() == []


def test_smtp_accepts_slowly(smtp_server: SmtpServer) -> None:
    smtp_server.behave(Behaviour.slow("slow@example.org", 0.5))
    with smtplib.SMTP(smtp_server.host, smtp_server.plain_port) as client:
        begin = time.monotonic()
        client.sendmail("s@postroom.test", "slow@example.org", MAIL)
    assert time.monotonic() - begin >= 0.5
    assert len(smtp_server.mails()) == 1


def test_smtp_holds_a_mail_without_holding_up_others(smtp_server: SmtpServer) -> None:
    smtp_server.behave(Behaviour.hold("slow@example.org"))

    def send(recipient: str) -> None:
        with smtplib.SMTP(smtp_server.host, smtp_server.plain_port) as client:
            client.sendmail("s@postroom.test", recipient, MAIL)

    slow = threading.Thread(target=send, args=["slow@example.org"])
    slow.start()
    wait_for(lambda: smtp_server.control.counts().most_waiting == 1, 30, "the mail to be held")
    send("quick@example.org")
    assert slow.is_alive()
    smtp_server.control.behave_well()
    slow.join()
    assert [mail.recipients[0] for mail in smtp_server.mails()] == ["quick@example.org", "slow@example.org"]
