"""What the gate tells of a change that opens no risk but hides one: each kind, by file and by command."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import TODAY, decision, desk, everywhere, full, library, sarif_faults
from nbthreat.base.risk import Level, Stakes
from nbthreat.cli import BAD_INPUT, FINDINGS, FINE, main
from nbthreat.decisions.assessment import Assessment, assess, assess_file
from nbthreat.decisions.register import (
    Acceptance,
    Decision,
    Dismissal,
    Handling,
    Inherited,
    Marking,
    Occasion,
    Register,
    Risk,
    Standing,
    Treatment,
    read_register,
)
from nbthreat.publishing.exchange.baseline import UNDECIDED, Baseline, read_baseline
from nbthreat.publishing.exchange.gate import Gate, gate
from nbthreat.publishing.exchange.observations import ObservationKind
from nbthreat.publishing.export.formats import sarif
from nbthreat.publishing.export.tables import register_json
from nbthreat.publishing.publication import publication
from nbthreat.publishing.signing import Approval, Statement, sign, sign_file, signed_path
from nbthreat.system import documents
from nbthreat.system.model import FrozenMap, System
from nbthreat.threats.library import Library
from nbthreat.threats.matching import PRESSING, UNSETTLED, State
from small_pack import NAMED, small_project
from small_pack import SYSTEM as SMALL

INJECTION = "direct-prompt-injection@second"
"""What a second model brings, open and high, where no control is there."""
KNOWN = "direct-prompt-injection@helper"
"""The same at the first model, which the baseline has open."""


def bare() -> System:
    """A help desk where every fact is so and no control is there."""
    return everywhere(everywhere(desk(), "controls", answer=False), "facts", answer=True)


def grown() -> System:
    """The same with a second model."""
    second = replace(bare().element("helper"), id="second", name="Second")
    way = replace(bare().flow("pass"), id="pass-on", target="second")
    return replace(bare(), elements=(*bare().elements, second), flows=(*bare().flows, way))


def with_second(system: System, **said: object) -> System:
    """The grown help desk, of whose second model something else is said."""
    elements = tuple(
        replace(element, **said) if element.id == "second" else element  # type: ignore[arg-type]
        for element in system.elements
    )
    return replace(system, elements=elements)


def looked(system: System, register: Register | None = None, today: date = TODAY) -> Assessment:
    return assess(system, library(), register, today=today)


def signed_baseline(assessment: Assessment, folder: Path) -> Baseline:
    """What a sign-off of an assessment knows, read from a file."""
    said = Statement(by="Risk owner", on=TODAY, decision=Approval.APPROVED, marking=assessment.register.marking)
    file = folder / "desk.signed.json"
    file.write_bytes(sign(assessment, said, salt="salt")[1].written())
    return read_baseline(file)


def published_baseline(assessment: Assessment, folder: Path) -> Baseline:
    """What a register published as JSON knows, read from a file."""
    file = folder / "desk.json"
    file.write_text(register_json(full(assessment)), "utf-8")
    return read_baseline(file)


Made = Callable[[Assessment, Path], Baseline]
READ: tuple[Made, ...] = (signed_baseline, published_baseline)


def accepting(key: str, expires: date, **more: str) -> Decision:
    said = {"approver": "Board", "reason": "Small.", **more}
    acceptance = Acceptance(on=TODAY, expires=expires, **said)
    return decision(key, treatment=Treatment.ACCEPT, acceptance=acceptance, on=TODAY)


SOON = TODAY + timedelta(days=90)
REGISTER = Register(system="desk")

VARIANTS: dict[str, tuple[System, Register, ObservationKind, str, str]] = {
    "set aside in the same change": (
        grown(),
        REGISTER.dismissing(Dismissal(key=INJECTION, reason="n/a", by="Team", on=TODAY)),
        ObservationKind.NOT_APPLICABLE,
        INJECTION,
        "set aside by Team, in the log.",
    ),
    "set aside by hand": (
        grown(),
        replace(REGISTER, set_aside=(Dismissal(key=INJECTION, reason="x", on=date(2020, 1, 1)),)),
        ObservationKind.NOT_APPLICABLE,
        INJECTION,
        "set aside by nobody named, not in the log.",
    ),
    "accepted": (
        grown(),
        REGISTER.deciding(accepting(INJECTION, SOON)),
        ObservationKind.ACCEPTED,
        INJECTION,
        f"accepted by Board until {SOON.isoformat()}, in the log.",
    ),
    "accepted without an end": (
        grown(),
        REGISTER.deciding(accepting(INJECTION, date(9999, 12, 31))),
        ObservationKind.NO_END,
        INJECTION,
        "accepted until 9999-12-31.",
    ),
    "to be reduced some day": (
        grown(),
        replace(REGISTER, decisions=(decision(INJECTION),)),
        ObservationKind.DECIDED,
        INJECTION,
        "mitigate, with no due date, decided by nobody named, not in the log.",
    ),
    "nothing said of its controls": (
        with_second(grown(), controls=FrozenMap()),
        REGISTER,
        ObservationKind.POSSIBLE,
        INJECTION,
        "hangs on what nobody said; not in the baseline.",
    ),
    "every control claimed": (
        with_second(grown(), controls=FrozenMap((name, True) for name in grown().element("second").controls)),
        REGISTER,
        ObservationKind.MITIGATED,
        INJECTION,
        "by what is claimed: ",
    ),
    "less is at stake": (
        replace(grown(), stakes=Stakes.LOW),
        REGISTER,
        ObservationKind.CRITICALITY,
        "desk",
        "not said → low.",
    ),
    "of another technology": (
        with_second(grown(), technology="application", controls=FrozenMap(), facts=FrozenMap()),
        REGISTER,
        ObservationKind.TECHNOLOGY,
        "second",
        "no such element → application.",
    ),
    "decided before the part is there": (
        bare(),
        REGISTER.deciding(decision(INJECTION, by="Team")),
        ObservationKind.NOT_FOUND,
        INJECTION,
        "there is no part second, and it is decided by Team, in the log.",
    ),
    "decided of a part where it is not found": (
        bare(),
        REGISTER.deciding(decision("direct-prompt-injection@caller", by="Team")),
        ObservationKind.NOT_FOUND,
        "direct-prompt-injection@caller",
        "it is not found there, and it is decided by Team, in the log.",
    ),
    "known under another id": (
        replace(
            bare(),
            elements=tuple(
                replace(element, id="other" if element.id == "helper" else element.id) for element in bare().elements
            ),
            flows=(bare().flow("ask"), replace(bare().flow("pass"), target="other")),
        ),
        REGISTER,
        ObservationKind.GONE,
        KNOWN,
        "high and open in the baseline, no longer found.",
    ),
    "further findings under a decision": (
        grown(),
        REGISTER.deciding(replace(decision(KNOWN, by="Team", due=SOON), keys=(INJECTION,))),
        ObservationKind.DECIDED,
        INJECTION,
        f"mitigate, due {SOON.isoformat()}, decided by Team, in the log.",
    ),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_what_a_change_hides_is_told_and_fails_where_it_is_asked_to(name: str, tmp_path: Path) -> None:
    """By its kind, with what was done; nothing of it fails by itself."""
    system, register, kind, subject, detail = VARIANTS[name]
    before = signed_baseline(looked(bare()), tmp_path)
    found = gate(looked(system, register), before, Level.HIGH)

    told = {observation.subject: observation.detail for observation in found.observations if observation.kind is kind}
    assert detail in told[subject]
    assert any(line.startswith(f"{kind.value}: ") and detail in line for line in found.told())
    assert () == found.refused
    strict = gate(looked(system, register), before, Level.HIGH, {kind})
    assert strict.fails
    assert {kind} == {observation.kind for observation in strict.refused}
    assert any(line.startswith(f"fails: {kind.value}: ") for line in strict.told())
    assert f"Gate at high: {len(strict.failing) + len(strict.refused)} fail." == list(strict.told())[-1]


def test_nothing_is_told_of_what_is_as_it_was(tmp_path: Path) -> None:
    """However much was decided before."""
    register = (
        REGISTER.deciding(accepting(KNOWN, date(9999, 12, 31)))
        .dismissing(Dismissal(key="discriminatory-outcome@desk", reason="No.", on=TODAY))
        .deciding(decision("evasion@nowhere"))
    )
    for system in (bare(), everywhere(bare(), "controls", answer=True), desk()):
        now = looked(system, register)
        for made in READ:
            assert () == gate(now, made(now, tmp_path), Level.VERY_LOW).observations


def test_a_decision_that_is_said_otherwise_is_told_again(tmp_path: Path) -> None:
    """Accepted for longer, by somebody else, or no longer accepted but avoided some day."""
    known = looked(bare(), REGISTER.deciding(accepting(KNOWN, SOON)))
    others = {
        ObservationKind.ACCEPTED: (accepting(KNOWN, SOON + timedelta(days=1)), accepting(KNOWN, SOON, approver="I")),
        ObservationKind.DECIDED: (decision(KNOWN, treatment=Treatment.AVOID),),
    }
    for made in READ:
        before = made(known, tmp_path)
        for kind, decisions in others.items():
            for other in decisions:
                found = gate(looked(bare(), REGISTER.deciding(other)), before, Level.HIGH)
                assert [(kind, KNOWN)] == [(each.kind, each.subject) for each in found.observations]


def test_a_risk_that_outgrows_its_decision_is_told(tmp_path: Path) -> None:
    """It was accepted, or set aside, when less was at stake."""
    registers = (
        REGISTER.deciding(accepting(KNOWN, SOON)),
        REGISTER.dismissing(Dismissal(key=KNOWN, reason="Small.", on=TODAY)),
    )
    for register in registers:
        before = signed_baseline(looked(replace(bare(), stakes=Stakes.LOW), register), tmp_path)
        found = gate(looked(replace(bare(), stakes=Stakes.CRITICAL), register), before, Level.HIGH)
        assert KNOWN in {each.subject for each in found.observations if each.kind is ObservationKind.RAISED}


def test_packs_overrides_and_another_library_are_told(tmp_path: Path) -> None:
    """They say what is a threat at all. A pack that is taken up later silences a threat, and the file lets it."""
    project = small_project(tmp_path)
    path, head = project / "systems" / "desk.yaml", project / "ours" / "library.yaml"
    path.write_text(SMALL, "utf-8")
    before = signed_baseline(assess_file(path, today=TODAY), tmp_path)
    head.write_text(f"{head.read_text('utf-8')}silences: [excessive-agency]\n", "utf-8")
    path.write_text(f"{NAMED}overrides: [excessive-agency]\n", "utf-8")
    found = gate(assess_file(path, today=TODAY), before, Level.HIGH)

    told = [each.detail for each in found.observations if each.kind is ObservationKind.PACKS]
    assert {"packs: none → ../ours.", "overrides: none → excessive-agency."} < set(told)
    assert any(detail.startswith("another threat library is asked: ") for detail in told)


def test_an_inherited_risk_that_is_rated_down_by_hand_is_told(tmp_path: Path) -> None:
    """What a supplier said is not the change's to lower."""
    key = "evasion@supplier/model"

    def inheriting(likelihood: Level) -> Register:
        risk = Inherited(
            key=key, title="Evasion", supplier="supplier", on=TODAY, likelihood=likelihood, impact=Level.HIGH
        )
        return REGISTER.inheriting("supplier", [risk], at=Occasion(on=TODAY, by="Analyst"))

    before = signed_baseline(looked(bare(), inheriting(Level.HIGH)), tmp_path)
    found = gate(looked(bare(), inheriting(Level.VERY_LOW)), before, Level.HIGH)
    assert [(ObservationKind.LOWERED, key)] == [(each.kind, each.subject) for each in found.observations]


