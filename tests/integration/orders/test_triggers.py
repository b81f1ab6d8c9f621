"""The regulator's triggers: one order a cause, following the register, the late rescue and the poor rating."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from data_access.engine import connect
from data_access.repositories import rule_settings
from domain.order_words import OrderKind, Step
from domain.scope import Role
from services import copies, drills, triggers
from services.triggers import Minute
from tests.order_law import MAINTAINER, OTHER_MAINTAINER, OTHER_USER, USER
from tests.order_town import AT, CODES, LIFT, OTHERS_LIFT, PLACE, SECOND_LIFT, STREET, TRUCK, Town, settle

LATE = date(2026, 9, 30)  # seen from AT, 20 November
DUE = date(2026, 12, 31)
CAUSES: dict[str, dict[str, Any]] = {
    "maintenance_lapsed": {"maintenance_contract_until": date(2026, 11, 19)},
    "maintenance_overdue": {"next_maintenance_on": date(2026, 11, 19)},
    "inspection_overdue": {"next_inspection_on": date(2026, 10, 31)},
    "inspection_failed": {"inspection_result": "failed", "last_inspected_on": LATE},
}
MENDED: dict[str, dict[str, Any]] = {
    "maintenance_lapsed": {"maintenance_contract_until": DUE},
    "maintenance_overdue": {"next_maintenance_on": DUE},
    "inspection_overdue": {"next_inspection_on": DUE},
    "inspection_failed": {"inspection_result": "passed", "last_inspected_on": date(2026, 11, 19)},
}
JUST_IN_TIME: dict[str, dict[str, Any]] = {
    "maintenance_lapsed": {"maintenance_contract_until": AT.date()},
    "maintenance_overdue": {"next_maintenance_on": AT.date()},
    "inspection_overdue": {"next_inspection_on": date(2026, 11, 1)},
    "inspection_failed": {"inspection_result": "passed", "last_inspected_on": LATE},
}


@pytest.fixture
def town(fresh_database: Callable[[], str]) -> Iterator[Town]:
    """A town of this test's own."""
    store = connect(fresh_database(), name="tests")
    yield settle(store)
    store.close()


def register(town: Town, machine: int, **columns: object) -> None:
    """What the register says of a machine from now on."""
    town.sql(f"UPDATE equipment SET {', '.join(f'{name} = %s' for name in columns)} WHERE id = {machine}", *columns.values())


def orders(town: Town) -> list[tuple[str, str, str]]:
    """Cause, kind and status of every order."""
    return [tuple(row) for row in town.sql("SELECT cause, kind, status FROM work_orders ORDER BY id")]


def newest(town: Town) -> int:
    """The number of the newest order."""
    [(number,)] = town.sql("SELECT max(id) FROM work_orders")
    return int(number)


def later(minutes: float) -> datetime:
    """So many minutes after AT."""
    return AT + timedelta(minutes=minutes)


def ordered(town: Town, order_id: int, at: datetime) -> None:
    """The bureau verifies, and orders rectification."""
    town.step(Role.BUREAU, order_id, Step.VERIFY, at=at, note="属实")
    town.step(Role.BUREAU, order_id, Step.ORDER, at=at, note="限期整改")


@pytest.mark.parametrize("cause", CAUSES)
def test_a_cause_opens_exactly_one_order_which_is_closed_when_the_cause_goes(town: Town, cause: str) -> None:
    register(town, LIFT, **CAUSES[cause])

    done = [triggers.minute(town.store, later(minute)) for minute in range(3)]
    opened = orders(town)
    register(town, LIFT, **MENDED[cause])
    ended = [triggers.minute(town.store, later(minute)) for minute in (3, 4)]

    assert done == [Minute(opened=1), Minute(), Minute()]
    assert opened == [(cause, "supervision", "received")]
    assert ended == [Minute(closed=1), Minute()]
    assert orders(town) == [(cause, "supervision", "closed")]
    assert [(event.action, event.reason) for event in town.log(newest(town))] == [("open", None), ("close", "cause_gone")]


@pytest.mark.parametrize("cause", JUST_IN_TIME)
def test_what_is_due_today_is_not_late(town: Town, cause: str) -> None:
    register(town, LIFT, **JUST_IN_TIME[cause])

    assert triggers.minute(town.store, AT) == Minute()


