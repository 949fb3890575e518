"""Own cases of reply extraction from the HTML of mail programs."""

from __future__ import annotations

import pytest

from parse.text.html_text import html_to_text
from parse.text.newtext import split_reply

NEW = "It works."

CASES = {
    "gmail": (
        '<div dir="ltr">It works.</div><br><div class="gmail_quote"><div dir="ltr"'
        ' class="gmail_attr">On Tue, Mar 12, 2024'
        ' at 10:15 AM Help &lt;<a href="mailto:a@b.c">a@b.c</a>&gt; wrote:<br></div><blockquote class="gmail_quote"'
        ' style="margin:0px">Restarted?</blockquote></div>'
    ),
    "gmail, answers between": (
        '<div class="gmail_quote"><div class="gmail_attr">On Tue, Mar 12, 2024 at 10:15 AM Help wrote:</div><blockquote'
        ' class="gmail_quote"><div>Restarted?</div></blockquote><div>It</div><blockquote class="gmail_quote">And now?'
        "</blockquote><div>works.</div></div>"
    ),
    "gmail in an unknown language": (
        '<div>It works.</div><div class="gmail_quote"><div class="gmail_attr">Zzz 12 qqq Help xyzzy:</div>'
        '<blockquote class="gmail_quote">Restarted?</blockquote></div>'
    ),
    "gmail forward with a comment": (
        '<div>It works.</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded'
        " message ---------<br>"
        "From: <b>Help</b> &lt;a@b.c&gt;<br>Date: Tue, Mar 12, 2024<br>Subject: x<br>To:"
        " y<br></div><br>Restarted?</div>"
    ),
    "thunderbird, answer below": (
        '<div class="moz-cite-prefix">12.03.2024 10:15, Help пишет:<br></div><blockquote type="cite"><p>Restarted?</p>'
        '</blockquote><p>It works.</p><pre class="moz-signature">-- \nAnn</pre>'
    ),
    "thunderbird forward with a comment": (
        '<p>It works.</p><div class="moz-forward-container"><br>-------- Перенаправленное сообщение --------<table'
        ' class="moz-email-headers-table"><tr><th>Тема: </th><td>x</td></tr><tr><th>От:'
        " </th><td>a@b.c</td></tr></table>"
        "Restarted?</div>"
    ),
    "apple": (
        '<html><body>It works.<br><div><br><blockquote type="cite"><div>On 12 Mar 2024, at 10:15, Help'
        " &lt;a@b.c&gt; wrote:"
        "</div><br><div>Restarted?</div></blockquote></div></body></html>"
    ),
    "iphone": (
        '<div dir="ltr">It works.</div><div dir="ltr"><br>Sent from my iPhone</div><div dir="ltr"><br><blockquote'
        ' type="cite">On 12 Mar 2024, Help wrote:<br></blockquote></div><blockquote type="cite">Restarted?</blockquote>'
    ),
    "outlook desktop": (
        "<p class=MsoNormal>It works.</p><div style='border:none;border-top:solid #E1E1E1 1.0pt'><p"
        " class=MsoNormal><b>From:"
        "</b> Help<br><b>Sent:</b> Tuesday, March 12, 2024 10:15 AM<br><b>To:</b> Ann<br><b>Subject:</b> x</p></div>"
        "<p class=MsoNormal>Restarted?</p>"
    ),
    "outlook web in an unknown language": (
        '<div>It works.</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>Zzz:</b> Help<br><b>Qqq:</b> x'
        "</div><div>Restarted?</div>"
    ),
    "outlook mobile": (
        '<div>It works.</div><div id="ms-outlook-mobile-signature"><br>Get <a'
        ' href="https://aka.ms/o0ukef">Outlook for iOS'
        "</a></div><div"
        ' id="mail-editor-reference-message-container"><hr><div><b>Help</b></div><div>Restarted?</div></div>'
    ),
    "outlook rewritten by outlook": (
        '<div>It works.</div><div class="x_gmail_quote"><div class="x_gmail_attr">On x Help wrote:</div>'
        '<blockquote class="x_gmail_quote">Restarted?</blockquote></div>'
    ),
    "hotmail": (
        '<div>It works.<br><hr id="stopSpelling">Date: 12 Mar 2024<br>Subject: x<br>From: a@b.c<br><br>Restarted?</div>'
    ),
    "zimbra": (
        '<div>It works.<br><hr id="zwchr" data-marker="__DIVIDER__"><div'
        ' data-marker="__HEADERS__"><b>From: </b>a@b.c<br>'
        '<b>To: </b>d@e.f<br></div><div data-marker="__QUOTED_TEXT__">Restarted?</div></div>'
    ),
    "yahoo": (
        '<div>It works.</div><div id="ydp1a2b3c4dyahoo_quoted_1"'
        ' class="ydp1a2b3c4dyahoo_quoted"><div>On Tuesday, March 12,'
        " 2024 at 10:15:00 AM GMT+3, Help wrote:</div><div>Restarted?</div></div>"
    ),
    "proton": (
        '<div>It works.</div><div class="protonmail_signature_block">Sent with Proton Mail</div><div'
        ' class="protonmail_quote">On Tuesday Help wrote:<br><blockquote type="cite">Restarted?</blockquote></div>'
    ),
    "yandex": (
        '<div>It works.</div><div> </div><div>12.03.2024, 10:15, "Help"'
        " &lt;a@b.c&gt;:</div><blockquote><div>Restarted?</div>"
        "</blockquote><div>-- </div><div>С уважением,</div><div>Анна</div>"
    ),
    "mail.ru": (
        '<BODY>It works.<br><div data-signature-widget="container"><div'
        ' data-signature-widget="content">--<br>Анна</div>'
        '</div><blockquote style="border-left:1px solid #0857A6;">Вторник, 12 марта 2024, 10:15 +03:00'
        " от Help &lt;a@b.c"
        '&gt;:<br><div class="js-helper js-readmsg-msg">Restarted?</div></blockquote></BODY>'
    ),
    "roundcube": (
        '<p>It works.</p><p id="reply-intro">12.03.2024 10:15, Help napisał(a):</p><blockquote type="cite">Restarted?'
        "</blockquote>"
    ),
    "roundcube, answer below": (
        '<p id="reply-intro">12.03.2024 10:15, Help napisał(a):</p><blockquote type="cite">Restarted?</blockquote>'
        "<p>It works.</p>"
    ),
    "163": '<div>It works.</div><div id="isReplyContent">At 2024-03-12 10:15:00, "Help" wrote:<br>Restarted?</div>',
    "spark": (
        '<div name="messageBodySection">It works.</div><div name="messageSignatureSection">Sent with Spark</div><div'
        ' name="messageReplySection">On 12 Mar 2024, Help wrote:<br><blockquote>Restarted?</blockquote></div>'
    ),
    "quote signs in html": "<div>It works.<br><br>&gt; Subject: x<br>&gt; From: a@b.c<br>&gt; Restarted?</div>",
    "samsung": (
        '<div>It works.</div><div id="composer_signature">Отправлено с моего Galaxy</div><div>--------'
        " Исходное сообщение"
        " --------</div><div>От: Help &lt;a@b.c&gt; </div><div>Дата: 12.03.2024 10:15 </div><div>Restarted?</div>"
    ),
    "nested quotes": (
        "<p>It works.</p><p>On 12 Mar 2024, at 10:15, Help &lt;a@b.c&gt; wrote:</p><blockquote type=cite>One<blockquote"
        " type=cite>Two</blockquote>Three</blockquote>"
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_new_text(name: str) -> None:
    html = CASES[name]
    result = split_reply(html_to_text(html), html)
    assert " ".join(result.new_text.split()) == NEW
    assert "Restarted?" in result.cut_text or name == "nested quotes"
    assert result.quoted


KEEP = {
    "indented": "<p>The screen says:</p><blockquote style='margin:0 0 0 40px'>Error 0x11b</blockquote><p>What now?</p>",
    "quote by hand": '<p>You said</p><blockquote class="gmail_quote">wait</blockquote><p>I waited.</p>',
    "forward": (
        '<div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message'
        " ---------<br>From: Help &lt;a@b.c&gt;"
        "<br>Date: Tue, Mar 12, 2024<br>Subject: x<br>To: y<br></div>Restarted?</div>"
    ),
    "only a signature": '<div class="gmail_signature">Ann, please call</div>',
    "table and list": "<p>Order:</p><table><tr><td>Paper</td><td>2</td></tr></table><ol><li>Toner</li></ol>",
}


@pytest.mark.parametrize("name", KEEP)
def test_nothing_is_cut(name: str) -> None:
    text = html_to_text(KEEP[name])
    result = split_reply(text, KEEP[name])
    assert result.new_text.split() == text.split()
    assert result.cut_text == ""


def test_structure_helps_a_plain_text_without_quote_signs() -> None:
    cited = '<p>It works.</p><blockquote type="cite">Restarted?</blockquote>'
    assert split_reply("It works.\n\nRestarted?", cited).new_text == NEW


def test_plain_text_rules_where_it_shows_the_history() -> None:
    text = "It works!\n\nOn 12 Mar 2024, at 10:15, Help <a@b.c> wrote:\n\n> Restarted?"
    assert split_reply(text, CASES["apple"]).new_text == "It works!"


def test_notes_below_the_text_of_html_stay() -> None:
    html = CASES["gmail"]
    assert split_reply(html_to_text(html) + "\n\nEvent: Meeting", html).new_text == "It works.\n\nEvent: Meeting"
