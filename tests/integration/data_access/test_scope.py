"""No query ever returns a row outside the reader's scope."""

from __future__ import annotations

import inspect
from datetime import timedelta
from importlib import import_module
from pkgutil import iter_modules

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

import data_access.queries
from data_access.alarm_conditions import AlarmFilter
from data_access.conditions import Filter, Overdue, Status
from data_access.engine import Tx
from data_access.quarantine_filter import Refusals
from data_access.queries import alarms, equipment, ingest, order_details, overview, quarantine, readings, rosters, streets, teams
from data_access.repositories import rosters as kept_rosters
from data_access.tables import alarms as alarms_table
from data_access.tables import equipment as equipment_table
from data_access.tables import organizations as organizations_table
from domain.equipment import COUNTED, KINDS, MONITORED
from domain.scope import ALL, Role, Scope
from tests.integration.data_access.conftest import NAMELESS, REFUSED
from tests.integration.data_access.district import AT, DISTRICT, STREETS

# Asked where nobody is signed in: the sign-in page shows the 演示 mark, and probes ask how late the data is.
WITHOUT_A_READER = {"deployment", "readiness"}

MODULES = sorted({module.name for module in iter_modules(data_access.queries.__path__)} - WITHOUT_A_READER)


def _public_functions(module):
    return [
        function
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
    ]


@pytest.mark.parametrize("name", MODULES)
def test_every_query_takes_its_scope_first(name):
    module = import_module(f"data_access.queries.{name}")
    functions = _public_functions(module)

    assert functions
    for function in functions:
        first, second, *rest = inspect.signature(function, eval_str=True).parameters.values()
        assert (first.name, first.annotation) == ("scope", Scope), function.__name__
        assert (second.name, second.annotation) == ("tx", Tx), function.__name__
        assert all(parameter.kind is inspect.Parameter.KEYWORD_ONLY for parameter in rest), function.__name__


def _listed(words):
    return st.one_of(st.just(ALL), st.lists(st.sampled_from(words), max_size=3).map(tuple))


SCOPES = st.builds(
    Scope,
    st.sampled_from(Role),
    _listed([*(code for code, _ in STREETS), "310107999"]),
    st.sampled_from([None, None, 1, 2, 3, 4, 99]),
    _listed(list(KINDS)),
)
OFTEN = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def register(district):
    """Every machine by id, read behind the queries' back."""
    with district.reading() as tx:
        return {row["id"]: dict(row) for row in tx.execute(select(equipment_table)).mappings()}


@pytest.fixture(scope="module")
def alarmed(district):
    with district.reading() as tx:
        return [dict(row) for row in tx.execute(select(alarms_table)).mappings()]


def _sees(scope, machine):
    return (
        (scope.streets == ALL or machine["street_code"] in scope.streets)
        and (scope.kinds == ALL or machine["kind"] in scope.kinds)
        and (scope.organization is None or scope.organization in (machine["use_unit_id"], machine["maintenance_unit_id"]))
    )


@OFTEN
@given(scope=SCOPES)
def test_the_list_is_the_scope(district, register, scope):
    visible = {number for number, machine in register.items() if _sees(scope, machine)}

    with district.reading() as tx:
        page = equipment.page(scope, tx, filter=Filter(), limit=1000, at=AT)
        assert {row.id for row in page.rows} == visible
        assert page.total == len(visible)


@OFTEN
@given(
    scope=SCOPES,
    wanted=st.builds(
        Filter,
        statuses=st.lists(st.sampled_from(list(Status)), max_size=2).map(tuple),
        overdue=st.lists(st.sampled_from(list(Overdue)), max_size=2).map(tuple),
        residential=st.none() | st.booleans(),
        streets=st.lists(st.sampled_from(["", STREETS[0][0]]), max_size=2).map(tuple),
        text=st.sampled_from(["", "甲苑", "jy", "石泉路3号", "'", "%"]),
    ),
)
def test_no_filter_widens_the_scope(district, register, scope, wanted):
    with district.reading() as tx:
        page = equipment.page(scope, tx, filter=wanted, limit=1000, at=AT)
        found = equipment.search(scope, tx, text=wanted.text, limit=1000)

    assert page.total == len(page.rows)
    assert all(_sees(scope, register[row.id]) for row in [*page.rows, *found])


