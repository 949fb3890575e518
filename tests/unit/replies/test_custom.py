"""Mail texts of a mailbox's own: what they may do, what is said of a bad one, and that no mail is lost by one."""

import time
from typing import Any, get_args

import pytest

from backbone.catalogue.outgoing import Outgoing
from backbone.contracts import Language, LetterKind
from replies import custom, samples
from replies.checking import trouble_of
from tests.support.letters import composed, text_of
from tests.support.things import entry, letter

KINDS: tuple[LetterKind, ...] = get_args(LetterKind)
LANGUAGES: tuple[Language, ...] = get_args(Language)
FORMS: tuple[custom.Form, ...] = get_args(custom.Form)
EVERYTHING = "".join(
    f"{{{{ blocks.{name} }}}}\n" for name in ("notice", "action", "message", "files", "signature", "history")
)
ALL_VALUES = """
{{ kind }} {{ language }} {{ number }} {{ subject | default("-") }} {{ name | upper }}
{{ mailbox.name }} {{ mailbox.address }} {{ signature | trim }} {{ url }} {{ until }}
{% if logo is not none %}{{ logo.url }} {{ logo.width }} {{ logo.height }}{% endif %}
{% for one in notice %}{{ loop.index }}. {{ one }}
{% endfor %}
{% if message %}{{ message.date }} {{ message.author }} {{ message.text }}{% else %}no message{% endif %}
{% for one in links %}{{ one.filename }} {{ one.size }} {{ one.url }} {{ one.until }}{% endfor %}
{% for one in earlier[:3] if one.author != name %}{{ one.text | truncate(20) }}{% endfor %}
{{ "ru" if language in ("ru", "en") and not url else "" }}
"""


def own(text: str = "", html: str = "", kind: LetterKind = "chat_message", **more: Any) -> Outgoing:
    return Outgoing.model_validate({"templates": {kind: {"ru": {"text": text, "html": html}}}} | more)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_templates_of_all_that_there_is_are_good(kind: LetterKind, language: Language) -> None:
    for form in FORMS:
        assert trouble_of(kind, language, f"<b>{EVERYTHING}</b>", form) is None
        assert trouble_of(kind, language, ALL_VALUES, form) is None


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("a\n{{ mesage.text }}", "line 2: there is no mesage here; did you mean message?"),
        ("a\n{{ foo }}", "line 2: there is no foo here; there are blocks, earlier, kind"),
        ("a\n\n{{ message.txet }}", "line 3: there is no message.txet; did you mean message.text?"),
        ("{{ blocks['mesage'] }}", "line 1: there is no blocks.mesage; did you mean blocks.message?"),
        ("{{ mailbox.xyz }}", "line 1: there is no mailbox.xyz; there are mailbox.address, mailbox.name"),
        (
            "{% if earlier %}{{ (earlier | first).txet }}{% endif %}",
            "line 1: there is no earlier[0].txet; did you mean earlier[0].text?",
        ),
        (
            "{% for one in links %}\n{{ one.urll }}{% endfor %}",
            "line 2: there is no links[0].urll; did you mean links[0].url?",
        ),
        ("{{ logo.url }}", "line 1: not every such mail has what 'url' is taken from; ask first"),
        ("{{ subject.text }}", "line 1: 'str object' has no attribute 'text'"),
        ("{{ message._path }}", "line 1: access to attribute '_path'"),
        ("{% if message %}", "line 1: Unexpected end of template"),
        ("a\n{% endfor %}", "line 2: Encountered unknown tag 'endfor'"),
        ("{{ message.text | nice }}", "line 1: No filter named 'nice'"),
        ("{{ message.text | safe }}", "line 1: No filter named 'safe'"),
        ("{{ message.text is odd }}", "line 1: No test named 'odd'"),
        (
            "{% for a in earlier %}\n{% for b in earlier %}x{% endfor %}{% endfor %}",
            "line 1: a for may not stand in an",
        ),
        ("{% for a in range(9) %}x{% endfor %}", "line 1: for goes through one of notice, earlier, links"),
        ("{% for a in subject %}x{% endfor %}", "line 1: for goes through one of"),
        ("{% for a in earlier recursive %}x{% endfor %}", "line 1: a for may not stand in another one"),
        ("{% for name in earlier %}x{% endfor %}", "line 1: a for needs one new name"),
        ("{{ 'x' * 10 }}", "line 1: 'mul' is not allowed"),
        ("{{ subject ~ subject }}", "line 1: 'concat' is not allowed"),
        ("{{ 'a'.upper() }}", "line 1: 'call' is not allowed"),
        ("{{ subject.format(1) }}", "line 1: 'call' is not allowed"),
        ("{% set a = 1 %}", "line 1: 'assign' is not allowed"),
        ("{% macro a() %}{% endmacro %}", "line 1: 'macro' is not allowed"),
        ("{% include 'parts.html' %}", "line 1: 'include' is not allowed"),
        ("{% extends 'parts.html' %}", "line 1: 'extends' is not allowed"),
        ("{% import 'os' as os %}", "line 1: 'import' is not allowed"),
        ("{% autoescape false %}{{ subject }}{% endautoescape %}", "line 1: 'scope' is not allowed"),
        ("{{ [subject, subject] }}", "line 1: 'list' is not allowed"),
        ("{{ name.upper }}", "line 1: access to attribute 'upper'"),
        ("{{ blocks.items }}", "line 1: access to attribute 'items'"),
        ("{{ message.__class__ }}", "line 1: access to attribute '__class__'"),
        ("{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}", "too deep in one another"),
        ("{% if 1 %}" * 400 + "{% endif %}" * 400, "too deep in one another"),
        ("x" * 60_000, "longer than 50000 characters"),
        ("{{ blocks.message }}", "it does not show the links to files; put {{ blocks.files }} into it"),
        ("{{ blocks.files }}", "it does not show what the dispatcher wrote; put {{ blocks.message }} or"),
        (" {# nothing #} ", "it writes nothing"),
        ("{{ 1 / 0 }}", "line 1: 'div' is not allowed"),
    ],
)
def test_a_bad_template_is_named_with_its_line(source: str, words: str) -> None:
    for form in FORMS:
        started = time.process_time()
        trouble = trouble_of("chat_message", "ru", source, form)
        assert time.process_time() - started < 2
        assert words in str(trouble)