def test_a_list_that_is_long_is_cut_and_counted_and_names_are_cleaned(tmp_path: Path) -> None:
    """A hundred new elements take no hundred lines; a name cannot move a terminal's cursor."""
    more = tuple(replace(desk().element("app"), id=f"app{n}", name="\x1b[2J") for n in range(100))
    before = signed_baseline(looked(bare()), tmp_path)
    told = list(gate(looked(replace(bare(), elements=(*bare().elements, *more))), before, Level.HIGH).told())

    assert "technology: and 90 more" in told
    assert not any("\x1b" in line for line in told)


# Whatever changes


@st.composite
def states(draw: st.DrawFn) -> tuple[System, Register]:
    """Draw a help desk, more or less answered, and a register that says something of some of its findings."""
    technologies = st.sampled_from(["own-llm", "application", "vector-store"])
    elements = []
    for element in grown().elements:
        controls, facts = draw(st.sampled_from([True, False, None])), draw(st.sampled_from([True, False, None]))
        said = {
            name: FrozenMap() if answer is None else FrozenMap((term, answer) for term in getattr(element, name))
            for name, answer in (("controls", controls), ("facts", facts))
        }
        made = replace(element, **said)
        made = replace(made, technology=draw(technologies)) if draw(st.booleans()) else made
        elements.append(replace(made, also=draw(st.sampled_from([None, "agent", "message-service"]))))
    kept = draw(st.sampled_from([("app", "helper", "second"), ("app", "helper"), ("app",)]))
    system = replace(
        grown(),
        stakes=draw(st.none() | st.sampled_from(list(Stakes))),
        elements=tuple(element for element in elements if element.id in ("caller", *kept)),
        flows=tuple(flow for flow in grown().flows if flow.target in kept),
    )
    system = _sayable(system)
    keys = [*(finding.key for finding in looked(system).findings), INJECTION, "evasion@nowhere"]
    register = REGISTER
    for key in draw(st.lists(st.sampled_from(keys), unique=True, min_size=2, max_size=10)):
        register = draw(st.sampled_from(WAYS))(register, key)
    return system, register