@OFTEN
@given(scope=SCOPES)
def test_alarms_are_those_of_the_scope(district, register, alarmed, scope):
    visible = {row["id"] for row in alarmed if _sees(scope, register[row["equipment_id"]])}
    still_open = {row["id"] for row in alarmed if row["id"] in visible and row["cleared_at"] is None}

    with district.reading() as tx:
        assert {row.id for row in alarms.recent(scope, tx, limit=1000)} == visible
        assert {row.id for row in alarms.recent(scope, tx, limit=1000, wanted=AlarmFilter(open_only=True))} == still_open
        assert all(_sees(scope, register[row.equipment_id]) for row in alarms.open_on_map(scope, tx))
        counts = alarms.counts(scope, tx, at=AT)
        assert sum(counts.by_category.values()) == len(still_open)
        serious = [row for row in alarmed if row["id"] in visible and row["category"] != "presence"]
        assert sum(row.count for row in alarms.hourly(scope, tx, hours=48, at=AT)) == len(serious)
        late = [row for row in serious if row["raised_at"] >= AT - timedelta(hours=24)]
        assert sum(alarms.raised_by_street(scope, tx, since=AT - timedelta(hours=24)).values()) == len(late)
        violations = [row for row in serious if row["category"] == "violation" and row["raised_at"] >= AT - timedelta(hours=14, minutes=30)]
        assert sum(alarms.violations_today(scope, tx, at=AT).values()) == len(violations)


@OFTEN
@given(scope=SCOPES, number=st.integers(1, 121))
def test_one_object_outside_the_scope_does_not_exist(district, register, alarmed, scope, number):
    seen = number in register and _sees(scope, register[number])

    with district.reading() as tx:
        dossier = equipment.by_code(scope, tx, code=f"code-{number - 1:03}")
        latest = readings.latest(scope, tx, equipment_id=number)
        history = readings.history(scope, tx, equipment_id=number, since=AT - timedelta(days=1), until=AT + timedelta(days=1))
        of_equipment = alarms.of_equipment(scope, tx, equipment_id=number)
        ones = [alarms.by_id(scope, tx, alarm_id=row["id"]) for row in alarmed if row["equipment_id"] == number]
        everything = readings.latest(DISTRICT, tx, equipment_id=number)

    assert (dossier is not None) == seen
    assert latest == (everything if seen else None)
    assert bool(history) == (seen and everything is not None)
    assert all(seen for _ in of_equipment)
    assert all((one is not None) == seen for one in ones)


@OFTEN
@given(scope=SCOPES)
def test_figures_count_the_scope_alone(district, register, scope):
    visible = [machine for machine in register.values() if _sees(scope, machine)]
    monitored = [machine for machine in visible if machine["monitor_vendor"]]

    with district.reading() as tx:
        assert sum(overview.kind_counts(scope, tx).values()) == len(visible)
        assert overview.pipeline_km(scope, tx) == sum(machine["length_km"] or 0 for machine in visible)
        assert sum(overview.presence_counts(scope, tx).values()) == len(visible)
        assert sum(overview.status_counts(scope, tx).values()) == len(visible)
        assert sum(overview.elevator_running(scope, tx).values()) == sum(machine["kind"] == "elevator" for machine in visible)
        assert sum(overview.place_counts(scope, tx).values()) == len(visible)
        assert sum(overview.age_bands(scope, tx, at=AT).values()) == len(visible)
        rows = overview.street_summary(scope, tx)
        assert sum(row.equipment for row in rows) == sum(machine["kind"] in COUNTED for machine in visible)
        assert sum(row.monitored for row in rows) == len(monitored)
        assert all(row.code is None or scope.streets == ALL or row.code in scope.streets for row in rows)
        assert {row.code for row in overview.overdue_by_street(scope, tx, at=AT)} == {machine["street_code"] for machine in visible}
        feeds = overview.vendor_feeds(scope, tx, at=AT)
        assert sum(row.devices for row in feeds) == len(monitored)
        maintained = [machine for machine in visible if machine["kind"] == "elevator" and machine["maintenance_unit_id"]]
        assert sum(row.equipment for row in overview.maintainer_shares(scope, tx, at=AT)) == len(maintained)
        assert {row.total for row in overview.coverage(scope, tx, at=AT) if row.target == "residential"} == {
            sum(machine["kind"] == "elevator" and machine["residential"] for machine in visible)
        }


