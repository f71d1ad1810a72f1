"""Hand-over: what a supplier leaves unresolved arrives whole, stays until decided, and is never more than text."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from helpers import SURPLUS, SYSTEMS, TODAY, decision, desk, full, library
from nbthreat.base.errors import DocumentError, RegisterError
from nbthreat.base.risk import Level
from nbthreat.decisions.assessment import assess, assess_file
from nbthreat.decisions.register import Act, Advice, Audience, Dismissal, Register, Standing, reconcile
from nbthreat.decisions.verdicts import Verdict
from nbthreat.publishing.exchange.handover import Handover, Unresolved, handover, notice, take, unadvised
from nbthreat.publishing.export import page
from nbthreat.system import documents
from nbthreat.system.model import Element, System

ADVICE = (
    Advice(to=Audience.OPERATOR, text="Refuse pictures at the gateway."),
    Advice(to=Audience.END_USER, text="Send no pictures."),
)
POSSIBLE = "direct-prompt-injection@helper"


def bundle(register: Register | None = None, system: System | None = None) -> Handover:
    """What the help desk hands over."""
    return handover(assess(system or desk(), library(), register, today=TODAY))


def customer() -> Register:
    """The register of somebody who uses the help desk."""
    return Register(system="shop")


def through_a_file(made: Handover, folder: Path) -> Handover:
    """The same, written and read."""
    path = folder / "bundle.yaml"
    path.write_text(documents.dump(made), encoding="utf-8")
    return documents.read(Handover, path).value


def test_what_is_open_is_handed_over_with_what_would_stand_against_it() -> None:
    """And which version of what it is about."""
    made = bundle(system=replace(desk(), version="2.1", owner="Desk team"))

    [unresolved] = made.threats
    assert (SURPLUS, "Helper", Level.MODERATE) == (unresolved.key, unresolved.part, unresolved.level)
    assert ("desk", "2.1", "Desk team", TODAY) == (made.supplier, made.version, made.by, made.on)
    assert ("Unneeded capabilities blocked",) == unresolved.expects
    assert (SURPLUS,) == unadvised(made)


def test_what_is_set_aside_is_not_handed_over_and_what_has_advice_is() -> None:
    """Also where it is only possible: somebody thought it worth telling."""
    aside = Register(system="desk").dismissing(Dismissal(key=SURPLUS, reason="Not reachable.", on=TODAY))
    told = Register(system="desk").deciding(decision(POSSIBLE, "We cannot stop it.", communicate=ADVICE))

    assert () == bundle(aside).threats
    made = {unresolved.key: unresolved for unresolved in bundle(told).threats}
    assert {POSSIBLE, SURPLUS} == set(made)
    assert ("We cannot stop it.", ADVICE) == (made[POSSIBLE].reason, made[POSSIBLE].advice)
    assert (SURPLUS,) == unadvised(bundle(told))


def test_f2_summarising_uploads_comes_with_a_notice_to_operators() -> None:
    """Indirect injection cannot be resolved by the supplier: operators are told to look at what they feed it."""
    seen = assess_file(SYSTEMS / "chatbot-pdf.yaml", today=TODAY, library=library())
    key = next(finding.key for finding in seen.findings if finding.threat.id == "indirect-prompt-injection")
    advice = Advice(to=Audience.OPERATOR, text="Look at PDFs before they are summarised.")
    register = seen.register.deciding(decision(key, "No filter finds them all.", communicate=(advice,)))
    made = handover(replace(seen, register=register))

    assert key in {unresolved.key for unresolved in made.threats}
    assert "For those who run the system: Look at PDFs before they are summarised" in notice(made)


def test_a_bundle_goes_from_a_suppliers_model_into_a_customers_register_whole(tmp_path: Path) -> None:
    """Through its own file, and through the register's."""
    told = Register(system="desk").deciding(decision(SURPLUS, "Wait for the vendor.", communicate=ADVICE))
    made = bundle(told)
    assert made == through_a_file(made, tmp_path)

    register = take(customer(), made, by="Shop team", on=TODAY)
    [inherited] = register.inherited
    [sent] = made.threats
    assert "surplus-capability@desk/helper" == inherited.key
    for name in ("title", "part", "likelihood", "impact", "summary", "reason", "expects", "advice"):
        assert getattr(sent, name) == getattr(inherited, name)
    assert (Act.INHERITED, "Shop team") == (register.log[-1].act, register.log[-1].by)
    assert register == documents.loads(Register, documents.dump(register).encode(), tmp_path).value


def shop() -> System:
    """A system of a customer."""
    return System(id="shop", name="Shop", elements=(Element(id="till", technology="application"),))


