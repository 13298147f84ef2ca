"""A newcomer's road in a real browser: sign up, sample, receipt, train, talk, invent, reload in mid-word, leave.

Console errors, policy violations and requests to other origins are failures; axe looks at every page, in both themes,
on a desktop and at 320 px. Pictures land in `test-results/` (CC_SHOTS changes the place).
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.flows.stack import PASSWORD, ROOT, Site

pytestmark = pytest.mark.browser
SHOTS = Path(os.environ.get("CC_SHOTS", ROOT / "test-results"))
BLEMISHES: list[str] = []
AXE = (ROOT / "node_modules/axe-core/axe.min.js").read_text() if (ROOT / "node_modules/axe-core").exists() else ""


def until(page: Page, expression: str, seconds: float = 30) -> None:
    """Wait for a JavaScript expression (polled from outside: the page's policy forbids eval, which is as it should be)."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        time.sleep(0.1)


def look(page: Page, name: str, *, only: str = "") -> None:
    """Pictures and axe: desktop and 320 px, light and dark."""
    SHOTS.mkdir(exist_ok=True)
    for width, height in ((1280, 900), (320, 640)):
        page.set_viewport_size({"width": width, "height": height})
        for theme in ("light", "dark"):
            page.evaluate("t => { document.documentElement.dataset.theme = t }", theme)
            page.screenshot(path=SHOTS / f"{name}-{width}-{theme}.png", full_page=not only)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                BLEMISHES.append(f"{name} scrolls sideways at {width}")
            found: list[dict[str, Any]] = page.evaluate(
                AXE
                + "; axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => ({id: v.id, nodes: v.nodes.map(n => n.html.slice(0, 120))})))"
            )
            BLEMISHES.extend(f"{name} {width} {theme}: {v['id']} {v['nodes'][:3]}" for v in found)
    page.set_viewport_size({"width": 1280, "height": 900})


def test_the_road(page: Page, site: Site) -> None:
    page.goto(site.url)
    look(page, "front")
    page.click("text=Begin")
    page.fill("input[name=email]", "newcomer@example.org")
    page.fill("input[name=password1]", PASSWORD)
    page.fill("input[name=password2]", PASSWORD)
    look(page, "signup")
    page.click("main button[type=submit]")
    page.wait_for_url("**/home/")
    look(page, "home-empty")

    page.goto(site.url + "/archives/new")
    look(page, "upload")
    page.set_input_files(
        "#files", {"name": "letters.zip", "mimeType": "application/zip", "buffer": b"<html>please log in</html>"}
    )
    page.wait_for_selector("text=web page, not a zip")
    look(page, "upload-broken")

    page.goto(site.url + "/archives/new")
    page.click("text=Try it with a sample")
    page.wait_for_selector("h2:has-text('You are Noa Lindqvist')")
    assert page.locator(".tag:has-text('card')").count() == 1
    look(page, "receipt")
    page.click("tbody a >> nth=0")
    page.wait_for_selector(".bubble")
    look(page, "conversation")
    page.goto(site.url + "/archives/statistics")
    look(page, "statistics")
    page.goto(site.url + "/archives/people")
    look(page, "people")
    page.goto(site.url + "/archives/review")
    assert page.locator("#review tbody tr").count() > 5
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.wait_for_selector("text=1 decision to apply")
    for button in ("main button:has-text('Apply')", "section:has-text('Never taken out') >> text=Undo"):
        with page.expect_navigation():  # only the page that follows says whether there is work
            page.click(button)
        page.wait_for_selector("#job", state="detached")
    assert page.locator("text=decision to apply").count() + page.locator("#undo-last").count() == 0
    look(page, "review")

    page.goto(site.url + "/personas/new")
    until(page, "!document.querySelector('#presets').textContent.includes('measuring')", 400)
    look(page, "persona-new")
    page.check("input[name=consent]")
    began = time.monotonic()
    page.click("button:has-text('Train')")
    page.wait_for_selector("#samples section", timeout=120_000)
    first_sample = time.monotonic() - began
    page.reload()
    page.wait_for_selector("#samples section")
    look(page, "training")
    page.wait_for_selector("h2:has-text('Invent a conversation')", timeout=400_000)
    ready = time.monotonic() - began
    (SHOTS / "times.txt").write_text(f"first sample after {first_sample:.0f} s, ready after {ready:.0f} s\n")
    page.wait_for_selector("#curve canvas")
    look(page, "persona")


def test_talking(page: Page, site: Site) -> None:
    page.click("button:has-text('Talk')")
    page.wait_for_selector("#say button:enabled")
    page.fill("#field", "are you around on friday?")
    page.keyboard.press("Enter")
    page.wait_for_selector("article.writing, article.done")
    page.reload()  # in the middle of the answer, or right after it
    page.wait_for_selector("article.done")
    assert page.locator(".ai:has-text('AI imitation of Noa')").is_visible()
    said = page.locator("article.done .bubble").all_inner_texts()
    page.reload()
    page.wait_for_selector("article.done")
    assert page.locator("article.done .bubble").all_inner_texts() == said
    look(page, "talk", only="viewport")

    page.focus("#field")
    page.keyboard.type("honestly i am ", delay=15)
    page.wait_for_selector("#suggest button")
    before = page.input_value("#field")
    page.keyboard.press("Tab")
    assert page.input_value("#field").startswith(before)
    assert len(page.input_value("#field")) > len(before)
    page.keyboard.press("Enter")
    until(page, "document.querySelectorAll('article.done').length === 2")
    count = page.locator("article").count()
    page.click("article:last-of-type >> text=Say it differently")
    page.wait_for_selector("article:last-of-type >> text=2 of 2")
    until(page, "document.querySelectorAll('article.done').length === 2")
    assert page.locator("article").count() == count


def test_two_tabs_see_the_same(page: Page, site: Site) -> None:
    other = page.context.new_page()
    other.goto(page.url)
    other.wait_for_selector("article.done")
    page.fill("#field", "and on sunday?")
    page.keyboard.press("Enter")
    for tab in (page, other):
        until(tab, "document.querySelectorAll('article.done').length === 3")
    assert page.locator(".bubble").all_inner_texts() == other.locator(".bubble").all_inner_texts()
    other.close()


def test_inventing(page: Page, site: Site) -> None:
    page.click("summary:has-text('More')")
    page.click("text=About this persona")
    page.fill("#opening", "guess who i met")
    page.click("main button:has-text('Invent')")
    page.wait_for_selector(".empty")
    page.fill("#count", "4")
    page.click("#invent")
    page.wait_for_selector("article.done")
    assert page.locator(".bubble >> nth=0").inner_text() == "guess who i met"
    look(page, "studio", only="viewport")
    page.goto(site.url + "/home/")
    look(page, "home")


def test_leaving(page: Page, site: Site) -> None:
    page.goto(site.url + "/account/")
    look(page, "account")
    page.click("text=Second factor")
    look(page, "second-factor")
    page.goto(site.url + "/account/erase")
    look(page, "erase")
    page.fill("input[name=password]", PASSWORD)
    page.fill("input[name=word]", "erase")
    page.click("text=Erase everything")
    page.wait_for_selector("h1:has-text('It is gone')")
    page.wait_for_selector("a:has-text('Download the receipt')")
    look(page, "erased")
    page.goto(site.url + "/home/")
    assert "/accounts/login/" in page.url
    page.goto(site.url + "/nowhere")
    look(page, "missing")


def test_axe_found_nothing_and_nothing_scrolls_sideways() -> None:
    assert AXE, "axe-core comes with npm ci"
    assert not BLEMISHES, "\n".join(BLEMISHES)
