"""Own cases of reply extraction, by client, language and trap."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parse.text.html_text import html_to_text
from parse.text.newtext import NewText, split_reply

NEW = "Thank you, that helped.\n\nThe second printer still fails."
OLD = "Have you tried to restart it?\nPlease tell us the model."
QUOTED = "\n".join(f"> {line}" for line in OLD.split("\n"))

ATTRIBUTIONS = {
    "gmail en": "On Tue, Mar 12, 2024 at 10:15 AM Help Desk <help@example.com> wrote:",
    "gmail en nbsp": "On Tue, Mar 12, 2024 at 10:15\u202fAM Help Desk <help@example.com>\u00a0wrote:",
    "gmail en wrapped": "On Tue, Mar 12, 2024 at 10:15 AM Help Desk, Northern Branch <\nhelp@example.com> wrote:",
    "gmail en wrapped verb": "On Tue, Mar 12, 2024 at 10:15 AM Help Desk <help@example.com>\nwrote:",
    "gmail mailto": "On Tue, Mar 12, 2024 at 10:15 AM Help Desk <help@example.com<mailto:help@example.com>> wrote:",
    "gmail bare date": "2024-03-12 10:15 GMT+03:00 Help Desk <help@example.com>:",
    "outlook ios": 'On Tue, Mar 12, 2024 at 10:15 AM +0300, "Desk, Help" <help@example.com> wrote:',
    "apple en": "On 12 Mar 2024, at 10:15, Help Desk <help@example.com> wrote:",
    "apple en 12 hours": "On Mar 12, 2024, at 10:15 AM, Help Desk <help@example.com> wrote:",
    "thunderbird en": "On 3/12/24 10:15, Help Desk wrote:",
    "thunderbird iso": "On 2024-03-12 10:15, Help Desk wrote:",
    "mutt": "On Tue, Mar 12, 2024 at 10:15:00AM +0300, Help Desk wrote:",
    "eudora": "At 10:15 AM 3/12/2024, you wrote:",
    "zoho": "---- On Tue, 12 Mar 2024 10:15:00 +0300 Help Desk <help@example.com> wrote ----",
    "name only": "Help Desk <help@example.com> wrote:",
    "no date": "Ann Peters wrote:",
    "gmail ru": "вт, 12 мар. 2024 г. в 10:15, Служба поддержки <help@example.com>:",
    "gmail ru wrapped": "вт, 12 мар. 2024 г. в 10:15, Служба поддержки клиентов «Север» <\nhelp@example.com>:",
    "gmail ru old": "12 марта 2024 г., 10:15 пользователь Служба поддержки <help@example.com>\nнаписал:",
    "yandex ru": '12.03.2024, 10:15, "Служба поддержки" <help@example.com>:',
    "yandex ru wrote": "12.03.2024, 10:15, Иван Петров <help@example.com> писал(а):",
    "yandex quoted name": '12.03.2024, 10:15, "ООО ""Север"", поддержка" <help@example.com>:',
    "mail.ru": "Вторник, 12 марта 2024, 10:15 +03:00 от Служба поддержки <help@example.com>:",
    "mail.ru en": "Tuesday, March 12, 2024 10:15 AM +03:00 from Help Desk <help@example.com>:",
    "mail.ru mobile": "вторник, 12 марта 2024г., 10:15 +03:00 от Служба поддержки  help@example.com :",
    "thunderbird ru": "12.03.2024 10:15, Служба поддержки пишет:",
    "apple ru": "12 марта 2024 г., в 10:15, Служба поддержки <help@example.com> написал(а):",
    "yandex mobile": "12 марта 2024 г. в 10:15:02, help@example.com (help@example.com) написал(а):",
    "the bat": "Вы писали 12 марта 2024 г., 10:15:",
    "gmail uk": "вт, 12 бер. 2024 р. о 10:15 Служба підтримки <help@example.com> пише:",
    "thunderbird uk": "12.03.24 10:15, Служба підтримки пише:",
    "apple uk": "12 бер. 2024 р. о 10:15 Служба підтримки <help@example.com> написав(ла):",
    "gmail kk": "2024 ж. 12 нау., сс 10:15, Қолдау қызметі <help@example.com> жазды:",
    "kk": "12.03.2024 10:15, Қолдау қызметі жазды:",
    "gmail de": "Am Di., 12. März 2024 um 10:15 Uhr schrieb Kundendienst <help@example.com>:",
    "gmail de name first": "Kundendienst <help@example.com> schrieb am Di., 12. März 2024, 10:15:",
    "gmail de wrapped": "Kundendienst <help@example.com> schrieb am Di., 12.\nMärz 2024 um 10:15 Uhr:",
    "apple de": "Am 12.03.2024 um 10:15 schrieb Kundendienst <help@example.com>:",
    "gmail fr": "Le mar. 12 mars 2024 à 10:15, Assistance <help@example.com> a écrit :",
    "gmail fr wrapped": "Le mar. 12 mars 2024 à 10:15, Assistance Technique <help@example.com> a\nécrit :",
    "thunderbird fr": "Le 12/03/2024 à 10:15, Assistance a écrit\u00a0:",
    "gmail es": "El mar, 12 mar 2024 a las 10:15, Soporte (<help@example.com>) escribió:",
    "apple es": "El 12 mar 2024, a las 10:15, Soporte <help@example.com> escribió:",
    "gmail it": "Il giorno mar 12 mar 2024 alle ore 10:15 Assistenza <help@example.com> ha scritto:",
    "apple it": "Il giorno 12 mar 2024, alle ore 10:15, Assistenza <help@example.com> ha scritto:",
    "gmail pl": "wt., 12 mar 2024 o 10:15 Pomoc <help@example.com> napisał(a):",
    "thunderbird pl": "W dniu 12.03.2024 o 10:15, Pomoc pisze:",
    "apple pl": "Wiadomość napisana przez Pomoc <help@example.com> w dniu 12 mar 2024, o godz. 10:15:",
    "gmail pt": "Em ter., 12 de mar. de 2024 às 10:15, Suporte <help@example.com> escreveu:",
    "apple pt": "No dia 12/03/2024, às 10:15, Suporte <help@example.com> escreveu:",
    "gmail nl": "Op di 12 mrt 2024 om 10:15 schreef Helpdesk <help@example.com>:",
    "apple nl": "Op 12 mrt. 2024 om 10:15 heeft Helpdesk <help@example.com> het volgende geschreven:",
    "gmail sv": "Den tis 12 mars 2024 kl 10:15 skrev Support <help@example.com>:",
    "apple sv": "12 mars 2024 kl. 10:15 skrev Support <help@example.com>:",
    "gmail no": "tir. 12. mar. 2024 kl. 10:15 skrev Support <help@example.com>:",
    "apple da": "Den 12. mar. 2024 kl. 10.15 skrev Support <help@example.com>:",
    "gmail zh": "客服 <help@example.com> 于2024年3月12日周二 10:15写道：",
    "apple zh": "在 2024年3月12日，上午10:15，客服 <help@example.com> 写道：",
    "gmail ja": "2024年3月12日(火) 10:15 サポート <help@example.com>:",
    "thunderbird ja": "2024/03/12 10:15、サポート のメール:",
    "right-to-left marks": "On \u200e12\u200e/\u200e03\u200e/\u200e2024 10:15, Help Desk <help@example.com> wrote:",
}
NEED_QUOTE = {"kk", "the bat", "no date", "eudora", "mutt"}
"""Programs that always write quote signs; so does Thunderbird."""


@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_answer_above(name: str) -> None:
    text = f"{NEW}\n\n{ATTRIBUTIONS[name]}\n\n{QUOTED}\n"
    assert split_reply(text) == NewText(NEW, f"{ATTRIBUTIONS[name]}\n\n{QUOTED}", quoted=True)


@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_answer_glued_above(name: str) -> None:
    assert split_reply(f"It works.\n{ATTRIBUTIONS[name]}\n{QUOTED}").new_text == "It works."


@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_answer_below(name: str) -> None:
    assert split_reply(f"{ATTRIBUTIONS[name]}\n{QUOTED}\n\n{NEW}\n").new_text == NEW


@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_answers_between(name: str) -> None:
    text = f"{ATTRIBUTIONS[name]}\n> Restarted?\nYes, twice.\n\n> Model?\n\nLJ 1020.\n\n> Regards\n"
    assert split_reply(text).new_text == "Yes, twice.\n\nLJ 1020."


@pytest.mark.parametrize(
    "name", [name for name in ATTRIBUTIONS if name not in NEED_QUOTE and "thunderbird" not in name]
)
def test_history_without_quote_signs(name: str) -> None:
    assert split_reply(f"{NEW}\n\n{ATTRIBUTIONS[name]}\n\n{OLD}\n").new_text == NEW


@pytest.mark.parametrize("name", ATTRIBUTIONS)
def test_attribution_inside_of_the_quote(name: str) -> None:
    inside = "\n".join(f"> {line}" for line in f"{ATTRIBUTIONS[name]}\n\n{OLD}".split("\n"))
    assert split_reply(f"{NEW}\n\n{inside}").new_text == NEW


@pytest.mark.parametrize("name", [name for name in ATTRIBUTIONS if name != "no date"])
def test_html_paragraph_above_a_bare_blockquote(name: str) -> None:
    attribution = ATTRIBUTIONS[name].replace("\n", " ").replace("<", "&lt;").replace(">", "&gt;")
    html = f"<div>It works.</div><div>{attribution}</div><blockquote><div>Restarted?</div></blockquote><p>Thanks</p>"
    assert split_reply(html_to_text(html), html).new_text.split() == ["It", "works.", "Thanks"]


HEADERS = {
    "en": "From: Help <help@example.com>\nSent: Tuesday, March 12, 2024 10:15 AM\nTo: Ann\nSubject: RE: Printer",
    "en bold": "*From:* Help <help@example.com>\n*Sent:* Tuesday, March 12, 2024 10:15 AM\n*To:* Ann\n*Subject:* Re",
    "en no address": "From: Help Desk\nSent: 12 March 2024 10:15\nTo: Ann Peters\nSubject: RE: Printer",
    "en wrapped": "From: Help [mailto:help@example.com]\nOn Behalf Of Desk\nSent: 12 Mar 2024 10:15\nTo: Ann;\n Bob;\n"
    " Carl\nCc: Dora\nSubject: RE: Printer",
    "mac": "From: Help <help@example.com>\nReply-To: Help <help@example.com>\nDate: Tuesday, 12 March 2024 at 10:15\n"
    "To: Ann <ann@example.com>\nSubject: Re: Printer",
    "ru": "От: Служба <help@example.com>\nОтправлено: 12 марта 2024 г. 10:15\nКому: Анна\nТема: RE: Принтер",
    "ru mail": "От кого: Служба <help@example.com>\nКому: anna@example.com\nДата: 12 марта 2024, 10:15 +03:00\n"
    "Тема: Принтер",
    "uk": "Від: Служба <help@example.com>\nНадіслано: 12 бер. 2024 р. 10:15\nКому: Анна\nТема: Принтер",
    "kk": "Кімнен: Қызмет <help@example.com>\nЖіберілді: 12 наурыз 2024 10:15\nКімге: Анна\nТақырып: Принтер",
    "de": "Von: Dienst <help@example.com>\nGesendet: 12. März 2024 10:15\nAn: Anna\nBetreff: AW: Drucker",
    "fr": "De : Aide <help@example.com>\nEnvoyé : mardi 12 mars 2024 10:15\nÀ : Anne\nObjet : RE: Imprimante",
    "es": "De: Soporte <help@example.com>\nEnviado: 12 de marzo de 2024 10:15\nPara: Ana\nAsunto: RE: Impresora",
    "it": "Da: Aiuto <help@example.com>\nInviato: martedì 12 marzo 2024 10:15\nA: Anna\nOggetto: R: Stampante",
    "pl": "Od: Pomoc <help@example.com>\nWysłano: wtorek, 12 marca 2024 10:15\nDo: Anna\nTemat: RE: Drukarka",
    "pt": "De: Suporte <help@example.com>\nEnviada em: 12 de março de 2024 10:15\nPara: Ana\nAssunto: RES: x",
    "nl": "Van: Hulp <help@example.com>\nVerzonden: dinsdag 12 maart 2024 10:15\nAan: Anna\nOnderwerp: RE: Printer",
    "sv": "Från: Hjälp <help@example.com>\nSkickat: den 12 mars 2024 10:15\nTill: Anna\nÄmne: SV: Skrivare",
    "no": "Fra: Hjelp <help@example.com>\nSendt: tirsdag 12. mars 2024 10:15\nTil: Anna\nEmne: SV: Skriver",
    "zh": "发件人: 客服 <help@example.com>\n发送时间: 2024年3月12日 10:15\n收件人: 安娜\n主题: 回复: 打印机",
    "zh wide colon": "发件人：客服 <help@example.com>\n发送时间：2024年3月12日 10:15\n收件人：安娜\n主题：打印机",
    "ja": "差出人: サポート <help@example.com>\n送信日時: 2024年3月12日 10:15\n宛先: アンナ\n件名: RE: プリンター",
}


@pytest.mark.parametrize("language", HEADERS)
@pytest.mark.parametrize("rule", ["", "________________________________\n", " ------------------------------\n\n"])
def test_outlook_header_block(language: str, rule: str) -> None:
    text = f"{NEW}\n\n{rule}{HEADERS[language]}\n\n{OLD}\n"
    result = split_reply(text)
    assert result.new_text == NEW
    assert result.cut_text.endswith(OLD)
    assert result.quoted


@pytest.mark.parametrize("language", HEADERS)
def test_outlook_html_without_any_class(language: str) -> None:
    block = "<br>".join(line.replace("<", "&lt;").replace(">", "&gt;") for line in HEADERS[language].split("\n"))
    html = f"<p>It works.</p><div><p>{block}</p></div><p>Restarted?</p>"
    assert split_reply(html_to_text(html), html).new_text == "It works."


MARKERS = [
    "-----Original Message-----",
    "----- Original Message -----",
    "-------- Original Message --------",
    "---------- Forwarded message ---------",
    "-------- Forwarded Message --------",
    "Begin forwarded message:",
    "-----Исходное сообщение-----",
    "-------- Исходное сообщение --------",
    "-------- Пересылаемое сообщение --------",
    "-------- Перенаправленное сообщение --------",
    "---------- Переслано сообщение ---------",
    "Начало переадресованного сообщения:",
    "-----Оригінальне повідомлення-----",
    "-----Ursprüngliche Nachricht-----",
    "Anfang der weitergeleiteten Nachricht:",
    "-----Message d'origine-----",
    "-----Mensaje original-----",
    "-----Messaggio originale-----",
    "-----Oryginalna wiadomość-----",
    "-----Mensagem original-----",
    "-----Oorspronkelijk bericht-----",
    "-----Ursprungligt meddelande-----",
    "-----Opprinnelig melding-----",
    "------------------ 原始邮件 ------------------",
    "-----元のメッセージ-----",
    "##- Please type your reply above this line -##",
    "## Пожалуйста, пишите ответ выше этой строки ##",
]


@pytest.mark.parametrize("marker", MARKERS)
def test_marker(marker: str) -> None:
    assert split_reply(f"{NEW}\n\n{marker}\n{HEADERS['ru']}\n\n{OLD}").new_text == NEW
    assert split_reply(f"{NEW}\n{marker}\n\n{OLD}").new_text == NEW


@pytest.mark.parametrize("marker", [marker for marker in MARKERS if "line" not in marker and "строки" not in marker])
def test_pure_forward_is_kept(marker: str) -> None:
    text = f"{marker}\n{HEADERS['en']}\n\n{OLD}\n\n-- \nHelp Desk"
    result = split_reply(text)
    assert result.new_text == text.replace("-- \n", "--\n")
    assert result.cut_text == ""
    assert result.quoted


def test_pure_forward_below_a_mobile_footer_is_kept() -> None:
    opening = "Начало переадресованного сообщения:"
    text = f"Отправлено с iPhone\n\n{opening}\n\n> От: Служба <a@b.ru>\n> Тема: Принтер\n>\n{QUOTED}"
    assert OLD.partition("\n")[0] in split_reply(text).new_text


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


KEEP = {
    "wrote in prose": "On Monday he wrote:\nThe printer is fine.\nIt is not.",
    "wrote in prose, quoted": "I asked. He wrote:\n\nthe printer is fine.\n\nIt is not.",
    "date and colon": "12.03.2024, 10:15, сообщение на экране:\nнет бумаги\nБумага есть.",
    "date of a log": "Log:\n2024-03-12 10:15:02 ERROR: disk\n2024-03-12 10:15:03 ERROR: net\nWhat now?",
    "address in prose": "Отправьте 12.03.2024 копию на ivan@example.com:\nакт\nсчёт\nСпасибо",
    "list of senders": "Mails do not come.\nFrom: Ann\nFrom: Bob\nFrom: Carl\nAll of last week.",
    "delivery": "Please move the desk.\nFrom: room 12\nTo: room 15\nThank you.",
    "delivery with a date": "Прошу перевезти стол.\nОт: склад 1\nКому: кабинет 5\nДата: 12.03.2024\nСпасибо.",
    "table rule": "Name  Count\n--\npaper 2\ntoner 1\nPlease send.",
    "two table rules": "Count\n--\npaper 2\n--\ntotal 2",
    "long rule": "Before\n----------\nAfter",
    "rules in pairs": "Log\n=====\nboot\n=====",
    "own quote above": "> Error 0x11b\n\nWhat does this mean?",
    "own quote between": "The screen says\n> Error 0x11b\nWhat does this mean?",
    "quoted message with verb": "Программа пишет:\n> Ошибка 0x11b\nЧто делать?",
    "prompt": "C:\\> ping 10.0.0.1\nno answer\n$ ls > out.txt\nempty",
    "sent in prose": "I have sent from my phone three photos, please look at them.\nAll are blurred.",
    "sent from the office": "Sent from my desk, is much easier than from my phone.",
    "отправлено с ошибкой": "Письмо\nотправлено с ошибкой",
    "отправлено с телефона": "Отправлено с телефона, а письмо не дошло",
    "regards without contacts": "Please help.\n\nBest regards,\nAnn Peters",
    "с уважением без контактов": "Прошу помочь.\n\nС уважением,\nАнна Петрова",
    "confidential in prose": "The letter about the confidential report did not print.",
    "virus in prose": "Антивирус нашёл вирус на моём компьютере, что делать?",
    "markdown": "# Request\n***\nNew disk\n***\nBy: tomorrow",
    "colon at the end": "Нужно:\n1. бумага:\n2. тонер:",
    "dash list": "- one\n- two\n-- three",
    "subject line": "Тема: принтер\nНе печатает с утра.",
    "contacts in the middle": "С уважением относитесь к технике!\n\nМой тел. +7 900 000-00-00\n\nЖду мастера.",
}


@pytest.mark.parametrize("name", KEEP)
def test_nothing_is_cut(name: str) -> None:
    result = split_reply(KEEP[name])
    assert (result.new_text, result.cut_text) == (KEEP[name], "")


@pytest.mark.parametrize(
    "text", [QUOTED, f"{ATTRIBUTIONS['gmail en']}\n{QUOTED}", "-- \nAnn", "--", "> ", ">", "***", "Sent from my iPhone"]
)
def test_never_empty(text: str) -> None:
    assert split_reply(text).new_text.strip()


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u200b\n"])
def test_empty_stays_empty(text: str) -> None:
    assert not split_reply(text).new_text.strip("\u200b\n ")


def test_several_levels() -> None:
    text = f"{NEW}\n\n{ATTRIBUTIONS['gmail ru']}\n\n> One\n>\n> {ATTRIBUTIONS['gmail de']}\n>\n>> Two\n>>> Three\n"
    assert split_reply(text).new_text == NEW


def test_answer_below_without_quote_signs_is_kept() -> None:
    assert split_reply(f"{ATTRIBUTIONS['gmail en']}\n\n{OLD}").new_text == OLD


def test_line_breaks_of_every_kind() -> None:
    assert split_reply(f"One\r\nTwo\rThree\r\n\r\n{QUOTED}\r\n").new_text == "One\nTwo\nThree"


def test_what_is_kept_and_cut_is_all_there_is() -> None:
    text = f"{NEW}\n\n{ATTRIBUTIONS['gmail ru']}\n\n{QUOTED}\n\nBelow.\n\n-- \nAnn"
    result = split_reply(text)
    lines = {line.rstrip() for line in text.split("\n") if line.strip()}
    assert lines == {line for line in (result.new_text + "\n" + result.cut_text).split("\n") if line.strip()}


@given(
    st.lists(
        st.sampled_from(
            [
                *("", "text", "> quote", "--", "-- ", "On 1.2.2024 10:10 A <a@b.c> wrote:", "From: a@b.c"),
                *("Sent: 1.2.2024 10:00", "To: x", "Subject: y", "-----Original Message-----", "Sent from my iPhone"),
                *("С уважением,", "+7 900 000-00-00", "<b>", "<blockquote type=cite>", "</blockquote>"),
                *("<div id=appendonsend>", "\ufdd0", "\ufdd1\ufdda", "|", "a> b"),
            ]
        ),
        max_size=14,
    )
)
def test_never_empty_and_never_raises(parts: list[str]) -> None:
    text = "\n".join(parts)
    assert bool(split_reply(text).new_text.strip()) == bool(text.strip())
    html = "<br>".join(parts)
    shown = html_to_text(html)
    assert bool(split_reply(shown, html).new_text.strip()) == bool(shown.strip())


@given(st.text(), st.text())
def test_any_text_is_taken(text: str, html: str) -> None:
    split_reply(text)
    split_reply(text, html)


@pytest.mark.parametrize(
    "line",
    ["\n", ">\n", "> a\n", " ", "On ", "On\n", "_", "_\n", "x", "1:\n", "From: a\nTo: b\n", "--\n", "a@b.c:\n", "((@"],
)
def test_linear_time(line: str) -> None:
    text = line * (1_000_000 // len(line))
    start = time.process_time()
    split_reply(text)
    assert time.process_time() - start < 3