def another_library() -> Library:
    """One that says the same under another digest."""
    return replace(library(), sha256="0" * 64)


FLOORS = [level for level in Level if level < Level.VERY_HIGH]
"""Those that risks of a help desk reach."""
SystemAndRegister = tuple[System, Register]


@st.composite
def changes(draw: st.DrawFn) -> tuple[SystemAndRegister, SystemAndRegister]:
    """Draw two states of a help desk, one after another: each of its system and its register changed or kept."""
    (before, kept), (after, other) = draw(states()), draw(states())
    restated = replace(before, stakes=after.stakes)
    return (before, kept), (draw(st.sampled_from([after, after, restated])), draw(st.sampled_from([kept, kept, other])))


def _sayable(system: System) -> System:
    """The system without what cannot be said of the technology an element now has."""
    problems = {problem.place[:4] for problem in library().problems(system)}
    elements = tuple(
        replace(
            element,
            **{
                name: FrozenMap(
                    (term, answer)
                    for term, answer in getattr(element, name).items()
                    if ("elements", n, name, term) not in problems
                )
                for name in ("controls", "facts")
            },
        )
        for n, element in enumerate(system.elements)
    )
    return replace(system, elements=elements)


WAYS: tuple[Callable[[Register, str], Register], ...] = (
    lambda register, key: register.deciding(accepting(key, SOON)),
    lambda register, key: register.deciding(accepting(key, TODAY + timedelta(days=1))),
    lambda register, key: register.deciding(accepting(key, date(9999, 12, 31))),
    lambda register, key: register.deciding(decision(key, treatment=Treatment.AVOID)),
    lambda register, key: register.dismissing(Dismissal(key=key, reason="No.", on=TODAY)),
    lambda register, key: replace(
        register, set_aside=(*register.set_aside, Dismissal(key=key, reason="x", on=date(2020, 1, 1)))
    ),
)


