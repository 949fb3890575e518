"""The words of what programs and companies add below a mail: mobile footers, disclaimers, closings.

Collected from mail of the programs and from the public tests of talon and of the Discourse mail trimmer.
"""

from __future__ import annotations

import re

_DEVICE = (
    r"iphone|ipad|ipod|айфон\w*|android|андроид\w*|galaxy|samsung|xiaomi|redmi|poco|huawei|honor|realme|oppo|vivo"
    r"|nokia|htc"
    r"|lg|sony|xperia|motorola|oneplus|pixel|blackberry|windows|outlook|yahoo|gmail|gmx|web\.de|t-online|aol|hotmail"
    r"|zoho"
    r"|mail(?:box)?|mail\.ru|mymail|airmail|sparrow|spark|mailspring|thunderbird|k-9|fairemail|aquamail|bluemail|nine"
    r"|proton\w*|icloud|mac(?:book)?|mobile?\w*|smart\s?phone|phone|tablet\w*|cell|device|handy|mobil\w*|móvil"
    r"|celular|cellulare"
    r"|téléphone|telefoon|telefon\w*|portable|smartfon\w*|смартфон\w*|телефон\w*|планшет\w*|мобильн\w*|устройств\w*"
    r"|мобільн\w*"
    r"|пристро\w*|почт\w*|пошт\w*|яндекс\w*|yandex\w*|rambler|рамблер\w*|vk|приложени\w*|app|appli\w*|qq|foxmail|网易"
)
_VERB = (
    r"sent|posted|written|typed|from my|via|отправлено|отправлен|послано|написано|надіслано|відправлено|жіберілген"
    r"|жіберілді"
    r"|envoy[ée]e?|gesendet|verschickt|enviad[oa]|inviat[oa]|wys[łl]an[eoy]|verzonden|verstuurd|skickat|sendt"
    r"|lähetetty|odesláno"
)
_DOWNLOAD = (
    r"get|download|try|скачать|скачайте|получить|получите|загрузить|завантажити|отримати|holen sie sich|laden sie"
    r"|télécharger"
    r"|obtenez|obtenir|obtener|descargar?|scarica|ottieni|pobierz|obter|obtenha|baixar|download de|hämta|skaffa"
    r"|last ned|hent"
)
_MY = r"my|моего|моей|моїм|мого|mon|ma|mes|meinem|meiner|mi|mio|mia|meu|minha|mijn|mojego|mojej|min|mitt|a|the|"

_LINK = re.compile(r"<[^<>\s]{0,100}[:/.@][^<>]{0,500}>|\((?:https?|mailto):[^()]{0,500}\)|https?://\S{1,500}")
_WRAPPED = re.compile(r"^[\s<(*_\[\"'«—–-]+|[\s>)*_\]\"'»—–.!-]+$")
_SENT = re.compile(rf"(?:{_VERB})\s+\S", re.IGNORECASE)
_SENT_FROM_MY = re.compile(rf"(?:sent|posted) (?:from|via|with|using) (?:{_MY})?\s?\S+(?: \S+){{0,3}}", re.IGNORECASE)
_GET = re.compile(rf"(?:{_DOWNLOAD})\s+\W?(?:outlook|yahoo|gmail|mymail|bluemail|spark|почт|mail\.ru)", re.IGNORECASE)
_HAS_DEVICE = re.compile(rf"(?<!\w)(?:{_DEVICE})(?!\w)", re.IGNORECASE)
_SOMEONE_MOBILE = re.compile(r"[A-Z]\w{1,20} (?:from|via) (?:my )?mobile(?: phone)?")
_SENT_LAST = re.compile(
    r"(?:von|diese nachricht|из|с|с моего|с моей) .{1,80} (?:gesendet|отправлено)"
    r"|.{1,60}(?:арқылы|нан|нен|дан|ден|тан|тен) (?:жіберілді|жіберілген)"
    r"|(?:从|從|自)我的.{1,40}(?:发送|發送|傳送|寄出)|(?:发|發|寄)自我的.{1,40}|发送自.{1,60}|(?:私の)?.{1,40}から送信.{0,10}"
    r"|.{1,40}(?:herunterladen|downloaden)",
    re.IGNORECASE,
)
_EXCUSE = re.compile(
    r"[,.;]\s+(?!please|pls|excuse|sorry|pardon|forgive|apolog|извин|простите|прошу прощ|bitte|entschuld|désol|excus"
    r"|perd)\w",
    re.IGNORECASE,
)
_TRACKER = re.compile(r"[\u1427\s]+")