@pytest.mark.parametrize("cause", ["inspection_overdue", "inspection_failed"])
def test_the_street_has_a_copy_when_found_and_another_when_handled_and_signs_for_them(town: Town, cause: str) -> None:
    register(town, LIFT, **CAUSES[cause])
    triggers.minute(town.store, AT)
    found = copies_of(town)
    register(town, LIFT, **MENDED[cause])

    triggers.minute(town.store, later(1))

    assert found == [(STREET, "found", False)]
    assert copies_of(town) == [(STREET, "found", False), (STREET, "handled", False)]
    copies.read(town.actors[Role.STREET], town.store, newest(town), at=later(2))
    assert [read for _, _, read in copies_of(town)] == [True, True]


@pytest.mark.parametrize("cause", ["maintenance_lapsed", "maintenance_overdue"])
def test_maintenance_is_not_copied_to_the_street(town: Town, cause: str) -> None:
    register(town, LIFT, **CAUSES[cause])

    triggers.minute(town.store, AT)

    assert copies_of(town) == []


def copies_of(town: Town) -> list[tuple[str, str, bool]]:
    """Street, occasion, and whether it was signed for."""
    return [tuple(row) for row in town.sql("SELECT street_code, occasion, read_at IS NOT NULL FROM order_copies ORDER BY id")]


def test_who_is_to_mend_it_is_named_from_the_first_day(town: Town) -> None:
    register(town, LIFT, **{name: value for cause in CAUSES.values() for name, value in cause.items()})

    triggers.minute(town.store, AT)

    menders = dict(tuple(row) for row in town.sql("SELECT cause, unit_id FROM work_orders"))
    assert menders == dict.fromkeys(CAUSES, USER) | {"maintenance_overdue": MAINTAINER}


def test_a_machine_out_of_use_owes_nothing(town: Town) -> None:
    register(town, TRUCK, use_status="out_of_use", **CAUSES["inspection_overdue"])

    assert triggers.minute(town.store, AT) == Minute()


LAPSES: dict[str, tuple[str, dict[str, Any]]] = {
    "contract_ended": ("UPDATE equipment SET maintenance_contract_until = '2026-11-19' WHERE id = 1", {"day": "2026-11-19"}),
    "no_maintainer": ("UPDATE equipment SET maintenance_unit_id = NULL WHERE id IN (1, 4)", {"day": None}),
    "no_licence": (f"UPDATE licences SET valid_until = '2026-11-19' WHERE organization_id = {OTHER_MAINTAINER}", {"day": "2026-11-19"}),
    "no_licence for lifts": (f"UPDATE licences SET kinds = '{{forklift}}' WHERE organization_id = {OTHER_MAINTAINER}", {"day": None}),
    "no_licence yet": (f"UPDATE licences SET valid_from = '2026-11-21' WHERE organization_id = {OTHER_MAINTAINER}", {"day": "2029-05-08"}),
}


@pytest.mark.parametrize("lapse", LAPSES)
def test_who_has_no_contract_no_maintainer_or_one_without_a_licence_is_lapsed_and_the_order_says_why(town: Town, lapse: str) -> None:
    statement, facts = LAPSES[lapse]
    town.sql(statement)

    done = [triggers.minute(town.store, later(minute)) for minute in range(2)]

    assert done == [Minute(opened=1), Minute()]
    found = town.order(newest(town))
    assert found.detail["facts"] == facts | {"why": lapse.split()[0], "mender": OTHER_USER if "licence" in lapse else USER}
    assert found.equipment_id == (OTHERS_LIFT if "licence" in lapse else LIFT)


def test_a_licence_is_good_to_its_last_day_and_the_next_one_closes_the_order(town: Town) -> None:
    town.sql(f"UPDATE licences SET valid_until = '2026-11-20' WHERE organization_id = {OTHER_MAINTAINER}")

    done = [triggers.minute(town.store, AT + timedelta(days=day)) for day in (0, 1)]
    town.sql(f"UPDATE licences SET valid_until = '2027-11-20' WHERE organization_id = {OTHER_MAINTAINER}")

    assert done == [Minute(), Minute(opened=1)]
    assert triggers.minute(town.store, AT + timedelta(days=1, minutes=1)) == Minute(closed=1)


@pytest.mark.parametrize("silent", ["DELETE FROM licences", "UPDATE equipment SET maintenance_unit_id = NULL"])
def test_what_no_register_holds_lapses_nowhere(town: Town, silent: str) -> None:
    town.sql(silent)

    assert triggers.minute(town.store, AT) == Minute()


