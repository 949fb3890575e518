"""What went wrong with a mail server, in a sentence that says what, where and how to mend it."""

from __future__ import annotations

import errno
import imaplib
import socket
import ssl
from pathlib import Path

import pytest

from backbone.catalogue.model import Server
from backbone.errors import UserError
from backbone.tls import Fault, ServerTroubleError, context, explain

SERVER = Server("mail.example", 993, "tls", True, "", "help@example", "sealed")


def not_trusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    return error


@pytest.mark.parametrize(
    ("error", "fault", "words"),
    [
        (socket.gaierror(-2, "Name or service not known"), Fault.HOST, ["'mail.example' is not known", "spelling"]),
        (ConnectionRefusedError(errno.ECONNREFUSED, "no"), Fault.PORT, ["mail.example:993", "usually 993 for tls"]),
        (TimeoutError("timed out"), Fault.TIMEOUT, ["mail.example:993", "in time", "(tls)"]),
        (not_trusted(), Fault.CERTIFICATE, ["mail.example:993", "(self-signed certificate)", "ca_file"]),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] x"), Fault.SECURITY, ["does not speak TLS", "security is tls"]),
        (ConnectionResetError(errno.ECONNRESET, "reset"), Fault.BROKEN, ["mail.example:993", "tried again"]),
        (imaplib.IMAP4.abort("socket error: EOF"), Fault.BROKEN, ["EOF"]),
        (OSError(), Fault.BROKEN, ["OSError"]),
    ],
)
def test_every_fault_has_its_sentence(error: Exception, fault: Fault, words: list[str]) -> None:
    trouble = explain(error, SERVER, "IMAP")
    assert trouble.fault is fault
    assert all(word in trouble.sentence for word in words), trouble.sentence
    assert "\n" not in trouble.sentence
    assert trouble.sentence.endswith(".")
    assert "sealed" not in trouble.sentence


def test_the_usual_ports_are_those_of_the_protocol() -> None:
    assert "465 for tls" in explain(ConnectionRefusedError(), SERVER, "SMTP").sentence


def test_what_was_explained_once_stays_as_it_is() -> None:
    known = ServerTroubleError(Fault.LOGIN, "The login is refused.")
    assert explain(known, SERVER, "IMAP") is known.trouble


def test_long_words_of_a_server_are_cut() -> None:
    assert len(explain(OSError("x" * 100_000), SERVER, "IMAP").sentence) < 400


def test_verification_is_on_unless_switched_off() -> None:
    strict = context(SERVER)
    assert strict.verify_mode is ssl.CERT_REQUIRED
    assert strict.check_hostname
    lax = context(Server("mail.example", 993, "tls", False, "", "", ""))
    assert lax.verify_mode is ssl.CERT_NONE


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_authority_that_cannot_be_read_is_named(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UserError, match=r"ca\.pem' of mail\.example cannot be read .* PEM file"):
        context(Server("mail.example", 993, "tls", True, str(path), "", ""))
