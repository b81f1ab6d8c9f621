"""Official-looking numbers: credit codes with right check characters, registration codes, use certificates."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from typing import Final

from stdnum.cn.uscc import calc_check_digit

DISTRICT: Final = "310107"
_ORGANIZATION_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANIZATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714
_CERTIFICATE_CLASS: Final = {
    "elevator": "梯",
    "forklift": "车",
    "crane": "起",
    "amusement_ride": "游",
    "boiler": "锅",
    "pressure_vessel": "容",
    "pressure_pipeline": "管",
}


def credit_code(rng: random.Random) -> str:
    """An invented 统一社会信用代码 of a company registered in the district (GB 32100)."""
    body = "MA" + "".join(rng.choices("0123456789ABCDEFGHJKLMNPQRTUWXY", k=6))
    number = f"91{DISTRICT}{body}{_organization_check(body)}"
    return number + str(calc_check_digit(number))


def _organization_check(body: str) -> str:
    total = sum(_ORGANIZATION_ALPHABET.index(c) * w for c, w in zip(body, _ORGANIZATION_WEIGHTS, strict=True))
    check = (11 - total % 11) % 11
    return "X" if check == 10 else str(check)


class Registry:
    """Hands out registration codes and certificates, each once."""

    def __init__(self) -> None:
        self._serials: Counter[str] = Counter()

    def code(self, category: str, registered_on: date) -> str:
        """The 20-digit 注册代码: category 4 + district 6 + year and month 6 + serial 4."""
        stem = f"{category}{DISTRICT}{registered_on:%Y%m}"
        self._serials[stem] += 1
        return f"{stem}{self._serials[stem]:04d}"

    def certificate(self, kind: str, category: str, registered_on: date) -> str:
        """The 使用登记证编号, such as 梯11沪G00001(18)."""
        stem = f"{_CERTIFICATE_CLASS[kind]}{category[1:3]}沪G"
        self._serials[stem] += 1
        return f"{stem}{self._serials[stem]:05d}({registered_on:%y})"
