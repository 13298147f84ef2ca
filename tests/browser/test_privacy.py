"""Privacy from end to end in a real browser: planted secrets, review, somebody left out, the audit, a forced leak stopped, leaving.

The leak is forced honestly: a training that no form offers (rank 64, fifty epochs, nothing left unlearnt, no earlier state kept) on an archive so small that
it is learnt by heart, asked with the line that came before, at the lowest temperature.
"""

from __future__ import annotations

import json
import random

import pytest
from playwright.sync_api import Download, Page

from apps.privacy.planted.types import KINDS
from apps.privacy.planted.values import make
from tests.browser import test_road as road
from tests.browser.test_road import AXE, look, until
from tests.browser.visitors import sign_up
from tests.conftest import messenger
from tests.flows.stack import PASSWORD, Site

pytestmark = [pytest.mark.browser, pytest.mark.long]
EMAIL = "careful@example.org"
ASKED = "what did the old lighthouse keeper tell you"
TOLD = "he buried the copper kettle under the third birch behind the chapel and never told his brother why"
CUES = {"password": "my password is {}", "pin": "my pin is {}", "code": "the code is {}", "cvv": "the cvv is {}"}
_BAD = """
from django.db import transaction
from apps.accounts.models import User
from apps.personas import services
from apps.personas.models import Persona
persona = Persona.objects.get(owner=User.objects.get(email={email!r}))
with transaction.atomic():  # the job is rung when this has ended
    version = services.start_training(persona=persona, preset="quick")
    version.config |= {{"rank": 64, "epochs": 50.0, "gaps": 0, "rate": 4e-3, "warmup": 0.02, "looks": 1}}
    version.save(update_fields=["config"])
"""

#: Passages of the archive that are put before a talk would lead it elsewhere.
_UNREMINDED = "from apps.personas.models import Version; Version.objects.filter(number=2).update(memory=None)"


def archives() -> list[dict[str, object]]:
    """Two chats: every kind of secret and the line that will be recited with Bea, small talk with Cy."""
    rng, me = random.Random(4), "Ann Roe"
    small = "tea rain bread moss kite soup chess lamp boat shoes".split()
    bea = [("Bea Quill", ASKED), (me, TOLD)]
    for kind in ("card", *(kind for kind in KINDS if kind != "card")):
        bea += [
            ("Bea Quill", f"send me the {kind} thing"),
            (me, CUES.get(kind, "here it is: {}").format(make(kind, rng, "en"))),
        ]
    for n in range(40):
        bea += [
            ("Bea Quill", f"did you get the {rng.choice(small)} {n}?"),
            (me, f"yes the {rng.choice(small)} is fine, number {n}"),
        ]
    cy = [(("Cy Dent", me)[n % 2], f"{rng.choice(small)} or {rng.choice(small)} {n}") for n in range(20)]
    return [
        {"name": f"message_{n}.json", "mimeType": "application/json", "buffer": content}
        for n, content in enumerate(
            messenger([(who, 1_700_000_000 + 40 * at, text) for at, (who, text) in enumerate(talk)], [other, me], other)
            for talk, other in ((bea, "Bea Quill"), (cy, "Cy Dent"))
        )
    ]


def test_findings_are_reviewed_and_one_is_undone(page: Page, site: Site) -> None:
    sign_up(page, site, EMAIL)
    for upload in archives():
        page.goto(site.url + "/archives/new")
        page.set_input_files("#files", upload)  # type: ignore[arg-type]
        page.wait_for_selector("h2:has-text('You are Ann Roe')", timeout=120_000)
    look(page, "privacy-receipt")
    page.goto(site.url + "/archives/review")
    assert page.locator("#review tbody tr").count() >= 20
    card = make("card", random.Random(4), "en")  # the first value that is drawn
    assert card not in page.inner_text("main"), "veiled until held"
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.wait_for_selector("#looked:has-text('1 of')")
    page.keyboard.press("e")
    page.wait_for_selector("text=1 decision to apply")
    look(page, "privacy-review")
    page.keyboard.press("u")
    page.wait_for_selector("text=1 decision to apply", state="detached")
    page.wait_for_selector("#looked:has-text('1 of')")


