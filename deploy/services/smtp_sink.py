"""The SMTP sink's own program; smtp.py starts it, smtp_control.py talks to it."""

import asyncio
import json
import ssl
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from deploy.services import tls
from deploy.services.layout import Layout
from deploy.services.smtp_control import AcceptedMail, Behaviour, Counts

LARGEST_MAIL = 200 * 2**20
ACCEPTED = "250 2.0.0 Taken"
CONTROL_HOST = "127.0.0.1"


@dataclass
class Store:
    """What the sink has taken and how it shall behave."""

    mails: list[AcceptedMail] = field(default_factory=list)
    behaviours: list[Behaviour] = field(default_factory=list)
    connections: int = 0
    logins: int = 0
    refused_logins: int = 0
    empty: int = 0
    waiting: int = 0
    most_waiting: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def behaviour(self, at: str, addresses: list[str]) -> Behaviour | None:
        """Return the newest behaviour that fits, and count its use."""
        for index, each in enumerate(self.behaviours):
            if each.at == at and any(_fits(each.match, address) for address in addresses):
                if each.times == 1:
                    del self.behaviours[index]
                elif each.times:
                    self.behaviours[index] = replace(each, times=each.times - 1)
                return each
        return None

    def handle(self, request: dict[str, Any]) -> dict[str, Any]:
        """Carry out one control request and return the answer."""
        name = request.pop("request")
        if name == "behave":
            self.behaviours.insert(0, Behaviour(**request))
        elif name == "behave_well":
            self._behave_well()
        elif name == "reset":
            self._behave_well()
            self.mails = []
            self.connections = self.logins = self.refused_logins = self.empty = 0
            self.most_waiting = self.waiting
        elif name == "counts":
            counted = (self.connections, self.logins, self.refused_logins, self.empty, self.most_waiting)
            return asdict(Counts(len(self.mails), *counted))
        elif name == "mails":
            found = self.mails[request["since"] :]
            return {"mails": [{**asdict(each), "content": b64encode(each.content).decode()} for each in found]}
        else:
            return {"error": f"unknown request {name}"}
        return {}

    def _behave_well(self) -> None:
        self.behaviours.clear()
        self.released.set()
        self.released = asyncio.Event()

    @contextmanager
    def made_to_wait(self) -> Iterator[None]:
        """Count a connection that waits for as long as the block lasts."""
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        try:
            yield
        finally:
            self.waiting -= 1


