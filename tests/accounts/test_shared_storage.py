"""Sealed files in an S3-compatible store: a real HTTP server in this process, the real client."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
import requests
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from moto.server import ThreadedMotoServer

from apps.accounts import sealing, services
from apps.accounts.models import SealedObject, User
from apps.accounts.services import open_vault
from apps.archives import services as archives
from apps.archives import tasks
from apps.archives.models import Conversation
from apps.jobs.models import Job
from tests.conftest import dialogue, messenger

pytestmark = pytest.mark.django_db(transaction=True)
BUCKET = "sealed"
MARKER = "Quillfeather"


@pytest.fixture
def bucket(settings: Any) -> Iterator[Any]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    settings.S3_BUCKET, settings.S3_ENDPOINT, settings.S3_REGION = BUCKET, address, "us-east-1"
    settings.S3_ACCESS_KEY = settings.S3_SECRET_KEY = "test"
    settings.S3_PREFIX = "site"
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "apps.accounts.shared_storage.SharedStorage"}}
    here = boto3.resource(
        "s3", endpoint_url=address, aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1"
    )
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    yield here.create_bucket(Bucket=BUCKET)
    requests.post(f"{address}/moto-api/reset", timeout=5)  # its memory is the process's
    server.stop()


def contents(bucket: Any) -> dict[str, bytes]:
    return {o.key: o.get()["Body"].read() for o in bucket.objects.all()}


def test_what_is_sealed_comes_back(owner: User, bucket: Any) -> None:
    data = os.urandom(1_000_000) + bytes(6_000_000)
    with open_vault(owner.pk).create("blob") as (item, writer):
        writer.write(data)
    assert list(contents(bucket)) == [f"site/{item.name}"]
    assert open_vault(owner.pk).read(item) == data
    with open_vault(owner.pk).open(item) as reader:
        assert reader.frame(2) == data[2 * sealing.FRAME : 3 * sealing.FRAME]
    bucket.Object(f"site/{item.name}").put(Body=contents(bucket)[f"site/{item.name}"][:-9] + b"x" * 9)
    with pytest.raises(sealing.Unreadable):
        open_vault(owner.pk).read(item)
    with pytest.raises(FileNotFoundError):
        default_storage.open("nothing/here")


def test_an_archive_is_read_from_there_and_nothing_lies_open(owner: User, bucket: Any) -> None:
    said = [*dialogue(40), ("Bea Quill", 1_800_000_000, f"{MARKER} for ever")]
    archive = archives.receive_bytes(owner_id=owner.pk, name="m.json", content=messenger(said, ["Bea Quill", "Ann Roe"]))
    tasks.ingest(job_id=str(Job.objects.get(subject=archive.pk).pk))
    assert Conversation.objects.get().transcript is not None
    stored = contents(bucket)
    assert stored
    assert not [k for k, body in stored.items() if MARKER.encode() in body or b"Quill" in body or b"Bea" in k.encode()]
    assert set(stored) == {f"site/{o.name}" for o in SealedObject.objects.all()}


def test_leaving_empties_it(owner: User, stranger: User, bucket: Any) -> None:
    for person in (owner, stranger):
        with open_vault(person.pk).create("blob") as (item, writer):
            writer.write(b"words")
    default_storage.save(f"{owner.pk}/left-by-a-crash", ContentFile(b"sealed"))
    left = services.erase(owner_id=owner.pk)
    assert not any(left.values()), left
    assert list(contents(bucket)) == [f"site/{item.name}"], "only the other account's is there"


def test_the_sweep_finds_what_belongs_to_nobody(owner: User, bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    open_vault(owner.pk)
    default_storage.save(f"{owner.pk}/orphan", ContentFile(b"x"))
    default_storage.save("7e6ff2f6-1d60-4c5b-8d0c-0a6f8d0d1b11/stranger", ContentFile(b"x"))
    services._sweep_storage(timezone.now() - timedelta(hours=1))
    assert list(contents(bucket)) == [f"site/{owner.pk}/orphan"], "a young one may be about to get its row"
    services._sweep_storage(timezone.now() + timedelta(hours=1))
    assert not contents(bucket)
    looks: list[object] = []
    monkeypatch.setattr(services, "_sweep_storage", looks.append)
    monkeypatch.setattr(services, "_looked", {})
    for _ in range(3):
        services.sweep()
    assert len(looks) == 1, "lists cost money: once in ten minutes"


def test_readiness_says_when_the_store_is_away(bucket: Any, settings: Any) -> None:
    assert "storage" not in Client().get("/readyz").json()["missing"]
    bucket.delete()
    # an empty answer is an answer; a refused connection is none
    settings.S3_ENDPOINT = "http://127.0.0.1:9"
    settings.STORAGES = dict(settings.STORAGES)
    assert "storage" in Client().get("/readyz").json()["missing"]
