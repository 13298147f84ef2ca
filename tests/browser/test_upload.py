"""Uploading in a real browser: photos stay at home, what is cut goes on, and every byte arrives as it was."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page

from tests.browser.conftest import opened
from tests.browser.visitors import sign_up
from tests.conftest import dialogue, messenger
from tests.flows.stack import PASSWORD, ROOT, Site, eventually

pytestmark = pytest.mark.browser
EMAIL = "uploader@example.org"
#: Small archives go into an account of their own.
OTHER = "other@example.org"
STORED = """
import hashlib
from apps.accounts.services import open_vault
from apps.archives.models import UploadedPart
whole = hashlib.sha256()
for part in UploadedPart.objects.filter(owner__email="uploader@example.org").order_by("upload__created_at", "start").select_related("item"):
    whole.update(open_vault(part.owner_id).read(part.item))
print(whole.hexdigest())
"""
KEPT = """
import sys
from apps.accounts.services import open_vault
from apps.archives.models import UploadedPart
for part in UploadedPart.objects.filter(owner__email="uploader@example.org").order_by("upload__created_at", "start").select_related("item"):
    sys.stdout.buffer.write(open_vault(part.owner_id).read(part.item))
"""


LETTERS = bytes(b"etaoinshrdlucmfw ypvbgkqjxz eta"[n % 31] for n in range(256))


def babble(rng: random.Random) -> str:
    """Words of no language, which hardly pack."""
    return rng.randbytes(300).translate(LETTERS).decode()


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Messenger export of 300 MB: nine parts of photos, one of text that packs badly."""
    path = tmp_path_factory.mktemp("export") / "facebook-noa.zip"
    words = random.Random(3)
    with zipfile.ZipFile(path, "w") as made:
        for n in range(14):
            made.writestr(f"messages/inbox/bea_1/photos/{n}.jpg", words.randbytes(20 * 2**20), zipfile.ZIP_STORED)
        for n in range(4):
            talk = [
                ("Bea Quill" if i % 2 else "Ann Roe", 1_700_000_000 + n * 10_000_000 + i * 60, babble(words))
                for i in range(1_000)
            ]
            data = json.loads(messenger(talk, ["Bea Quill", "Ann Roe"]))
            data["unknown"] = [babble(words) for _ in range(29_000)]  # it goes up, and no reader has to scrub it
            made.writestr(f"messages/inbox/bea_1/message_{n + 1}.json", json.dumps(data), zipfile.ZIP_DEFLATED, 6)
        made.writestr("messages/stickers_used/1.png", b"\x89PNG")
    assert path.stat().st_size > 290 * 2**20
    return path


def signed_in(browser: Browser, site: Site, wrong: list[str], email: str = EMAIL) -> Page:
    page = opened(browser, site, wrong)
    page.goto(site.url + "/accounts/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/home/")
    page.goto(site.url + "/archives/new")
    return page


def slow(page: Page, bytes_per_second: int) -> None:
    page.context.new_cdp_session(page).send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 5, "downloadThroughput": -1, "uploadThroughput": bytes_per_second},
    )


def arrived(page: Page) -> float:
    return float(page.evaluate("document.querySelector('#progress progress').value"))


def offsets(page: Page) -> list[dict[str, int]]:
    found: list[dict[str, int]] = page.evaluate("fetch('/archives/uploads').then(r => r.json()).then(d => d.uploads)")
    return found


