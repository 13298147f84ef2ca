"""The signed receipt: complete after a crash at any step, and false once a letter of it is changed."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts import erasures, receipts, registry, services, vault
from apps.accounts.models import Erasure, SealedObject, User
from apps.archives import services as archives
from apps.archives import tasks
from apps.archives.models import Person
from apps.chat import services as chat
from apps.jobs.models import Job
from apps.personas import services as personas
from apps.privacy import services as privacy
from tests.conftest import PASSWORD, dialogue, messenger

pytestmark = pytest.mark.rows
SEED = bytes(range(32))
STEPS: dict[str, tuple[Any, str]] = {
    "inventory": (erasures, "begin"),
    "sessions": (services, "_end_sessions"),
    "objects": (vault, "delete"),
    "files": (services, "_remove_files"),
    "pages": (services, "forget_pages"),
    "looking again": (erasures, "remains"),
    "signing": (receipts, "signed"),
}


@pytest.fixture
def full(owner: User) -> User:
    """An account with something of everything."""
    archive = archives.receive_bytes(
        owner_id=owner.pk, name="m.json", content=messenger(dialogue(8), ["Bea Quill", "Ann Roe"])
    )
    tasks.ingest(job_id=str(Job.objects.get(subject=archive.pk).pk))
    persona = personas.make(owner_id=owner.pk, person=Person.objects.get(is_me=True), name="Ann", basis="self")
    chat.begin(persona=persona, speaker=chat.Seat("Bea", "Bea"), title="t")
    sealed = services.open_vault(owner.pk)
    privacy.decide(vault=sealed, kind="secret", value="moss", action="take")
    with sealed.create("thing") as (_, writer):
        writer.write(b"private words")
    return owner


def received(owner: User) -> dict[str, Any]:
    """The receipt as the person fetches it, without an account."""
    return json.loads(Client().get(f"/account/erased/{erasures.link(owner.pk)}/receipt.json").content)


def later() -> None:
    """The scheduler, a minute after a crash."""
    User.objects.exclude(erasing_since=None).update(erasing_since=timezone.now() - timedelta(minutes=1))
    Erasure.objects.filter(ended_at=None).update(began_at=timezone.now() - timedelta(minutes=1))
    services.sweep()


@pytest.mark.django_db(transaction=True)
def test_the_receipt_tells_what_there_was(full: User) -> None:
    names = [item.name for item in SealedObject.objects.filter(owner=full)]
    size = sum(SealedObject.objects.values_list("size", flat=True))
    before = erasures.remains(full.pk)
    services.erase(owner_id=full.pk)
    document = received(full)
    facts = document["receipt"]
    assert facts["had"] == before
    assert {
        "conversations": 1,
        "messages": 8,
        "personas": 1,
        "talks": 1,
        "decisions": 1,
        "account": 1,
        "keys": 1,
    }.items() <= before.items()
    assert facts["left"] == dict.fromkeys(before, 0)
    assert facts["sealed_objects"] == {
        "number": len(names), "bytes": size, "sha256_of_names": sorted(hashlib.sha256(n.encode()).hexdigest() for n in names),
    }  # fmt: skip
    assert facts["began"] <= facts["ended"]
    assert receipts.holds(document, Client().get("/erasure-key").content.decode())
    assert Erasure.objects.get().owner_id is None


@pytest.mark.django_db(transaction=True)
def test_nothing_private_outlives_the_account(full: User) -> None:
    services.erase(owner_id=full.pk)
    kept = json.dumps(list(Erasure.objects.values()), default=lambda v: v.hex() if isinstance(v, bytes) else str(v))
    for private in (full.email, str(full.pk), full.pk.hex, "Ann", "Bea", "moss", "m.json", erasures.link(full.pk)):
        assert private not in kept


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_is_finished_and_the_receipt_complete(
    step: str, full: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = erasures.remains(full.pk)
    number = SealedObject.objects.filter(owner=full).count()

    def crash(*_: object) -> None:
        raise RuntimeError("power")

    with monkeypatch.context() as patch:
        if step == "looking again":  # it also makes the inventory: let that one pass
            real, calls = erasures.remains, iter((1,))
            patch.setattr(erasures, "remains", lambda pk: real(pk) if next(calls, None) else crash())
        else:
            patch.setattr(*STEPS[step], crash)
        with pytest.raises(RuntimeError):
            services.erase(owner_id=full.pk)
    if step == "inventory":  # nothing was begun: the account stands as it was
        assert erasures.remains(full.pk) == before
        services.erase(owner_id=full.pk)
    else:
        assert b"It is going" in Client().get(f"/account/erased/{erasures.link(full.pk)}").content
        later()
    facts = received(full)["receipt"]
    assert facts["had"] == before
    assert facts["sealed_objects"]["number"] == number
    assert set(facts["left"].values()) == {0}
    assert not default_storage.exists(str(full.pk))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("order", [h.order for h in registry.holdings()])
def test_a_crash_in_any_app_is_finished(order: int, full: User, monkeypatch: pytest.MonkeyPatch) -> None:
    before = erasures.remains(full.pk)
    holding = next(h for h in registry.holdings() if h.order == order)
    with monkeypatch.context() as patch:
        patch.setitem(registry._HOLDINGS, holding.name, _broken(holding))
        with pytest.raises(RuntimeError):
            services.erase(owner_id=full.pk)
    later()
    assert received(full)["receipt"]["had"] == before


def _broken(holding: registry.Holding) -> registry.Holding:
    def crash(_: object) -> None:
        raise RuntimeError("power")

    return registry.Holding(holding.name, holding.order, holding.export, crash, holding.count)


@pytest.mark.django_db(transaction=True)
def test_no_receipt_while_something_is_left(full: User, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(services, "_remove_files", lambda _: None)
        patch.setattr(vault, "delete", lambda item: item.delete())
        assert services.erase(owner_id=full.pk)["files"] > 0
    assert Client().get(f"/account/erased/{erasures.link(full.pk)}/receipt.json").status_code == 404
    later()
    assert received(full)["receipt"]["left"]["files"] == 0


@pytest.mark.django_db(transaction=True)
def test_erasing_again_changes_nothing(full: User) -> None:
    services.erase(owner_id=full.pk)
    before = received(full)
    services.erase(owner_id=full.pk)
    later()
    assert received(full) == before
    assert Erasure.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_receipts_go_after_their_time(owner: User, settings: Any) -> None:
    services.erase(owner_id=owner.pk)
    Erasure.objects.update(ended_at=timezone.now() - timedelta(days=29))
    services.sweep()
    assert received(owner)
    settings.ERASURE_RECEIPT_DAYS = 28
    services.sweep()
    assert not Erasure.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_address_is_known_before(client: Client, owner: User) -> None:
    client.force_login(owner)
    address = f"/account/erased/{erasures.link(owner.pk)}"
    assert address.encode() in client.get("/account/erase").content
    assert client.get(address).status_code == 404
    assert client.post("/account/erase", {"password": PASSWORD, "word": "erase"})["Location"] == address


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        return [found for key, inner in pairs for found in _paths(inner, (*path, key))]
    return [path]


FACTS = {"began": "2026-01-01", "had": {"talks": 3, "keys": 1}, "sealed_objects": {"sha256_of_names": ["aa", "bb"]}}


def test_the_signed_form_is_canonical() -> None:
    assert receipts.canonical({"b": {"d": 1, "c": ["x y"]}, "a": 2}) == b'{"a":2,"b":{"c":["x y"],"d":1}}'


@given(st.sampled_from(_paths(FACTS)), st.one_of(st.integers(), st.text(max_size=5)))
def test_a_changed_receipt_does_not_hold(path: tuple[Any, ...], value: Any) -> None:
    document = receipts.signed(SEED, FACTS)
    assert receipts.holds(document, receipts.public_pem(SEED))
    changed = copy.deepcopy(document)
    place = changed["receipt"]
    for key in path[:-1]:
        place = place[key]
    same = place[path[-1]] == value and type(place[path[-1]]) is type(value)
    place[path[-1]] = value
    assert receipts.holds(changed, receipts.public_pem(SEED)) is same


def _dropped(document: dict[str, Any]) -> None:
    del document["receipt"]["had"]


def _added(document: dict[str, Any]) -> None:
    document["receipt"]["more"] = 1


def _unsigned(document: dict[str, Any]) -> None:
    document["signature"] = ""


def _other_key(document: dict[str, Any]) -> None:
    document |= receipts.signed(bytes(32), document["receipt"])


@pytest.mark.parametrize("change", [_dropped, _added, _unsigned, _other_key])
def test_a_forged_receipt_does_not_hold(change: Callable[[dict[str, Any]], None]) -> None:
    document = copy.deepcopy(receipts.signed(SEED, FACTS))
    change(document)
    assert not receipts.holds(document, receipts.public_pem(SEED))


def test_openssl_agrees(tmp_path: Path) -> None:
    """The documented way with tools that are not ours."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("no openssl on this machine")
    document = receipts.signed(SEED, FACTS)
    (tmp_path / "key.pem").write_text(receipts.public_pem(SEED))
    (tmp_path / "signature").write_bytes(base64.b64decode(document["signature"]))
    command = [
        openssl,
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        "key.pem",
        "-rawin",
        "-in",
        "facts",
        "-sigfile",
        "signature",
    ]
    for facts, code in ((receipts.canonical(FACTS), 0), (receipts.canonical(FACTS) + b" ", 1)):
        (tmp_path / "facts").write_bytes(facts)
        assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == code