def waits(risk: Risk | None, floor: Level, *states: State) -> bool:
    """Whether it is found at a level or above, in one of the states, any but mitigated by default, and undecided."""
    if risk is None or risk.standing not in UNDECIDED or risk.inherent is None or risk.finding is None:
        return False
    return risk.inherent.level >= floor and risk.finding.state in (states or PRESSING)


def reaches(risk: Risk | None, floor: Level, *standings: Standing) -> bool:
    """Whether it is found at a level or above, and stands in one of these ways; by default, in any."""
    if risk is None or risk.inherent is None or risk.inherent.level < floor:
        return False
    return risk.standing in (standings or set(Standing) - {Standing.NO_LONGER_FOUND})


def mitigated(risk: Risk | None, floor: Level) -> bool:
    return reaches(risk, floor) and risk is not None and risk.finding is not None and risk.finding.state == "mitigated"


def chosen(risk: Risk | None) -> tuple[object, ...]:
    """The treatment that holds, and by whom it is accepted until when; nothing where none holds."""
    if risk is None or risk.decision is None or risk.standing is not Standing.DECIDED:
        return ()
    accepted = risk.decision.acceptance
    return (risk.decision.treatment, *((accepted.approver, accepted.expires) if accepted else ()))


def is_raised(old: Risk | None, new: Risk | None) -> bool:
    if old is None or new is None or old.inherent is None or new.inherent is None or old.standing is not new.standing:
        return False
    return new.inherent.level > old.inherent.level and new.standing in (Standing.DECIDED, Standing.SET_ASIDE)


