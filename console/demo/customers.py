"""Who takes part in the demo: the collection address, five customers, and an account for whoever watches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from console.demo import answers, letters
from console.demo.imap import Account

COLLECTION = Account("support@postroom.example", "Диспетчерская служба", "demo-support")
READER = Account("you@reader.example", "You", "demo-you")
NEWSLETTER = "news@tools-weekly.example"
"""Writes from outside, and has no mailbox here."""


@dataclass(frozen=True, slots=True)
class Customer:
    """A sample customer: the first mail, how the mail program answers, and what is said to and fro.

    ``template`` is the ticket template that the mail must be taken by, ``about`` the object on its ticket, ``words``
    something that its text says, ``files`` the attachments that it must hold. ``dispatcher`` is what we answer,
    ``reply`` what comes back.
    """

    account: Account
    shown: str
    template: str
    about: str
    words: str
    write: letters.Writer
    answer: answers.Client
    dispatcher: str
    reply: str
    files: tuple[str, ...] = ()
    sends_back: Callable[[], letters.File] | None = None


ANNA = Customer(
    Account("a.belova@severny-dom.example", "Анна Белова", "demo-anna"),
    "Анна Белова, «Северный дом»: windows-1251, plain text",
    "Северный дом по почте",
    "Лесная, 12",
    "второй день не работает лифт",
    letters.broken_lift,
    answers.the_bat,
    "Анна, механик выехал, будет в течение часа.",
    "Спасибо, консьерж встретит его у третьего подъезда.",
)
IGOR = Customer(
    Account("klimov@kafe-uyut.example", "Игорь Климов", "demo-igor"),
    "Игорь Климов, «Уют»: KOI8-R, HTML with a picture inside",
    "Кафе «Уют» по почте",
    "Кафе «Уют», зал",
    "над второй мойкой",
    letters.leaking_tap,
    answers.gmail,
    "Игорь, сантехник приедет завтра с 9 до 11.",
    "Хорошо, завтра в девять на кухне будет повар.",
    files=("kran.png",),
)
OLGA = Customer(
    Account("o.smirnova@apteka-sadovaya.example", "Ольга Смирнова", "demo-olga"),
    "Ольга Смирнова, «Аптека на Садовой»: a PDF and a file with a Russian name",
    "Аптека на Садовой по почте",
    "Аптека, торговый зал",
    "показывает +11 вместо +5",
    letters.warm_fridge,
    answers.outlook,
    "Ольга, пришлите, пожалуйста, фотографию таблички на задней стенке.",
    "Фотография таблички во вложении.",
    files=("act-118.pdf", "Журнал температур.csv"),
    sends_back=letters.nameplate,
)
JOHN = Customer(
    Account("john.harris@northgate.example", "John Harris", "demo-john"),
    "John Harris, Northgate Ltd: English, plain text",
    "Northgate by mail",
    "Northgate office",
    "has shown a red light since this morning",
    letters.badge_reader,
    answers.apple_mail,
    "John, please hold any card to the reader for ten seconds: this restarts it.",
    "That did it, the reader is green again. Thanks!",
)
SZNP = Customer(
    Account("service@sznp.example", "Служба заявок", "demo-sznp"),
    "Служба заявок СЗНП: another company's ticket system, HTML",
    "СЗНП по почте",
    "СЗНП, АЗС 14",
    "Не печатает чековый принтер",
    letters.assigned_request,
    answers.yandex,
    "Заявка 300434925 принята, выезд 24 числа до полудня.",
    "Принято, пропуск на территорию заказан.",
)

CUSTOMERS = (ANNA, IGOR, OLGA, JOHN, SZNP)
ACCOUNTS = (COLLECTION, *(customer.account for customer in CUSTOMERS), READER)
