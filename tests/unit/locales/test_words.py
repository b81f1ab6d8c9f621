"""Every word the screens need is there, in both languages."""

from __future__ import annotations

import itertools
import string
from enum import StrEnum

import pytest

from callbacks.panels import PANELS
from components.panels import ages, coverage, dossier, equipment_list, ingest, ingest_refused, ingest_vendors, running
from data_access.conditions import AGE_BANDS, COVERAGE, Overdue, Status
from domain import errors
from domain.alarms import Word
from domain.behaviour import BEHAVIOURS, GATHERED, CommandStatus, PromptNote
from domain.deadlines import DeadlineKind, Measure, Since
from domain.district_plan import Task
from domain.equipment import KINDS
from domain.equipment.kind import Category, Choice
from domain.faults import RULES
from domain.feedback import FeedbackKind, FeedbackOrigin
from domain.incident_groups import GroupCause
from domain.incidents import Origin, Way, What
from domain.presence import Presence
from domain.quarantine import ReplayState
from domain.response import ResponseLevel, ResponseReason
from domain.scope import Action, Role
from domain.telemetry import Phase, Reject
from domain.triggers import Move, Trigger
from domain.truth import Nature, Verdict
from domain.uploaders import Part
from domain.work_orders import Need, OrderKind, OrderStatus, OurHand, Refusal, Step, SuspendReason
from locales import LANGUAGES, catalogue, label, language, speaking, t, use_language
from services.stages import Stage
from services.truth import Basis, By

PLACE_KINDS = ("residential", "mall", "office", "hospital", "school", "metro", "hotel", "factory", "scenic", "other")


def placeholders(sentence: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def wanted_keys() -> set[str]:
    """The keys that the law's words and the screens' tables ask for."""
    fields = [field for kind in KINDS.values() for field in kind.fields]
    families = {fault.family for fault in RULES.values()}
    refusals = [error for error in vars(errors).values() if isinstance(error, type) and issubclass(error, errors.PutuoError)]
    return {
        *(f"rule.{rule}" for rule in RULES),
        *(f"rule.{family}" for family in families),
        *(f"field.{field.key}" for field in fields),
        *(f"{field.key}.{word}" for field in fields if isinstance(field, Choice) for word in field.words),
        *(f"kind.{kind}" for kind in KINDS),
        *(f"place_kind.{place}" for place in PLACE_KINDS),
        *(f"error.{refusal.code}" for refusal in refusals),
        *(f"panel.{panel}" for panel in PANELS),
        *(f"status.{status}" for status in Status),
        *(f"due.{word}" for word in Overdue),
        *(f"coverage.{target}" for target in COVERAGE),
        *(f"running.{word}" for word, _, _ in running.SECTORS),
        *(f"equipment.{fact}" for facts in dossier.PARTS.values() for fact in facts),
        *(f"equipment.{column}" for column, _, _ in equipment_list.COLUMNS),
        *(f"stage.{stage}" for stage in Stage),
        *(f"quarantine_state.{state}" for state in ReplayState),
        *(f"uploader.{part}{suffix}" for part in Part for suffix in ("", "_of")),
        *(f"ingest.{column}" for column in (*ingest.COLUMNS, *ingest_vendors.COLUMNS)),
        *(f"adapter.{column}" for column in ingest_refused.ADAPTER_COLUMNS),
        *(f"trigger.{word}" for word in (*Trigger, *FeedbackKind)),
        *(f"origin.{origin}" for origin in FeedbackOrigin),
        *(f"command_status.{status}" for status in CommandStatus),
        *(f"system_note.{word}" for word in (*PromptNote, Move.CHANGED, Move.BACK, Move.GONE)),
        *(f"prompt.{family}" for family in BEHAVIOURS),
        *(f"behavior.{cause}" for cause in (GATHERED,)),
        *(f"close_reason.{reason}" for reason in (Move.GONE,)),
        *(f"severity.{level}" for level in ("minor", "urgent", "entrapment", "emergency")),
    }


def test_both_languages_have_the_same_keys():
    chinese, english = (set(catalogue(name)) for name in LANGUAGES)

    assert chinese == english


def test_both_languages_fill_the_same_places():
    chinese, english = (catalogue(name) for name in LANGUAGES)

    differing = {key for key in chinese if placeholders(chinese[key]) != placeholders(english[key])}

    assert differing == set()


def test_every_word_the_screens_need_is_there():
    missing = wanted_keys() - set(catalogue("zh_CN"))

    assert missing == set()


@pytest.mark.parametrize(
    "enum",
    [
        ResponseLevel,
        Presence,
        Role,
        Action,
        Category,
        Reject,
        Phase,
        Word,
        Verdict,
        Nature,
        By,
        Basis,
        OrderKind,
        OrderStatus,
        Step,
        Need,
        SuspendReason,
        Origin,
        Way,
        What,
        GroupCause,
        Task,
        ResponseReason,
        DeadlineKind,
        Measure,
        Since,
        OurHand,
        Refusal,
    ],
    ids=lambda enum: enum.__name__,
)
@pytest.mark.parametrize("name", LANGUAGES)
def test_every_member_has_a_label(enum: type[StrEnum], name: str):
    with speaking(name):
        unlabelled = [member for member in enum if label(member) == member.value]

    assert unlabelled == []


def test_chinese_sentences_hold_no_half_width_punctuation_after_chinese():
    wrong = {
        key
        for key, sentence in catalogue("zh_CN").items()
        for before, mark in itertools.pairwise(sentence)
        if mark in ",;" and "\u4e00" <= before <= "\u9fff"
    }

    assert wrong == set()


def test_the_screens_tables_cover_what_the_queries_return():
    assert set(ages.BANDS) == set(AGE_BANDS)
    assert set(coverage.QUERIES) == set(COVERAGE)
    assert {status for _, _, statuses in running.SECTORS for status in statuses} == {status.value for status in Status}


def test_a_language_lasts_for_its_block():
    with speaking("en"):
        inside = t("nav.map")

    assert (inside, t("nav.map"), language()) == ("Map", "地图", "zh_CN")


@pytest.mark.parametrize(("asked", "given"), [("en", "en"), ("zh_CN", "zh_CN"), ("zh-CN", "zh_CN"), ("fr", "zh_CN"), ("", "zh_CN")])
def test_an_unknown_language_falls_back_to_chinese(asked: str, given: str):
    with speaking("zh_CN"):
        assert use_language(asked) == given


def test_a_key_without_a_sentence_is_shown_as_it_is():
    assert t("no.such.key") == "no.such.key"
    assert label("vendor", "xzl") == "xzl"
    assert label("kind", None) == "—"
