"""Ratings: where a threat stands decides its level, each step is told, and what nobody said moves nothing."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given

from helpers import CHECKOUT, library
from nbthreat.base.errors import LibraryError
from nbthreat.base.risk import Level, Stakes
from nbthreat.decisions.register import Risk, Standing
from nbthreat.system.model import Answers, Element, Flow, System, Trust, TrustBoundary
from nbthreat.threats import conditions as c
from nbthreat.threats.conditions import Condition, Subject
from nbthreat.threats.evaluation import Evaluation
from nbthreat.threats.library import Library, Scale, Threat, ThreatRating, built_in
from nbthreat.threats.matching import PRESSING, Finding, State, match
from nbthreat.threats.matching.ratings import Ratings
from nbthreat.threats.matching.reasons import Reasons
from random_systems import systems
from small_library import VOCABULARY

TWO = ("output-screening", "input-screening")
WORKED = sorted((CHECKOUT / "notebooks/systems").glob("*.yaml"))


def planted(applies: Condition, mitigated: Condition | None = None, reduced: Condition | None = None) -> Threat:
    """A threat of elements, of moderate likelihood and impact, that no circumstance moves."""
    return replace(
        library().threat("direct-prompt-injection"),
        id="planted",
        subject=Subject.ELEMENT,
        applies_when=applies,
        mitigated_when=mitigated,
        reduced_when=reduced,
        rating=ThreatRating(likelihood=Level.MODERATE, impact=Level.HIGH, why="Said so."),
    )


def alone(threat: Threat) -> Library:
    """The library with one threat, and nothing that moves ratings."""
    return replace(library(), threats=(threat,), circumstances=())


def model(**controls: bool) -> System:
    """A system of one model."""
    said = Answers({name.replace("_", "-"): answer for name, answer in controls.items()})
    return System(id="s", name="S", elements=(Element(id="m", technology="own-llm", controls=said),))


def found(threat: Threat, **controls: bool) -> Finding:
    """The one finding of a threat at the model."""
    (finding,) = match(model(**controls), alone(threat)).findings
    return finding


@pytest.mark.parametrize("path", WORKED, ids=lambda path: path.stem)
def test_every_step_of_a_rating_is_told_and_no_more(path: Path) -> None:
    """On each scale at most one circumstance up and one down, and the lines add up to the rating."""
    system = library().read_system(path).value
    for finding in match(system, library()).findings:
        own, rating, lines = finding.threat.rating, finding.rating, finding.rating_steps
        sums = Counter({Scale.LIKELIHOOD: int(own.likelihood), Scale.IMPACT: int(own.impact)})
        for line in lines:
            sums[line.scale] += line.by
        bounded = {scale: min(max(level, 1), 5) for scale, level in sums.items()}
        assert bounded[Scale.LIKELIHOOD] == rating.likelihood
        assert bounded[Scale.IMPACT] == rating.impact or (own.stakes and rating.impact < bounded[Scale.IMPACT])
        circumstances = [line for line in lines if not line.because.startswith(("Known to be", "What lowers"))]
        assert {1} >= set(Counter((line.scale, line.by) for line in circumstances).values())


def test_a_no_beside_another_defence_is_told_raises_by_one_step_and_moves_up() -> None:
    """The other may still be there, so it stays possible; with both missing it is open."""
    either = planted(c.TechnologyIs(("own-llm",)), c.Any_(tuple(map(c.ControlIs, TWO))))
    unsaid, half, both = found(either), found(either, input_screening=False), found(either, **dict.fromkeys(TWO, False))

    assert [State.POSSIBLE, State.POSSIBLE, State.OPEN] == [finding.state for finding in (unsaid, half, both)]
    assert [3, 4, 4] == [finding.rating.likelihood for finding in (unsaid, half, both)]
    assert [0, 1, 2] == [len(finding.missing) for finding in (unsaid, half, both)]
    name = library().controls["input-screening"].name
    assert half.because == f"{unsaid.because} Known to be missing: {name} at m."
    assert [f"Likelihood up: Known to be missing: {name} at m."] == list(map(str, half.rating_steps))
    assert both.rank < half.rank < unsaid.rank


def test_likelihood_ends_at_the_highest_step() -> None:
    """What is very likely already stays so."""
    certain = planted(c.TechnologyIs(("own-llm",)), c.Any_(tuple(map(c.ControlIs, TWO))))
    certain = replace(certain, rating=replace(certain.rating, likelihood=Level.VERY_HIGH))
    assert Level.VERY_HIGH is found(certain, input_screening=False).rating.likelihood


@pytest.mark.parametrize(
    ("said", "now", "without"), [({}, 3, 3), ({"input_screening": True}, 2, 3), ({"input_screening": False}, 4, 4)]
)
def test_what_only_lowers_leaves_a_rest_and_never_closes(said: dict[str, bool], now: int, without: int) -> None:
    """There, it lowers the likelihood by a step and the line stays open; not there, it is missing; unsaid, nothing."""
    lowered = planted(c.TechnologyIs(("own-llm",)), reduced=c.ControlIs("input-screening"))
    finding = found(lowered, **said)
    risk = Risk(finding.key, "", finding, None, Standing.NEW)

    assert State.OPEN is finding.state
    assert (now, without) == (finding.rating.likelihood, finding.inherent.likelihood)
    assert (finding.inherent, finding.rating) == (risk.inherent, risk.current)


def test_what_nobody_said_moves_nothing() -> None:
    """No trust, no data and no act is drawn, and the life at stake is not said."""
    drawn = System(
        id="s",
        name="S",
        elements=(Element(id="a", technology="external-service"), Element(id="m", technology="hosted-llm")),
        flows=(Flow(id="f", source="a", target="m"),),
    )
    for finding in match(drawn, library()).findings:
        assert not [line for line in finding.rating_steps if line.by > 0], finding.key


def test_exposure_data_and_stakes_each_move_a_rating() -> None:
    """Anybody next to it, restricted data in it and lives at stake: a step each, in words that name the part."""
    anybody = TrustBoundary(id="out", trust=Trust.NONE)
    inside = TrustBoundary(id="in", trust=Trust.HIGH)

    def drawn(where: str, stakes: Stakes | None = None) -> System:
        return System(
            id="s",
            name="S",
            stakes=stakes,
            boundaries=(anybody, inside),
            elements=(
                Element(id="a", technology="end-user", boundary=where),
                Element(id="m", name="Model", technology="own-llm", boundary="in"),
            ),
            flows=(Flow(id="f", source="a", target="m"),),
        )

    near, far = (match(drawn(where), library()) for where in ("out", "in"))
    told = [{str(line) for finding in each.findings for line in finding.rating_steps} for each in (near, far)]
    assert "Likelihood up: Something that anybody may be behind sends to Model directly." in told[0]
    assert "Likelihood down: No way that is drawn leads from outside the organisation to Model." in told[1]
    critical = match(drawn("out", Stakes.CRITICAL), library())
    assert any(
        line.because == "Lives or the survival of the organisation are at stake."
        for finding in critical.findings
        for line in finding.rating_steps
    )


def test_what_nobody_said_to_be_at_stake_is_not_critical() -> None:
    """An impact by way of what the system is used for is very high only where somebody said that much is at stake."""
    staked = planted(c.TechnologyIs(("own-llm",)))
    staked = replace(staked, rating=replace(staked.rating, impact=Level.VERY_HIGH, stakes=True))
    impacts = {
        stakes: match(replace(model(), stakes=stakes), alone(staked)).findings[0].rating.impact
        for stakes in (None, Stakes.CRITICAL)
    }
    assert {None: Level.HIGH, Stakes.CRITICAL: Level.VERY_HIGH} == impacts


@pytest.mark.parametrize("path", WORKED, ids=lambda path: path.stem)
def test_order_is_state_level_certainty_and_what_is_drawn(path: Path) -> None:
    """Names decide only where all else is equal."""
    found = match(library().read_system(path).value, library())
    ranked = sorted(found.findings, key=lambda finding: (*finding.rank, finding.key))
    states = list(State)
    for before, after in pairwise(ranked):
        first, second = (
            (states.index(finding.state), -finding.rating.level, not finding.certain) for finding in (before, after)
        )
        assert first <= second
        assert before.rank < after.rank or before.key < after.key


@given(systems())
def test_missing_is_only_what_somebody_denied(system: System) -> None:
    """Each defence told as missing was said not to be there, at the place that is named."""
    threat = planted(c.TechnologyIs(("model",)), c.Any_((c.ControlIs("filter"), c.Receives(c.ControlIs("encryption")))))
    evaluation = Evaluation(system, VOCABULARY)
    ratings = Ratings(alone(threat), Reasons(evaluation))
    things = {thing.id: thing for thing in (*system.elements, *system.flows)}
    for n in range(len(system.elements)):
        for missing in ratings.missing(threat, n):
            assert things[missing.subject].controls.get(missing.atom.name) is False


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("raises: likelihood", "a step either raises or lowers"),
        ("because: At {source}.", "unknown placeholder {source}; only {subject} is known."),
        ("when: {control: no-such}", "unknown control 'no-such'"),
    ],
)
def test_a_step_is_checked_as_everything_in_a_library(tmp_path: Path, line: str, message: str) -> None:
    """A slip in a rating step is refused; no step becomes quietly idle."""
    folder = tmp_path / "library"
    shutil.copytree(built_in(), folder)
    step = {"raises": "", "lowers": "impact", "when": "{control: authentication}", "because": "So."}
    key, _, value = line.partition(": ")
    step[key] = value
    said = "".join(f"    {name}: {text}\n" for name, text in step.items() if text)
    (folder / "rating_steps.yaml").write_text(f"steps:\n  - id: a\n{said}", encoding="utf-8")
    with pytest.raises(LibraryError, match=message.replace("{", r"\{").replace("}", r"\}")):
        Library.load(folder)


def test_no_level_holds_most_of_the_findings_of_the_worked_systems() -> None:
    """What weighs is told apart: no level holds more than three fifths of what is not mitigated."""
    levels = Counter(
        finding.rating.level
        for path in WORKED
        for finding in match(library().read_system(path).value, library()).findings
        if finding.state in PRESSING
    )
    assert max(levels.values()) <= 0.6 * levels.total()
