"""Leaving with everything and coming back: what an export wrote is there again after reading it, to the last column."""

from __future__ import annotations

import io
import json
import random
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.test import Client

from apps.accounts import age, bundle, portable, registry, services
from apps.accounts.archive_out import zip_stream
from apps.accounts.models import OwnedModel, SealedObject, User, UserKey
from apps.accounts.vault import Vault
from apps.archives import relations, tasks
from apps.archives import selectors as corpus
from apps.archives import services as archives
from apps.archives.models import Conversation, Forgotten, Handle, Person, Upload, UploadedPart
from apps.bridges.models import Door
from apps.chat import selectors as talks
from apps.chat import services as chat
from apps.chat.models import Conversation as Talk
from apps.chat.models import Turn
from apps.jobs.models import Job
from apps.personas import corrections, game, history, introducing
from apps.personas import services as personas
from apps.personas.models import GameLink, Persona, Split, UsedArchive, Version
from apps.privacy import selectors as ledgers
from apps.privacy import services as privacy
from apps.privacy.ledger import Suggested
from tests.conftest import dialogue, messenger

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]
#: What an export does not take along: bytes of uploads until they are read, and files, which their rows bring.
NOT_CARRIED = {Upload, UploadedPart, SealedObject, GameLink}  # a link of the old site leads nowhere
SECRETS = [
    "my card is 4539 5787 6362 1486",
    "the wifi password is Nettle&Moss42",
    "write to bea@example.org",
    '🌿 \u200bдом\n\t"\\',
]


def read(owner: User, *messages: str, person: str = "Bea Quill") -> None:
    lines = [*dialogue(8, other=person), *((person, 1_700_500_000 + 60 * n, text) for n, text in enumerate(messages))]
    archive = archives.receive_bytes(
        owner_id=owner.pk, name=f"{person}.json", content=messenger(lines, [person, "Ann Roe"], person)
    )
    tasks.ingest(job_id=str(Job.objects.get(subject=archive.pk).pk))


@pytest.fixture
def full(owner: User) -> User:
    """An account with rows of every kind, in every state that matters."""
    read(owner, *SECRETS)
    read(owner, "see you", person="Cy Dent")
    vault = services.open_vault(owner.pk)
    others = list(Person.objects.filter(is_me=False))
    archives.join_people(person=others[0], into=others[1])
    archives.leave_person_out(person=others[1], left_out=True)
    archives.keep_people_apart(person=others[1], other=Person.objects.get(is_me=True))
    others[1].addresses = vault.seal(others[1], "addresses", [["email", "bea@example.org"]])
    others[1].save(update_fields=["addresses"])
    Forgotten.objects.create(
        owner=owner, group=uuid4(), platform="facebook", fingerprint=b"x" * 32, name=b"y" * 32, words=b"z" * 64
    )
    archives.leave_out(owner_id=owner.pk, conversation_ids={Conversation.objects.order_by("pk")[0].pk})
    archives.set_window(owner_id=owner.pk, since=None, until=date(2026, 1, 2))
    privacy.decide(vault=vault, kind="secret", value="moss", action="take")
    privacy.take_back(row=privacy.decide(vault=vault, kind="secret", value="fern", action="keep"))
    privacy.suggest(vault=vault, found=[Suggested("place", "Zürich", 3, 2)])
    persona = personas.make(owner_id=owner.pk, person=Person.objects.get(is_me=True), name="Ännchen", basis="self")
    made = version(vault, persona)
    history.write_note(version=made, text="with Bea’s chats")
    Persona.objects.update(chosen=made)
    relations.put(person=others[1], words="Bea’s boss")
    introducing.keep(vault, made, relations.of(vault))
    second = Version(id=uuid4(), owner=owner, persona=persona, number=2, preset="quick", config={"continues": str(made.pk)})
    second.sharpened, second.contact, second.wrapped_key = True, others[1], vault.new_wrapped()
    second.save()
    corrections.keep(persona=persona, others=["Bea"], before=[], said=["no"], text="ü yes")
    door = Door(id=uuid4(), owner=owner, persona=persona, kind="key", wrapped_key=vault.new_wrapped(), ending="abcd")
    door.title, door.ended_at = vault.seal(door, "title", "editor"), door.created_at
    door.save()
    talk = chat.begin(persona=persona, speaker=chat.Seat("Bea", "Bea", others[1].pk), title="über tea", plain=True)
    for number, text in enumerate(["hello", "and \u2028 then?", "or so"], 1):
        turn = Turn(
            id=uuid4(), owner=owner, conversation=talk, number=min(2, number), by_persona=number > 1, client_id=uuid4()
        )
        turn.state, turn.request, turn.parent = Turn.State.DONE, {"seed": 4, "temperature": 0.25}, talk.head
        turn.body = talks.sealed_body(vault, talk, turn, {"lines": [{"speaker": "Bea", "bubbles": [text]}]})
        turn.save()
        if number < 3:  # the second answer is another branch
            talk.head = turn if number == 1 else talk.head
            talk.save()
    chat.choose(conversation=talk, turn_id=turn.pk)
    return owner


