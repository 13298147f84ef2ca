"""Talking as people expect it, in a real browser with the real base: branches, drafts, keys, the list, the studio, two side by side."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Download, Page

from tests.browser.test_road import AXE, BLEMISHES, look, until
from tests.browser.visitors import sign_up, take_the_sample
from tests.browser.voices import untrained
from tests.flows.stack import PASSWORD, Site

pytestmark = pytest.mark.browser
EMAIL = "talker@example.org"
#: A pace of a minute for each bubble, where a test asks for it.
SLOW = """document.addEventListener("readystatechange", () => {
  const talk = document.querySelector("#talk");
  if (talk && sessionStorage.getItem("slow")) talk.dataset.pace = '{"pause":60000,"longest":60000}';
});"""
DONE = "document.querySelectorAll('article.done').length"


def said(page: Page) -> list[str]:
    return page.locator(".bubble").all_inner_texts()


def type_in(page: Page, text: str, done: int) -> None:
    page.wait_for_selector("#say button:enabled")
    page.fill("#field", text)
    page.keyboard.press("Enter")
    until(page, f"{DONE} === {done}", 60)


def state(page: Page) -> str:
    """The sum of what would tell a screen reader's user the same thing twice."""
    return page.inner_text("#announce")


def test_beginning(page: Page, site: Site) -> None:
    sign_up(page, site, EMAIL)
    take_the_sample(page)
    persona = untrained(site, EMAIL, versions=2)
    page.goto(f"{site.url}/personas/{persona}")
    page.select_option("#whom", label="version 1, quick")
    page.click("main button:has-text('Talk')")
    page.wait_for_selector(".empty")
    look(page, "talk-empty", only="viewport")


def test_other_answers_stay_within_reach(page: Page) -> None:
    type_in(page, "are you around on friday?", 1)
    first = said(page)
    assert state(page) == f"Noa Lindqvist: {'. '.join(first[1:])}", "told once, when it is there"
    page.click("text=Say it differently")
    page.wait_for_selector(".arrows")
    until(page, f"{DONE} === 1")
    assert page.locator(".arrows").inner_text().split("\n")[1:2] == ["2 of 2"]
    page.focus("[aria-label='The one before']")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('.arrows').innerText.includes('1 of 2')")
    assert said(page) == first
    page.reload()
    page.wait_for_selector("text=1 of 2")
    assert said(page) == first, "where one was is kept"


def test_going_on_editing_and_going_back(page: Page) -> None:
    page.click("text=Say more")
    until(page, f"{DONE} === 2", 60)
    page.focus("#field")
    page.keyboard.press("ArrowUp")
    assert page.input_value("#field") == "are you around on friday?"
    page.keyboard.press("Escape")
    assert page.input_value("#field") == ""
    page.keyboard.press("ArrowUp")
    page.fill("#field", "are you around on sunday?")
    look(page, "talk-edit", only="viewport")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('.bubble').innerText.includes('sunday')")
    until(page, f"{DONE} === 1 && document.querySelectorAll('article').length === 2", 60)
    page.click("article >> nth=0 >> [aria-label='The one before']")
    until(page, f"{DONE} === 2")
    assert "friday" in said(page)[0], "the whole branch is back"
    page.click("article >> nth=1 >> summary")
    page.click("button:visible:has-text('Back to here')")
    until(page, f"{DONE} === 1")
    page.click("text=Forward again")
    until(page, f"{DONE} === 2")


def test_a_draft_survives_and_lies_in_no_browser(page: Page) -> None:
    page.fill("#field", "half a secret thought")
    page.reload()
    page.wait_for_selector("article.done")
    until(page, "document.querySelector('#field').value === 'half a secret thought'")
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "secret" not in kept
    page.click("article >> nth=0 >> summary")
    page.click("article >> nth=0 >> button:text-is('Edit')")
    page.fill("#field", "are you around on monday?")
    page.keyboard.press("Enter")
    until(page, f"{DONE} === 1", 60)
    assert page.input_value("#field") == "half a secret thought", "what stood there before the edit"
    page.wait_for_timeout(1_000)  # a draft goes out after .4 s
    page.reload()
    until(page, "document.querySelector('#field').value === 'half a secret thought'")
    page.fill("#field", "")
    page.wait_for_timeout(1_000)


