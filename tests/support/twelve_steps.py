"""What is said in a conversation of twelve steps, by which program, and what could go wrong in each step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage

from tests.support import clients
from tests.support.clients import Client

IVAN = "Иван Петров <ivan@customer0.example>"
OLGA = "Ольга Белова <o.belova@customer0.example>"
JOHN = "John Harris <john@customer1.example>"
SUBJECT = "Не работает кондиционер — 3-й этаж, офис «Ромашка», комната №314"
FILES = {
    "IMG_4711.jpg": ("image/jpeg", b"\xff\xd8\xff\xe0" + bytes(range(256)) * 40),
    "Схема — 3-й этаж.pdf": ("application/pdf", b"%PDF-1.7\n" + bytes(reversed(range(256))) * 30),
    "Акт осмотра №7.pdf": ("application/pdf", b"%PDF-1.4\n" + bytes(range(0, 256, 2)) * 50),
}
QUESTIONS = "Иван, два вопроса:\nКакая модель?\nКто откроет дверь?"


def without_references(mail: EmailMessage) -> None:
    """Drop References, as some programs do."""
    del mail["References"]


def renamed(mail: EmailMessage) -> None:
    """Change the subject, and the tag with it."""
    mail.replace_header("Subject", "One more thing: the invoice")


def by_address_alone(mail: EmailMessage) -> None:
    """Write a new mail to the address in the address book."""
    del mail["References"], mail["In-Reply-To"]
    mail.replace_header("Subject", "Ключи")


def to_the_plain_address(mail: EmailMessage) -> None:
    """Drop References, and answer to the address that people know."""
    without_references(mail)
    user, _, domain = mail["To"].addresses[0].addr_spec.partition("@")
    mail.replace_header("To", f"{user.partition('+')[0]}@{domain}")


def to_all(mail: EmailMessage) -> None:
    """Answer to everybody."""
    mail["Cc"] = IVAN


@dataclass(frozen=True)
class Step:
    """An answer to one of our mails, by its name, and what the dispatcher says to it, if anything."""

    client: Client
    answers: str
    text: str
    reply: str = ""
    by: str = "message_id"
    sender: str = IVAN
    language: str = "ru"
    file: str = ""
    inline: Mapping[str, str] | None = None
    bend: Callable[[EmailMessage], None] = lambda _: None
    exchange: bool = False  # the mail that it answers was given another Message-ID on its way


STEPS = {
    "2": Step(clients.yandex, "notice", "Забыл написать:\nкод двери 12К.", "Записала, спасибо."),
    "3": Step(clients.mailru, "reply 2", "Вот фотография.", "Фото получили.", file="IMG_4711.jpg"),
    "4": Step(clients.outlook, "reply 3", "И схема этажа.", QUESTIONS, file="Схема — 3-й этаж.pdf", exchange=True),
    "5": Step(clients.vacation, "reply 4", "Я в отпуске до 30 ноября."),
    "6": Step(
        clients.thunderbird,
        "reply 4",
        "Haier AS25.\n\nКомендант.",
        inline={"Какая модель?": "Haier AS25.", "Кто откроет дверь?": "Комендант."},
    ),
    "7": Step(
        clients.apple, "reply 1", "Thanks for the report!", "You are welcome.", language="en", file="IMG_4711.jpg"
    ),
    "8": Step(clients.gmail, "reply 7", "Where is the invoice?", "It is on its way.", language="en", bend=renamed),
    "9": Step(
        clients.outlook,
        "reply 8",
        "Please copy my colleague Olga from now on.",
        "Добрый день, Ольга!",
        by="body_marker",
        language="en",
        bend=without_references,
        exchange=True,
    ),
    "10": Step(clients.yandex, "reply 9", "Здравствуйте, счёт у меня.", "Отлично.", sender=OLGA, bend=to_all),
    "11": Step(clients.thunderbird, "reply 10", "Ключи на вахте.", "Поняла.", by="plus_address", bend=by_address_alone),
    "12": Step(clients.mailru, "reply 11", "Всё работает, спасибо!", "До свидания!", bend=to_the_plain_address),
}
JOHN_SAYS = ("The lift is stuck.", "It is the left one.")
FIRST = ("Добрый день!\n\nНе работает кондиционер, пришлите мастера.", "Мастер приедет завтра в 10:00, акт приложен.")