@OFTEN
@given(scope=SCOPES)
def test_the_map_shows_the_scope_in_one_order(district, register, scope):
    visible = [
        number
        for number, machine in sorted(register.items())
        if _sees(scope, machine) and machine["kind"] in MONITORED and machine["lng"] is not None
    ]

    with district.reading() as tx:
        columns, status = equipment.map_columns(scope, tx), equipment.map_status(scope, tx)
        words = {row.id: row.status for row in equipment.page(scope, tx, filter=Filter(), limit=1000, at=AT).rows}

    assert columns.id == visible
    assert status == "".join(equipment.MARKS[Status(words[number])] for number in visible)


@OFTEN
@given(scope=SCOPES)
def test_quarantine_counts_only_messages_of_the_scope(district, register, scope):
    own = {machine["code"] for machine in register.values() if _sees(scope, machine)} & set(REFUSED)
    whole = scope == Scope(scope.role, ALL, None, ALL)

    with district.reading() as tx:
        counted = quarantine.counts(scope, tx, at=AT)

    assert sum(counted.values()) == len(own) + (NAMELESS if whole else 0)


@OFTEN
@given(scope=SCOPES)
def test_unknown_keys_belong_to_no_machine_and_are_shown_to_the_whole_platform_alone(district, scope):
    whole = scope == Scope(scope.role, ALL, None, ALL)

    with district.reading() as tx:
        rows = quarantine.frequent_unknown_keys(scope, tx)

    assert [(row.kind, row.key, row.count) for row in rows] == ([("forklift", "Wish", 5), ("elevator", "Mood", 2)] if whole else [])


@OFTEN
@given(scope=SCOPES)
def test_refused_messages_are_those_of_the_scope(district, register, scope):
    own = {machine["code"] for machine in register.values() if _sees(scope, machine)} & set(REFUSED)
    whole = scope == Scope(scope.role, ALL, None, ALL)

    with district.reading() as tx:
        rows = quarantine.page(scope, tx, wanted=Refusals(), limit=1000)
        every = quarantine.page(DISTRICT, tx, wanted=Refusals(), limit=1000)
        found, _ = quarantine.found(scope, tx, wanted=Refusals(), at_most=1000)
        ones = [quarantine.by_id(scope, tx, refusal_id=row.id, shown_bytes=9) for row in every]
        files = [quarantine.payload(scope, tx, refusal_id=row.id) for row in every]

    assert {row.code for row in rows if row.code} == own
    assert len(rows) == found == len(own) + (NAMELESS if whole else 0)
    assert sum(one is not None for one in ones) == sum(file is not None for file in files) == found


@OFTEN
@given(scope=SCOPES)
def test_the_way_in_is_seen_by_the_whole_platform_alone(district, register, scope):
    whole = scope == Scope(scope.role, ALL, None, ALL)
    spoken = sum(_sees(scope, machine) for machine in register.values() if machine["monitor_vendor"])

    with district.reading() as tx:
        seen = [
            ingest.minutes(scope, tx, at=AT),
            ingest.conducts(scope, tx, at=AT),
            quarantine.tallies(scope, tx, since=AT - timedelta(days=1)),
        ]
        speech = ingest.vendor_speech(scope, tx)

    assert [bool(rows) for rows in seen] == [whole] * 3
    assert sum(row.spoken for row in speech) <= spoken


