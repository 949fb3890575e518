"""The demo's mail server, as mail clients meet it: SMTP in, IMAP out, flags, several clients, IDLE."""

import gc
import imaplib
import smtplib
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from imap_tools import MailBoxUnencrypted

from backbone.errors import UserError
from console.demo.imap import Account
from console.demo.mailserver import HOST, MailServer

ANNA = Account("anna@sever.example", "Анна", "anna-secret")
BORIS = Account("boris@sever.example", "Борис", "boris-secret")
EIGHT_BIT = (
    b"From: anna@sever.example\r\nTo: boris@sever.example\r\nSubject: one\r\nMessage-ID: <1@sever.example>\r\n"
    b"Content-Type: text/plain; charset=windows-1251\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    + "Привет!\r\n.точка\r\n".encode("cp1251")
)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer([ANNA, BORIS]) as running:
        yield running


def send(server: MailServer, raw: bytes, sender: str, recipient: str, login: Account | None = None) -> None:
    with smtplib.SMTP(HOST, server.smtp_port, timeout=10) as client:
        if login:
            client.login(login.address, login.password)
        client.sendmail(sender, [recipient], raw, mail_options=["BODY=8BITMIME"])


def client_of(server: MailServer, account: Account) -> imaplib.IMAP4:
    client = imaplib.IMAP4(HOST, server.imap_port, timeout=10)
    client.login(account.address, account.password)
    client.select("INBOX")
    return client


def ask(client: imaplib.IMAP4, command: str, *arguments: str) -> list[bytes]:
    kind, answer = client.uid(command, *arguments)
    assert kind == "OK"
    return [b"".join(item) if isinstance(item, tuple) else item for item in answer]


def unseen(client: imaplib.IMAP4) -> list[int]:
    return [int(uid) for uid in ask(client, "SEARCH", "UID", "1:*", "UNSEEN")[0].split()]


def test_mail_arrives_byte_for_byte_and_is_only_marked_when_asked(server: MailServer) -> None:
    send(server, EIGHT_BIT, ANNA.address, BORIS.address, ANNA)
    client = client_of(server, BORIS)
    (uid,) = unseen(client)
    kind, answer = client.uid("FETCH", str(uid), "(UID RFC822.SIZE BODY.PEEK[])")
    assert kind == "OK"
    head, raw = answer[0]
    assert raw.endswith(EIGHT_BIT)
    assert raw.startswith(b"Return-Path: <anna@sever.example>\r\nDelivered-To: boris@sever.example\r\nReceived: ")
    assert b"RFC822.SIZE %d " % len(raw) in head
    assert unseen(client) == [uid]
    ask(client, "STORE", str(uid), "+FLAGS.SILENT", "(\\Seen)")
    assert unseen(client) == []
    client.logout()
    assert server.accepted == 1


def test_flags_and_identities_outlive_the_connection(server: MailServer) -> None:
    for _ in range(3):
        send(server, EIGHT_BIT, ANNA.address, BORIS.address, ANNA)
    first, second = client_of(server, BORIS), client_of(server, BORIS)
    uids = unseen(first)
    ask(first, "STORE", str(uids[1]), "+FLAGS", "(\\Seen)")
    assert unseen(second) == [uids[0], uids[2]]
    validity = first.response("UIDVALIDITY")[1]
    for client in (first, second):
        client.logout()
    third = client_of(server, BORIS)
    assert third.response("UIDVALIDITY")[1] == validity
    assert unseen(third) == [uids[0], uids[2]]
    third.logout()
    other = client_of(server, ANNA)
    assert unseen(other) == []
    other.logout()


def test_appended_mail_is_found_in_its_folder(server: MailServer) -> None:
    with MailBoxUnencrypted(HOST, server.imap_port, 10).login(ANNA.address, ANNA.password) as box:
        box.folder.create("Sent")
        box.append(EIGHT_BIT, "Sent", flag_set=["\\Seen"])
        box.folder.set("Sent")
        (mail,) = box.fetch(mark_seen=False)
        assert mail.text.startswith("Привет!")
        assert "\\Seen" in mail.flags