def version(vault: Vault, persona: Persona, weights: bytes = bytes(range(256)) * 3_000, **config: Any) -> Version:
    row = Conversation.objects.order_by("pk")[0]
    manifest = {
        "records": {str(row.pk): [r.id for r in corpus.records(vault, row)]},
        "boundaries": {str(row.pk): [1.5, float("inf"), 2]},
    }
    made = Version(
        id=uuid4(), owner_id=vault.owner_id, persona=persona, number=1, preset="quick", config={"base": "builtin", **config}
    )
    made.wrapped_key, made.base_hash, made.facts = vault.new_wrapped(), "b" * 64, {"loss": 1.25}
    for kind, content in (
        ("weights", weights),
        ("manifest", msgspec.msgpack.encode(manifest)),
        ("memory", b"m" * 9),
        ("words", b"w" * 9),
    ):
        with vault.create(kind) as (item, writer):
            writer.write(content)
        setattr(made, kind, item)
    made.save()
    game.keep(vault, made, [[[["Mab", ["hi"]]], ["hey ü"], ["hello"]]])
    UsedArchive.objects.create(version=made, archive=corpus.Archive.objects.all()[0].pk)
    Split.objects.create(
        owner_id=vault.owner_id, conversation=row, person=Person.objects.get(is_me=True, owner_id=vault.owner_id),
        validate_from=0.1 + 0.2, test_from=float("inf"), test_to=float("inf"),
    )  # fmt: skip
    return made


def exported(owner: User, passphrase: str = "") -> bytes:
    return b"".join(services.export(owner_id=owner.pk, passphrase=passphrase))


