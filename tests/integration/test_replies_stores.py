"""Stores that are away for a moment while a mail is sent."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backbone.blobs import StoreUnavailableError
from backbone.contracts import Attachment
from backbone.ledger.states import Outbound
from backbone.ledger.tables import outbound
from replies import service
from tests.support.databases import Databases
from tests.support.house import House, house
from tests.support.sending import add_mailbox, owe, owed
from tests.support.smtp import SmtpServer
from tests.support.things import letter


@pytest.fixture(params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path: Path, postgres_databases: Databases) -> Iterator[House]:
    url = f"sqlite:///{tmp_path}/postroom.db" if request.param == "sqlite" else postgres_databases.create()
    with house(tmp_path, database_url=url) as made:
        yield made


def test_a_store_that_is_away_costs_a_mail_no_try(
    office: House, smtp_server: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = office.runtime.blobs.put(b"png")
    file = Attachment(filename="a.png", content_type="image/png", size=3, sha256=key)
    (mail_id,) = owe(office, add_mailbox(office, smtp_server), "ivan@customer.example")
    office.change(outbound, letter=letter(attachments=(file,)).model_dump(mode="json"))

    def away(_key: str) -> bytes:
        raise StoreUnavailableError("away")

    monkeypatch.setattr(office.runtime.blobs, "get", away)
    with pytest.raises(StoreUnavailableError):
        service.send(office.runtime, [mail_id])
    row = owed(office, mail_id)
    assert (row.state, row.tries, row.reason, smtp_server.mails()) == (Outbound.QUEUED, 0, None, [])
    monkeypatch.undo()
    service.send(office.runtime, [mail_id])
    assert owed(office, mail_id).state == Outbound.SENT