def test_text_goes_up_photos_stay_and_two_cuts_do_no_harm(browser: Browser, site: Site, export: Path) -> None:
    first: list[str] = []
    page = opened(browser, site, first)
    sign_up(page, site, EMAIL)
    page.goto(site.url + "/archives/new")
    reader = site.children("-Q ingest")
    for process in reader:
        process.send_signal(signal.SIGSTOP)  # so that what arrived can be looked at
    slow(page, 8_000_000)
    page.set_input_files("#files", export)
    page.wait_for_selector("text=280 MB of photos and other files stay on your computer")
    eventually(lambda: arrived(page) > 0.2, 60, "a fifth to arrive")
    site.kill("uvicorn")
    eventually(lambda: arrived(page) > 0.55, 120, "it to go on by itself")
    page.context.close()  # the laptop is closed

    second: list[str] = []
    page = signed_in(browser, site, second)
    page.wait_for_selector("text=Not finished yet")
    have = eventually(lambda: offsets(page)[0]["arrived"], 20, "the server to know")
    assert have >= 0.3 * offsets(page)[0]["length"]
    slow(page, 20_000_000)
    sent: list[int] = []
    page.on("request", lambda r: sent.append(int(r.headers.get("upload-offset", -1))) if r.method == "PATCH" else None)
    page.set_input_files("#files", export)
    page.wait_for_url("**/archives/*-*", timeout=120_000)
    assert min(sent) == have, "it goes on from the byte that the server really has"

    plain = page.evaluate(
        """async () => (await (await fetch('/archives/uploads')).json()).uploads.length""",
    )
    assert plain == 0
    stored = site.manage("shell", "-v", "0", "-c", STORED).strip()
    page.goto(site.url + "/archives/new")
    page.set_input_files("#files", [])
    again = page.evaluate(
        """async () => {
            const { prepare } = await import("site/slim.js");
            const input = document.createElement("input");
            input.type = "file"; input.id = "probe";
            document.body.append(input);
            window.probed = new Promise((done) => input.addEventListener("change", async () => {
                const { blob } = await prepare(input.files[0]);
                const hash = await crypto.subtle.digest("SHA-256", await blob.arrayBuffer());
                done([...new Uint8Array(hash)].map((b) => b.toString(16).padStart(2, "0")).join(""));
            }));
        }"""
    )
    assert again is None
    page.set_input_files("#probe", export)
    assert page.evaluate("window.probed") == stored, "the same choice gives the same bytes, and they arrived as they are"
    _same_members(site, export)
    for process in reader:
        process.send_signal(signal.SIGCONT)
    page.goto(site.url + "/home/")
    page.click("a[href*='/archives/']:has-text('facebook-noa')")
    page.wait_for_selector("text=4,000 kept", state="attached", timeout=300_000)
    assert not [w for w in second if "PATCH" not in w], second
    page.context.close()


def _arrived(site: Site) -> bytes:
    """The first upload, as it is kept."""
    command = [sys.executable, "manage.py", "shell", "-v", "0", "-c", KEPT]
    return subprocess.run(command, cwd=ROOT, env=site.environment, capture_output=True, check=True).stdout


def _same_members(site: Site, export: Path) -> None:
    """What arrived is a zip of exactly the members with text, each as it was."""
    with zipfile.ZipFile(io.BytesIO(_arrived(site))) as slim, zipfile.ZipFile(export) as whole:
        assert slim.namelist() == [n for n in whole.namelist() if n.endswith(".json")]
        for name in slim.namelist():
            assert hashlib.sha256(slim.read(name)).digest() == hashlib.sha256(whole.read(name)).digest()


def test_a_folder_is_packed_in_the_page(browser: Browser, site: Site, tmp_path: Path) -> None:
    wrong: list[str] = []
    page = opened(browser, site, wrong)
    sign_up(page, site, OTHER)
    page.goto(site.url + "/archives/new")
    folder = tmp_path / "facebook-export"
    inbox = folder / "messages" / "inbox" / "cleo_9"
    inbox.mkdir(parents=True)
    (inbox / "message_1.json").write_bytes(
        messenger(dialogue(30, other="Cleo Finch"), ["Cleo Finch", "Ann Roe"], "Cleo Finch")
    )
    (inbox / "photo.jpg").write_bytes(os.urandom(3_000_000))
    (folder / "stickers.zip").write_bytes(b"PK" + os.urandom(1_000_000))
    posts = folder / "your_facebook_activity" / "posts"
    posts.mkdir(parents=True)
    (posts / "your_posts_1.json").write_text(json.dumps([{"post": "brambledown " * 100_000}]))
    page.set_input_files("#folder", folder)
    page.wait_for_url("**/archives/*-*")
    page.wait_for_selector("text=Cleo Finch")
    page.wait_for_selector("text=an archive inside, not opened", state="attached")
    page.wait_for_selector("text=stickers.zip", state="attached")
    assert "your_posts_1.json" not in page.content(), "posts stay at home"
    assert not wrong, wrong
    page.context.close()


