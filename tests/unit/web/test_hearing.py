"""Which watches a scope may hear."""

from __future__ import annotations

import pytest

from data_access.watches import may_hear
from domain.scope import ALL, Role, Scope

DISTRICT = Scope(Role.OPERATIONS_CENTRE, ALL, None, ALL)
STREET = Scope(Role.STREET, ("310107005",), None, ALL)
NOWHERE = Scope(Role.STREET, (), None, ALL)


@pytest.mark.parametrize(
    ("scope", "watch", "heard"),
    [
        pytest.param(DISTRICT, "alarms", True, id="the district hears the district"),
        pytest.param(DISTRICT, "street:310107005:alarms", True, id="the district hears every street"),
        pytest.param(STREET, "street:310107005:states", True, id="a street hears itself"),
        pytest.param(STREET, "street:310107014:states", False, id="a street hears no other street"),
        pytest.param(STREET, "alarms", False, id="a street does not hear the district's alarms"),
        pytest.param(STREET, "vendors", True, id="a vendor's connection belongs to no street"),
        pytest.param(NOWHERE, "street:310107005:alarms", False, id="an empty scope hears no street"),
        pytest.param(NOWHERE, "street::alarms", False, id="an empty street is no street"),
        pytest.param(DISTRICT, "street:310107005:secrets", False, id="an unknown kind is heard by nobody"),
        pytest.param(DISTRICT, "secrets", False, id="an unknown watch is heard by nobody"),
    ],
)
def test_who_may_hear(scope: Scope, watch: str, heard: bool) -> None:
    assert may_hear(scope, watch) is heard
