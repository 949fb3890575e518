"""Ticket templates on the command line: their list, and QR codes whose files hold the link, square for square."""

import re
import struct
import zlib
from pathlib import Path

import pytest
import segno
from sqlalchemy import insert

from backbone.catalogue import tables
from backbone.catalogue.tables import templates
from tests.support.house import House
from tests.support.shell import Shell

BASE = "https://tickets.example.com"
QUIET = 4
"""Light squares around a QR code (ISO/IEC 18004)."""

Squares = list[list[bool]]


@pytest.fixture(autouse=True)
def _address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSTROOM_PUBLIC_URL", f"{BASE}/")


def of_png(content: bytes, scale: int) -> Squares:
    """Return the squares of a greyscale PNG of one bit a pixel, without its quiet zone."""
    width, height, depth, colours = struct.unpack(">IIBB", content[16:26])
    assert (content[:8], depth, colours) == (b"\x89PNG\r\n\x1a\n", 1, 0)
    data, place = b"", 8
    while place < len(content):
        (length,) = struct.unpack(">I", content[place : place + 4])
        if content[place + 4 : place + 8] == b"IDAT":
            data += content[place + 8 : place + 8 + length]
        place += 12 + length
    lines = zlib.decompress(data)
    step = (width + 7) // 8 + 1
    rows = [b"\0" * step]
    for start in range(0, step * height, step):
        kind, row = lines[start], lines[start : start + step]
        assert kind in (0, 2), "a filter that this test does not know"
        # Filter "up": a byte is the difference to the one above.
        rows.append(bytes((one + above) % 256 for one, above in zip(row, rows[-1], strict=True)) if kind else row)
    dark = [[not row[1 + x // 8] >> (7 - x % 8) & 1 for x in range(width)] for row in rows[1:]]
    squares = [[dark[y][x] for x in range(0, width, scale)] for y in range(0, height, scale)]
    assert all(dark[y][x] == squares[y // scale][x // scale] for y in range(height) for x in range(width))
    return without_quiet(squares)


def of_svg(content: str, scale: int) -> Squares:
    """Return the squares of an SVG drawn as strokes one square high, without its quiet zone."""
    size = int(re.findall(r'width="(\d+)"', content)[0]) // scale
    squares = [[False] * size for _ in range(size)]
    x = y = 0.0
    for command, first, second in re.findall(
        r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", re.findall(r' d="([^"]+)"', content)[0]
    ):
        if command == "h":
            for place in range(int(x), int(x) + int(first)):
                squares[int(y)][place] = True
            x += float(first)
        elif command == "M":
            x, y = float(first), float(second)
        else:
            x, y = x + float(first), y + float(second)
    return without_quiet(squares)


def without_quiet(squares: Squares) -> Squares:
    inner = [row[QUIET:-QUIET] for row in squares[QUIET:-QUIET]]
    assert sum(map(sum, squares)) == sum(map(sum, inner)), "the quiet zone is not quiet"
    return inner


def meant(link: str) -> Squares:
    return [[bool(square) for square in row] for row in segno.make_qr(link, error="m").matrix]


@pytest.mark.parametrize("scale", [1, 3, 10])
def test_the_files_hold_the_link(shell: Shell, office: House, tmp_path: Path, scale: int) -> None:
    links = set()
    for name in ("label.png", "label.SVG"):
        path = tmp_path / name
        told = shell("template", "qr", "Почта", "--output", str(path), "--scale", str(scale), "--json").json()
        code = office.rows(templates)[0].code
        assert told == {"template": "Почта", "link": f"{BASE}/t/{code}", "file": str(path), "published": True}
        content = path.read_bytes()
        squares = of_png(content, scale) if name.endswith("png") else of_svg(content.decode(), scale)
        assert squares == meant(told["link"])
        links.add(told["link"])
    assert len(links) == 1
    assert re.fullmatch(rf"{BASE}/t/[\w-]{{22}}", links.pop())


def test_a_code_that_is_there_is_kept(shell: Shell, office: House, tmp_path: Path) -> None:
    office.change(templates, code="as-printed")
    told = shell("template", "qr", " Почта ", "--output", str(tmp_path / "a.png"), "--json").json()
    assert told["link"] == f"{BASE}/t/as-printed"


def test_one_that_is_not_published_is_drawn_and_said_so(shell: Shell, office: House, tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    assert "not published" not in shell("template", "qr", "Почта", "--output", str(path)).out
    office.change(templates, published=False)
    path.unlink()
    assert "not published" in shell("template", "qr", "Почта", "--output", str(path)).out
    assert path.exists()


def test_templates_are_listed_with_what_they_name(shell: Shell, office: House) -> None:
    with office.runtime.database.transaction() as connection:
        connection.execute(insert(tables.customers).values(id=5, name="Ромашка [x]"))
        connection.execute(insert(templates).values(name="Абонент", customer_id=5, web_submission=True))
        connection.execute(insert(templates).values(name="Старый", retired=True))
    listed = shell("template", "list", "--json").json()
    assert [(one["name"], one["customer"], one["web_submission"]) for one in listed] == [
        ("Абонент", "Ромашка [x]", True),
        ("Почта", None, False),
    ]
    assert "Ромашка [x]" in shell("template", "list").out


@pytest.mark.usefixtures("office")
def test_what_cannot_be_done_is_said(shell: Shell, tmp_path: Path) -> None:
    svg = str(tmp_path / "a.svg")
    assert "near to it: 'Почта'." in shell("template", "qr", "почты", "--output", svg).err
    assert "'postroom template list' shows" in shell("template", "qr", "Zzz", "--output", svg).err
    assert "neither SVG nor PNG" in shell("template", "qr", "Почта", "--output", str(tmp_path / "a.pdf")).err
    assert (
        "cannot be written (No such" in shell("template", "qr", "Почта", "--output", str(tmp_path / "no" / "a.svg")).err
    )
    assert shell("template", "qr", "Почта", "--output", svg, "--scale", "0").code == 2
    assert (
        "POSTROOM_PUBLIC_URL is not set"
        in shell("template", "qr", "Почта", "--output", svg, POSTROOM_PUBLIC_URL="").err
    )
    assert not Path(svg).exists()
