"""A real site and a real browser, once for all files of tests; each has accounts of its own."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.flows.stack import Site, running

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync --disable-dev-shm-usage"
).split()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: Any) -> Generator[None, Any, Any]:
    """A red test tells what its page showed and what its site wrote: elsewhere nobody can look."""
    report = yield
    if report.failed and report.when == "call":
        if page := item.funcargs.get("page"):
            report.sections.append(("the page", f"{page.url}\n{page.inner_text('body')[-3_000:]}"))
        if site := item.funcargs.get("site") or getattr(item.session, "site", None):
            report.sections.append(("the site's log", "\n".join(site.log.read_text().splitlines()[-80:])))
    return report


@pytest.fixture(scope="session")
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    with running() as found:
        request.session.site = found  # type: ignore[attr-defined]
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield chromium
        chromium.close()


def opened(browser: Browser, site: Site, wrong: list[str]) -> Page:
    """A page in a browser's context of its own; what goes wrong in it is collected."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    made = context.new_page()
    made.on("console", lambda m: wrong.append(m.text) if m.type == "error" and "404" not in m.text else None)
    made.on("pageerror", lambda e: wrong.append(str(e)))
    made.on(
        "request",
        lambda r: wrong.append(r.url) if not r.url.startswith((site.url, "ws://localhost", "data:", "blob:")) else None,
    )
    made.set_default_timeout(90_000)  # other rows of tests run beside; nothing is claimed by it
    return made


@pytest.fixture(scope="module")
def page(site: Site, browser: Browser) -> Iterator[Page]:
    wrong: list[str] = []
    made = opened(browser, site, wrong)
    yield made
    assert not wrong, wrong
    made.context.close()
