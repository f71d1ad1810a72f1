"""An acceptance or assurance that has run out is published as valid to nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import SURPLUS, TODAY, decision, desk, library
from nbthreat.decisions.assessment import assess
from nbthreat.decisions.register import Acceptance, Assurance, Handling, Register, Standing, Treatment
from nbthreat.publishing.publication import Marking, publication

THREAT = SURPLUS.partition("@")[0]
SEEN = assess(desk(), library(), Register(system="desk"), today=TODAY)


def register(ends: date, kind: str) -> Register:
    """A register for everybody, with one risk accepted, or leaning on an assurance, until a day."""
    begun = ends - timedelta(days=30)
    if kind == "acceptance":
        acceptance = Acceptance(approver="Head", on=begun, expires=ends, reason="Small.")
        made = decision(SURPLUS, treatment=Treatment.ACCEPT, acceptance=acceptance)
    else:
        made = decision(SURPLUS, assurance=(Assurance(what="Report", by="Auditor", expires=ends),))
    handling = Handling(marking=Marking.CLEAR.label, by="Owner", on=begun)
    return Register(system="desk").handled(handling).deciding(made)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(list(Marking)), st.integers(-3, 3), st.dates(date(2026, 2, 1)), st.sampled_from(["acceptance", "a"])
)
def test_what_has_run_out_is_published_as_lapsed_to_every_audience(
    marking: Marking, days: int, today: date, kind: str
) -> None:
    """Until its last day it is decided."""
    today = min(today, date(9999, 1, 1))
    ends = today + timedelta(days=days)
    seen = replace(SEEN, register=register(ends, kind), today=today)
    made = publication(seen, marking)

    lines = [line for line in made.lines if line.row["key"].partition("@")[0] in (THREAT, "R-001")]
    expected = Standing.LAPSED if ends < today else Standing.DECIDED
    assert lines or marking is Marking.CLEAR  # to everybody not each risk is told
    assert {expected} >= {line.standing for line in lines}
    assert {expected.value} >= {line.row["standing"] for line in lines}
    assert today == made.today
