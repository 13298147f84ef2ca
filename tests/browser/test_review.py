"""The review in a real browser: keys, counts while typing, before and after, names that nobody knows; axe looks at every page."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page

from tests.browser import test_road as road
from tests.browser.test_road import AXE, look, until
from tests.browser.visitors import sign_up
from tests.conftest import messenger
from tests.flows.stack import Site

pytestmark = pytest.mark.browser
LINES = [
    "the wifi password is Sunflower99",
    "sunflower99 does not work, Bea",
    "I talked to Margaret about moving to Edinburgh",
    "Margaret is in Edinburgh now, at the Fernweg",
    "did Margaret call? my card is 4111 1111 1111 1111",
    "write to bea@example.org or call +49 30 901820",
]


@pytest.fixture(scope="module")
def reviewing(page: Page, site: Site) -> Page:
    sign_up(page, site, "reviewer@example.org")
    page.goto(site.url + "/archives/new")
    people = ["Bea Quill", "Ann Roe"]
    talk = [(people[n % 2], 1_700_000_000 + 60 * n, text) for n, text in enumerate(LINES)]
    page.set_input_files(
        "#files", {"name": "message_1.json", "mimeType": "application/json", "buffer": messenger(talk, people)}
    )
    page.wait_for_selector("h2:has-text('You are')")
    page.goto(site.url + "/archives/review")
    return page


def looked(page: Page) -> str:
    return page.inner_text("#looked")


def test_keys(reviewing: Page) -> None:
    page = reviewing
    total = page.locator("#review tbody tr").count()
    assert looked(page) == f"0 of {total} looked at"
    page.keyboard.press("j")
    first = page.locator("#review tbody tr >> nth=0").inner_text()
    page.keyboard.press("a")
    page.wait_for_selector(f"#looked:text-is('1 of {total} looked at')")
    assert page.locator("#review tbody tr >> nth=0").inner_text() != first, "what was accepted sinks"
    page.wait_for_selector("#review tbody tr:first-child .veil:focus")
    page.keyboard.press("e")
    page.wait_for_selector(f"#looked:text-is('2 of {total} looked at')")
    assert page.locator("text=1 decision to apply").is_visible()
    page.keyboard.press("c")
    assert page.evaluate("document.activeElement.tagName") == "SELECT"
    page.locator(":focus").select_option("booking")
    page.keyboard.press("Enter")
    page.wait_for_selector(f"#looked:text-is('3 of {total} looked at')")
    assert page.locator("text=2 decisions to apply").is_visible()
    look(page, "review-decided")
    for left in (2, 1, 0):
        page.keyboard.press("u")
        page.wait_for_selector(f"#looked:text-is('{left} of {total} looked at')")


def test_counts_while_typing(reviewing: Page) -> None:
    page = reviewing
    page.fill("#word", "")
    page.type("#word", "fernweg", delay=20)
    until(page, "document.querySelector('#word-count').textContent === 'stands once in 1 conversation'")
    page.type("#word", "x")
    until(page, "document.querySelector('#word-count').textContent === 'stands nowhere'")
    page.fill("#word", "Fernweg")
    page.click("section:has-text('Always taken out') button:has-text('Add')")
    page.wait_for_selector("section:has-text('Always taken out') li:has-text('stands once in 1 conversation')")


def test_names_that_nobody_knows(reviewing: Page) -> None:
    page = reviewing
    page.click("button:has-text('Look for them')")
    page.wait_for_selector("#strangers summary:has-text('guess')")
    page.click("#strangers summary")
    look(page, "review-strangers")
    page.check("#strangers input[value=Margaret]")
    page.check("#strangers input[value=Edinburgh]")
    page.click("text=Replace the chosen ones")
    page.wait_for_selector("text=3 decisions to apply")
    page.click("main button:has-text('Apply')")
    page.wait_for_selector("text=3 decisions to apply", state="detached")
    page.wait_for_selector("#job", state="detached")
    look(page, "review-lists")


def test_before_and_after(reviewing: Page) -> None:
    page = reviewing
    page.click("summary:has-text('conversation')")
    page.click("section:has-text('Before and after') li a")
    page.wait_for_selector("h1:has-text('Bea Quill')")
    after = page.locator(".pair > :last-child").all_inner_texts()
    assert "Margaret" not in json.dumps(after)
    veil = page.locator(".veil >> nth=0")
    assert not veil.locator(".bare").is_visible()
    box = veil.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    assert veil.locator(".bare").is_visible()
    page.mouse.up()
    look(page, "compare")


def test_axe_found_nothing_and_nothing_scrolls_sideways() -> None:
    assert AXE, "axe-core comes with npm ci"
    assert not road.BLEMISHES, "\n".join(road.BLEMISHES)
