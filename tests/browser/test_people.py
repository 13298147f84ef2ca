"""One person on two platforms: suggested with the reason, joined, split, or said to be two; and what can be taken along."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page

from tests.browser import test_road as road
from tests.browser.test_road import look
from tests.browser.visitors import sign_up
from tests.flows.stack import Site

pytestmark = pytest.mark.browser


def export(platform: str, sender: str, **known: str) -> bytes:
    """Twelve invented lines with the owner."""
    says = [(("Me Roe", sender)[n % 2], f"line {n} about moss and tea") for n in range(12)]
    rows = [
        {"platform": platform, "conversation": sender, "sender": who, "text": text, "sent_at": 1_700_000_000 + 60 * n, "is_owner": who == "Me Roe", **(known if who == sender else {})}
        for n, (who, text) in enumerate(says)
    ]  # fmt: skip
    return "\n".join(json.dumps(row) for row in rows).encode()


def upload(page: Page, site: Site, name: str, content: bytes) -> None:
    page.goto(site.url + "/archives/new")
    page.set_input_files(
        "input[type=file] >> nth=0", files=[{"name": name, "mimeType": "application/jsonl", "buffer": content}]
    )
    page.wait_for_selector("text=You are Me Roe")


def test_who_may_be_one_is_asked_and_the_answer_stands(page: Page, site: Site) -> None:
    sign_up(page, site, "many@example.org")
    upload(page, site, "a.jsonl", export("telegram", "A. K.", email="ana@example.org"))
    upload(page, site, "b.jsonl", export("slack", "Ana Kovač", email="Ana@example.org"))
    upload(page, site, "c.jsonl", export("signal", "Bob Miller"))
    upload(page, site, "d.jsonl", export("skype", "Robert Miller"))
    page.goto(site.url + "/archives/people")
    asked = page.locator("form.card", has_text="(")
    assert asked.count() == 2
    assert page.locator("form.card", has_text="both have the e-mail address").count() == 1
    look(page, "people-suggested")
    page.locator("form.card", has_text="a short form of the same name").get_by_role("button", name="They are two").click()
    page.wait_for_selector("text=this is not suggested again")
    page.locator("form.card", has_text="both have the e-mail address").get_by_role("button", name="Join").click()
    page.wait_for_selector("text=They are one person now")
    assert page.locator("text=Perhaps one person").count() == 0
    page.get_by_role("button", name="Split off A. K. (Telegram)").click()
    page.wait_for_selector("text=They are two again")
    assert page.locator("text=Perhaps one person").count() == 0, "who was split is not asked about again"


def test_all_shapes_of_the_corpus_can_be_taken_along(page: Page, site: Site) -> None:
    page.goto(site.url + "/archives/statistics")
    for shape, begins in (
        ("lines", "line 0"),
        ("script", "(2023-11-14 22:13:20) me: line 0"),
        ("newest", '{"dialogue": ["line 11'),
    ):
        page.select_option("#shape", shape)
        with page.expect_download() as download:
            page.get_by_role("button", name="Download").click()
        with open(download.value.path(), encoding="utf-8") as file:
            assert file.readline().startswith(begins), shape
    assert not road.BLEMISHES, road.BLEMISHES
