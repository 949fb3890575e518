"""Mails of ticket systems: a sample with marked values, and another mail of the same system with its values."""

from dataclasses import dataclass

from parse.rules.evaluate import Outcome
from tests.unit.parse.rules.test_reference_mail import FIELDS, html_mail, text_mail


@dataclass(frozen=True, slots=True)
class TicketMail:
    name: str
    html: bool
    sample: str
    marked: dict[str, str]
    other: str
    expected: dict[str, str]


def reads(outcome: Outcome, expected: dict[str, str]) -> bool:
    """Tell whether these values were read; blanks do not count."""
    return outcome.matched and all(
        target in outcome.captures and outcome.captures[target].split() == value.split()
        for target, value in expected.items()
    )


OTHER_FIELDS = {
    "external_number": "71",
    "deadline": "17.11.2024 9:05",
    "object": "Склад №7 (корп. 2)",
    "description": "Течёт кран. Срочно",
}


def _other_reference(mail: str) -> str:
    for old, new in (
        ("300434925", "71"),
        ("03.05.2023 08:32:36", "17.11.2024 9:05"),
        ("ТЦ &laquo;Ромашка&raquo;, 2&nbsp;этаж", "Склад №7 (корп. 2)"),
        ("ТЦ «Ромашка», 2 этаж", "Склад №7 (корп. 2)"),
        ("Не&nbsp;работает <i>кондиционер</i>", "Течёт <b>кран</b>.\nСрочно"),
        ("Не работает кондиционер", "Течёт кран. Срочно"),
        ("Критический</b>: нет", "Критический</b>: да"),
        ("Иванов И. И.", "Петрова"),
    ):
        mail = mail.replace(old, new)
    return mail


OUTLOOK = """<html><head><style>p.MsoNormal {margin:0cm}</style></head><body lang=RU>
<!--[if mso]><table><tr><td>Объект</td></tr></table><![endif]-->
<p class=MsoNormal><span style='font-size:11.0pt'>Добрый день!<o:p></o:p></span></p>
<p class=MsoNormal><b><span lang=EN-US>Номер</span></b><b>&nbsp;заявки:</b>
<span style='color:red'>%s<o:p></o:p></span></p>
<p class=MsoNormal>Объект:&nbsp;%s<o:p></o:p></p>
<p class=MsoNormal>Исполнить до %s, иначе штраф.<o:p></o:p></p>
</body></html>"""
TABLE = """<table border="1">
 <tr><td style="w:1">Номер</td><td style="w:2">%s</td></tr>
 <tr><td style="w:1">Адрес</td><td style="w:2">%s</td></tr>
 <tr style="bg:%s"><td style="w:1">Описание</td><td style="w:2">%s</td></tr>
 <tr><td style="w:1">Статус</td><td style="w:2">Новая</td></tr>
</table>"""
ROWS = """<table><tr><th>Заявка</th><th>Срок</th><th>Объект</th></tr>
<tr class=%s><td>%s</td><td>%s</td><td>%s</td></tr></table><p>С уважением</p>"""
SERVICE_DESK = """Ticket %s has been assigned to you by %s.

Priority: %s
Due: %s
Location: %s
Description:
%s

Regards,
Service Desk
"""
ENGLISH_HTML = (
    '<div>Work order <a href="https://desk.example/wo/%s?u=%s">#%s</a> is yours.</div>'
    "<div><strong>Site</strong><br>%s</div><div><strong>Contact</strong><br>%s, %s</div>"
)
PROSE = "Здравствуйте! По заявке № %s от %s на объекте «%s» просим принять меры.\n\nСпасибо.\n"

MAILS = (
    TicketMail("reference as HTML", True, html_mail(), FIELDS, _other_reference(html_mail("Статус")), OTHER_FIELDS),
    TicketMail("reference as text", False, text_mail(), FIELDS, _other_reference(text_mail("Статус")), OTHER_FIELDS),
    TicketMail(
        "Outlook",
        True,
        OUTLOOK % ("SD-1042", "ТЦ&nbsp;&laquo;Ёлка&raquo;", "05.06.2024 10:00"),
        {"external_number": "SD-1042", "object": "ТЦ «Ёлка»", "deadline": "05.06.2024 10:00"},
        OUTLOOK % ("IT-9", "Склад <b>5</b>", "6.6.2024 9:00"),
        {"external_number": "IT-9", "object": "Склад 5", "deadline": "6.6.2024 9:00"},
    ),
    TicketMail(
        "table of labels",
        True,
        TABLE % ("АГ2301200", "Москва, ул. Лесная, 5", "red", "<p>Первая</p><p>Вторая</p>"),
        {"external_number": "АГ2301200", "address": "Москва, ул. Лесная, 5", "description": "Первая Вторая"},
        TABLE % ("О17", "Тверь", "blue", "Одна <i>строка</i>"),
        {"external_number": "О17", "address": "Тверь", "description": "Одна строка"},
    ),
    TicketMail(
        "table with a head",
        True,
        ROWS % ("odd", "300434925", "03.05.2023", "Школа №3"),
        {"external_number": "300434925", "deadline": "03.05.2023", "object": "Школа №3"},
        ROWS % ("even", "5", "14.05.2023", "А & Б"),
        {"external_number": "5", "deadline": "14.05.2023", "object": "А & Б"},
    ),
    TicketMail(
        "English text",
        False,
        SERVICE_DESK
        % ("INC0012345", "Ann", "2 - High", "2023-05-03 08:32", "Riverside Mall", "The pump\ndoes not start."),
        {
            "external_number": "INC0012345",
            "criticality": "2 - High",
            "deadline": "2023-05-03 08:32",
            "object": "Riverside Mall",
            "description": "The pump does not start.",
        },
        SERVICE_DESK % ("REQ7", "Bob", "Low", "2024-12-31 23:59", "Pier 4 (north)", "Leak."),
        {
            "external_number": "REQ7",
            "criticality": "Low",
            "deadline": "2024-12-31 23:59",
            "object": "Pier 4 (north)",
            "description": "Leak.",
        },
    ),
    TicketMail(
        "English HTML",
        True,
        ENGLISH_HTML % (7001, "x", 7001, "Riverside Mall", "Ann Lee", "+1 (555) 010-0000"),
        {
            "external_number": "7001",
            "object": "Riverside Mall",
            "contact_name": "Ann Lee",
            "contact_phone": "+1 (555) 010-0000",
        },
        ENGLISH_HTML % (12, "y", 12, "Pier &amp; Co", "Bob", "555-0101"),
        {"external_number": "12", "object": "Pier & Co", "contact_name": "Bob", "contact_phone": "555-0101"},
    ),
    TicketMail(
        "prose",
        False,
        PROSE % ("300-434", "03.05.2023", "Ёлка"),
        {"external_number": "300-434", "deadline": "03.05.2023", "object": "Ёлка"},
        PROSE % ("1 200", "1.12.2024", "ТЦ Берег, 2 этаж"),
        {"external_number": "1 200", "deadline": "1.12.2024", "object": "ТЦ Берег, 2 этаж"},
    ),
    TicketMail(
        "subject",
        False,
        "[Desk] Заявка 300434925 назначена",
        {"external_number": "300434925"},
        "Fwd: [Desk] Заявка 8 назначена",
        {"external_number": "8"},
    ),
)