def test_an_inherited_risk_stays_until_somebody_decides() -> None:
    """It waits like an open finding, is rated as the supplier rates it, and takes a decision like any."""
    register = take(customer(), bundle(), by="Shop team", on=TODAY)
    key = register.inherited[0].key
    waiting = assess(shop(), library(), register, today=TODAY)

    risk = next(risk for risk in waiting.risks if risk.key == key)
    assert (Standing.INHERITED, None, Level.MODERATE) == (
        risk.standing,
        risk.finding,
        risk.inherent.level if risk.inherent else None,
    )
    assert key in waiting.movement.new
    assert Verdict.INCONCLUSIVE is waiting.covered("3.1").verdict
    assert "1 open findings" in waiting.covered("3.1").because

    decided = assess(shop(), library(), register.deciding(decision(key)), today=TODAY)
    assert Standing.DECIDED is next(risk.standing for risk in decided.risks if risk.key == key)
    assert key not in decided.movement.new
    reopened = decided.register.reopening(key)
    assert Standing.INHERITED is next(risk.standing for risk in reconcile(reopened, (), today=TODAY) if risk.key == key)


def test_what_was_taken_over_and_not_decided_is_handed_on() -> None:
    """The second hop: from those who run it to those who use it."""
    register = take(customer(), bundle(), by="", on=TODAY)
    made = bundle(register, shop())
    taken = take(Register(system="user"), made, by="", on=TODAY)

    assert ["surplus-capability@shop/desk/helper"] == [inherited.key for inherited in taken.inherited]


def test_a_later_bundle_takes_the_place_of_the_earlier_and_loses_nothing() -> None:
    """What the supplier no longer tells is marked; decisions stay; taking the same twice changes nothing."""
    first = take(customer(), bundle(), by="Lead", on=TODAY)
    key = first.inherited[0].key
    later = TODAY + timedelta(days=30)
    quiet = replace(bundle(), threats=())

    assert first == take(first, bundle(), by="Lead", on=later)
    decided = first.deciding(decision(key))
    gone = take(decided, quiet, by="Lead", on=later)
    assert (later, decided.decisions) == (gone.inherited[0].withdrawn, gone.decisions)
    assert Standing.NO_LONGER_FOUND is reconcile(gone, (), today=later)[0].standing
    back = take(gone, bundle(), by="Lead", on=later)
    assert first.inherited == back.inherited
    assert Standing.DECIDED is reconcile(back, (), today=later)[0].standing


def test_a_system_does_not_take_over_its_own() -> None:
    """That would be a circle."""
    with pytest.raises(RegisterError, match="handed over itself"):
        take(Register(system="desk"), bundle(), by="", on=TODAY)


HOSTILE = "](javascript:x) <script>x()</script> [a]: http://x | `x` \n# Heading"


def test_a_hostile_bundle_is_text_and_nothing_else(tmp_path: Path) -> None:
    """In the notice and in the customer's published register."""
    unresolved = Unresolved(
        key="evasion@model",
        title=HOSTILE,
        part=HOSTILE,
        likelihood=Level.HIGH,
        impact=Level.HIGH,
        summary=HOSTILE,
        reason=HOSTILE,
        expects=(HOSTILE,),
        advice=(Advice(to=Audience.OPERATOR, text=HOSTILE),),
    )
    made = Handover(supplier="vendor", name=HOSTILE, version=HOSTILE, by=HOSTILE, on=TODAY, threats=(unresolved,))
    seen = assess(shop(), library(), take(customer(), through_a_file(made, tmp_path), by="", on=TODAY), today=TODAY)

    said = notice(made)
    assert "<script" not in said
    assert "](" not in said.replace("\\]\\(", "")
    assert ["# What remains", "## "] == [line[: len(start)] for line, start in zip(
        [line for line in said.splitlines() if line.startswith("#")], ("# What remains", "## "), strict=True
    )]  # fmt: skip
    html = page.fragment(full(seen))
    assert "<script" not in html


BAD = [
    ("supplier: desk\n", "supplier: ../etc\n", "no id of a system"),
    (f"key: {SURPLUS}", "key: <b>", "no key of a finding"),
    (f"key: {SURPLUS}", 'key: "a@b/../c"', "no key of a finding"),
    ("likelihood: 4", "likelihood: 9", "a whole number from 1 to 5"),
    ("name: Help desk\n", "name: Help desk\nrun: this\n", "unknown key 'run'"),
    ("name: Help desk\n", "name: !!python/object:os.system x\n", "tag"),
    ("nbthreat: 1\n", "nbthreat: 2\n", "newer nbthreat"),
]


@pytest.mark.parametrize(("said", "wrong", "message"), BAD, ids=[item[1].strip() for item in BAD])
def test_a_malformed_bundle_is_refused(tmp_path: Path, said: str, wrong: str, message: str) -> None:
    """As any file would be."""
    text = documents.dump(bundle())
    assert said in text
    path = tmp_path / "bundle.yaml"
    path.write_text(text.replace(said, wrong, 1), encoding="utf-8")

    with pytest.raises(DocumentError, match=message):
        documents.read(Handover, path)


def test_a_threat_is_handed_over_once() -> None:
    """Twice would be two ratings for one thing."""
    [unresolved] = bundle().threats
    with pytest.raises(RegisterError, match="handed over twice"):
        replace(bundle(), threats=(unresolved, unresolved))