MAX_FOOTER = 160


def is_mobile_footer(line: str) -> bool:
    """Tell whether a line is what a mail program puts below a mail, such as "Sent from my iPhone"."""
    if len(line) > MAX_FOOTER * 4:
        return False
    bare = line
    for _ in range(2):
        bare = _WRAPPED.sub("", _LINK.sub(" ", bare)).strip()
    if not bare:
        return _TRACKER.fullmatch(line) is not None and bool(line)
    if len(bare) > MAX_FOOTER:
        return False
    if _SOMEONE_MOBILE.fullmatch(bare) or _SENT_LAST.fullmatch(bare) or _GET.match(bare):
        return True
    if not _SENT.match(bare) or _EXCUSE.search(bare):
        return False
    return _HAS_DEVICE.search(bare) is not None or _SENT_FROM_MY.fullmatch(bare) is not None


_DISCLAIMER = re.compile(
    r"confidential|privileged|intended (?:solely|only|recipient|for)|addressee|disclos|dissemination|unauthori[sz]ed"
    r"|received (?:this|it) (?:e-?mail |message )?(?:in|by) error|notify the sender|delete (?:this|it|the)|prohibited"
    r"|scanned (?:for|by)|virus-free|проверен\w* на (?:наличие )?вирус|конфиденциальн"
    r"|предназначен\w* (?:исключительно|только)"
    r"|адресат|получили (?:данное|это|настоящее)|по ошибке|уведом|удалите|запрещ|не является (?:офертой|публичной)"
    r"|разглашен|несанкционир|конфіденційн|помилково|құпия|vertraulich|bestimmt|irrtümlich|vernichten|löschen"
    r"|confidentiel|destinataire|par erreur|confidencial|destinatari|por error|por engano|riservat|per errore|poufn"
    r"|adresat"
    r"|vertrouwelijk|geadresseerde|konfidentiell|(?:don't|do not) print|consider the environment|печатать это письмо"
    r"|antivirus|антивирус|avast|kaspersky|касперск|保密|機密"
    r"|не являетесь (?:\w+ )?(?:получател|адресат)|приложен\w* к (?:нему|ней)|электронное сообщение|строго"
    r"|(?:не є|видаліть|повідомлення містить)|adressat|geschützte|den absender|nicht gestattet|uitsluitend|afzender"
    r"|à l['’]intention|pièces jointes|expéditeur|supprimer|exclusivamente|dirigid[oa]|puede contener|elimin[ae]"
    r"|remitente|cancellar|esclusiv|mittente|pode conter|apague|remetente|usuni[ęe]|nadawc|wiadomość zawiera|zastrzeżon"
    r"|收件人|误收|删除|誤送信|削除|秘密",
    re.IGNORECASE,
)
DISCLAIMER_WORDS = 2
"""So many different words of a disclaimer make one."""
_ONE_IS_ENOUGH = re.compile(
    r"virus-free\.?\s|без вирусов\.?\s|(?:avast|касперск|kaspersky|антивирус|antivirus).{0,80}(?:провер|checked|scann"
    r"|вирус)"
    r"|(?:проверен|checked|scanned|geprüft).{0,80}(?:вирус|virus|antivir)|consider the environment before"
    r"|(?:печатать|распечатать) это письмо",
    re.IGNORECASE,
)
_SPEAKS_OF_ITSELF = re.compile(
    r"(?<!\w)(?:this|the|these) (?:\w+ )?(?:e-?mail|message|communication|transmission|notice|fax)"
    r"|th(?:is|e) information|intended recipient|confidentiality|disclaimer"
    r"|(?:это|данн\w+|настоящ\w+|указанн\w+) (?:\w+ ){0,2}(?:сообщени|письм|информаци|документ|переписк)|не являетесь"
    r"|(?:це|цей|дан\w+) (?:\w+ )?(?:повідомлення|лист)|(?:осы|бұл) (?:\w+ )?(?:хабар|хат)"
    r"|dies\w* (?:e-?mail|nachricht|mail)|ce (?:message|mail|courriel|courrier)|cette? (?:e-?mail|communication)"
    r"|est[ea] (?:mensaje|mensagem|correo|e-?mail|comunicaci|comunicação)|quest[oa] (?:messaggio|e-?mail|comunicazione)"
    r"|(?:ta|tej|niniejsz\w+|t[ęa]) (?:wiadomoś|e-?mail|korespondenc)|(?:dit|deze) (?:e-?mail|bericht|mail)"
    r"|(?:detta|denne|dette) (?:e-?post|meddelande|melding|mail|meddelelse)"
    r"|本邮件|此邮件|本郵件|此電郵|本メール|このメール",
    re.IGNORECASE,
)
"""A disclaimer speaks of the very mail it stands in; a request to delete something speaks of that."""
MIN_DISCLAIMER, MAX_DISCLAIMER = 60, 3_000