@pytest.fixture(scope="module")
def manned(district):
    """Unit → its team: every unit has one, with a shift and a licence; the centre has an officer."""
    day = {"starts_at": AT - timedelta(hours=1), "ends_at": AT + timedelta(hours=11)}
    licence = {"kinds": ["elevator"], "valid_from": AT.date(), "valid_until": AT.date() + timedelta(days=9)}
    with district.transaction() as tx:
        units = sorted(tx.scalars(select(organizations_table.c.id)))
        found = kept_rosters.add_teams(tx, [{"organization_id": unit, "name": f"{unit} 号单位一班", "capacity": 2} for unit in units])
        shifts = [{"post": "team", "team_id": team, "name": f"班员{team}", "phone": "", **day} for team in found]
        kept_rosters.add_shifts(tx, [*shifts, {"post": "officer", "team_id": None, "name": "季云澜", "phone": "短号 8010", **day}])
        for unit in units:
            kept_rosters.put_licence(tx, licence | {"organization_id": unit, "number": f"TS-{unit}"})
    return dict(zip(units, found, strict=True))


def _units_seen(scope, register, units):
    """A unit's own, and those that maintain machines of the scope; all of them without any limit."""
    if scope == Scope(scope.role, ALL, None, ALL):
        return set(units)
    return {machine["maintenance_unit_id"] for machine in register.values() if _sees(scope, machine)} | {scope.organization} & set(
        units
    ) - {None}


@OFTEN
@given(scope=SCOPES)
def test_teams_and_their_people_are_those_of_the_scopes_units(district, register, manned, scope):
    visible = _units_seen(scope, register, manned) - {None}
    until = AT + timedelta(days=1)

    with district.reading() as tx:
        every = {row.unit_id: row.id for row in teams.every(scope, tx, at=AT)}
        units = {number for number, _ in teams.units(scope, tx)}
        on_duty = {unit for unit, team in manned.items() if rosters.shifts(scope, tx, team_id=team, until=until, at=AT)}
        licensed = {unit for unit in manned if rosters.of_unit(scope, tx, unit_id=unit)}

    assert every == {unit: team for unit, team in manned.items() if unit in visible}
    assert units == on_duty == licensed == visible


@OFTEN
@given(scope=SCOPES)
def test_everybody_may_know_whom_to_call_at_the_centre_and_nobody_elses_people(district, manned, scope):
    with district.reading() as tx:
        assert {(row.post, row.name) for row in rosters.posts(scope, tx, until=AT + timedelta(days=1), at=AT)} == {("officer", "季云澜")}


@OFTEN
@given(scope=SCOPES, kind=st.sampled_from(["use_unit", "maintenance_unit"]))
def test_a_unit_sends_nobody_but_itself(district, manned, scope, kind):
    with district.reading() as tx:
        offered = {row.unit_id for row in order_details.units(scope, tx, kind=kind)}
        every = {row.unit_id for row in order_details.units(DISTRICT, tx, kind=kind)}

    assert len(every) == 2
    assert offered == (every if scope.organization is None else every & {scope.organization})


def test_machines_in_no_street_are_seen_by_the_district_alone(district):
    every_street = Scope(Role.OFFICE, tuple(code for code, _ in STREETS), None, ALL)

    with district.reading() as tx:
        assert equipment.count(DISTRICT, tx, filter=Filter(streets=("",)), at=AT) == 30
        assert equipment.count(every_street, tx, filter=Filter(streets=("",)), at=AT) == 0
        assert [row.code for row in overview.street_summary(DISTRICT, tx)][-1] is None
        assert None not in [row.code for row in overview.street_summary(every_street, tx)]


def test_streets_come_by_pinyin(district):
    with district.reading() as tx:
        assert [row.name for row in streets.names(DISTRICT, tx)] == ["长风试验街道", "甘泉试验街道", "真如试验镇"]
        one = Scope(Role.STREET, (STREETS[1][0],), None, ALL)
        assert [row.code for row in streets.names(one, tx)] == [STREETS[1][0]]
