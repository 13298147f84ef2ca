"""The studio whole, in a real browser with the real base: a topic, a day, times of every message, and a visitor from another account."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import opened
from tests.browser.test_road import AXE, BLEMISHES, look, until
from tests.browser.visitors import sign_up, take_the_sample
from tests.browser.voices import untrained
from tests.flows.stack import Site

pytestmark = pytest.mark.browser
HOST, GUEST = "inventor@example.org", "lender@example.org"
LEND = (
    "from apps.accounts.models import User; from tests.bridges.cast import voice;"
    f"print(voice(User.objects.get(email='{GUEST}'), 'Cyrus Vandermeer').pk)"
)
DAY = "2019-03-05T18:30"
ALL = "[...document.querySelectorAll('.when')].map(one => one.textContent)"


def set_up(page: Page, site: Site) -> None:
    sign_up(page, site, HOST)
    take_the_sample(page)
    page.goto(f"{site.url}/personas/{untrained(site, HOST)}")


def test_a_scene_with_a_topic_a_day_and_times(page: Page, site: Site) -> None:
    set_up(page, site)
    page.fill("#topic", "the allotment")
    page.fill("#day", DAY)
    page.check("input[name=times]")
    page.fill("#opening", "guess who i met")
    look(page, "studio-scene")
    page.click("main button:has-text('Invent')")
    page.wait_for_selector(".ai:has-text('about the allotment')")
    page.fill("#count", "4")
    page.click("#invent")
    page.wait_for_selector("article.done")
    times = page.evaluate(ALL)
    assert times[0] == "2019-03-05 18:30"
    assert times == sorted(times)
    assert page.locator(".bubbles .when").count() >= page.locator(".bubbles").count() - 1, (
        "every line but one of the same minute"
    )
    look(page, "studio-times", only="viewport")


def test_what_one_says_oneself_has_a_time_too_and_files_have_them_all(page: Page) -> None:
    page.select_option("#seat", index=1)
    page.fill("#field", "no way, tell me")
    page.keyboard.press("Enter")
    until(page, "document.querySelectorAll('article.done').length === 2", 60)
    before = page.evaluate(ALL)
    page.reload()
    page.wait_for_selector("article.done")
    until(page, f"JSON.stringify({ALL}) === JSON.stringify({json.dumps(before)})")
    page.click("summary:has-text('More')")
    with page.expect_download() as waiting:
        page.click("a:text-is('JSON')")
    turns = json.loads(waiting.value.path().read_bytes())["turns"]
    assert all(len(turn["at"]) == len(turn["bubbles"]) for turn in turns)
    page.click("#scene summary")
    look(page, "studio-more", only="viewport")
    page.fill("#scene #day", "2019-06-01T09:00")
    page.click("button:has-text('Set the scene')")
    page.wait_for_selector("article.done")
    page.fill("#count", "1")
    page.click("#invent")
    until(page, "document.querySelectorAll('article.done').length === 3", 60)
    assert page.evaluate(ALL)[-1].startswith("2019-06-01 09:0")


def test_a_visitor_comes_talks_and_is_called_back(page: Page, browser: Browser, site: Site) -> None:
    wrong: list[str] = []
    lender = opened(browser, site, wrong)
    sign_up(lender, site, GUEST)
    persona = site.manage("shell", "-c", LEND).split()[-1]
    lender.goto(f"{site.url}/doors/{persona}")
    lender.fill("#room-title", "for Noa")
    look(lender, "doors-room")
    lender.click("button:has-text('Make an invitation')")
    code = lender.inner_text("#code")
    look(lender, "door-room")

    page.goto(site.url + "/home/")
    page.click("h3 >> text=Noa Lindqvist")
    for box in page.locator(".pick input:checked").all():
        box.uncheck()
    page.click("summary:has-text('Bring in somebody')")
    page.fill("#code", "not an invitation")
    page.click("main button:has-text('Invent')")
    page.wait_for_selector("text=This invitation is not known")
    for box in page.locator(".pick input:checked").all():
        box.uncheck()
    page.click("summary:has-text('Bring in somebody')")
    page.fill("#code", code)
    page.check("input[name=times]")
    page.click("main button:has-text('Invent')")
    page.wait_for_selector(".empty")
    visitor = page.inner_text(".ai").split(" and of ")[1].split(" · ")[0].strip()
    assert "Cyrus" not in page.content()
    assert "Vandermeer" not in page.content()
    look(page, "studio-visitor-empty", only="viewport")
    page.fill("#count", "4")
    page.click("#invent")
    page.wait_for_selector("article.done")
    assert page.locator(f".who:has-text('{visitor}')").count() >= 1
    page.click(f".bubbles:has(.who:has-text('{visitor}')) summary >> nth=0")
    assert page.locator("button:visible:has-text('Go on from here')").count() == 1
    look(page, "studio-visitor", only="viewport")
    page.click("summary:has-text('More')")
    page.click("#visitors summary")
    look(page, "studio-visitors", only="viewport")

    lender.goto(f"{site.url}/doors/{persona}")
    lender.on("dialog", lambda dialog: dialog.accept())
    lender.click("button:text-is('End')")
    lender.wait_for_selector("td:has-text('ended')")
    assert not wrong, wrong
    lender.context.close()
    page.reload()
    page.wait_for_selector(f".banner:has-text('{visitor} no longer speaks in this room')")
    page.wait_for_selector("article.done")
    look(page, "studio-visitor-gone", only="viewport")


def test_axe_found_nothing_and_nothing_scrolls_sideways() -> None:
    assert AXE, "axe-core comes with npm ci"
    assert not BLEMISHES, "\n".join(BLEMISHES)
