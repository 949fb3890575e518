"""``postroom template``: list, qr."""

from __future__ import annotations

import difflib
import io
from pathlib import Path
from typing import Annotated

import segno
import typer
from rich.table import Table

from backbone.catalogue import labels
from backbone.errors import UserError
from console.commands.common import AsJson, plain, print_json, row_dict, runtime, screen

KINDS = ("svg", "png")
CORRECTION = "m"
"""Share of a label that may be unreadable: 15 % (ISO/IEC 18004), more where the size of the code allows it anyhow."""

app = typer.Typer(no_args_is_help=True, help="Ticket templates: list, qr.")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the ticket templates.

    Example: postroom template list
    """
    with runtime() as opened, opened.database.reading() as connection:
        rows = labels.listed(connection)
    if as_json:
        print_json([row_dict(row) for row in rows])
        return
    table = Table("template", "published", "web", "type", "customer", "object", "work type", "criticality")
    for row in rows:
        table.add_row(
            plain(row.name),
            "yes" if row.published else "no",
            "yes" if row.web_submission else "no",
            *(plain(one or "-") for one in (row.ticket_type, row.customer, row.object, row.work_type, row.criticality)),
        )
    screen.print(table)


@app.command()
def qr(
    name: Annotated[str, typer.Argument(help="The template's name.")],
    output: Annotated[Path, typer.Option(metavar="FILE.svg|FILE.png", help="Where to write it.")],
    scale: Annotated[int, typer.Option(min=1, max=100, help="Pixels or units of each of its squares.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Write a template's QR code, which opens the template's page, as SVG or PNG.

    Example: postroom template qr "Ромашка по почте" --output label.svg
    """
    kind = output.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise UserError(f"The file {output} is neither SVG nor PNG by its name; let it end with .svg or .png.")
    with runtime() as opened:
        base = opened.settings.public_url
        if not base:
            raise UserError(
                "The link in the QR code is not known, as POSTROOM_PUBLIC_URL is not set; set it to the address under "
                "which people reach this Postroom, such as https://tickets.example.com."
            )
        with opened.database.transaction() as connection:
            found = labels.with_code(connection, name.strip())
            known = [] if found else [row.name for row in labels.listed(connection)]
    if found is None:
        raise UserError(_unknown(name, known))
    link = f"{base}/t/{found.code}"
    try:
        output.write_bytes(_drawn(link, kind, scale))
    except OSError as error:
        raise UserError(
            f"The file {output} cannot be written ({error.strerror}); check its folder and rights."
        ) from None
    if as_json:
        print_json({"template": found.name, "link": link, "file": str(output), "published": found.published})
        return
    screen.print(plain(f"{output}: {link}"))
    if not found.published:
        screen.print("The template is not published: until it is, the link shows nothing to the public.")


def _drawn(link: str, kind: str, scale: int) -> bytes:
    file = io.BytesIO()
    segno.make_qr(link, error=CORRECTION).save(file, kind=kind, scale=scale)
    return file.getvalue()


def _unknown(name: str, known: list[str]) -> str:
    folded = {one.casefold(): one for one in known}
    near = [folded[one] for one in difflib.get_close_matches(name.strip().casefold(), folded, n=3)]
    if near:
        return f"There is no template {name!r}; near to it: {', '.join(map(repr, near))}."
    return f"There is no template {name!r}; 'postroom template list' shows those there are."
