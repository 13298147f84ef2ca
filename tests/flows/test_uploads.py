"""Uploads over a real connection: a standard tus client, a server that is killed, a wire that is cut."""

from __future__ import annotations

import base64
import io
import random
import re
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import requests
from tusclient.client import TusClient

from tests.conftest import dialogue, messenger
from tests.flows.stack import Person, Site, eventually

pytestmark = pytest.mark.rows
TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture(scope="module")
def bea(site: Site) -> Person:
    return Person(site)


def keys(person: Person) -> dict[str, str]:
    """What a program sends to be let in: the session and the token."""
    token = re.search(r'name="csrf" content="([^"]+)"', person.get("/home/").text)
    assert token is not None
    return {"X-CSRFToken": token[1], "Cookie": "; ".join(f"{c.name}={c.value}" for c in person.http.cookies)}


def begun(person: Person, length: int, name: str = "m.json") -> str:
    head = {
        **keys(person),
        **TUS,
        "Upload-Length": str(length),
        "Upload-Metadata": f"filename {base64.b64encode(name.encode()).decode()}",
    }
    answer = requests.post(f"{person.site.url}/archives/uploads", headers=head, timeout=30)
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"]


def offset(person: Person, url: str) -> int:
    return int(requests.head(url, headers={**keys(person), **TUS}, timeout=30).headers["Upload-Offset"])


def archive(person: Person, url: str) -> str:
    """The page of what an upload became, once it was read."""
    address = requests.head(url, headers={**keys(person), **TUS}, timeout=30).headers.get("Archive-Location")
    if address is None:  # read and gone already
        found = re.findall(r"/archives/[0-9a-f-]{36}", person.get("/home/").text)
        address = found[0]
    return eventually(lambda: 'id="job"' not in (text := person.get(address).text) and text, 60, "the archive to be read")


def wire(person: Person, url: str, at: int, length: int) -> socket.socket:
    """A PATCH whose body is still to be written by hand."""
    made = socket.create_connection(("127.0.0.1", person.site.port))
    path = url.split(str(person.site.port), 1)[1]
    lines = [
        f"PATCH {path} HTTP/1.1", f"Host: localhost:{person.site.port}", f"Content-Length: {length}", f"Upload-Offset: {at}",
        "Content-Type: application/offset+octet-stream", *(f"{k}: {v}" for k, v in {**keys(person), **TUS}.items()),
    ]  # fmt: skip
    made.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    return made


def test_a_standard_client_with_checksums_through_a_killed_server(bea: Person) -> None:
    body = messenger(dialogue(60_000), ["Bea Quill", "Ann Roe"])
    client = TusClient(f"{bea.site.url}/archives/uploads", headers=keys(bea))
    uploader = client.uploader(
        file_stream=io.BytesIO(body), chunk_size=200_000, metadata={"filename": "message_1.json"},
        upload_checksum=True, retries=40, retry_delay=0.5,
    )  # fmt: skip

    def kill() -> None:
        eventually(lambda: uploader.offset > len(body) // 5, 60, "some of it to arrive")
        bea.site.kill("uvicorn")

    killer = threading.Thread(target=kill)
    killer.start()
    uploader.upload()
    killer.join()
    assert uploader.offset == len(body)
    assert "60,000 kept" in archive(bea, uploader.url)


def test_a_cut_wire_loses_nothing_that_arrived(bea: Person) -> None:
    body = random.Random(5).randbytes(3_000_000)
    url = begun(bea, len(body), "noise.bin")
    at = 0
    for cut in (1, 70_001, 900_000, 1_400_000):
        with wire(bea, url, at, len(body) - at) as made:
            made.sendall(body[at : at + cut])
            time.sleep(0.3)
        at = eventually(lambda at=at, cut=cut: offset(bea, url) == at + cut and at + cut, 20, "what arrived to be kept")
    requests.delete(url, headers={**keys(bea), **TUS}, timeout=30)


def test_a_new_request_does_not_wait_for_one_that_hangs(bea: Person) -> None:
    body = messenger(dialogue(80, other="Cleo Finch"), ["Cleo Finch", "Ann Roe"], "Cleo Finch")
    url = begun(bea, len(body))
    with wire(bea, url, 0, len(body)) as stuck:
        stuck.sendall(body[:500])
        head = {**keys(bea), **TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        assert requests.patch(url, body, headers=head, timeout=30).status_code == 204
        stuck.sendall(body[500:])
        assert b" 409 " in stuck.recv(4096).split(b"\r\n")[0] + b" "
    assert "80 kept" in archive(bea, url)


def test_a_form_is_sealed_while_it_arrives(bea: Person) -> None:
    """A large form never lies in the clear: not in the site's folder, and not in a file that the server holds open."""
    marker = b"Quillfeather-in-a-form"
    body = (b'--cut\r\nContent-Disposition: form-data; name="files"; filename="f.json"\r\n\r\n') + marker * 200_000
    with socket.create_connection(("127.0.0.1", bea.site.port)) as made:
        lines = [
            "POST /archives/new HTTP/1.1", f"Host: localhost:{bea.site.port}", f"Content-Length: {len(body) + 9_000_000}",
            "Content-Type: multipart/form-data; boundary=cut", *(f"{k}: {v}" for k, v in keys(bea).items()),
        ]  # fmt: skip
        made.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
        time.sleep(1)
        open_files = [f for process in bea.site.children("uvicorn") for f in _contents(process.pid)]
        assert open_files, "the sealed bytes are somewhere"
        assert not [f for f in open_files if marker in f]


def _contents(pid: int) -> Iterator[bytes]:
    """What the nameless files hold that a process has open."""
    import os
    from pathlib import Path

    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(link)
            if "(deleted)" in target:
                yield link.read_bytes()
        except OSError:
            continue
