"""What a lift's gateway should never send, and somebody's will: strings, foreign protocols, and valid messages with damage."""

from __future__ import annotations

import gzip
import json
import random
import struct
from collections.abc import Callable, Iterator
from functools import reduce
from operator import xor
from typing import Final

from tests.integration.ingest.json_suite import ACCEPTED, EITHER, REFUSED

STRINGS: Final = (
    *("undefined", "null", "NULL", "nil", "NaN", "Infinity", "true", "0x0", "1/0", "-1.00", "1E+02", ".0", "٠٫١", "１２３"),
    *("", " ", "\t\n\v\f\r", "\u00a0\u2028\u2029\ufeff", "\u0001\u0008\u001f\u007f\u0085", "\U0010ffff", "\ufffe\uffff"),
    *("𝕿𝖍𝖊", "ﷺ" * 20, "Z̮̞̠͙͔ͅa̧͔ļ̙̖g̙o̝", "👩\u200d👧🏳️\u200d🌈🇨🇳", "田中さんにあげて下さい", "普陀區𠮷野家", "טֶסְט", "\u202etset\u202c", "ⒶⒷ①②"),
    *("<script>alert(1)</script>", "<svg/onload=alert(1)>", "javascript:alert(1)", "{{7*7}}", "${7*7}", "%(x)s %s %n %d", "{0.__class__}"),
    *("' OR 1=1 --", "1;DROP TABLE readings", "\\.", "\\copy", "$$;SELECT 1;$$", "E'\\000'", "../../../etc/passwd", "$(touch x)", "|cat"),
    *("pt/v1/#", "+", "#", "$SYS/broker", "/", "//", "\\", "\\u0000", '"', "'", "Robert'); --", "-" * 5_000, "長" * 30_000),
)
_FRAME: Final = b"\x7e"


def jt808(kind: int, terminal: str, body: bytes) -> bytes:
    """A frame of a vehicle terminal (JT/T 808): header, body, checksum, escaped between two 0x7e."""
    content = struct.pack(">HH", kind, len(body)) + bytes.fromhex(terminal.zfill(12)) + struct.pack(">H", 1) + body
    content += bytes([reduce(xor, content)])
    return _FRAME + content.replace(b"\x7d", b"\x7d\x01").replace(_FRAME, b"\x7d\x02") + _FRAME


def binaries(valid: bytes) -> dict[str, bytes]:
    """A valid message in foreign clothes, and messages of other trades."""
    text = valid.decode()
    return {
        "vehicle position": jt808(0x0200, "13800000001", struct.pack(">IIIIHHH", 0, 2, 31_240_000, 121_400_000, 4, 60, 0) + bytes(6)),
        "vehicle heartbeat": jt808(0x0002, "13800000001", b""),
        "vehicle text": b"(7409190311185,1,001,BLOCK,3,529249)",
        "phone position": b'{"_type":"location","lat":31.24,"lon":121.4,"tst":1770000000,"tid":"aa"}',
        "message pack": b"\x82\xaesamplingTime\xcf\x00\x00\x01\x9c\x0e\x00\x00\x00\xa5Speed\xcb\x3f\xf8" + bytes(6),
        "protocol buffer": b"\x0a\x14" + b"31103101072019050001" + b"\x11" + struct.pack("<d", 1.5),
        "gzip": gzip.compress(valid),
        "gb18030": '{"eventDesc": "困人，轿厢停在两层之间"}'.encode("gb18030"),
        "utf-16": text.encode("utf-16"),
        "utf-32": text.encode("utf-32"),
        "byte order mark": b"\xef\xbb\xbf" + valid,
        "two messages": valid + valid,
        "noise": random.Random(1).randbytes(4_096),
        "every byte": bytes(range(256)),
        "zip bomb": gzip.compress(bytes(10 << 20)),
    }


def structures() -> dict[str, bytes]:
    """Deep, long and wide."""
    return {
        "10,000 arrays deep": b"[" * 10_000 + b"]" * 10_000,
        "10,000 objects deep": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        "unclosed": b'{"a":' * 10_000,
        "300 deep": b'{"evidence":' + b"[" * 300 + b"]" * 300 + b"}",
        "256 KB string": json.dumps({"Car_Position": "層" * 87_000}, ensure_ascii=False).encode(),
        "256 KB key": json.dumps({"k" * 262_144: 1}).encode(),
        "5,000 digits": b'{"Speed":' + b"9" * 5_000 + b"}",
        "3,000 keys": json.dumps({f"key-{number}": number for number in range(3_000)}).encode(),
        "one key 3,000 times": b'{"Speed":1' + b',"Speed":1' * 3_000 + b"}",
        "6,000 items": json.dumps([{"type": "state"}] * 6_000).encode(),
    }


def hostile(valid: bytes) -> Iterator[bytes]:
    """Everything above as whole messages, and every string and every JSON value as a field of a valid one."""
    yield from ACCEPTED.values()
    yield from REFUSED.values()
    yield from EITHER.values()
    yield from binaries(valid).values()
    yield from structures().values()
    body = json.loads(valid)
    for field in ("Car_Position", "Speed", "Door_Zone", "samplingTime", "registerNumber", "msgId"):
        yield from (json.dumps({**body, field: text}, ensure_ascii=False).encode("utf-8", "surrogatepass") for text in STRINGS)
    yield from (json.dumps({**body, text: text}).encode() for text in STRINGS)
    yield from (valid[:-1] + b', "extra": ' + value + b"}" for value in ACCEPTED.values())


def mutations(valid: list[bytes], count: int, rng: random.Random) -> Iterator[bytes]:
    """So many valid messages, each damaged once to four times."""
    for _ in range(count):
        damaged = rng.choice(valid)
        for _ in range(rng.randint(1, 4)):
            damaged = rng.choice(_DAMAGES)(damaged, rng)
        yield damaged


def _flip(said: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(said) or 1)
    return said[:at] + bytes([rng.randrange(256)]) + said[at + 1 :]


def _cut(said: bytes, rng: random.Random) -> bytes:
    return said[: rng.randrange(len(said) or 1)]


def _drop(said: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(said) or 1)
    return said[:at] + said[at + rng.randint(1, 8) :]


def _repeat(said: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(said) or 1)
    return said[:at] + said[at : at + rng.randint(1, 30)] * rng.randint(2, 20) + said[at:]


def _insert(said: bytes, rng: random.Random) -> bytes:
    at, text = rng.randrange(len(said) or 1), rng.choice(STRINGS)[:200]
    return said[:at] + text.encode("utf-8", "surrogatepass") + said[at:]


def _replace_value(said: bytes, rng: random.Random) -> bytes:
    """Another JSON value where one was."""
    parts = said.split(b":")
    if len(parts) < 2:
        return said
    at = rng.randrange(1, len(parts))
    _, comma, rest = parts[at].partition(b",")
    values = (b"null", b"1e400", b"-0", b"[]", b"{}", b'""', b'"\\ud800"', b"99999999999999999999", b"true", b'"1970-01-01 00:00:00"')
    parts[at] = rng.choice(values) + comma + rest
    return b":".join(parts)


def _swap(said: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(said) or 1)
    return said[at:] + said[:at]


_DAMAGES: Final[tuple[Callable[[bytes, random.Random], bytes], ...]] = (
    _flip,
    _cut,
    _drop,
    _repeat,
    _insert,
    _replace_value,
    _replace_value,
    _swap,
)
