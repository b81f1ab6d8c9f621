"""Who sees what of somebody who reported, and how a name and a number look to everybody else."""

from __future__ import annotations

import pytest

from domain.discretion import Sight, masked_name, masked_phone, seen, sight
from domain.scope import Role
from domain.work_orders import OrderKind

REPORT = {"reporter": "周女士", "phone": "13800002046", "words": "请回电 13800002046 或 021-55501234", "channel": "passive"}
WHOLE, ENDS, NOTHING = Sight.WHOLE, Sight.ENDS, Sight.NOTHING
OF_A_COMPLAINT = {
    Role.OPERATIONS_CENTRE: WHOLE,
    Role.BUREAU: WHOLE,
    Role.OFFICE: WHOLE,
    Role.USE_UNIT: NOTHING,
    Role.MAINTENANCE_UNIT: NOTHING,
    Role.INSPECTION_BODY: NOTHING,
}
OF_AN_INCIDENT = dict.fromkeys((Role.OPERATIONS_CENTRE, Role.EMERGENCY, Role.FIRE, Role.USE_UNIT, Role.MAINTENANCE_UNIT), WHOLE)


@pytest.mark.parametrize("role", Role, ids=str)
@pytest.mark.parametrize("kind", OrderKind, ids=str)
def test_a_unit_never_learns_who_complained_and_who_calls_back_does(kind: OrderKind, role: Role) -> None:
    table = OF_A_COMPLAINT if kind is OrderKind.FEEDBACK else OF_AN_INCIDENT

    assert sight(kind, role) is table.get(role, ENDS)


@pytest.mark.parametrize(
    ("by", "shown"),
    [
        (WHOLE, ("周女士", "13800002046", "请回电 13800002046 或 021-55501234")),
        (ENDS, ("周**", "138****2046", "请回电 138****2046 或 021****1234")),
        (NOTHING, ("", "", "请回电 **** 或 ****")),
    ],
    ids=str,
)
def test_a_report_as_it_is_seen(by: Sight, shown: tuple[str, str, str]) -> None:
    found = seen(REPORT, by)

    assert (found["reporter"], found["phone"], found["words"], found["channel"]) == (*shown, "passive")


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13812341234", "138****1234"),
        ("+86 138 1234 1234", "138****1234"),
        ("021-62345678", "021****5678"),
        ("62345678", "****78"),
        ("110", "****10"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_a_number_shows_its_ends(phone: str, masked: str) -> None:
    assert masked_phone(phone) == masked


@pytest.mark.parametrize(("name", "masked"), [("张三", "张**"), ("欧阳小雨", "欧**"), (" Zoe", "Z**"), ("", ""), (" ", "")])
def test_a_name_shows_how_it_begins(name: str, masked: str) -> None:
    assert masked_name(name) == masked


@pytest.mark.parametrize("words", ["晃动 3 次，共 12345 元", "2026-11-20 08:30 停在 12 楼", "31101070052019000001"])
def test_figures_that_are_no_telephone_stay(words: str) -> None:
    assert seen(REPORT | {"words": words}, NOTHING)["words"] == words