def test_what_cannot_be_read_is_said_before_it_is_sent(browser: Browser, site: Site, tmp_path: Path) -> None:
    wrong: list[str] = []
    page = signed_in(browser, site, wrong)
    sent: list[str] = []
    page.on("request", lambda r: sent.append(r.method) if r.method in ("POST", "PATCH") else None)
    photos = tmp_path / "photos.zip"
    with zipfile.ZipFile(photos, "w") as made:
        for n in range(3):
            made.writestr(f"{n}.jpg", os.urandom(1000))
    page.set_input_files("#files", photos)
    page.wait_for_selector("text=There are no messages in it")
    assert not sent
    assert not wrong, wrong
    page.context.close()


def test_a_zip_that_cannot_be_looked_into_goes_up_only_when_asked(browser: Browser, site: Site, tmp_path: Path) -> None:
    wrong: list[str] = []
    page = signed_in(browser, site, wrong, OTHER)
    sent: list[str] = []
    asked: list[str] = []
    page.on("request", lambda r: sent.append(r.method) if r.method in ("POST", "PATCH") else None)
    answers = iter([False, True])

    def answered(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept() if next(answers) else dialog.dismiss()

    page.on("dialog", answered)
    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(whole, "w") as made:
        made.writestr("messages/inbox/bea_1/message_1.json", messenger(dialogue(40), ["Bea Quill", "Ann Roe"]))
        made.writestr("messages/inbox/bea_1/photos/1.jpg", os.urandom(9 * 2**20))
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole.read_bytes()[:-40])  # its directory is gone
    page.set_input_files("#files", cut)
    page.wait_for_selector("text=Nothing was sent")
    assert not sent
    page.set_input_files("#files", cut)
    page.wait_for_url("**/archives/*-*")
    assert "PATCH" in sent, "all of it goes up now, and the site says what is wrong with it"
    assert len(asked) == 2 and "photos too: 9" in asked[0]
    assert not [w for w in wrong if "400" not in w], wrong
    page.context.close()


def test_discarding_and_reading_what_arrived(browser: Browser, site: Site, tmp_path: Path) -> None:
    wrong: list[str] = []
    page = signed_in(browser, site, wrong)
    slow(page, 400_000)
    file = tmp_path / "long.json"
    file.write_text(json.dumps([os.urandom(32).hex() for _ in range(60_000)]))
    page.set_input_files("#files", file)
    eventually(lambda: arrived(page) > 0.1, 30, "some of it to arrive")
    page.click("#pause")
    page.wait_for_selector("text=Paused")
    stand = arrived(page)
    time.sleep(1)
    assert arrived(page) == stand
    page.reload()
    page.wait_for_selector("text=long.json")
    page.click("button:has-text('Discard')")
    page.wait_for_selector("text=Discarded")
    assert page.locator("text=Not finished yet").count() == 0
    assert not wrong, wrong
    page.context.close()


def test_without_scripts_the_form_still_works(browser: Browser, site: Site, tmp_path: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site.url + "/accounts/login/")
    page.fill("input[name=login]", OTHER)
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.goto(site.url + "/archives/new")
    file = tmp_path / "message_1.json"
    file.write_bytes(messenger(dialogue(20, other="Dot Elm"), ["Dot Elm", "Ann Roe"], "Dot Elm"))
    page.set_input_files("#files", file)
    page.click("#upload button[type=submit]")
    page.wait_for_url("**/archives/*-*")
    eventually(lambda: page.reload() and page.locator("text=Dot Elm").count(), 30, "the archive to be read")
    context.close()


def test_photos_beside_a_chat_stay(browser: Browser, site: Site, tmp_path: Path) -> None:
    """What Android hands over with media: the text and every photo as files of their own."""
    wrong: list[str] = []
    page = signed_in(browser, site, wrong, OTHER)
    lines = "".join(f"13/06/23, 21:{n:02} - {'Dana Bright' if n % 2 else 'Ann Roe'}: line {n}\n" for n in range(60))
    (tmp_path / "WhatsApp Chat with Dana Bright.txt").write_text(lines)
    for name in ("IMG-20230613-WA0001.jpg", "VID-20230613-WA0002.mp4", "note (2).opus"):
        (tmp_path / name).write_bytes(os.urandom(1_000_000))
    page.set_input_files("#files", sorted(tmp_path.iterdir()))
    page.wait_for_url("**/archives/*-*")
    page.wait_for_selector("text=Dana Bright")
    page.wait_for_selector("text=60 kept", state="attached")
    assert "IMG-20230613" not in page.content()
    assert "media" not in page.inner_text("details:has-text('Every file')")
    assert not wrong, wrong
    page.context.close()
