"""What people answer to our mails: only their own words are new, whatever our mail has around its text."""

import pytest

from backbone import tokens
from backbone.catalogue.outgoing import Outgoing
from console.demo import answers
from console.demo.imap import Account
from parse.reader import read_mail
from replies import samples
from tests.support.letters import LOGO, composed, strict

CLIENTS = (answers.gmail, answers.outlook, answers.apple_mail, answers.yandex, answers.the_bat)
SAID = "Спасибо, доступ будет. Ждём вас в 10:00."
TOKEN = tokens.make((b"k" * 32,), ticket_id=17, mailbox_id=1, recipient="ivan@romashka.example")


@pytest.mark.parametrize("kind", ["chat_message", "ticket_created", "closed_ticket"])
@pytest.mark.parametrize("client", CLIENTS)
def test_only_what_is_new_is_taken_and_the_marker_is_found(client: answers.Client, kind: str) -> None:
    outgoing = Outgoing(signature={"ru": "С уважением,\nслужба поддержки\n+7 495 000-00-00"})
    written = samples.letter(kind, "ru").model_copy(update={"marker": TOKEN})  # type: ignore[arg-type]  # parametrized
    ours = strict(composed(written, outgoing=outgoing, logo=LOGO))
    customer = Account("ivan@romashka.example", "Иван Петров", "")
    answer = read_mail(client(customer, ours, SAID, None)).parsed
    assert answer.new_text == SAID
    assert answer.quoted
    assert answer.automation is None
    marked = [line for line in answer.text.splitlines() if "Ref: " in line]
    found = tokens.find(marked[-1].strip())
    assert found is not None
    assert found.ticket_id == 17
