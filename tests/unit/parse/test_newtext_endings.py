"""What programs and companies write below a text: footers of telephones, signatures, disclaimers."""

from __future__ import annotations

import pytest

from parse.text.newtext import NewText, split_reply
from tests.unit.parse.newtext_samples import ATTRIBUTIONS, NEW, QUOTED

FOOTERS = [
    "Sent from my iPhone",
    "Sent from my iPad Pro",
    "Sent from Mail for Windows 10",
    "Sent from [Mail](https://go.microsoft.com/fwlink/?LinkId=550986) for Windows 10",
    "Sent from Outlook for Android<https://aka.ms/ghei36>",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Sent from Yahoo Mail for iPhone",
    "Sent from my Samsung Galaxy smartphone.",
    "Sent from ProtonMail mobile",
    "Отправлено с iPhone",
    "Отправлено с моего iPad",
    "Отправлено с устройства Samsung",
    "Отправлено с мобильного устройства",
    "Отправлено из мобильной Почты Mail.ru",
    "Отправлено из Почты Mail.ru для Android",
    "Отправлено из мобильной Яндекс.Почты",
    "Отправлено из мобильного приложения Яндекс Почты",
    "Отправлено из Mail.ru для iOS",
    "Отправлено из мобильной Яндекс.Почты: http://m.ya.ru/ymail",
    "Отправлено из Яндекс.Почты\nhttps://mail.yandex.ru",
    "Отправлено из Outlook для Android",
    "Отправлено с помощью приложения Gmail",
    "Скачать Outlook для iOS",
    "Надіслано з iPhone",
    "Надіслано з мобільної пошти",
    "iPhone-нан жіберілді",
    "Von meinem iPhone gesendet",
    "Gesendet mit der GMX Mail App",
    "Gesendet von Mail für Windows",
    "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
    "Envoyé de mon iPhone",
    "Envoyé à partir d’Outlook pour Android",
    "Télécharger Outlook pour iOS",
    "Enviado desde mi iPhone",
    "Obtener Outlook para Android",
    "Inviato da iPhone",
    "Inviato dal mio Galaxy",
    "Wysłane z iPhone'a",
    "Enviado do meu iPhone",
    "Verstuurd vanaf mijn iPhone",
    "Outlook voor iOS downloaden",
    "Skickat från min iPhone",
    "Sendt fra min iPhone",
    "发自我的iPhone",
    "从我的 iPhone 发送",
    "iPhoneから送信",
]


@pytest.mark.parametrize("footer", FOOTERS)
def test_mobile_footer(footer: str) -> None:
    assert split_reply(f"{NEW}\n\n{footer}\n") == NewText(NEW, footer, quoted=False)
    assert split_reply(f"{NEW}\n--\n{footer}\n").new_text == NEW
    assert split_reply(f"{NEW}\n\n{footer}\n\n{ATTRIBUTIONS['apple ru']}\n\n{QUOTED}").new_text == NEW
    assert split_reply(f"{footer}\n").new_text == footer


SIGNATURES = [
    "-- \nAnn Peters\nNorth Ltd\n+1 555 010 2030",
    "--\nAnn Peters",
    "-- \nС уважением,\nАнна Петрова\nООО «Север»",
    "--\nС уважением, Анна",
    "---\nС уважением, Анна",
    "С уважением,\nАнна Петрова\nтел. +7 900 000-00-00",
    "Best regards,\n\nAnn Peters\nNorth Ltd | www.north.example\nT: +1 555 010 2030",
    "Mit freundlichen Grüßen\nAnna Peters\nTel.: 030 1234567",
    "Құрметпен,\nАнна Петрова\nтел. +7 700 000-00-00",
    (
        "_______________________________________________\nprinters mailing list\nprinters@lists.example.com\n"
        "https://lists.example.com/listinfo/printers"
    ),
    (
        "This e-mail and any attachments are confidential, intended solely for the addressee. You received it by"
        " error,\nplease notify the sender and delete it. Any disclosure is prohibited."
    ),
    (
        "Настоящее сообщение содержит конфиденциальную информацию и предназначено исключительно для адресата.\n"
        "Если вы получили это письмо по ошибке, уведомите отправителя и удалите его. Разглашение запрещено."
    ),
    "Это сообщение проверено на вирусы антивирусом Avast.\nhttps://www.avast.com/antivirus",
    "Please consider the environment before printing this e-mail.",
]


@pytest.mark.parametrize("signature", SIGNATURES)
def test_signature(signature: str) -> None:
    assert split_reply(f"{NEW}\n\n{signature}\n") == NewText(NEW, signature.replace("-- \n", "--\n"), quoted=False)
    assert split_reply(f"{NEW}\n\n{signature}\n\n{ATTRIBUTIONS['gmail en']}\n{QUOTED}").new_text == NEW
    assert split_reply(f"{ATTRIBUTIONS['gmail en']}\n{QUOTED}\n\n{NEW}\n\n{signature}\n").new_text == NEW