def test_stopping_with_a_key_and_the_keys_themselves(page: Page) -> None:
    page.click("summary:has-text('More')")
    page.check("#typed")
    page.click("summary:has-text('More')")
    page.fill("#field", "tell me everything about the allotment")
    page.keyboard.press("Enter")
    page.wait_for_selector("article.typing, article.waiting")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    until(page, "!document.querySelector('article.typing, article.waiting, article.writing')", 30)
    page.click("summary:has-text('More')")
    page.uncheck("#typed")
    page.click("summary:has-text('More')")
    page.focus("#turns")
    page.keyboard.press("?")
    page.wait_for_selector("#help[open]")
    look(page, "talk-help", only="viewport")
    page.keyboard.press("Escape")
    page.wait_for_selector("#help[open]", state="detached")


def test_bubbles_that_are_still_being_typed_are_there_when_one_goes_on(page: Page) -> None:
    """What was said before stands there whole as soon as something new is said."""
    before = len(said(page))
    page.add_init_script(SLOW)
    page.evaluate("sessionStorage.setItem('slow', 'yes')")
    page.reload()
    page.click("summary:has-text('More')")
    page.check("#typed")
    page.click("summary:has-text('More')")
    page.fill("#field", "and the beans?")
    page.keyboard.press("Enter")
    page.wait_for_selector("button:has-text('Show all')")  # it is done, and nothing of it may be seen yet
    page.fill("#field", "hello?")
    page.keyboard.press("Enter")
    until(page, "[...document.querySelectorAll('.bubble')].some((b) => b.innerText === 'hello?')", 30)
    until(
        page, "[...document.querySelectorAll('article')].slice(0, -1).every((a) => !a.innerText.includes('is writing'))", 30
    )
    assert len(said(page)) > before + 2 and all(said(page)[: before + 2])
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.evaluate("sessionStorage.removeItem('slow')")
    page.reload()
    page.click("summary:has-text('More')")
    page.uncheck("#typed")
    page.click("summary:has-text('More')")


def test_another_version_and_another_name_answer(page: Page) -> None:
    page.click("summary:has-text('More')")
    look(page, "talk-more", only="viewport")
    page.select_option("#meet", label="the current version")
    page.click("button:has-text('Meet')")
    page.wait_for_selector("article.done")
    page.click("summary:has-text('More')")
    page.select_option("#sit", index=1)
    other = page.locator("#sit option >> nth=1").inner_text()
    page.click("button:has-text('Speak')")
    page.wait_for_selector(f".ai:has-text('you speak as {other}')")
    page.wait_for_selector("article.done, article.stopped")
    before = page.locator("article").count()
    page.fill("#field", "hello again")
    page.keyboard.press("Enter")
    until(page, f"document.querySelectorAll('article').length === {before + 2}")
    page.wait_for_selector("article:last-of-type.done")
    assert "version 2" in page.locator("article >> nth=-1").inner_text()


def test_the_file_the_name_and_the_list(page: Page, site: Site) -> None:
    page.click("summary:has-text('More')")
    with page.expect_download() as waiting:
        page.click("a:text-is('JSON')")
    got: Download = waiting.value
    facts = json.loads(got.path().read_bytes())
    assert facts["generated"] is True
    assert [bubble for turn in facts["turns"] for bubble in turn["bubbles"]] == [b.strip() for b in said(page)]
    page.fill("#title", "About Friday")
    page.click("button:has-text('Rename')")
    page.wait_for_selector("h1:has-text('About Friday')")
    page.goto(site.url + "/talk/")
    page.wait_for_selector(".talks li")
    look(page, "talks")
    page.fill("#q", "friday around")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=1 found")
    page.wait_for_selector(".talks p:has-text('are you around on friday')")
    look(page, "talks-found")
    page.click(".talks summary")
    page.click("button:has-text('Put away')")
    page.wait_for_selector("text=No conversations yet")
    page.click("a:text-is('Put away')")
    page.wait_for_selector(".talks li:has-text('About Friday')")


