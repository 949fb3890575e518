"""What customers, dispatchers and administrators read, in their language: gettext catalogues through Babel.

The texts in code are English; ``backbone/locale/<language>.po`` holds the others and is read as it is, so that nothing
has to be compiled.
"""

from __future__ import annotations

import gettext
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

LANGUAGES = ("ru", "en")
MEGABYTE = 1_000_000
LOCALE = Path(__file__).parent / "locale"


@lru_cache(maxsize=len(LANGUAGES))
def translations(language: str) -> gettext.NullTranslations:
    """Return the catalogue of ``language``; English, and a language we have not, come back as written."""
    path = LOCALE / f"{language}.po"
    if not path.exists():
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo  # noqa: PLC0415 - costs a tenth of a second, and only once
    from babel.messages.pofile import read_po  # noqa: PLC0415 - as above

    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def moment(when: datetime, time_zone: str) -> str:
    """Return a moment in the reader's zone as ``dd.mm.yyyy hh:mm``."""
    return when.astimezone(ZoneInfo(time_zone)).strftime("%d.%m.%Y %H:%M")


def file_size(count: int, language: str) -> str:
    """Return a number of bytes as a reader takes it in: in kB, or in MB with one digit."""
    gettext = translations(language).gettext
    if count < MEGABYTE:
        return gettext("{size} kB").format(size=max(1, round(count / 1_000)))
    megabytes = f"{count / MEGABYTE:.1f}"
    return gettext("{size} MB").format(size=megabytes.replace(".", ",") if language == "ru" else megabytes)
