"""What six mail programs make of an answer: new text above a quote, each in the parts that it really writes."""

from dataclasses import dataclass
from html import escape

from tests.support.attributions import Quoted, apple_line, gmail_line, mailru_line, outlook_block, thunderbird_line


@dataclass(frozen=True)
class Forms:
    """What a program writes of one answer; a form that it does not write is empty."""

    plain: str = ""
    html: str = ""


def gmail(text: str, quoted: Quoted) -> Forms:
    """Write as Gmail does, which wraps its line before the address."""
    said = gmail_line(quoted)
    return Forms(
        f"{text}\n\n{said.replace(' <', ' <' + chr(10), 1)}\n\n{_marked(quoted.plain, '> ')}",
        f'<div dir="ltr">{lines(text)}</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" '
        f'class="gmail_attr">{_linked(said, quoted)}<br></div><blockquote class="gmail_quote" style="margin:0px 0px '
        f'0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">{quoted.html}</blockquote></div>\n',
    )


def yandex(text: str, quoted: Quoted) -> Forms:
    """Write as the web page of Yandex does: HTML alone."""
    said = f'{quoted.date:%d.%m.%Y, %H:%M}, "{quoted.name}" <{quoted.address}>:'
    shown = "".join(f"<div>{escape(line)}</div>" for line in text.splitlines())
    return Forms(html=f"{shown}<div>\xa0</div><div>{escape(said)}</div><blockquote>{quoted.html}</blockquote>\n")


def mailru(text: str, quoted: Quoted) -> Forms:
    """Write as the web page of Mail.ru does, whose own line is part of the quote."""
    said = mailru_line(quoted)
    return Forms(
        f"\n{text}\n \n \n{_marked(said + chr(10) + ' ' + chr(10) + quoted.plain, '>')}\n \n",
        f"\n<HTML><BODY><div>{lines(text)}</div><div>\xa0</div><div><br><blockquote style="
        f'"border-left:1px solid #0857A6; margin:10px; padding:0 0 0 10px;">{_linked(said, quoted)}<br>'
        f'<div id=""><div class="js-helper js-readmsg-msg"><div><div id="style_0_BODY">{quoted.html}</div></div></div>'
        "</div></blockquote></div></BODY></HTML>\n",
    )


def outlook(text: str, quoted: Quoted) -> Forms:
    """Write as Outlook does: the headers of the mail, then the mail without any mark."""
    block = outlook_block(quoted)
    shown = "<br>".join(f"<b>{name}:</b> {escape(value)}" for name, value in block.items())
    said = "".join(f"<p class=MsoNormal>{escape(line)}<o:p></o:p></p>" for line in text.splitlines())
    head = "\n".join(f"{name}: {value}" for name, value in block.items())
    return Forms(
        f"{text}\n\n \n\n{head}\n\n \n\n{quoted.plain}",
        '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta name=Generator content="Microsoft Word 15 '
        '(filtered medium)"><style><!-- p.MsoNormal {margin:0cm;} --></style></head><body lang=RU link="#0563C1" '
        f'style="word-wrap:break-word"><div class=WordSection1>{said}<p class=MsoNormal><o:p>&nbsp;</o:p></p>'
        "<div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal>"
        f"{shown}<o:p></o:p></p></div></div><p class=MsoNormal><o:p>&nbsp;</o:p></p>{quoted.html}</div></body>"
        "</html>\n",
    )


def apple(text: str, quoted: Quoted) -> Forms:
    """Write as Apple Mail does, whose own line is part of the quote."""
    said = apple_line(quoted)
    return Forms(
        f"{text}\n\n{_marked(f'{said}{chr(10)}{chr(10)}{quoted.plain}', '> ')}\n",
        '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"></head><body style='
        f'"overflow-wrap: break-word; line-break: after-white-space;">{lines(text)}<br id="lineBreakAtBeginningOf'
        f'Message"><div><br><blockquote type="cite"><div>{escape(said)}</div><br class="Apple-interchange-newline">'
        f"<div><div>{quoted.html}</div></div></blockquote></div><br></body></html>\n",
    )


def thunderbird(text: str, quoted: Quoted) -> Forms:
    """Write as Thunderbird does; answers between the lines are written in plain text."""
    said = thunderbird_line(quoted)
    if quoted.inline is None:
        above = "".join(f"<p>{escape(line)}</p>" for line in text.splitlines())
        return Forms(
            f"{text}\n\n{said}\n{_marked(quoted.plain, '> ')}",
            '<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"></head>'
            f'<body>{above}<div class="moz-cite-prefix">{escape(said)}<br></div><blockquote type="cite" '
            f'cite="mid:{quoted.message_id}">{quoted.html}</blockquote></body></html>\n',
        )
    lines = [said]
    for line in quoted.plain.splitlines():
        lines.append(f"> {line}".rstrip())
        if line in quoted.inline:
            lines += ["", quoted.inline[line], ""]
    return Forms("\n".join(lines) + "\n")


def _marked(text: str, sign: str) -> str:
    return "".join(f"{sign}{line}".rstrip() + "\n" for line in text.splitlines())


def lines(text: str) -> str:
    """Return text as HTML with breaks."""
    return "<br>".join(escape(line) for line in text.splitlines())


def _linked(said: str, quoted: Quoted) -> str:
    link = f'<a href="mailto:{quoted.address}">{quoted.address}</a>'
    return escape(said).replace(quoted.address, link)