def test_the_studio(page: Page, site: Site) -> None:
    page.goto(site.url + "/home/")
    page.click("h3 >> text=Noa Lindqvist")
    page.locator(".pick input").nth(1).check()
    page.fill("#opening", "guess who i met")
    page.click("main button:has-text('Invent')")
    page.wait_for_selector(".empty")
    page.fill("#count", "4")
    page.click("#invent")
    page.wait_for_selector("article.done")
    whole = said(page)
    assert whole[0] == "guess who i met"
    page.click("article .bubbles >> nth=2 >> summary")
    look(page, "studio", only="viewport")
    page.locator("button:visible:has-text('Write this line myself')").click()
    page.wait_for_selector("text=2 of 2")
    assert page.locator("article .bubbles").count() == 2, "it ends before that line"
    page.keyboard.type("no way, tell me everything")
    page.keyboard.press("Enter")
    until(page, f"{DONE} === 2", 60)
    assert page.locator(".who:has-text('written by you')").count() == 2, "the opening, and this line"
    look(page, "studio-seat", only="viewport")
    page.click("#hand-back")
    page.fill("#count", "2")
    page.click("#invent")
    until(page, f"{DONE} === 3", 60)
    page.click("[aria-label='The one before']")
    until(page, f"{DONE} === 1")
    assert said(page) == whole, "what was there before is still there"


def test_answers_to_a_pasted_message(page: Page, site: Site) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.url)
    page.goto(site.url + "/home/")
    page.click("h3 >> text=Noa Lindqvist")
    page.click("a:text-is('Suggest a reply')")
    page.wait_for_selector("#go:enabled")
    page.fill("#message", "are you coming to the allotment on friday?")
    page.select_option("#whom", index=1)
    page.click("#go")
    page.wait_for_selector(".offers li")
    first = page.locator(".offers p").all_inner_texts()
    assert len({"".join(filter(str.isalnum, text.lower())) for text in first}) == len(first) > 2
    page.click(".offers button >> nth=1")
    page.wait_for_selector("text=Copied")
    assert page.evaluate("navigator.clipboard.readText()") == first[1]
    assert page.get_attribute(".offers", "data-generated") == "ai"
    look(page, "replies")
    page.click("#again")
    until(page, "!document.querySelector('#again').disabled")
    assert page.locator(".offers p").all_inner_texts() != first
    page.reload()
    page.wait_for_selector("#go:enabled")
    assert (page.input_value("#message"), page.locator(".offers li").count()) == ("", 0), "nothing pasted is kept"