class Sink(SMTP):
    """One connection."""

    def __init__(self, store: Store, listener: str, **options: Any) -> None:
        """Serve a connection that came in at `listener`."""
        self._store = store
        self._listener = listener
        self._pipelined = False
        super().__init__(self, data_size_limit=LARGEST_MAIL, enable_SMTPUTF8=True, **options)

    async def _handle_client(self) -> None:
        # The greeting is sent in here, and aiosmtpd has no hook before it.
        self._store.connections += 1
        answer = await self._act(self._store.behaviour("connect", ["*"]))
        if answer:
            await self._close(answer)
        await super()._handle_client()

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Offer what aiosmtpd can do, pipelining too, but for what a behaviour withholds."""
        session.host_name = hostname
        behaviour = self._store.behaviour("ehlo", ["*"])
        withheld = behaviour.answer.split() if behaviour else []
        offered = [*responses[:-1], "250-PIPELINING", responses[-1]]
        return [line for line in offered if line[4:].partition(" ")[0] not in withheld]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient, or do what the behaviours say."""
        behaviour = self._store.behaviour("rcpt", [address])
        answer = await self._act(behaviour)
        if answer.startswith("421"):
            await self._close(answer)
        self._pipelined = bool(getattr(self._reader, "_buffer", b""))  # asyncio tells nobody otherwise
        if not answer or answer.startswith("2") or (behaviour and behaviour.keep):
            envelope.rcpt_tos.append(address)
        return answer or "250 2.1.5 Recipient taken"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take a mail, or do what the behaviours say."""
        if not envelope.original_content:
            self._store.empty += 1
            return "554 5.5.1 No valid recipients"
        behaviour = self._store.behaviour("data", envelope.rcpt_tos)
        if behaviour is not None and behaviour.keep:
            self._keep(session, envelope, answered=False)
        answer = await self._act(behaviour)
        if answer.startswith("421"):
            await self._close(answer)
        if answer and not answer.startswith("2"):
            return answer
        self._keep(session, envelope, answered=True)
        return answer or ACCEPTED

    def _keep(self, session: Session, envelope: Envelope, *, answered: bool) -> None:
        user = session.auth_data.login.decode() if isinstance(session.auth_data, LoginPassword) else ""
        encrypted = self._listener == "smtps" or session.ssl is not None
        mail = AcceptedMail(
            number=len(self._store.mails),
            sender="" if envelope.mail_from in (None, "<>") else str(envelope.mail_from),
            recipients=list(envelope.rcpt_tos),
            content=envelope.original_content or b"",
            listener=self._listener,
            encrypted=encrypted,
            user=user,
            answered=answered,
            pipelined=self._pipelined,
        )
        self._store.mails.append(mail)

    async def _act(self, behaviour: Behaviour | None) -> str:
        """Do what the behaviour says; return the answer to give, empty for the usual one."""
        if behaviour is None:
            return ""
        if behaviour.delay or behaviour.action in {"hold", "hang"}:
            with self._store.made_to_wait():
                await asyncio.sleep(behaviour.delay)
                if behaviour.action == "hold":
                    await self._store.released.wait()
                if behaviour.action == "hang":
                    await asyncio.Event().wait()  # until the client goes away, which cancels this
        if behaviour.action == "drop":
            self._disconnect()
        return behaviour.answer

    async def _close(self, answer: str) -> NoReturn:
        await self.push(answer)
        self._disconnect()

    def _disconnect(self) -> NoReturn:
        # Closing sends what was written before; the error is how aiosmtpd itself ends a connection.
        if self.transport is not None:
            self.transport.close()
        raise asyncio.CancelledError


def _fits(match: str, address: str) -> bool:
    if match.startswith("*@"):
        return address.lower().endswith(match[1:].lower())
    return match in ("*", address)


async def serve(layout: Layout, ports: Mapping[str, int]) -> None:
    """Listen for mail on every loopback address in use, each with its own certificate, and for control."""
    store = Store()
    loop = asyncio.get_running_loop()

    def authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
        success = isinstance(data, LoginPassword) and data.password.decode() == layout.secret
        store.logins += success
        store.refused_logins += not success
        return AuthResult(success=success, handled=False, auth_data=data)

    async def control(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(json.dumps(store.handle(json.loads(await reader.readline()))).encode() + b"\n")
        await writer.drain()
        writer.close()

    for host, pair in tls.certificates(layout).by_host().items():
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(pair.certificate, pair.key)
        secured = {"authenticator": authenticate, "auth_required": True}
        options: dict[str, dict[str, Any]] = {
            "smtps": {**secured, "auth_require_tls": False},  # it is TLS already, which aiosmtpd does not see
            "starttls": {**secured, "tls_context": context},
            "plain": {"authenticator": authenticate, "auth_require_tls": False},
        }
        for listener, chosen in options.items():
            await loop.create_server(
                lambda listener=listener, chosen=chosen: Sink(store, listener, **chosen, loop=loop),
                host,
                ports[listener],
                ssl=context if listener == "smtps" else None,
                backlog=1000,
            )
    server = await asyncio.start_server(control, CONTROL_HOST, ports["control"])
    await server.serve_forever()


def main(arguments: list[str]) -> None:
    """Run until killed."""
    root, *numbers = arguments
    names = ("smtps", "starttls", "plain", "control")
    asyncio.run(serve(Layout.at(Path(root)), dict(zip(names, map(int, numbers), strict=True))))


if __name__ == "__main__":
    main(sys.argv[1:])
