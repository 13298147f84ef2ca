"""A link for guests in a real browser: the owner makes it, a guest talks on a phone, the owner ends it. The persona is the bare base."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import test_road as road
from tests.browser.conftest import opened
from tests.browser.test_road import AXE, look, until
from tests.browser.visitors import sign_up
from tests.flows.stack import Site

pytestmark = pytest.mark.browser
MAKE = (
    "from apps.accounts.models import User; from tests.bridges.cast import voice;"
    "print(voice(User.objects.get(email='host@example.org')).pk)"
)


def begun(page: Page, site: Site) -> str:
    """Somebody with a persona; the address of its doors."""
    sign_up(page, site, "host@example.org")
    persona = site.manage("shell", "-c", MAKE).split()[-1]
    page.goto(f"{site.url}/personas/{persona}")
    page.click("text=Doors: keys for programs")
    page.wait_for_selector("h1:has-text('Doors of')")
    return page.url


def test_the_road_of_a_guest(page: Page, browser: Browser, site: Site) -> None:
    doors = begun(page, site)
    look(page, "doors-empty")
    page.fill("#key-title", "my editor")
    page.click("button:has-text('Make a key')")
    assert page.inner_text("#token").startswith("chatclone_")
    look(page, "door-key")
    page.goto(doors)
    page.fill("#link-title", "for Mia")
    page.click("button:has-text('Make a link')")
    link = page.inner_text("#link")
    look(page, "door-link")
    page.goto(doors)
    assert page.locator("#doors tbody tr").count() == 2
    assert link not in page.content()
    look(page, "doors")

    wrong: list[str] = []
    guest = opened(browser, site, wrong)
    guest.set_viewport_size({"width": 320, "height": 640})
    guest.goto(link)
    assert guest.locator(".ai:has-text('AI imitation of')").is_visible()
    look(guest, "guest-empty", only="viewport")
    guest.set_viewport_size({"width": 320, "height": 640})
    guest.fill("#field", "hey, shall we get tea?")
    guest.keyboard.press("Enter")
    guest.wait_for_selector("article[data-generated=ai].done")
    assert guest.locator("article").count() == 2
    guest.fill("#field", "are you a real person?")
    guest.keyboard.press("Enter")
    until(guest, "document.querySelectorAll('article.done[data-generated=ai]').length === 2")
    assert re.search(r"\bAI\b", guest.locator("article .bubble").last.inner_text())
    assert "AI" in guest.inner_text("#announce")
    said = guest.locator("article .bubble").all_inner_texts()
    look(guest, "guest", only="viewport")
    guest.reload()
    assert guest.locator("article .bubble").all_inner_texts() == said, "the tab remembers, nobody else does"
    other = opened(browser, site, wrong)
    other.goto(link)
    assert other.locator("article").count() == 0
    other.context.close()

    page.reload()
    page.once("dialog", lambda dialog: dialog.accept())
    page.click("button[aria-label='End for Mia']")
    page.wait_for_selector("text=Ended. Whoever has it")
    guest.fill("#field", "still there?")
    guest.keyboard.press("Enter")
    until(guest, "!document.querySelector('#problem').hidden")
    assert "This link has ended" in guest.inner_text("#problem")
    assert guest.input_value("#field") == "still there?", "nothing that was typed is lost"
    look(guest, "guest-ended", only="viewport")
    guest.click("summary:has-text('More')")
    guest.click("#forget")
    guest.reload()
    assert guest.locator("article").count() == 0
    assert not wrong, wrong
    guest.context.close()


def test_axe_found_nothing() -> None:
    assert AXE
    assert not road.BLEMISHES, "\n".join(road.BLEMISHES)