def endless(risk: Risk | None) -> bool:
    return bool(risk and risk.decision and risk.decision.acceptance and risk.decision.acceptance.expires.year > 3000)


Known = Risk | None
HIDING: dict[ObservationKind, Callable[[Known, Known, Level], bool]] = {
    ObservationKind.ACCEPTED: lambda old, new, floor: (
        reaches(new, floor) and len(chosen(new)) > 1 and chosen(old) != chosen(new)
    ),
    ObservationKind.NO_END: lambda old, new, floor: (
        reaches(new, floor, Standing.DECIDED) and endless(new) and chosen(old) != chosen(new)
    ),
    ObservationKind.DECIDED: lambda old, new, floor: (
        reaches(new, floor) and len(chosen(new)) == 1 and chosen(old) != chosen(new)
    ),
    ObservationKind.NOT_APPLICABLE: lambda old, new, floor: (
        reaches(new, floor, Standing.SET_ASIDE) and not (old and old.standing is Standing.SET_ASIDE)
    ),
    ObservationKind.RAISED: lambda old, new, floor: reaches(new, floor) and is_raised(old, new),
    ObservationKind.MITIGATED: lambda old, new, floor: (
        mitigated(new, floor) and not reaches(new, floor, Standing.SET_ASIDE) and not mitigated(old, floor)
    ),
    ObservationKind.POSSIBLE: lambda old, new, floor: (
        waits(new, floor, *UNSETTLED) and not waits(old, floor, *UNSETTLED)
    ),
    ObservationKind.LOWERED: lambda old, new, floor: (
        waits(old, floor) and reaches(new, Level.VERY_LOW) and not reaches(new, floor)
    ),
    ObservationKind.GONE: lambda old, new, floor: waits(old, floor) and not reaches(new, Level.VERY_LOW),
    ObservationKind.NOT_FOUND: lambda old, new, _: (
        bool(new and new.standing is Standing.NO_LONGER_FOUND) and (old is None or old.standing is Standing.NEW)
    ),
}
"""What hides a risk, by what was known of it and what is now: said anew, from two assessments and without a file."""


def hiding(was: Assessment, now: Assessment, floor: Level) -> set[tuple[ObservationKind, str]]:
    """Everything a change does to risks that hides them, and to the system, by kind and subject."""
    before, after = ({risk.key: risk for risk in assessment.risks} for assessment in (was, now))
    found = {
        (kind, key)
        for key in before.keys() | after.keys()
        for kind, hides in HIDING.items()
        if hides(before.get(key), after.get(key), floor)
    }
    if was.library.sha256 != now.library.sha256:
        found.add((ObservationKind.PACKS, now.system.id))
    return found


def redrawn(was: Assessment, now: Assessment) -> set[tuple[ObservationKind, str]]:
    """What a change does to criticality and technologies."""
    before, after = (
        {element.id: element.technologies for element in assessment.system.elements} for assessment in (was, now)
    )
    ids = before.keys() | after.keys()
    found = {(ObservationKind.TECHNOLOGY, id) for id in ids if before.get(id) != after.get(id)}
    return found | ({(ObservationKind.CRITICALITY, "desk")} if was.system.stakes is not now.system.stakes else set())


@given(
    changes(),
    st.sampled_from([0, 30]),
    st.sampled_from([library, another_library]),
    st.sampled_from(FLOORS),
    st.sampled_from(READ),
)
@settings(max_examples=60, deadline=None)
def test_whatever_hides_a_risk_is_told_by_its_kind_and_nothing_else_is(
    change: tuple[SystemAndRegister, SystemAndRegister],
    days: int,
    asked: Callable[[], Library],
    floor: Level,
    made: Made,
) -> None:
    """Each kind against the two assessments themselves; a publication holds no drawing, so of that it tells nothing."""
    (before, kept), (after, register) = change
    was, now = looked(before, kept), assess(after, asked(), register, today=TODAY + timedelta(days=days))
    with tempfile.TemporaryDirectory() as folder:
        found = gate(now, made(was, Path(folder)), floor, set(ObservationKind))

    expected = hiding(was, now, floor) | (redrawn(was, now) if made is signed_baseline else set())
    told = {(observation.kind, observation.subject) for observation in found.observations}
    assert expected == told
    assert bool(expected) == bool(found.refused)
    fresh = {risk.risk.key for risk in found.failing} | {subject for _, subject in told}
    waiting = ({risk.key for risk in seen.risks if waits(risk, floor)} for seen in (now, was))
    assert next(waiting) - next(waiting) <= fresh


