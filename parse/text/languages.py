"""The words by which mail programs introduce what they quote, in the languages they speak.

Collected from mail of the programs and from the public tests of talon, zapier and the Discourse mail trimmer.
Languages: English, Russian, Ukrainian, Kazakh, German, French, Spanish, Italian, Polish, Portuguese, Dutch, Swedish,
Norwegian, Danish, Finnish, Czech, Turkish, Chinese, Japanese.
"""

from __future__ import annotations

import enum


class Label(enum.Enum):
    """What a header label such as ``From:`` stands for."""

    FROM = "from"
    SENT = "sent"
    DATE = "date"
    TO = "to"
    CC = "cc"
    SUBJECT = "subject"
    OTHER = "other"


_LABELS: dict[Label, str] = {
    Label.FROM: (
        "from|от|от кого|отправитель|від|від кого|відправник|кімнен|жіберуші|von|absender|de|expéditeur|da|mittente"
        "|van|od"
        "|nadawca|från|fra|lähettäjä|odesílatel|kimden|gönderen|remetente|remitente|afzender|发件人|寄件者|寄件人|發件人"
        "|差出人|送信者|送信元|보낸 사람"
    ),
    Label.SENT: (
        "sent|отправлено|отправлен|послано|надіслано|відправлено|жіберілді|жіберілген|жіберілген күні|жіберілген уақыты"
        "|gesendet|gesendet am|envoyé|envoyé le|envoye|enviado|enviado el|enviado em|enviada|enviada em|inviato"
        "|inviato il"
        "|wysłano|wysłane|wyslano|verzonden|verzonden op|verstuurd|skickat|sendt|lähetetty|odesláno|gönderildi"
        "|gönderilme tarihi|gönderme tarihi|发送时间|發送時間|寄件日期|发送日期|傳送日期|寄送時間|送信日時|보낸 날짜"
    ),
    Label.DATE: (
        "date|дата|дата отправки|күні|datum|fecha|data|dato|päivämäärä|päiväys|tarih|日期|时间|時間|日時|日付|날짜"
    ),
    Label.TO: (
        "to|кому|получатель|одержувач|кімге|алушы|an|empfänger|à|a|para|destinatario|destinatário|destinataire|aan|do"
        "|till|til|vastaanottaja|komu|kime|收件人|收件者|宛先|받는 사람"
    ),
    Label.CC: (
        "cc|bcc|копия|скрытая копия|копия кому|копії|копія|прихована копія|көшірме|көшірмесі|kopie|kopie (cc)|copie"
        "|copie à|copia|con copia|dw|udw|kopia|kopi|cópia|kopio|bilgi|抄送|抄送人|副本|密送"
    ),
    Label.SUBJECT: (
        "subject|тема|тақырып|тақырыбы|betreff|objet|sujet|asunto|oggetto|temat|assunto|onderwerp|ämne|emne|aihe"
        "|předmět"
        "|konu|主题|主旨|标题|標題|主題|件名|제목"
    ),
    Label.OTHER: (
        "reply-to|reply to|importance|priority|attachments|organization|when|where|categories|sensitivity|resent-from"
        "|ответить|обратный адрес|адрес для ответа|важность|приоритет|вложения|вложение|организация|когда|где"
        "|важливість|вкладення|маңыздылығы|тіркемелер|antwort an|wichtigkeit|anlagen|priorität|répondre à|importance"
        "|pièces jointes|responder a|importancia|datos adjuntos|risposta|rispondi a|priorità|allegati|odpowiedź do"
        "|ważność|załączniki|responder para|prioridade|importância|anexos|antwoord naar|urgentie|bijlagen|svara till"
        "|prioritet|bifogade filer|svar til|viktighet|重要性|附件|重要度|添付ファイル|message-id"
    ),
}
LABELS: dict[str, Label] = {word: label for label, words in _LABELS.items() for word in words.split("|")}

VERBS = (
    r"wrote|writes|has written|написал\(а\)|написала?|написали|писал\(а\)|писала?|писали|пишет|пишут|сообщил\(а\)"
    r"|сообщила?|пише|пишуть|написав|написав\(-ла\)|писав\(ла\)|писав|жазды|жазған|деп жазды|schrieb|schreibt"
    r"|geschrieben"
    r"|a écrit|ha écrit|écrit|écrivait|escribió|escribio|escribe|ha escrito|ha scritto|scrisse|scrive"
    r"|napisał\(a\)|napisała?|napisal|napisan[aey] przez|pisze|escreveu|escrevia|escreve|schreef|skrev|skreiv"
    r"|kirjoitti|napsal\(a\)"
    r"|napsala?"
    r"|yazdı|şunu yazdı|a scris|írta"
)
"""Verbs of attribution lines in scripts with spaces, as a regular expression."""

CJK_VERBS = r"写道|寫道|写到|写于|編寫|编写|書きました|書いた|のメール|さんからのメッセージ|님이 작성"
"""The same in scripts without spaces."""