def test_idle_tells_of_every_mail_at_once(server: MailServer) -> None:
    client = client_of(server, BORIS)
    client.send(b"idle1 IDLE\r\n")
    assert client.readline().startswith(b"+")
    for count in range(1, 6):
        gc.collect()  # pymap's own service leaves connections to the garbage collector
        send(server, EIGHT_BIT.replace(b"<1@", b"<%d@" % count), ANNA.address, BORIS.address, ANNA)
        while client.readline() != b"* %d EXISTS\r\n" % count:
            pass
    client.send(b"DONE\r\n")
    while not client.readline().startswith(b"idle1 OK"):
        pass
    client.logout()


def test_many_clients_write_at_the_same_time(server: MailServer) -> None:
    raws = [EIGHT_BIT.replace(b"<1@", b"<%d@" % number) for number in range(60)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda raw: send(server, raw, ANNA.address, BORIS.address, ANNA), raws))
    client = client_of(server, BORIS)
    uids = unseen(client)
    assert len(uids) == 60
    listed = ask(client, "FETCH", "1:*", "(BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
    assert len({line for line in listed if b"@sever.example" in line}) == 60
    client.logout()


@pytest.mark.parametrize(
    ("sender", "recipient", "login", "code"),
    [
        (ANNA.address, BORIS.address, None, 530),
        (ANNA.address, BORIS.address, BORIS, 553),
        ("stranger@else.example", "nobody@sever.example", None, 550),
        (ANNA.address, "somebody@else.example", ANNA, 550),
    ],
)
def test_what_may_not_be_sent_is_refused(
    server: MailServer, sender: str, recipient: str, login: Account | None, code: int
) -> None:
    with pytest.raises((smtplib.SMTPSenderRefused, smtplib.SMTPRecipientsRefused)) as refused:
        send(server, EIGHT_BIT, sender, recipient, login)
    assert str(code) in str(refused.value)


def test_strangers_and_bounces_reach_us_without_a_login(server: MailServer) -> None:
    send(server, EIGHT_BIT, "stranger@else.example", BORIS.address)
    send(server, EIGHT_BIT, "", BORIS.address)
    with MailBoxUnencrypted(HOST, server.imap_port, 10).login(BORIS.address, BORIS.password) as box:
        paths = [mail.headers["return-path"] for mail in box.fetch(mark_seen=False)]
    assert paths == [("<stranger@else.example>",), ("<>",)]


def test_a_wrong_password_opens_nothing(server: MailServer) -> None:
    with smtplib.SMTP(HOST, server.smtp_port, timeout=10) as smtp, pytest.raises(smtplib.SMTPAuthenticationError):
        smtp.login(ANNA.address, BORIS.password)
    with imaplib.IMAP4(HOST, server.imap_port, timeout=10) as imap, pytest.raises(imaplib.IMAP4.error):
        imap.login(ANNA.address, BORIS.password)


def test_malformed_mail_does_not_stop_the_server(server: MailServer) -> None:
    oddities = [b"\r\n", b"no header at all\r\n", b"Content-Type: ;;;=\r\nSubject: \xff\xfe\r\n\r\nx\r\n"]
    oddities += [
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: message/rfc822\r\n\r\n--a--\r\n"
    ]
    for raw in oddities:
        send(server, raw, ANNA.address, BORIS.address, ANNA)
    client = client_of(server, BORIS)
    for uid, raw in zip(unseen(client), oddities, strict=True):
        kind, answer = client.uid("FETCH", str(uid), "(BODY.PEEK[])")
        assert kind == "OK"
        assert raw in answer[0][1]
    client.logout()


def test_only_loopback_is_served_and_a_taken_port_is_named(server: MailServer) -> None:
    with socket.socket() as elsewhere:
        elsewhere.settimeout(2)
        assert elsewhere.connect_ex(("127.0.0.2", server.imap_port)) != 0
    with pytest.raises(UserError, match="--imap-port"), MailServer([ANNA], imap_port=server.imap_port):
        pass


def test_stopping_ends_clients_that_stay_connected() -> None:
    with MailServer([ANNA]) as server:
        idle = client_of(server, ANNA)
        idle.send(b"idle1 IDLE\r\n")
        smtp = smtplib.SMTP(HOST, server.smtp_port, timeout=10)
    assert smtp.sock is not None
    assert smtp.sock.recv(100) == b""
    smtp.close()
    idle.shutdown()