# The command and the screens


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A help desk in a project of its own, signed, and then grown by a model whose risk is set aside."""
    monkeypatch.chdir(tmp_path)
    path = Path("desk.yaml")
    documents.save(documents.new(bare(), path), bare())
    seen = assess(bare(), library(), today=TODAY)
    sign_file(path, seen, Statement(by="Owner", on=TODAY, decision=Approval.APPROVED, marking=seen.register.marking))
    path.write_text(documents.dump(grown()), "utf-8")
    kept = read_register(path, id="desk")
    fresh = gate(looked(grown()), read_baseline(signed_path(path)), Level.HIGH).failing
    register = kept.value
    for key in sorted({INJECTION, *(risk.risk.key for risk in fresh)}):
        register = register.dismissing(Dismissal(key=key, reason="n/a", by="Team", on=TODAY))
    documents.save(kept, register)
    return path


def test_the_command_lists_every_kind_and_fails_on_those_it_is_told(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One kind, several, or all; a kind that is none is refused and the kinds are named."""
    arguments = ["gate", str(path), "--baseline", str(signed_path(path))]
    assert FINE == main(arguments)
    assert f"({INJECTION}): set aside by Team, in the log." in capsys.readouterr().out
    for option in ("not-applicable", "accepted,not-applicable", "all"):
        assert FINDINGS == main([*arguments, "--fail-on-hidden", option])
        assert "fails: not-applicable: " in capsys.readouterr().out
    assert FINE == main([*arguments, "--fail-on-hidden", "accepted,no-end"])
    with pytest.raises(SystemExit) as refused:
        main([*arguments, "--fail-on-hidden", "everything"])
    assert BAD_INPUT == refused.value.code
    assert "not-applicable" in capsys.readouterr().err


def test_the_command_fails_on_what_is_newly_possible_where_it_is_told_to(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who says nothing of a control has not mitigated anything."""
    path.write_text(documents.dump(with_second(grown(), controls=FrozenMap())), "utf-8")
    kept = read_register(path, id="desk")
    documents.save(kept, kept.value.reopening(INJECTION))
    arguments = ["gate", str(path), "--baseline", str(signed_path(path))]

    assert FINE == main(arguments)
    assert FINDINGS == main([*arguments, "--fail-on-possible"])
    assert f"({INJECTION}): hangs on what nobody said" in capsys.readouterr().out


def test_sarif_carries_each_observation_as_a_note(path: Path) -> None:
    """At its part, under a rule of its kind; nothing that was noted before has to be found anew."""
    main(["gate", str(path), "--baseline", str(signed_path(path)), "--sarif", "out.sarif"])
    log = json.loads(Path("out.sarif").read_text("utf-8"))

    assert [] == sarif_faults(log)
    [run] = log["runs"]
    notes = {item["ruleId"]: item for item in run["results"] if item["ruleId"].startswith("change-")}
    assert {"change-not-applicable", "change-technology"} == set(notes)
    for note in notes.values():
        assert note["ruleId"] == run["tool"]["driver"]["rules"][note["ruleIndex"]]["id"]
        assert ("note", "fail", "new") == (note["level"], note["kind"], note["baselineState"])
        assert "second" == note["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].rpartition("/")[2]
    assert "set aside by Team" in notes["change-not-applicable"]["message"]["text"]


def test_sarif_says_nothing_of_a_risk_that_is_for_fewer_people(tmp_path: Path) -> None:
    """What is withheld from the results is withheld from the notes."""
    register = REGISTER.deciding(replace(accepting(INJECTION, SOON), marking="TLP:RED"))
    now = looked(grown(), register)
    found: Gate = gate(now, signed_baseline(looked(bare()), tmp_path), Level.HIGH)
    assert INJECTION in {observation.subject for observation in found.observations}

    text = sarif.sarif(publication(now, Marking.AMBER), found.comparison())
    assert "change-technology" in text
    assert INJECTION not in text
    assert "change-accepted" not in text
    open_to_all = replace(now, register=register.handled(Handling(marking="TLP:CLEAR", by="Owner", on=TODAY)))
    assert "change-" not in sarif.sarif(publication(open_to_all, Marking.CLEAR), found.comparison())
