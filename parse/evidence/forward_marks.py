"""How mail clients show that a mail was passed on: subject prefixes, separator lines, labels of the header block."""

from __future__ import annotations

import re

_FORWARDS = (
    "fwd|fw|forward|forwarded|пересл|переслано|пересылка|переадр|переслане|пер|прд|"
    "wg|tr|rv|rm|enc|i|inoltro|doorst|pd|vb|vl|vs-fwd|转发|轉寄|転送"
)
_REPLIES = "re|aw|antw|antwort|sv|vs|odp|rif|r|res|отв|ответ|відп|vá|ynt|回复|回覆|返信"
_PREFIX = r"[\s\[(]{0,4}(?:%s)(?:\s?[\[(]\d{1,3}[\])])?\s{0,2}[:：]"
_FORWARD_PREFIX = re.compile(_PREFIX % _FORWARDS, re.IGNORECASE)
_REPLY_PREFIX = re.compile(_PREFIX % _REPLIES, re.IGNORECASE)
_TAG = re.compile(r"\s{0,4}\[[^\[\]:]{1,40}\]\s{0,4}")
MAX_TAGS = 5

MARK = re.compile(
    r"\n(?:>[ \t]?)?[ \t]{0,4}\*?(?:"
    r"[-—–_=]{2,60}[ \t]{0,4}(?:forwarded (?:message|mail)|forwarded by|пересылаемое (?:сообщение|письмо)|"
    r"пересланное (?:сообщение|письмо)|перенаправленное (?:сообщение|письмо)|переадресованное (?:сообщение|письмо)|"
    r"переслане повідомлення|пересланий лист|weitergeleitete (?:nachricht|e-mail)|message (?:transféré|réexpédié)|"
    r"mensaje reenviado|messaggio inoltrato|wiadomość przekazana|przekazana wiadomość|treść przekazanej wiadomości|"
    r"mensagem (?:encaminhada|reencaminhada)|doorgestuurd bericht|vidarebefordrat meddelande|қайта жіберілген хат|"
    r"转发的邮件|轉寄的郵件|转发邮件信息|転送メッセージ)[^\n]{0,80}"
    r"|begin forwarded message[ \t]?:"
    r"|начало (?:переадресованного|пересылаемого|пересланного) (?:сообщения|письма)[ \t]?:"
    r"|початок переадресованого повідомлення[ \t]?:|anfang der weitergeleiteten (?:nachricht|e-mail)[ \t]?:"
    r"|début du message (?:réexpédié|transféré)[ \t]?:|inicio del mensaje reenviado[ \t]?:"
    r"|inizio (?:del )?messaggio inoltrato[ \t]?:|início da mensagem (?:reencaminhada|encaminhada)[ \t]?:"
    r"|początek przekazywanej wiadomości[ \t]?:|begin doorgestuurd bericht[ \t]?:|开始转发的邮件[ \t]?[:：]"
    r"|転送されたメッセージ[ \t]?[:：]"
    r")\*?[ \t]{0,8}(?=\n|$)",
    re.IGNORECASE,
)
"""A line that only a forward has. Apple Mail quotes it; quoted twice, it belongs to an answer."""

END = re.compile(
    r"\n[ \t]{0,4}-{2,60}[ \t]{0,4}(?:(?:конец|завершение|окончание) (?:пересылаемого|пересланного) "
    r"(?:сообщения|письма)|end (?:of )?forwarded message|ende der weitergeleiteten nachricht)[^\n]{0,60}",
    re.IGNORECASE,
)
"""The line below the original (Yandex, Mail.ru, old Thunderbird)."""

HISTORY = re.compile(
    r"\n[ \t]{0,4}(?:(?:on|am|le|el|il|em|op|w dniu|dnia) [^\n]{6,200} (?:wrote|schrieb|a écrit|escribió|ha scritto|"
    r"escreveu|schreef|napisał|napisała)[^\n]{0,40}:|[^\n]{6,200} (?:написал|написала|пишет|писал|писала|"
    r"написав|написала)(?:\(а\))?[^\n]{0,40}:|-{2,20}[ \t]?(?:original message|исходное сообщение|"
    r"ursprüngliche nachricht|message d'origine|mensaje original|messaggio originale)[ \t]?-{0,20})[ \t]{0,8}(?=\n)",
    re.IGNORECASE,
)
"""A line above quoted history: what is below it belongs to an answer."""

LABELS: dict[str, str] = {}
for _field, _labels in {
    "from": "from|от|от кого|отправитель|von|de|da|od|van|від|від кого|кімнен|från|发件人|寄件者|差出人|送信者",
    "date": "date|sent|sent on|дата|отправлено|дата отправки|datum|gesendet|envoyé|envoyé le|date d'envoi|enviado|"
    "enviado el|enviado em|enviada em|fecha|data|inviato|wysłano|verzonden|надіслано|күні|жіберілді|skickat|"
    "发送时间|日期|寄件日期|日付|送信日時",
    "subject": "subject|тема|тема письма|betreff|objet|asunto|oggetto|temat|assunto|onderwerp|тақырып|тақырыбы|ämne|"
    "主题|主旨|件名",
    "other": "to|кому|an|à|para|a|per|do|aan|till|кімге|收件人|收件者|宛先|cc|копия|копія|kopie|kopia|copie|"
    "скрытая копия|dw|udw|көшірме|抄送|副本|bcc|reply-to|reply to|ответить|обратный адрес|"
    "antwort an|répondre à|responder a|"
    "rispondi a|antwoord aan|importance|важность|priority|приоритет|attachments|вложения|attachment|anlagen|"
    "organization|организация|message-id|resent-from|resent-to|sender|list-id|x-mailer",
}.items():
    for _label in _labels.split("|"):
        LABELS[_label] = _field


def subject_kind(subject: str) -> str:
    """Return ``forward``, ``reply`` or an empty string, by the outermost prefix, after tags such as ``[External]``."""
    for _ in range(MAX_TAGS):
        tag = _TAG.match(subject)
        if tag is None:
            break
        subject = subject[tag.end() :]
    if _FORWARD_PREFIX.match(subject) or subject.rstrip().lower().endswith("(fwd)"):
        return "forward"
    return "reply" if _REPLY_PREFIX.match(subject) else ""


def bare_subject(subject: str) -> str:
    """Return a subject without its outermost forward prefix."""
    found = _FORWARD_PREFIX.match(subject)
    return subject[found.end() :].strip() if found else subject.strip()