_NOTICE_HINTS = ("irus", "вирус", "print this", "nvironment before", "печатать")
_HINTS = (
    *("onfiden", "онфиден", "конфіден", "rivileg", "vertraulich", "riservat", "poufn", "құпия", "保密", "機密"),
    *("addressee", "адресат", "recipient", "destinat", "rror", "ошибк", "помилк", "intend", "предназнач", "irrtümlich"),
    *("dressat", "absender", "получател", "видал", "dirigid", "elimin", "cancellar", "expéditeur", "apague", "usuni"),
    *("nadawc", "afzender", "adresat", "geadresseerde", "vertrouwelijk", "confiden", "收件人", "删除", "削除", "誤"),
    *("sclos", "разглаш", "delete", "удалите", "prohibit", "запрещ", "notify", "уведом"),
)
MIN_HINTS = 2


def is_disclaimer(paragraph: str) -> bool:
    """Tell whether a paragraph is a legal or antivirus notice."""
    text = paragraph[:MAX_DISCLAIMER]
    if len(text) < MAX_FOOTER * 3 and any(hint in text for hint in _NOTICE_HINTS) and _ONE_IS_ENOUGH.search(text):
        return True
    if sum(hint in text for hint in _HINTS) < MIN_HINTS:
        return False
    if len(text) <= MIN_DISCLAIMER or not _SPEAKS_OF_ITSELF.search(text):
        return False
    return len({word.lower() for word in _DISCLAIMER.findall(text)}) > DISCLAIMER_WORDS


CLOSING = re.compile(
    r"(?:с уважением|с наилучшими пожеланиями|с почтением|з повагою|з найкращими побажаннями|құрметпен|best regards"
    r"|kind regards|warm regards|regards|sincerely|sincerely yours|yours sincerely|mit freundlichen grüßen"
    r"|mit freundlichem gruß|viele grüße|freundliche grüße|cordialement|bien cordialement|saludos|un saludo"
    r"|saludos cordiales"
    r"|atentamente|cordiali saluti|distinti saluti|z poważaniem|pozdrawiam|atenciosamente|cumprimentos"
    r"|met vriendelijke groet"
    r"|vennlig hilsen|med vänliga hälsningar|med venlig hilsen|此致|敬礼|よろしくお願いします)\s*[,.!]?(?:\s.{0,80})?",
    re.IGNORECASE,
)
"""A line that closes a letter; what follows is a signature when it tells how to reach the writer."""

CONTACT = re.compile(
    r"(?:\+\d|\b8[ (-]|\(\d{3,5}\))[\d ()-]{6,20}\d|[\w.+-]{1,64}@[\w-]{1,64}\.\w|https?://|\bwww\.|(?:тел|моб|tel"
    r"|phone|mob|fax|т)\s?[.:]"
    r"|(?:^|\s)(?:ооо|зао|оао|пао|ао|ип|тоо|тов|gmbh|ltd|llc|inc|s\.a\.)(?:\s|$|[«\"])",
    re.IGNORECASE,
)
"""How to reach somebody: a telephone, an address, a site, a company."""