def test_a_unit_without_a_licence_opens_an_order_a_lift_in_as_many_looks_as_a_few(town: Town) -> None:
    town.sql(
        "INSERT INTO equipment (code, kind, name, pinyin, sort_key, search_key, street_code, use_unit_id, maintenance_unit_id) "
        f"SELECT 'n' || n, 'elevator', n || '号梯', '', '', '', '{STREET}', {OTHER_USER}, {OTHER_MAINTAINER} FROM generate_series(1, 119) n"
    )
    town.sql(f"UPDATE licences SET valid_until = '2026-11-19' WHERE organization_id = {OTHER_MAINTAINER}")

    done = [triggers.minute(town.store, later(minute)) for minute in range(2)]

    assert done == [Minute(opened=120), Minute()]
    assert town.sql("SELECT count(DISTINCT equipment_id), count(*) FROM work_orders") == [(120, 120)]


def test_a_lift_that_failed_and_is_set_out_of_use_is_still_owed_a_later_pass(town: Town) -> None:
    register(town, LIFT, **CAUSES["inspection_failed"])
    triggers.minute(town.store, AT)

    register(town, LIFT, use_status="stopped")
    stopped = triggers.minute(town.store, later(1))
    register(town, LIFT, **MENDED["inspection_failed"])

    assert stopped == Minute()
    assert triggers.minute(town.store, later(2)) == Minute(closed=1)


def test_an_order_follows_a_machine_to_its_new_maintainer(town: Town) -> None:
    register(town, LIFT, **CAUSES["maintenance_overdue"])
    triggers.minute(town.store, AT)

    register(town, LIFT, maintenance_unit_id=OTHER_MAINTAINER)
    moved = [triggers.minute(town.store, later(minute)) for minute in (1, 2)]

    order_id = newest(town)
    assert moved == [Minute(changed=1), Minute()]
    assert town.order(order_id).unit_id == OTHER_MAINTAINER
    assert [(event.action, event.hand, event.reason) for event in town.log(order_id)[1:]] == [("name_unit", "system", "mender_changed")]
    assert town.order(order_id).detail["facts"]["mender"] == OTHER_MAINTAINER


def test_whom_the_bureau_has_ordered_to_rectify_is_changed_by_the_bureau_alone(town: Town) -> None:
    register(town, LIFT, **CAUSES["maintenance_overdue"])
    triggers.minute(town.store, AT)
    ordered(town, newest(town), later(1))

    register(town, LIFT, maintenance_unit_id=OTHER_MAINTAINER)
    triggers.minute(town.store, later(2))

    order = town.order(newest(town))
    assert order.unit_id == MAINTAINER
    assert [event.proof["note"] for event in town.log(order.id) if event.action == "note"] == ["cause_changed"]


def test_an_order_that_demands_rectification_is_told_that_the_cause_went_and_came_back_and_stays_open(town: Town) -> None:
    register(town, LIFT, **CAUSES["inspection_failed"])
    triggers.minute(town.store, AT)
    order_id = newest(town)
    ordered(town, order_id, later(1))

    register(town, LIFT, **MENDED["inspection_failed"])
    gone = [triggers.minute(town.store, later(minute)) for minute in (2, 3)]
    register(town, LIFT, **CAUSES["inspection_failed"])
    back = triggers.minute(town.store, later(4))

    assert gone == [Minute(changed=1), Minute()]
    assert back == Minute(changed=1)
    assert town.order(order_id).status == "ordered"
    notes = [event.proof["note"] for event in town.log(order_id) if event.action == "note"]
    assert notes == ["cause_gone", "cause_back"]


def test_an_order_whose_cause_has_another_day_is_updated(town: Town) -> None:
    register(town, LIFT, next_inspection_on=LATE)
    triggers.minute(town.store, AT)

    register(town, LIFT, next_inspection_on=date(2026, 10, 31))

    assert triggers.minute(town.store, later(1)) == Minute(changed=1)
    assert town.order(newest(town)).detail["facts"] == {"day": "2026-10-31", "mender": USER}
    assert len(orders(town)) == 1


def test_what_the_bureau_refused_is_not_opened_again_the_next_minute_but_when_something_changes(town: Town) -> None:
    register(town, LIFT, next_inspection_on=LATE)
    triggers.minute(town.store, AT)
    town.step(Role.BUREAU, newest(town), Step.REJECT, at=later(1), reason="已停用")

    quiet = [triggers.minute(town.store, at) for at in (later(2), AT + timedelta(days=29))]
    long_after = triggers.minute(town.store, later(1) + timedelta(days=30))

    assert quiet == [Minute(), Minute()]
    assert long_after == Minute(opened=1)


def test_a_threshold_in_force_decides_how_long_a_closed_cause_rests(town: Town) -> None:
    with town.store.transaction() as tx:
        rule_settings.change(tx, "trigger.again_days", 1, by="test", why="test", at=AT)
    register(town, LIFT, next_inspection_on=LATE)
    triggers.minute(town.store, AT)
    town.step(Role.BUREAU, newest(town), Step.REJECT, at=later(1), reason="已停用")

    assert triggers.minute(town.store, later(2) + timedelta(days=1)) == Minute(opened=1)


