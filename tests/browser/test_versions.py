"""Versions, corrections and words of a persona in a real browser: noted, rolled back, compared on held-out questions, looked at on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.test_road import AXE, BLEMISHES, look, until
from tests.browser.visitors import sign_up, take_the_sample
from tests.browser.voices import untrained
from tests.flows.stack import Site

pytestmark = pytest.mark.browser
EMAIL = "versions@example.org"
DONE = "document.querySelectorAll('article.done').length"
_MORE = """
import random
from apps.accounts.models import User
from apps.accounts.services import open_vault
from apps.personas import game, word_vectors
from apps.personas.dataset import Dialogue
from apps.personas.language import ME_SPEAKER, Bubble, Turn
from apps.personas.models import Version
owner = User.objects.get(email="versions@example.org")
vault = open_vault(owner.pk)
rng = random.Random(1)
topics = (["soup", "bread", "pasta", "cheese", "basil"], ["goal", "match", "striker", "keeper", "corner"])
def said(words):
    return " ".join(rng.choice(words) for _ in range(5))
talks = [Dialogue(("Sam",), (Turn("Sam", (Bubble(said(w)),)), Turn(ME_SPEAKER, (Bubble(said(w)),)))) for w in topics * 200]
vectors = word_vectors.learn(talks, 32)
for version in Version.objects.filter(owner=owner):
    with vault.create("words") as (item, writer):
        writer.write(vectors.packed())
    version.words, version.facts = item, {"step": 40 * version.number, "held_out_loss": 4.2 - version.number / 10, "leaks": {"verdict": "green", "causes": [], "remedies": [], "measured": {}}}
    version.save()
    game.keep(vault, version, [[[["Mab", [q]]], ["not yet"], ["always"]] for q in ("are you around on friday?", "did you feed the fox?")])
"""


def test_beginning(page: Page, site: Site) -> None:
    sign_up(page, site, EMAIL)
    take_the_sample(page)
    persona = untrained(site, EMAIL, versions=2)
    site.manage("shell", "-c", _MORE)
    page.goto(f"{site.url}/personas/{persona}")
    assert page.locator(".versions > li").count() == 2
    assert page.locator("#along li a").count() == 3, "three ways to take it along"


def test_a_note_and_back_to_an_older_one(page: Page) -> None:
    older = page.locator(".versions > li").nth(1)
    older.locator("summary").click()
    older.locator("input[name=note]").fill("before the summer chats came in")
    older.locator("text=Keep the note").click()
    page.wait_for_selector("bdi:has-text('before the summer')")
    page.get_by_role("button", name="Make version 1 current").click()
    page.wait_for_selector("text=Version 1 is the current one now")
    assert "version 1" in page.locator("p.ai").inner_text()
    look(page, "versions")


def test_the_same_questions_to_both(page: Page) -> None:
    page.get_by_role("button", name="Compare version 2 with version 1").click()
    page.wait_for_selector(".columns")
    page.wait_for_selector("#say button:enabled")
    page.click("button[data-prompt]:has-text('friday')")
    until(page, f"{DONE} === 2", 90)
    assert page.locator(".mine .bubble", has_text="are you around on friday?").count() == 2
    look(page, "compare-prompts", only="viewport")


def test_not_like_that(page: Page) -> None:
    page.goto(page.url.split("/talk/")[0] + "/home/")
    page.click("a:has-text('Noa Lindqvist')")
    page.click("main button:has-text('Talk')")
    page.wait_for_selector("#say button:enabled")
    page.fill("#field", "shall we get tea?")
    page.keyboard.press("Enter")
    until(page, f"{DONE} === 1", 90)
    page.click("text=Not like that")
    page.wait_for_selector("text=I’d say")
    look(page, "correct")
    page.fill("#instead", "never\n\nI am a coffee person")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=The next version learns it")
    page.click("summary:has-text('More')")
    page.click("text=About this persona")
    page.wait_for_selector("text=learns from 1 correction of yours")
    page.locator("#corrections").scroll_into_view_if_needed()
    look(page, "corrections")


def test_words_that_live_together(page: Page) -> None:
    page.locator("text=Words that live together").first.click()
    page.fill("#q", "Soup")
    page.keyboard.press("Enter")
    page.wait_for_selector("h2:has-text('soup')")
    assert "soup" not in page.url
    assert set(page.locator("section td bdi").all_inner_texts()) & {"bread", "pasta", "cheese", "basil"}
    look(page, "words")


def test_nothing_was_blemished() -> None:
    assert AXE, "axe-core comes with npm ci"
    assert not BLEMISHES, "\n".join(BLEMISHES)
