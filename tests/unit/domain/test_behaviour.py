"""Which order an occurrence belongs to."""

from __future__ import annotations

from datetime import date

from domain.behaviour import BEHAVIOURS, COPIED, DANGEROUS, UNCIVIL, cause_key
from locales import LANGUAGES, catalogue

MONDAY, TUESDAY = date(2026, 11, 16), date(2026, 11, 17)


def test_dangerous_behaviour_is_one_order_until_that_is_done():
    assert cause_key("ebike_in_car", 7, MONDAY) == cause_key("ebike_in_car", 7, TUESDAY)
    assert cause_key("ebike_in_car", 7, MONDAY) != cause_key("ebike_in_car", 8, MONDAY)


def test_uncivil_behaviour_of_every_kind_is_one_order_a_lift_and_day():
    of_monday = {cause_key(family, 7, MONDAY) for family in UNCIVIL}

    assert len(of_monday) == 1
    assert of_monday.isdisjoint({cause_key(family, 7, TUESDAY) for family in UNCIVIL})
    assert of_monday.isdisjoint({cause_key(family, 8, MONDAY) for family in UNCIVIL})


def test_the_street_hears_of_dangerous_behaviour_alone():
    assert frozenset({"ebike_in_car"}) == DANGEROUS == COPIED
    assert frozenset({"door_pried", "jumping", "door_blocked_by_person"}) == UNCIVIL


def test_a_car_has_a_sentence_for_every_behaviour():
    for name in LANGUAGES:
        assert {f"prompt.{family}" for family in BEHAVIOURS} <= set(catalogue(name))
