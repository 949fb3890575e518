"""Which Cyrillic charset are these bytes in? Told by how often Russian letters follow one another.

Detectors made for web pages mistake a subject of four letters; a help desk's subjects are short. The table says for
each pair of letters how much likelier it is in Russian than by chance; a wrong charset makes unlikely pairs, flips the
case in mid-word or puts symbols among letters. Never raises. Known limit: Ukrainian and Kazakh letters count nothing
for or against.
"""

from __future__ import annotations

import re

_ALPHABET = "_абвгдежзийклмнопрстуфхцчшщъыьэюя"
# Row: first letter (underscore is the border of a word); column: second. Digit less five is the binary logarithm of
# how much more frequent the pair is than chance, counted over the words of free software's Russian translations.
_PAIRS = (
    "055746226606457786756533430000403",
    "805645646256768056672245534000056",
    "572002702705816808507044006660004",
    "780303801706746835555030032072003",
    "671044600702646908106000200000000",
    "580535832705536856526032330041004",
    "823556444356778447672223434000001",
    "484007900805028310115000000001000",
    "594706511605477705106002100060003",
    "844645726666577447770545632000047",
    "901205300004635000760000130000000",
    "680300611701704806666005000000200",
    "673020840804306800305000200048067",
    "873500800703355750206000000070004",
    "670125702803007800465311200083015",
    "706867655466776366760133540000003",
    "470000800602503949336002000031002",
    "580431840703145823456140040052004",
    "553512620707644764595132340045007",
    "782602801705336727605100300058002",
    "845456755046665066760420646000071",
    "480010700910633807356500000020000",
    "941500500600024807404220000000300",
    "670500800905000430305000000060000",
    "480000900806308301063000130003000",
    "580300900906506505355000000003000",
    "280000900900002000005000000004000",
    "222222922222222222222222222222228",
    "805725814084570055460080440000001",
    "901010307104038000760003050000052",
    "213443111339864155491631171111111",
    "904003001010113002380000809000030",
    "901504605011355014360044204000064",
)
_NEUTRAL = 5
_LETTERS = {letter: index for index, letter in enumerate(_ALPHABET)} | {"ё": _ALPHABET.index("е")}
_CODECS = ("cp1251", "koi8_r", "cp866", "iso8859_5")
_FAMILY = {"koi8_u": "koi8_r"}
_LATIN = frozenset(
    {
        *("cp1252", "cp1250", "cp1254", "cp1257", "iso8859_2", "iso8859_3", "iso8859_4", "iso8859_10", "iso8859_13"),
        *("iso8859_14", "iso8859_15", "iso8859_16", "mac_roman"),
    },
)
_WORD = re.compile(r"[^\W\d_]+")
_HIGH = re.compile(rb"[\x80-\xff]")
_MIXED = re.compile(rb"[A-Za-z][\xa0-\xff]|[\xa0-\xff][A-Za-z]")
_PURE = re.compile(rb"[\x80-\xff]{2,}")
_COMMON_SIGNS = frozenset("«»–—№…„“”‘’•°§\xa0\xad±×·©®™€")
_ODD_SIGN, _FLIPPED_CASE, _MIXED_SCRIPTS = 6, 3, 6
_SAMPLE, _LEAST_LETTERS, _LEAST_WORD = 800, 3, 2
_CERTAIN, _CLEARLY_BETTER = 0.15, 1.5
_POSSIBLE, _FAR_BETTER = -0.7, 2.0


def best_cyrillic(data: bytes) -> str | None:
    """Return the Cyrillic codec in which the bytes read as Russian, or None when they do in none."""
    sample = _sample(data)
    if len(_MIXED.findall(sample)) > len(_PURE.findall(sample)):
        return None  # accents inside Latin words, as in every Western language
    (second, _), (score, codec) = sorted((_score(sample, codec), codec) for codec in _CODECS)[-2:]
    return codec if score > _CERTAIN or (score > _POSSIBLE and score - second > _FAR_BETTER) else None


def looks_misread(data: bytes, codec: str) -> bool:
    """Tell whether the bytes, said to be in ``codec``, are Russian in another charset."""
    codec = _FAMILY.get(codec, codec)
    if codec in _LATIN:
        return best_cyrillic(data) is not None
    if codec not in _CODECS:
        return False
    best = best_cyrillic(data)
    sample = _sample(data)
    return best not in {None, codec} and _score(sample, best or codec) - _score(sample, codec) > _CLEARLY_BETTER


def _sample(data: bytes) -> bytes:
    first = _HIGH.search(data)
    begin = max(0, first.start() - 8) if first else 0
    return data[begin : begin + _SAMPLE]


def _score(data: bytes, codec: str) -> float:
    """Rate how well the bytes read as Russian: mean over the letters, above zero when likelier than chance."""
    text = data.decode(codec, "replace")
    letters, points = 0, 0
    for match in _WORD.finditer(text):
        word = match[0]
        if word.isascii():
            continue
        points += _rate_word(word)
        letters += len(word) if len(word) >= _LEAST_WORD else 0
    points -= _ODD_SIGN * sum(1 for sign in text if sign > "\x7f" and not sign.isalpha() and sign not in _COMMON_SIGNS)
    return points / (letters + 2) if letters >= _LEAST_LETTERS else -1.0


def _rate_word(word: str) -> int:
    points = 0
    if any(letter < "\x80" for letter in word):
        points -= _MIXED_SCRIPTS
    if not (word.islower() or word.isupper() or word.istitle()):
        points -= _FLIPPED_CASE * len(word)
    before = 0
    for letter in word.lower():
        here = _LETTERS.get(letter)
        if here is None:
            points -= 1
            before = 0
            continue
        points += int(_PAIRS[before][here]) - _NEUTRAL
        before = here
    return points + int(_PAIRS[before][0]) - _NEUTRAL