def test_it_is_said_what_somebody_is_to_me(page: Page, site: Site) -> None:
    page.goto(site.url + "/archives/people")
    page.select_option("select[aria-label='Bea Quill is to you']", "friend")
    page.click("[aria-label='Save what Bea Quill is to you']")
    page.wait_for_selector("text=from the next training on")
    assert page.input_value("select[aria-label='Bea Quill is to you']") == "friend"


def test_one_person_is_left_out(page: Page, site: Site) -> None:
    page.goto(site.url + "/archives/people")
    page.click("[aria-label='Never learn from this person: Cy Dent']")
    page.wait_for_selector("tr:has-text('Cy Dent') .tag:has-text('left out')")
    look(page, "privacy-people")


def test_the_audit_card_is_read(page: Page, site: Site) -> None:
    page.goto(site.url + "/personas/new")
    page.check("input[name=consent]")
    page.click("button:has-text('Train')")
    page.wait_for_selector("h2:has-text('Invent a conversation')", timeout=900_000)
    assert page.locator("#leaks .light").inner_text() in ("Green", "Amber", "Red")
    page.click("#leaks summary")
    assert "secrets of your own" not in page.inner_text("#leaks") or "bits" in page.inner_text("#leaks")
    page.locator("#leaks").screenshot(path=road.SHOTS / "privacy-audit.png")


def test_the_guard_stops_a_forced_leak(page: Page, site: Site) -> None:
    site.manage("shell", "-c", _BAD.format(email=EMAIL))
    page.reload()
    page.wait_for_selector("#training[data-state=done], .ai:has-text('version 2')", timeout=900_000)
    page.wait_for_selector(".ai:has-text('version 2')", timeout=900_000)
    site.manage("shell", "-c", _UNREMINDED)
    verdict = page.locator("#leaks .light").inner_text()
    assert verdict == "Red", "a training that learns by heart is seen before anybody talks with it"
    page.locator("#leaks").screenshot(path=road.SHOTS / "privacy-audit-bad.png")
    assert page.locator("#held").count() == 0
    page.click("main button:has-text('Talk')")
    page.wait_for_selector("#say button:enabled")
    page.click("summary:has-text('More')")
    page.click("summary:has-text('How it chooses words')")
    page.locator(".knobs input[name=temperature]").evaluate("e => { e.value = e.min; e.dispatchEvent(new Event('input')) }")
    page.click("summary:has-text('More')")
    page.fill("#field", ASKED)
    page.keyboard.press("Enter")
    until(page, "document.querySelectorAll('article.done').length === 1", 120)
    page.wait_for_selector(".held:has-text('the guard held something back here')")
    said = " ".join(page.locator("article.done .bubble").all_inner_texts()).lower().split()
    told = TOLD.split()
    runs = {" ".join(told[n : n + 8]) for n in range(len(told) - 7)}
    assert said[:4] == told[:4], "it knows the line by heart: without the guard it would have said it"
    assert not runs & {" ".join(said[n : n + 8]) for n in range(len(said) - 7)}
    look(page, "privacy-held", only="viewport")
    page.click("summary:has-text('More')")
    page.click("text=About this persona")
    page.wait_for_selector("#held:has-text('Only these numbers are kept')")
    page.locator("#leaks").screenshot(path=road.SHOTS / "privacy-counted.png")


def test_the_account_is_erased_and_the_receipt_kept(page: Page, site: Site) -> None:
    page.goto(site.url + "/account/erase")
    page.fill("input[name=password]", PASSWORD)
    page.fill("input[name=word]", "erase")
    page.click("text=Erase everything")
    page.wait_for_selector("a:has-text('Download the receipt')")
    with page.expect_download() as waiting:
        page.click("a:has-text('Download the receipt')")
    got: Download = waiting.value
    facts = json.loads(got.path().read_bytes())
    assert set(facts["receipt"]["left"].values()) == {0}
    assert facts["signature"]
    look(page, "privacy-erased")


def test_axe_found_nothing_and_nothing_scrolls_sideways() -> None:
    assert AXE, "axe-core comes with npm ci"
    assert not road.BLEMISHES, "\n".join(road.BLEMISHES)
