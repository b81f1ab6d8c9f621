"""The register: written in bulk and idempotently, found by whatever an official types, sorted by pinyin."""

from __future__ import annotations

from datetime import date

import pytest

from data_access.conditions import Filter
from data_access.queries import alarms as alarm_queries
from data_access.queries import deployment
from data_access.queries import equipment as queries
from data_access.repositories import alarms, deployments, equipment, organizations, rule_settings, sites, streets
from data_access.repositories.bulk import Upserted
from data_access.repositories.organizations import Unit
from domain.errors import WrongDistrict
from domain.scope import ALL, Role, Scope
from tests.integration.data_access.district import AT, DISTRICT, STREETS, machine, raised, street


@pytest.fixture(scope="module", autouse=True)
def _found(store):
    with store.transaction() as tx:
        streets.upsert(tx, [street(*named) for named in STREETS])
        known = sites.ensure(tx, [{"name": "梧桐里小区", "address": "长寿路１２８８弄"}])
        rows = [
            machine(code="31101075200604020248", name="12号楼2号客梯", address="长寿路1288弄12号", site_id=known["梧桐里小区"]),
            machine(code="1E217", name="真如货梯", address="铜川路5号", site_id=None),
            machine(code="31101075200604020249", name="12号楼10号客梯", address="长寿路1288弄12号", site_id=known["梧桐里小区"]),
            machine(code="C_0%4", name="长风扶梯", address="大渡河路3号", site_id=None),
        ]
        equipment.add_all(tx, rows)


def _search(store, text):
    with store.reading() as tx:
        return [row.code for row in queries.search(DISTRICT, tx, text=text)]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("3110107520060402024", ["31101075200604020248", "31101075200604020249"]),
        ("1e217", ["1E217"]),
        ("1E217", ["1E217"]),
        ("１Ｅ２１７", ["1E217"]),
        ("真如", ["1E217"]),
        ("zrht", ["1E217"]),
        ("wtl", ["31101075200604020248", "31101075200604020249"]),
        ("梧桐里", ["31101075200604020248", "31101075200604020249"]),
        ("长寿路１２８８弄", ["31101075200604020248", "31101075200604020249"]),
        ("长寿路1288-12", ["31101075200604020248", "31101075200604020249"]),
        ("cfft", ["C_0%4"]),
        ("_0%", ["C_0%4"]),
        ("%", ["C_0%4"]),
        ("没有的", []),
        ("", []),
        ("  ", []),
        ("' OR 1=1 --", []),
    ],
)
def test_a_search_finds(store, text, codes):
    assert _search(store, text) == codes


def _codes(store, sort, **more):
    with store.reading() as tx:
        return [row.code[-5:] for row in queries.page(DISTRICT, tx, filter=Filter(), sort=sort, at=AT, **more).rows]


def test_the_list_sorts_by_pinyin_and_numbers_by_value(store):
    assert _codes(store, ("name", False)) == ["20248", "20249", "C_0%4", "1E217"]
    assert _codes(store, ("name", True)) == ["1E217", "C_0%4", "20249", "20248"]


def test_an_unknown_sort_is_the_name(store):
    assert _codes(store, ("id; DROP TABLE equipment", False)) == _codes(store, ("name", False))


def test_pages_follow_each_other(store):
    pages = [_codes(store, ("name", False), offset=offset, limit=3) for offset in (0, 3, 6)]

    assert [len(page) for page in pages] == [3, 1, 0]
    assert pages[0] + pages[1] == _codes(store, ("name", False))
    assert _codes(store, ("name", False), offset=-5, limit=-1) == []


def test_a_dossier_holds_the_whole_register(store):
    with store.reading() as tx:
        dossier = queries.by_code(DISTRICT, tx, code="31101075200604020248")

    assert (dossier.site, dossier.status, dossier.presence) == ("梧桐里小区", "not_fitted", "not_fitted")
    assert dossier.register["address"] == "长寿路1288弄12号"


def test_importing_twice_changes_nothing(store):
    rows = [machine(code=f"new-{n}", rated_speed=1.75, made_on=date(2001, 2, 3), extra={"n": n}) for n in range(5)]

    with store.transaction() as tx:
        assert equipment.upsert(tx, rows) == Upserted(5, 0, 0)
        assert "equipment" in tx.touched
    with store.transaction() as tx:
        assert equipment.upsert(tx, rows) == Upserted(0, 0, 5)
        assert tx.touched == set()