def test_the_keyboard(page: Page) -> None:
    page.click("a:text-is('Keyboard')")
    page.set_viewport_size({"width": 320, "height": 640})
    page.focus("#field")
    page.keyboard.type("honestly i thi", delay=15)
    page.wait_for_selector("#suggest button")
    ahead = page.inner_text("#ghost i")
    page.keyboard.type(ahead[0])
    assert page.inner_text("#ghost i") == ahead[1:], "typing along keeps it"
    page.keyboard.press("Backspace")
    assert page.locator("#suggest button").count() == 0, "nothing that was made for other letters can be taken"
    page.wait_for_selector("#suggest button")
    assert 0 < page.locator("#suggest button").count() <= 3
    ghost = page.inner_text("#ghost i")
    assert page.locator("#suggest button >> nth=0").inner_text() == f"…{ghost.strip()}"
    assert (
        min(b["height"] for b in (page.locator(s).bounding_box() for s in ("#suggest button >> nth=0", "#copy")) if b) >= 44
    )
    look(page, "keyboard", only="viewport")
    page.set_viewport_size({"width": 320, "height": 640})
    page.focus("#field")
    page.keyboard.press("Tab")
    assert page.input_value("#field") == "honestly i thi" + ghost
    page.wait_for_selector("#suggest button")
    before = page.input_value("#field")
    page.locator("#suggest button >> nth=-1").click()
    assert page.input_value("#field").startswith(before)
    assert len(page.input_value("#field")) > len(before)
    page.click("#copy")
    page.wait_for_selector("text=Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.input_value("#field")
    manifest = page.evaluate("fetch(document.querySelector('link[rel=manifest]').href).then(r => r.json())")
    assert page.url.endswith(manifest["start_url"])
    assert not page.context.new_cdp_session(page).send("Page.getInstallabilityErrors")["installabilityErrors"][1:]
    assert "honestly" not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    page.reload()
    assert page.input_value("#field") == "", "nothing typed is kept"
    page.set_viewport_size({"width": 1280, "height": 900})


def test_side_by_side(page: Page, site: Site) -> None:
    page.goto(site.url + "/talk/compare")
    look(page, "compare-choose")
    page.click("main button:has-text('Compare')")
    page.wait_for_selector("#say button:enabled")
    page.fill("#field", "what did you have for lunch?")
    page.keyboard.press("Enter")
    until(page, f"{DONE} === 2", 60)
    assert page.locator(".mine .bubble").all_inner_texts() == ["what did you have for lunch?"] * 2
    look(page, "compare", only="viewport")


def test_it_can_be_installed(page: Page, site: Site) -> None:
    address = page.get_attribute("link[rel=manifest]", "href")
    facts = page.request.get(site.url + str(address)).json()
    for icon in facts["icons"]:
        answer = page.request.get(site.url + icon["src"])
        assert answer.headers["content-type"].startswith(icon["type"])
        if icon["sizes"] != "any":
            body = answer.body()
            assert f"{int.from_bytes(body[16:20])}x{int.from_bytes(body[20:24])}" == icon["sizes"]
    devtools = page.context.new_cdp_session(page)
    errors = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    wrong = [e["errorId"] for e in errors if e["errorId"] != "in-incognito"]
    assert not wrong, wrong
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then(found => found.length)") == 0


def test_locked_and_opened_again(page: Page, site: Site) -> None:
    words = "seven quiet herons walk"
    page.goto(site.url + "/account/")
    page.click("text=Lock with a passphrase")
    look(page, "lock")
    page.fill("input[name=passphrase]", words)
    page.fill("input[name=again]", words)
    page.fill("input[name=password]", PASSWORD)
    page.check("input[name=understood]")
    page.click("button:has-text('Lock my account')")
    page.wait_for_selector("#recovery")
    look(page, "lock-code")
    page.click("text=I have written it down")
    page.click("text=Log out")
    page.goto(site.url + "/accounts/login/")
    page.fill("input[name=login]", EMAIL)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_selector("h1:text-is('Locked')")
    look(page, "unlock")
    page.goto(site.url + "/talk/")
    page.wait_for_selector("h1:text-is('Locked')")
    page.fill("input[name=given]", words)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Talks'), h1:has-text('onversations')")
    page.goto(site.url + "/home/")
    page.click("h3 >> text=Noa Lindqvist")
    page.click("main button:has-text('Talk')")
    type_in(page, "are you still there?", 1)
    other = page.context.new_page()
    other.goto(site.url + "/account/")
    other.click("button:has-text('Lock now')")
    page.wait_for_selector("h1:text-is('Locked')")  # the open talk shuts by itself
    page.fill("input[name=given]", words)
    page.keyboard.press("Enter")
    page.wait_for_selector("#say button:enabled")
    other.goto(site.url + "/account/")
    other.click("text=Log out")
    page.wait_for_selector("#problem:has-text('signed out')")
    page.fill("#field", "what nobody hears")
    page.keyboard.press("Enter")
    assert page.input_value("#field") == "what nobody hears", "given back"
    assert page.is_visible("#problem:has-text('signed out')")
    other.close()


def test_axe_found_nothing_and_nothing_scrolls_sideways() -> None:
    assert AXE, "axe-core comes with npm ci"
    assert not BLEMISHES, "\n".join(BLEMISHES)
