"""A scope only ever shrinks, and an actor may do what the role is granted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import NotPermitted
from domain.scope import ALL, GRANTS, Action, Actor, All, Role, Scope

STREETS = ("310107005", "310107014", "310107015", "310107017")
KINDS = ("elevator", "forklift", "crane")
Words = tuple[str, ...] | All


def some(words: tuple[str, ...]) -> st.SearchStrategy[Words]:
    return st.just(ALL) | st.lists(st.sampled_from(words), max_size=6).map(tuple)


scopes = st.builds(Scope, role=st.sampled_from(Role), streets=some(STREETS), organization=st.none() | st.integers(1, 9), kinds=some(KINDS))


def sees(allowed: Words, word: str | None) -> bool:
    return allowed == ALL or word in allowed


@given(scopes, some(STREETS), some(KINDS), st.sampled_from((*STREETS, None)), st.sampled_from(KINDS))
def test_a_filter_shows_exactly_what_both_the_scope_and_the_filter_allow(
    scope: Scope, streets: Words, kinds: Words, street: str | None, kind: str
) -> None:
    narrowed = scope.narrow(streets=streets, kinds=kinds)

    assert sees(narrowed.streets, street) == (sees(scope.streets, street) and sees(streets, street))
    assert sees(narrowed.kinds, kind) == (sees(scope.kinds, kind) and sees(kinds, kind))
    assert (narrowed.role, narrowed.organization) == (scope.role, scope.organization)


@given(scopes)
def test_no_filter_changes_nothing(scope: Scope) -> None:
    assert scope.narrow() == scope


@given(scopes, some(STREETS), some(STREETS))
def test_the_order_of_filters_does_not_matter(scope: Scope, first: Words, second: Words) -> None:
    assert scope.narrow(streets=first).narrow(streets=second) == scope.narrow(streets=second).narrow(streets=first)


@given(st.permutations(STREETS))
def test_scopes_of_the_same_streets_share_one_cache_key(streets: list[str]) -> None:
    assert repr(Scope(Role.STREET, tuple(streets) * 2)) == repr(Scope(Role.STREET, STREETS))


def test_a_scope_that_names_nothing_sees_nothing() -> None:
    scope = Scope(Role.STREET)

    assert scope.streets == ()
    assert scope.narrow(streets=ALL).streets == ()


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_an_actor_may_do_what_the_role_is_granted_and_nothing_else(role: Role, action: Action) -> None:
    actor = Actor(1, "someone", "某人", Scope(role, ALL, kinds=ALL))

    if action in GRANTS.get(role, frozenset()):
        actor.require(action)
    else:
        with pytest.raises(NotPermitted) as refused:
            actor.require(action)
        assert refused.value.data == {"action": action.value, "role": role.value}


@pytest.mark.parametrize("role", [Role.WALL, Role.AUDIT_ADMIN])
def test_some_roles_only_look(role: Role) -> None:
    assert GRANTS.get(role, frozenset()) == frozenset()