_INTRO = (
    "on at the le am el il em op den dnia w dniu giorno il 在 於 на в dne dni pe pada tarihinde o le a om kl um вы ви "
    "you "
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun "
    "понедельник вторник среда четверг пятница суббота воскресенье пн вт ср чт пт сб вс пнд втр срд чтв птн сбт вск "
    "понеділок вівторок середа четвер п'ятниця субота неділя нд "
    "дүйсенбі сейсенбі сәрсенбі бейсенбі жұма сенбі жексенбі дс сс бс жм жс "
    "montag dienstag mittwoch donnerstag freitag samstag sonntag mo di mi do fr sa so "
    "lundi mardi mercredi jeudi vendredi samedi dimanche lun mar mer jeu ven sam dim "
    "lunes martes miércoles jueves viernes sábado domingo mié jue vie sáb dom "
    "lunedì martedì mercoledì giovedì venerdì sabato domenica gio sab "
    "poniedziałek wtorek środa czwartek piątek sobota niedziela pon wt śr czw pt sob niedz nd "
    "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira segunda terça quarta quinta sexta seg ter qua "
    "qui sex "
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag ma wo vr za zo "
    "måndag tisdag onsdag torsdag fredag lördag söndag mån tis ons tor tors fre lör sön "
    "mandag tirsdag lørdag søndag man tir lør søn ti ke to pe la su po út st čt pá ne pzt sal çar per cum cmt paz "
    "january february march april may june july august september october november december "
    "jan feb apr jun jul aug sep sept oct nov dec"
)
INTRO = frozenset(_INTRO.split())
"""Words that may stand before the first digit of an attribution line: prepositions, weekdays, English months."""

MARKERS = (
    *("original message", "original appointment", "original email", "original mail", "forwarded message"),
    *("forwarded by", "reply message", "forwarded email", "forwarded mail", "forward message"),
    *("исходное сообщение", "исходное письмо", "оригинальное сообщение", "пересылаемое сообщение"),
    *("пересланное сообщение", "пересланное письмо", "переслано", "перенаправленное сообщение"),
    *("переадресованное сообщение", "переадресованное письмо", "пересылаемое письмо", "первоначальное сообщение"),
    *("оригінальне повідомлення", "вихідне повідомлення", "початкове повідомлення", "оригінал повідомлення"),
    *("переслане повідомлення", "пересилається повідомлення", "переадресоване повідомлення", "пересилане повідомлення"),
    *("бастапқы хабар", "түпнұсқа хабар", "қайта жіберілген", "бағытталған хабар", "жіберілген хабар"),
    *("ursprüngliche nachricht", "originalnachricht", "original-nachricht", "weitergeleitete nachricht"),
    *("urspr. nachricht", "ursprüngliche mail", "message d'origine", "message d’origine", "message original"),
    *("message initial", "message transféré", "message transmis", "courriel original", "message réexpédié"),
    *("mensaje original", "mensaje reenviado", "mensagem original", "mensagem encaminhada", "mensagem reencaminhada"),
    *("messaggio originale", "messaggio inoltrato", "messaggio inviato", "wiadomość oryginalna"),
    *("oryginalna wiadomość", "wiadomość pierwotna", "pierwotna wiadomość", "przekazana wiadomość"),
    *("wiadomość przekazana", "przesłana wiadomość", "treść przekazanej wiadomości", "treść oryginalnej wiadomości"),
    *("oorspronkelijk bericht", "origineel bericht", "doorgestuurd bericht", "oorspronkelijke bericht"),
    *("ursprungligt meddelande", "originalmeddelande", "vidarebefordrat meddelande", "vidarebefordrat brev"),
    *("opprinnelig melding", "original melding", "videresendt melding", "oprindelig meddelelse"),
    *("videresendt meddelelse", "videresendt besked", "oprindelig besked", "alkuperäinen viesti", "původní zpráva"),
    *("orijinal mesaj", "orijinal ileti", "iletilen mesaj", "yönlendirilen mesaj"),
    *("原始邮件", "邮件原件", "转发的邮件", "转发邮件", "回复的原邮件", "原始郵件", "轉寄郵件", "轉寄的郵件"),
    *("元のメッセージ", "オリジナルメッセージ", "転送メッセージ", "転送されたメッセージ", "original message"),
)
"""What stands between dashes above a quoted or forwarded mail."""

OPENINGS = (
    *("begin forwarded message", "начало переадресованного сообщения", "начало пересылаемого сообщения"),
    *("початок переадресованого повідомлення", "початок пересланого повідомлення", "початок переспрямованого листа"),
    *("қайта бағытталған хабардың басы", "anfang der weitergeleiteten nachricht", "anfang der weitergeleiteten e-mail"),
    *("début du message réexpédié", "début du message transféré", "inicio del mensaje reenviado"),
    *("inizio messaggio inoltrato", "inizio del messaggio inoltrato", "początek przekazywanej wiadomości"),
    *("początek wiadomości przekazanej dalej", "rozpoczęcie przesłanej dalej wiadomości", "dalsza wiadomość"),
    *("início da mensagem encaminhada", "início da mensagem reencaminhada", "begin doorgestuurd bericht"),
    *("vidarebefordrat brev", "vidarebefordrat mejl", "videresendt melding", "start på videresendt besked"),
    *(
        "videresendt e-post",
        "välitetty viesti alkaa",
        "开始转发的邮件",
        "以下是转发的邮件",
        "開始轉寄郵件",
        "転送されたメッセージ",
    ),
)
"""Lines, without their colon, that open a forwarded mail."""

ENDINGS = (
    *("завершение пересылаемого сообщения", "конец пересылаемого сообщения", "конец переадресованного сообщения"),
    *("конец пересланного сообщения", "конец исходного сообщения", "кінець пересланого повідомлення"),
    *("кінець пересиланого повідомлення", "завершення пересланого повідомлення", "end of forwarded message"),
    *("end forwarded message", "end of original message", "ende der weitergeleiteten nachricht"),
    *("ende der ursprünglichen nachricht", "fin du message transféré", "fin del mensaje reenviado"),
)
"""What stands between dashes below a forwarded mail."""

ABOVE = (
    "above this line",
    "выше этой строки",
    "выше этой линии",
    "вище цього рядка",
    "oberhalb dieser",
    "above the line",
)
"""Words of the line that a help desk asks to answer above."""