def content(data: bytes, back: portable.Ids | None = None) -> dict[str, list[str]]:
    """Every member of an export as sorted lines; new ids as they were once."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            text = archive.read(name).decode("latin-1")
            for new, old in back._known.items() if back else ():
                text, name = text.replace(new, old), name.replace(new, old)
            found[name] = sorted(text.splitlines()) if name.startswith("rows/") else text.splitlines()
    for ours in ("export.json", "account.json", "objects.json"):  # when, who, and where the bytes lie
        found.pop(ours)
    return found


def turned(data: bytes, owner_id: UUID) -> portable.Ids:
    """The way back from new ids to old ones."""
    ids = bundle.Bundle(io.BytesIO(data)).ids(owner_id)
    ids._known = {new: old for old, new in ids._known.items()}
    return ids


def test_everything_comes_back(full: User) -> None:
    before = exported(full)
    copy = services.import_account(email="copy@example.org", file=io.BytesIO(before))
    after = exported(copy)
    was, now = content(before), content(after, turned(before, copy.pk))
    assert set(was) == set(now)
    for name in was:
        assert now[name] == was[name], name
    rows = {name for name, lines in was.items() if name.startswith("rows/") and lines}
    assert len(rows) == len([n for n in was if n.startswith("rows/")]), "a kind of row that this test does not try"
    assert all(json.loads(was["rows/jobs.Job.jsonl"][n])["log"] is not None for n in range(2))


def test_what_people_are_to_each_other_comes_along(full: User) -> None:
    copy = services.import_account(email="copy@example.org", file=io.BytesIO(exported(full)))
    vault = services.open_vault(copy.pk)
    assert list(relations.shown(vault).values()) == ["Bea’s boss"]
    first, second = Version.objects.filter(owner=copy).order_by("number")
    assert introducing.learnt(vault, first) == relations.of(vault)
    assert second.contact_id in relations.of(vault)
    assert second.config["continues"] == str(first.pk)
    assert Talk.objects.get(owner=copy).speaker_id == second.contact_id


def test_talks_of_exports_from_before_there_were_branches(full: User) -> None:
    def older(name: str, content: bytes) -> bytes:
        if name not in ("rows/chat.Turn.jsonl", "rows/chat.Conversation.jsonl"):
            return content
        rows = [json.loads(line) for line in content.splitlines()]
        for row in rows:
            for column in ("parent_id", "head_id"):
                row.pop(column, None)
            if name == "rows/chat.Turn.jsonl":
                row["hidden"] = row["id"] == hidden
        return b"".join(portable.line(row) for row in rows)

    answers = Turn.objects.filter(owner=full, number=2).order_by("created_at")
    hidden = str(answers[0].pk)
    copy = services.import_account(email="copy@example.org", file=io.BytesIO(without(exported(full), older)))
    vault = services.open_vault(copy.pk)
    talk = Talk.objects.get(owner=copy)
    told = [talks.body(vault, talk, turn)["lines"][0]["bubbles"][0] for turn in talks.shown(talk)]
    assert told == ["hello", "or so"]
    assert len(talks.views(vault, talk)[-1]["choices"]) == 2, "the replaced one is another choice"


def test_it_comes_back_where_the_account_is_gone(full: User) -> None:
    before = exported(full, "a good passphrase")
    services.erase(owner_id=full.pk)
    copy = services.import_account(email=full.email, file=io.BytesIO(before), passphrase="a good passphrase")
    assert copy.is_active
    opened = bundle.Bundle(io.BytesIO(before), "a good passphrase")
    vault = services.open_vault(copy.pk)
    for row in Conversation.objects.filter(owner=copy):
        old = next(
            n for n in opened.names() if n.startswith("conversations/") and opened.ids(copy.pk).new(n[14:-6]) == row.pk
        )
        texts = [line["text"] for line in list(opened.lines(old))[1:]]
        assert [record.text for record in corpus.records(vault, row)] == texts
    hidden = [e.value for row in Conversation.objects.filter(owner=copy) for e in ledgers.ledger(vault, row.pk)]
    assert "4539 5787 6362 1486" in " ".join(hidden)


def test_a_later_upload_is_known_again(full: User) -> None:
    """Fingerprints are carried: the same archive read once more adds nothing."""
    copy = services.import_account(email="copy@example.org", file=io.BytesIO(exported(full)))
    handles, messages = Handle.objects.filter(owner=copy).count(), corpus.roster(services.open_vault(copy.pk)).ordered()
    read(copy, *SECRETS)
    assert Handle.objects.filter(owner=copy).count() == handles
    assert Conversation.objects.filter(owner=copy).count() == Conversation.objects.filter(owner=full).count()
    assert corpus.roster(services.open_vault(copy.pk)).ordered() == messages


def test_what_was_running_has_stopped(full: User) -> None:
    job = Job.objects.filter(owner=full)[0]
    Job.objects.filter(pk=job.pk).update(state="running")
    Turn.objects.filter(owner=full, number=1).update(state="writing")
    copy = services.import_account(email="copy@example.org", file=io.BytesIO(exported(full)))
    assert not Job.objects.filter(owner=copy, state__in=Job.ACTIVE).exists()
    assert Turn.objects.get(owner=copy, number=1).state == Turn.State.INTERRUPTED


def test_the_persona_says_the_same_with_the_same_seed(full: User) -> None:
    import torch
    from safetensors.torch import load_file, save

    from apps.personas import engines
    from apps.personas import selectors as voices
    from apps.personas.inference.local import LocalEngine
    from apps.personas.language import Bubble
    from apps.personas.language import Turn as Line

    generator = torch.Generator().manual_seed(5)
    base = load_file(Path(personas.__file__).parent / "base" / "model.safetensors")
    tensors = {k: (v.float() + 0.02 * torch.randn(v.shape, generator=generator)) for k, v in base.items()}
    Version.objects.all().delete()
    Split.objects.all().delete()
    version(services.open_vault(full.pk), Persona.objects.get(owner=full), save(tensors), method="full")
    copy = services.import_account(email="copy@example.org", file=io.BytesIO(exported(full)))

    engine = LocalEngine()

    def words(owner: User) -> list[tuple[str, str]]:
        spec = voices.weights(services.open_vault(owner.pk), Version.objects.get(owner=owner))
        sampling = engines.sampling({"seed": 11, "temperature": 0.9, "max_tokens": 15})
        ops = engine.reply(spec, ["Bea"], [Line("Bea", (Bubble("shall we get tea?"),))], sampling, lambda: False)
        return [(op.kind, op.value) for op in ops]

    assert words(copy) == words(full) != []


def test_every_kind_of_row_is_carried(full: User) -> None:
    """A model that somebody adds later must be in the export, or be named here with a reason."""
    names = set(content(exported(full)))
    models = [m for m in apps.get_models() if issubclass(m, OwnedModel) and m not in NOT_CARRIED]
    assert models
    for model in models:
        assert f"rows/{model._meta.label}.jsonl" in names, model


def test_every_column_is_carried(full: User) -> None:
    vault = services.open_vault(full.pk)
    for model in (m for m in apps.get_models() if issubclass(m, OwnedModel) and m not in NOT_CARRIED):
        row = model._default_manager.filter(owner=full).first()
        columns = {f.attname for f in model._meta.concrete_fields if getattr(f, "related_model", None) is not SealedObject}
        assert columns - set(portable.dump(vault, row)) - {"owner_id", "wrapped_key"} == (
            {"body"} if model is Turn else set()
        )


def without(data: bytes, change: Any) -> bytes:
    """An export with other members: `change` is given names and contents, None leaves one out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            changed = change(name, old.read(name))
            if changed is not None:
                new.writestr(name, changed)
    return out.getvalue()


