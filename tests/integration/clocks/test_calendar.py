"""The table of working days: announced, presumed, imported; and the clocks that follow it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from data_access.queries import deadlines
from domain.calendar import DayBasis
from domain.errors import Invalid
from domain.scope import ALL, Role, Scope
from domain.work_orders import OrderKind, Step
from services import calendar_days
from services.calendar_days.__main__ import main
from tests.integration.clocks.conftest import House

BEFORE_SPRING_FESTIVAL = datetime(2027, 2, 2, 2, tzinfo=UTC)  # a Tuesday, 10:00 in Shanghai


@pytest.fixture
def house(house: House) -> House:
    """The house, with the table as the first turn makes it."""
    with house.store.transaction() as tx:
        tx.connection.exec_driver_sql("DELETE FROM calendar_days")
    calendar_days.keep(house.store, BEFORE_SPRING_FESTIVAL)
    return house


def written(folder: Path, text: str) -> Path:
    """A file with some days."""
    path = folder / "days.csv"
    path.write_text(text, "utf-8")
    return path


def end_of(house: House, order: int, kind: str = "verify") -> datetime:
    """When a clock ends."""
    due_at: datetime = house.clocks(order)[(kind, 1)].due_at
    return due_at


def test_the_table_holds_what_is_announced_and_presumes_the_year_that_is_not(house: House):
    table = calendar_days.table(house.store)

    assert table.is_settled(2026)
    assert not table.is_settled(2027)
    assert (table.is_working(date(2026, 2, 14)), table.is_working(date(2026, 2, 23))) == (True, False)
    assert table.table[date(2027, 2, 10)].basis is DayBasis.PRESUMED


def test_keeping_it_again_changes_nothing(house: House):
    assert calendar_days.keep(house.store, BEFORE_SPRING_FESTIVAL) == calendar_days.Changed()


def test_an_imported_year_moves_the_clocks_that_run_and_is_not_overwritten(house: House, tmp_path: Path):
    order = house.open(OrderKind.SUPERVISION, at=BEFORE_SPRING_FESTIVAL)
    presumed = end_of(house, order)
    longer = [f"2027-02-{day:02},holiday,春节\n" for day in range(5, 13)]
    file = written(tmp_path, "day,kind,name\n" + "".join(longer) + "2027-02-14,workday,春节\n")

    changed = calendar_days.bring_in(house.store, file, by="tester", at=BEFORE_SPRING_FESTIVAL)
    calendar_days.keep(house.store, BEFORE_SPRING_FESTIVAL)

    assert presumed == datetime(2027, 2, 15, 16, tzinfo=UTC), "the 3rd, 4th, 11th, 12th and 15th"
    assert (changed.years, changed.clocks) == ((2027,), 1)
    assert end_of(house, order) == datetime(2027, 2, 16, 16, tzinfo=UTC), "the 3rd, 4th, 14th, 15th and 16th"
    assert calendar_days.table(house.store).is_settled(2027)


def test_a_clock_that_was_over_or_met_stays_as_it_was(house: House, tmp_path: Path):
    order = house.open(OrderKind.SUPERVISION, at=BEFORE_SPRING_FESTIVAL)
    house.take(order, Step.VERIFY, Role.BUREAU, at=BEFORE_SPRING_FESTIVAL)
    before = end_of(house, order)

    changed = calendar_days.bring_in(
        house.store, written(tmp_path, "day,kind,name\n2027-02-03,holiday,停工\n"), by="tester", at=BEFORE_SPRING_FESTIVAL
    )

    assert end_of(house, order) == before
    assert changed.years == (2027,)
    with house.store.reading() as tx:
        assert deadlines.reckonings(house.people[Role.BUREAU].scope, tx, order_id=order) == [], "its end came of another calendar"


def test_days_of_suspension_do_not_count(house: House):
    order = house.open(OrderKind.SUPERVISION, at=BEFORE_SPRING_FESTIVAL)
    before = end_of(house, order)
    house.take(order, Step.SUSPEND, Role.BUREAU, at=datetime(2027, 2, 3, 2, tzinfo=UTC), reason="inspection")
    house.take(order, Step.RESUME, Role.BUREAU, at=datetime(2027, 2, 11, 2, tzinfo=UTC))

    clock = house.clocks(order)[("verify", 1)]

    assert clock.paused_days == 2, "the 3rd and the 4th: the rest was Spring Festival"
    assert clock.due_at > before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("day,kind\n", "columns must be"),
        ("day,kind,name\n", "no days"),
        ("day,kind,name\n2027-02-30,holiday,春节\n", "line 2"),
        ("day,kind,name\n2027-02-05,rest,春节\n", "line 2"),
        ("day,kind,name\n2027-02-05,holiday,\n", "line 2"),
        ("day,kind,name\n2027-02-05,holiday,春节\n2027-02-05,workday,春节\n", "twice"),
    ],
    ids=["columns", "empty", "no such day", "unknown kind", "nameless", "twice"],
)
def test_a_file_that_cannot_be_right_changes_nothing(house: House, tmp_path: Path, text: str, said: str):
    before = calendar_days.table(house.store)

    with pytest.raises(Invalid) as refused:
        calendar_days.bring_in(house.store, written(tmp_path, text), by="tester", at=BEFORE_SPRING_FESTIVAL)

    assert said in str(refused.value)
    assert calendar_days.table(house.store) == before


def test_a_limit_says_which_holidays_it_left_out(house: House):
    order = house.open(OrderKind.SUPERVISION, at=BEFORE_SPRING_FESTIVAL)

    with house.store.reading() as tx:
        [row] = deadlines.reckonings(house.people[Role.BUREAU].scope, tx, order_id=order)

    assert (row.kind, row.working_days, row.due_at, row.presumed) == ("verify", 5, end_of(house, order), True)
    assert [(each.day.day, each.name, each.basis) for each in row.holidays] == [
        (5, "春节", "presumed"), (8, "春节", "presumed"), (9, "春节补假", "presumed"), (10, "春节补假", "presumed"),
    ]  # fmt: skip
    assert row.make_ups == ()


def test_the_limits_of_an_order_outside_the_scope_are_as_if_it_were_not(house: House):
    order = house.open(OrderKind.SUPERVISION, at=BEFORE_SPRING_FESTIVAL)

    with house.store.reading() as tx:
        found = deadlines.reckonings(Scope(Role.STREET, ("310107999",), None, ALL), tx, order_id=order)

    assert found == []


def test_the_command_imports_and_lists(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str, capsys):
    monkeypatch.setenv("DATABASE_URL", database_url)
    file = written(tmp_path, "day,kind,name\n2028-01-03,holiday,元旦\n")

    codes = main(["import", str(file)]), main(["list"]), main(["update"])

    assert codes == (0, 0, 0)
    said = capsys.readouterr().out
    assert "2028-01-03\tholiday\t元旦\timported" in said
    assert said.startswith("years\t2028\n")