def test_what_is_not_given_stays(store):
    with store.transaction() as tx:
        equipment.upsert(tx, [machine(code="kept", model="M1", street_code=STREETS[0][0])])
    with store.transaction() as tx:
        assert equipment.upsert(tx, [machine(code="kept", name="改名")]) == Upserted(0, 1, 0)
        row = equipment.stored(tx, ["kept"])["kept"]
        assert tx.touched == {"equipment", f"street:{STREETS[0][0]}:equipment"}

    assert (row["model"], row["name"], row["pinyin"]) == ("M1", "改名", "gm")


def test_a_machine_that_moves_touches_both_streets(store):
    with store.transaction() as tx:
        equipment.upsert(tx, [machine(code="moves", street_code=STREETS[0][0])])
    with store.transaction() as tx:
        equipment.upsert(tx, [machine(code="moves", street_code=STREETS[1][0])])
        assert tx.touched == {"equipment", *(f"street:{code}:equipment" for code, _ in STREETS[:2])}


def test_a_machine_that_moves_takes_its_alarms_along(store):
    here, there = (Scope(Role.STREET, (code,), None, ALL) for code, _ in STREETS[:2])
    with store.transaction() as tx:
        equipment.upsert(tx, [machine(code="alarmed", street_code=STREETS[0][0])])
        number = equipment.stored(tx, ["alarmed"])["alarmed"]["id"]
        alarms.raise_(tx, [raised(number)])

    with store.transaction() as tx:
        equipment.upsert(tx, [machine(code="alarmed", street_code=STREETS[1][0])])
        assert {f"street:{code}:alarms" for code, _ in STREETS[:2]} <= tx.touched

    with store.reading() as tx:
        assert [len(alarm_queries.of_equipment(scope, tx, equipment_id=number)) for scope in (here, there)] == [0, 1]
        assert [alarm_queries.counts(scope, tx, at=AT).open for scope in (here, there)] == [0, 1]


def test_given_numbers_do_not_collide_with_later_ones(store):
    with store.transaction() as tx:
        equipment.add_all(tx, [machine(id=5000, code="numbered")])
        equipment.upsert(tx, [machine(code="after")])
        assert equipment.stored(tx, ["after"])["after"]["id"] > 5000


def test_units_are_one_by_credit_code_else_by_name(store):
    code, other_code = "91310107MA1G00001A", "91310107MA1G00002B"
    with store.transaction() as tx:
        first = organizations.ensure(tx, [Unit("甲公司", code), Unit("乙公司"), Unit("乙公司")])
        second = organizations.ensure(tx, [Unit("甲公司(改名)", code), Unit("乙公司"), Unit("乙公司", other_code)])

    by_name = {unit.name: number for unit, number in (first | second).items() if unit.credit_code is None}
    assert second[Unit("甲公司(改名)", code)] == first[Unit("甲公司", code)]
    assert by_name["乙公司"] == first[Unit("乙公司")] != second[Unit("乙公司", other_code)]


def test_thresholds_keep_their_history(store):
    with store.transaction() as tx:
        assert rule_settings.change(tx, "presence.offline_seconds", 1200, by="王某", why="试运行", at=AT) == 1
        assert rule_settings.change(tx, "presence.offline_seconds", 900, by="王某", why="恢复", at=AT) == 2
        assert rule_settings.current(tx) == {"presence.offline_seconds": 900}
        assert tx.touched == {"rule_settings"}


def test_a_database_is_demonstration_or_real_never_both(store):
    with store.transaction() as tx:
        assert deployment.mode(tx) is None
        assert deployments.declare(tx, "real", at=AT)
        assert not deployments.declare(tx, "real", at=AT)
        assert deployment.mode(tx) == "real"
        with pytest.raises(WrongDistrict):
            deployments.declare(tx, "demonstration", seed=1, at=AT)


ODD = ("\0", "\ud800", "a\0b\udfff", "'", "\\", "%" * 2000, "🙂")


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_nothing_that_can_be_typed_breaks_a_query(store, odd):
    wanted = Filter(**dict.fromkeys(("kinds", "streets", "place_kinds", "statuses", "presences", "overdue", "vendors"), (odd,)), text=odd)

    with store.reading() as tx:
        assert queries.by_code(DISTRICT, tx, code=odd) is None
        assert queries.search(DISTRICT, tx, text=odd) == []
        assert queries.page(DISTRICT, tx, filter=wanted, sort=(odd, True), at=AT).total == 0
        assert queries.page(DISTRICT, tx, filter=Filter(overdue=(odd,)), at=AT).total == 0
