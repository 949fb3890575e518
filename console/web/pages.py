"""A page that says in the reader's language why there is nothing to see."""

from __future__ import annotations

import gettext
from collections.abc import Mapping

from fastapi import Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from backbone.i18n import LANGUAGES, translations
from console.web.languages import preferred

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language",
    "X-Content-Type-Options": "nosniff",
}

_PAGE = Markup("""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>
body {{ font: 1.05rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto; padding: 0 1.5rem; }}
h1 {{ font-size: 1.4rem; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>{text}</p>
</main>
</body>
</html>
""")


def page(request: Request, status: int, headers: Mapping[str, str] | None = None) -> HTMLResponse:
    """Return the page for an HTTP ``status``, in the first language of the browser's that we have, else English."""
    language = preferred(request.headers.get("accept-language", ""), LANGUAGES) or "en"
    title, text = _words(status, translations(language))
    body = _PAGE.format(language=language, title=title, text=text)
    return HTMLResponse(str(body), status, {**HEADERS, "Content-Language": language, **(headers or {})})


def _words(status: int, language: gettext.NullTranslations) -> tuple[str, str]:
    _ = language.gettext
    match status:
        case 410:
            return _("This link has expired"), _("Ask for the file again: answer the mail in which you got the link.")
        case 404:
            return _("There is nothing here"), _(
                "Check that the whole link was copied from the mail, to its last letter."
            )
        case 503:
            return _("Not available just now"), _("Please try again in a few minutes.")
        case _:
            return _("That did not work"), _("Please go back, and try again.")
