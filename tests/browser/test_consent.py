"""Asking somebody in a real browser: the owner makes a link, the person answers without account or scripts, the persona stops."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import test_road as road
from tests.browser.conftest import opened
from tests.browser.test_road import AXE, look, until
from tests.browser.visitors import sign_up, take_the_sample
from tests.flows.stack import Site

pytestmark = pytest.mark.browser


def begun(page: Page, site: Site) -> str:
    """A persona of somebody else from the sample archive; its address."""
    sign_up(page, site, "asker@example.org")
    page.goto(site.url + "/archives/new")
    take_the_sample(page)
    page.goto(site.url + "/personas/new")
    page.select_option("#who", index=1)
    page.click("button:has-text('Choose')")
    assert "has not agreed yet" in page.inner_text("main")
    look(page, "persona-new-other")
    page.check("input[name=consent]")
    page.click("button:has-text('Train')")
    page.wait_for_selector("#consent")
    return page.url


def holder(browser: Browser) -> Page:
    """Somebody else's telephone, without scripts."""
    context = browser.new_context(viewport={"width": 320, "height": 640}, java_script_enabled=False)
    return context.new_page()


def test_the_road_of_a_consent(page: Page, browser: Browser, site: Site) -> None:
    persona = begun(page, site)
    page.fill("#asked_by", "Noa from the choir")
    look(page, "consent-box")
    page.click("button:has-text('Make a link')")
    link = page.inner_text("#link")
    assert link.startswith(site.url + "/consent/")
    look(page, "consent-link")
    page.goto(persona)
    assert link not in page.content()
    assert "A link waits for an answer" in page.inner_text("#consent")

    wrong: list[str] = []
    reader = opened(browser, site, wrong)
    reader.goto(link)
    look(reader, "consent-asked")
    assert not wrong
    reader.context.close()

    theirs = holder(browser)
    theirs.goto(link)
    assert "Noa from the choir" in theirs.inner_text("main")
    assert re.search(r"\d+ of your messages", theirs.inner_text("main"))
    theirs.click("button:has-text('I agree')")
    assert theirs.inner_text("h1") == "You agreed"
    theirs.screenshot(path=road.SHOTS / "consent-given-320-noscript.png", full_page=True)
    page.reload()
    assert "agreed by a link" in page.inner_text("#consent")

    page.evaluate(  # the training runs; the fixed text needs no model
        "u => { const f = document.createElement('form'); f.method = 'post'; f.action = u; const i = document.createElement('input');"
        "i.name = 'csrfmiddlewaretoken'; i.value = document.querySelector('meta[name=csrf]').content; f.append(i);"
        "document.body.append(f); f.submit() }",
        persona.replace("/personas/", "/talk/new/"),
    )
    page.wait_for_selector("#say button:enabled")
    assert page.locator(".note").count() == 1
    look(page, "talk-begun", only="viewport")
    page.fill("#field", "hey are you a real person or a bot")
    page.keyboard.press("Enter")
    page.wait_for_selector("article.done")
    assert "AI imitation of" in page.inner_text("article.done .bubble")
    assert page.locator("article[data-generated=ai]").count() == 1
    assert page.locator(".turns > :first-child").get_attribute("class") == "note"
    look(page, "talk-truth", only="viewport")
    page.set_viewport_size({"width": 320, "height": 480})
    page.evaluate("document.querySelector('#turns').scrollTop = 9e9")
    box = page.locator(".ai").bounding_box()
    assert box is not None and box["y"] >= 0, "the label stays in sight"
    page.set_viewport_size({"width": 1280, "height": 900})

    theirs.click("button:has-text('Take it back')")
    assert theirs.inner_text("h1") == "You took it back"
    theirs.screenshot(path=road.SHOTS / "consent-revoked-320-noscript.png", full_page=True)
    page.fill("#field", "and now?")
    page.keyboard.press("Enter")
    until(page, "!document.querySelector('#problem').hidden")
    assert "took their consent back" in page.inner_text("#problem")
    assert page.input_value("#field") == "and now?", "nothing that was typed is lost"
    page.reload()
    look(page, "talk-revoked", only="viewport")
    page.goto(persona)
    look(page, "consent-box-revoked")
    theirs.context.close()


def test_axe_found_nothing() -> None:
    assert AXE
    assert not road.BLEMISHES, "\n".join(road.BLEMISHES)