def test_a_registration_without_its_link_is_no_registration() -> None:
    trouble = trouble_of("registration", "en", "Please register.", "text")
    assert "does not show the link to register; put {{ blocks.action }} or {{ url }} into it" in str(trouble)


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://tracker.example/1.gif">', "<IMG SRC=//x.example/1>", "<script>x</script>",
        "<iframe></iframe>",
        "<div style='background:url( http://x.example/a )'>", '<link rel="stylesheet" href="a.css">',
        "<style>@import 'a'",
        '<td background="http://x.example/a">',
    ],
)  # fmt: skip
def test_html_loads_nothing_from_elsewhere(html: str) -> None:
    trouble = trouble_of("chat_message", "ru", f"\n{html}\n{EVERYTHING}", "html")
    assert "line 2: mail programs block" in str(trouble)
    assert trouble_of("chat_message", "ru", f'<a href="https://a.example">{EVERYTHING}</a>', "html") is None


def test_own_texts_are_used_in_their_language_and_kind() -> None:
    outgoing = own("Own: {{ message.text }}\n{{ blocks.history }}", "<b>Own: {{ message.text }}</b>")
    written = letter(entries=(entry("<новое>"), entry("старое")), marker="pr.x")
    mail = composed(written, outgoing=outgoing)
    assert text_of(mail).startswith("Own: <новое>\n-----")
    assert text_of(mail).rstrip().endswith("Ref: pr.x")
    html = text_of(mail, "html")
    assert "<b>Own: &lt;новое&gt;</b>" in html
    assert "старое" not in html
    assert "Ref: pr.x" in html
    assert "color-scheme" in html
    assert "Own:" not in text_of(composed(written.model_copy(update={"language": "en"}), outgoing=outgoing))
    assert "Own:" not in text_of(composed(letter(kind="ticket_created"), outgoing=outgoing))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("{% if name %}Hi!{% endif %}\n\n{{ number }}", "Hi!\n\nO2311000"),
        ("{% if name %}\nHi!\n{% endif %}\n{{ number }}", "Hi!\nO2311000"),
        ("{% if name %}Hi!{% endif -%}\n{{ number }}", "Hi!O2311000"),
        ("100 %}\n{{ number }}", "100 %}\nO2311000"),
        ("{{ number }}\n\n{{ blocks.action }}\n\n{{ blocks.files }}\n\n{{ number }}", "O2311000\n\nO2311000"),
    ],
)
def test_lines_end_where_they_seem_to_and_what_is_missing_leaves_no_gap(source: str, words: str) -> None:
    assert text_of(composed(letter(), outgoing=own(text=source))).rstrip() == words


def test_an_own_text_alone_is_the_html_as_well() -> None:
    html = text_of(composed(outgoing=own("Own: {{ message.text }}\n<b> https://a.example/x")), "html")
    assert "Own: Мастер приедет завтра.<br>\n&lt;b&gt; " in html
    assert '<a href="https://a.example/x"' in html


def test_an_own_html_alone_leaves_the_text_ours() -> None:
    mail = composed(outgoing=own(html="Own: {{ message.text }}"))
    assert text_of(mail) == text_of(composed())
    assert "Own:" in text_of(mail, "html")


def test_an_own_document_is_left_as_it_is_but_for_the_marker() -> None:
    outgoing = own(html="<!doctype html>\n<HTML><body><p>{{ message.text }}</p></BODY></html>")
    html = text_of(composed(letter(marker="pr.x"), outgoing=outgoing), "html")
    assert html.count("<html") + html.count("<HTML") == 1
    assert html.index("Мастер") < html.index("Ref: pr.x") < html.index("</BODY>")
    assert text_of(composed(outgoing=outgoing), "html").strip().endswith("</BODY></html>")


@pytest.mark.parametrize("source", ["{{ message.nothing }}", "{{ broken", "{{ links[0].url }}", "{{ x() }}"])
def test_a_template_that_fails_gives_way_to_ours(source: str, capsys: pytest.CaptureFixture[str]) -> None:
    mail = composed(outgoing=own(source, source))
    assert mail == composed()
    assert capsys.readouterr().out.count("mail.template_failed") == 2


def test_what_a_template_writes_is_limited() -> None:
    long = letter(entries=(entry("x" * 90_000), entry("старое")))
    outgoing = own("{{ message.text }}" * 100)
    assert text_of(composed(long, outgoing=outgoing)) == text_of(composed(long))
    with pytest.raises(custom.TemplateTroubleError, match="more than 2000000 characters"):
        custom.render("{{ subject }}" * 30, "text", {"subject": "x" * 100_000})


def test_samples_have_what_templates_are_tried_with() -> None:
    for kind in KINDS:
        for language in LANGUAGES:
            assert samples.letter(kind, language).kind == samples.bare(kind, language).kind == kind