def test_a_late_rescue_has_one_order_at_the_bureau_however_often_it_is_asked_for(town: Town) -> None:
    rescue = town.open()

    assert overdue(town, rescue.id, later(30)) is not None
    assert overdue(town, rescue.id, later(31)) is None
    assert orders(town)[1:] == [("rescue_overdue", "supervision", "received")]
    assert town.order(newest(town)).unit_id == rescue.unit_id


def overdue(town: Town, rescue_id: int, at: datetime) -> object:
    """The rescue's clock runs out."""
    rescue = town.order(rescue_id)
    with town.store.transaction() as tx:
        return triggers.rescue_overdue(tx, rescue, at=at)


def test_the_late_rescues_order_learns_when_people_were_out_and_is_closed_where_nobody_was_inside(town: Town) -> None:
    rescued, empty = town.open(), town.open(machine=SECOND_LIFT)
    overdue(town, rescued.id, later(30))
    about_rescued = newest(town)
    overdue(town, empty.id, later(30))
    about_empty = newest(town)

    town.step(Role.MAINTENANCE_UNIT, rescued.id, Step.ACCEPT, at=later(31))
    town.step(Role.MAINTENANCE_UNIT, rescued.id, Step.SIGN_IN, at=later(32), scan=CODES[LIFT], position=PLACE)
    town.step(Role.MAINTENANCE_UNIT, rescued.id, Step.COMPLETE, at=later(40), note="已解困")
    town.step(Role.OPERATIONS_CENTRE, empty.id, Step.FALSE_ALARM, at=later(41), note="轿厢无人")

    assert [triggers.minute(town.store, later(minute)) for minute in (42, 43)] == [Minute(changed=1, closed=1), Minute()]
    assert town.order(about_rescued).status == "received"
    assert town.order(about_rescued).detail["facts"]["completed_at"] == later(40).isoformat()
    assert town.order(about_empty).status == "closed"


def test_a_drills_late_rescue_is_a_drills_order(town: Town) -> None:
    rescue = town.open(drill=True, key="drill:rescue:1")

    overdue(town, rescue.id, later(30))

    assert town.order(newest(town)).drill
    assert town.order(newest(town)).cause_key.startswith("drill:")


@pytest.mark.parametrize(("rating", "opened"), [(1, 1), (2, 1), (3, 0), (5, 0)])
def test_a_poor_rating_is_one_order_of_feedback(town: Town, rating: int, opened: int) -> None:
    rated(town, town.open(OrderKind.REPAIR).id, rating)

    done = [triggers.minute(town.store, later(minute)) for minute in (11, 12)]

    assert done == [Minute(opened=opened), Minute()]
    assert orders(town)[1:] == [("citizen_rating", "feedback", "received")] * opened


def test_a_poor_rating_in_a_drill_is_one_order_of_the_drill_and_none_once_it_is_over(town: Town) -> None:
    officer = town.actors[Role.OPERATIONS_CENTRE]
    first, second = (town.open(OrderKind.REPAIR, machine=machine, drill=True).id for machine in (LIFT, SECOND_LIFT))
    drills.start(officer, town.store, name="困人演练", at=AT)
    rated(town, first, 1)

    going_on = [triggers.minute(town.store, later(minute)) for minute in (11, 12)]
    rated(town, second, 1)
    drills.stop(officer, town.store, at=later(13))
    over = [triggers.minute(town.store, later(minute)) for minute in (14, 15)]

    assert going_on == [Minute(opened=1), Minute()]
    assert over == [Minute(), Minute()]
    assert orders(town)[2:] == [("citizen_rating", "feedback", "closed")]
    assert town.sql(f"SELECT count(*) FROM incident_sources WHERE work_order_id = {newest(town)}") == [(1,)]


def rated(town: Town, order_id: int, rating: int) -> None:
    """A repair is done, confirmed and rated."""
    for who, step, proof in (
        (Role.MAINTENANCE_UNIT, Step.ACCEPT, {}),
        (Role.MAINTENANCE_UNIT, Step.SIGN_IN, {"scan": CODES[town.order(order_id).equipment_id], "position": PLACE}),
        (Role.MAINTENANCE_UNIT, Step.COMPLETE, {"note": "已修复"}),
        (Role.USE_UNIT, Step.CONFIRM, {}),
        (Role.USE_UNIT, Step.RATE, {"rating": rating}),
    ):
        town.step(who, order_id, step, at=later(10), **proof)
