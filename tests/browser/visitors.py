"""What every visitor does first."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.flows.stack import PASSWORD, Site


def sign_up(page: Page, site: Site, email: str) -> None:
    """A new account, up to its home page."""
    page.goto(site.url + "/accounts/signup/")
    page.fill("input[name=email]", email)
    page.fill("input[name=password1]", PASSWORD)
    page.fill("input[name=password2]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/home/")


def take_the_sample(page: Page) -> None:
    """The invented archive, read."""
    page.click("text=Try it with a sample")
    page.wait_for_selector("h2:has-text('You are Noa Lindqvist')")