def damaged(data: bytes) -> Iterator[tuple[str, bytes]]:
    yield "cut", data[: len(data) // 2]
    yield "no zip", b"hello"
    yield "an old one", without(data, lambda n, c: None if n == "export.json" else c)
    yield "a later one", without(data, lambda n, c: c.replace(b'"form": 1', b'"form": 2') if n == "export.json" else c)
    yield "no key", without(data, lambda n, c: b'{"form": 1}' if n == "export.json" else c)
    yield "no people", without(data, lambda n, c: None if n == "rows/archives.Person.jsonl" else c)
    yield "no ledger", without(data, lambda n, c: None if n.startswith("replaced/") else c)
    yield "not JSON", without(data, lambda n, c: b"{" if n == "rows/chat.Turn.jsonl" else c)
    yield "a list", without(data, lambda n, c: b"[1]\n" if n == "rows/personas.Persona.jsonl" else c)
    yield (
        "a wrong id",
        without(data, lambda n, c: c.replace(b'"id": "', b'"id": "x') if n == "rows/chat.Conversation.jsonl" else c),
    )


def test_a_damaged_export_leaves_nothing(full: User) -> None:
    for what, data in damaged(exported(full)):
        with pytest.raises(bundle.NotAnExport):
            services.import_account(email="copy@example.org", file=io.BytesIO(data))
        assert list(User.objects.all()) == [full], what
        assert UserKey.objects.count() == 1, what
        assert not SealedObject.objects.exclude(owner=full).exists(), what


def test_bytes_changed_at_random_never_make_half_an_account(full: User) -> None:
    data, rng = exported(full), random.Random(3)
    for _ in range(25):
        changed = bytearray(data)
        changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        try:
            copy = services.import_account(email="copy@example.org", file=io.BytesIO(bytes(changed)))
        except bundle.NotAnExport:
            assert User.objects.count() == 1
        else:  # a byte that says nothing, such as a time in the zip's directory
            assert Turn.objects.filter(owner=copy).count() == Turn.objects.filter(owner=full).count()
            services.erase(owner_id=copy.pk)


def test_a_killed_import_is_swept(full: User, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def kill(*_: object, **__: object) -> None:
        raise Killed

    data = exported(full)
    with monkeypatch.context() as patch:  # nothing of ours runs after a kill, cleaning up neither
        patch.setattr(Turn, "save", kill)
        patch.setattr(services, "erase", kill)
        with pytest.raises(Killed):
            services.import_account(email="copy@example.org", file=io.BytesIO(data))
    half = User.objects.get(email="copy@example.org")
    assert not half.is_active
    assert Conversation.objects.filter(owner=half).exists()
    services.sweep()
    assert User.objects.filter(pk=half.pk).exists(), "an import may take its time"
    User.objects.filter(pk=half.pk).update(erasing_since=half.erasing_since - timedelta(days=1, minutes=1))
    services.sweep()
    assert not SealedObject.objects.filter(owner=half.pk).exists()
    copy = services.import_account(email="copy@example.org", file=io.BytesIO(data))
    assert copy.is_active
    assert copy.erasing_since is None


def test_the_passphrase_is_needed(full: User) -> None:
    data = exported(full, "a good passphrase")
    assert age.is_age(data)
    assert b"conversations/" not in data
    for wrong in ("", "a good passphrasE"):
        with pytest.raises(bundle.NotAnExport, match="passphrase"):
            services.import_account(email="copy@example.org", file=io.BytesIO(data), passphrase=wrong)


def test_the_page_locks_the_export(client: Client, full: User) -> None:
    client.force_login(full)
    for given in ({"passphrase": "short", "again": "short"}, {"passphrase": "a good passphrase", "again": "another one"}):
        assert client.post("/account/export", given).status_code == 400
    answer = client.post("/account/export", {"passphrase": "a good passphrase", "again": "a good passphrase"})
    assert ".zip.age" in answer["Content-Disposition"]
    with pytest.warns(Warning, match="asynchronous iterators"):
        data = b"".join(answer)
    assert "rows/chat.Turn.jsonl" in bundle.Bundle(io.BytesIO(data), "a good passphrase").names()


def test_the_command(full: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    file = tmp_path / "all.zip.age"
    file.write_bytes(exported(full, "a good passphrase"))
    for word, email, why in (
        ("x", "new@example.org", "passphrase"),
        ("", "nonsense", "address"),
        ("a good passphrase", full.email, "already"),
    ):
        monkeypatch.setattr("sys.stdin", io.StringIO(word + "\n"))
        with pytest.raises(CommandError, match=why):
            call_command("import_account", str(file), "--email", email)
    monkeypatch.setattr("sys.stdin", io.StringIO("a good passphrase\n"))
    call_command("import_account", str(file), "--email", "new@example.org")
    made = User.objects.get(email="new@example.org")
    assert not made.has_usable_password()
    assert Talk.objects.filter(owner=made).count() == 1
    assert registry.holdings()


def test_an_export_of_any_size_is_made_in_little_memory() -> None:
    pieces = (random.Random(n).randbytes(2**20) for n in range(48))
    tracemalloc.start()
    size = sum(len(piece) for piece in age.locked(zip_stream([("big", pieces)]), "a good passphrase", work=4))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size > 48 * 2**20
    assert peak < 12 * 2**20
