"""The house itself: settings are documented, the web stays light, the containers are what they claim."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from chatclone_site import processes

ROOT = Path(__file__).resolve().parents[2]


def tracked() -> list[Path]:
    try:
        out = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / line for line in out.splitlines() if (ROOT / line).exists()]


def test_every_setting_is_documented_and_no_other() -> None:
    tree = ast.parse((ROOT / "chatclone_site/settings.py").read_text())
    read = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        if isinstance(node.args[0], ast.Constant)
    }
    text = (ROOT / "docs/settings.md").read_text()
    documented = set(re.findall(r"^\| `([A-Z0-9_]+)`", text, re.M))
    assert read == documented - {"TORCH", "PYTHON"}, (read - documented, documented - read)


def test_the_web_never_imports_torch() -> None:
    code = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE']='chatclone_site.settings'\n"
        "import chatclone_site.asgi, chatclone_site.urls, sys\n"
        "from django.urls import get_resolver; get_resolver().url_patterns\n"
        "print([m for m in ('torch','ctranslate2','transformers','peft','tokenizers') if m in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_secret_is_never_a_default() -> None:
    code = "import chatclone_site.settings"
    env = {"PATH": "/usr/bin:/bin", "DATABASE_URL": "postgresql://x@localhost/x", "EMBEDDED": "no", "PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env=env)
    assert "SECRET_KEY is not set" in ran.stderr
    wrong = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={**env, "PORT": "many", "SECRET_KEY": "x", "MASTER_KEYS": "ab" * 32},
    )
    assert "not a whole number" in wrong.stderr


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("MASTER_KEYS", "q83vEjRW+abcd/BASE64key=", "64 hexadecimal letters"), ("MASTER_KEYS", "00", "64 hexadecimal letters"),
        ("MASTER_KEYS", f"{'ab' * 32},{'ab' * 31}", "64 hexadecimal letters"), ("LOG_LEVEL", "loud", "is not one of DEBUG"),
        ("EMAIL_VERIFICATION", "maybe", "is not one of none"), ("DATABASE_URL", "postgresql://u:geheim@x:port/x", "port in DATABASE_URL"),
        ("DISK_FLOOR_PERCENT", "120", "from 0 to 100"), ("DISK_FLOOR_PERCENT", "nan", "from 0 to 100"), ("QUOTA_MB", "-1", "0 or more"),
        ("PORT", "70000", "from 0 to 65535"), ("LOGIN_RATE", "often", "a rate such as"), ("LOGIN_RATE", "5/m/user", "a rate such as"),
        ("SITE_URL", "chat.example.org", "an address such as"), ("SITE_URL", "https://example.org/chat", "an address such as"),
    ],
)  # fmt: skip
def test_a_wrong_setting_ends_the_start_with_a_sentence(name: str, value: str, sentence: str) -> None:
    ran = settings_of("pass", **{name: value})
    assert sentence in ran.stderr.splitlines()[-1]
    if name in ("MASTER_KEYS", "DATABASE_URL"):
        assert value not in ran.stderr, "a secret is not repeated"
        assert "geheim" not in ran.stderr


def test_settings_are_read_as_they_are_meant() -> None:
    code = "print(s.SITE_URL, s.CSRF_TRUSTED_ORIGINS, s.ALLAUTH_TRUSTED_PROXY_COUNT, s.ACCOUNT_RATE_LIMITS['login'])"
    ran = settings_of(code, SITE_URL="https://chat.example.org/", BEHIND_PROXY="yes", LOGIN_RATE="30/m/ip, 100/1.5h")
    assert ran.stdout.strip() == "https://chat.example.org ['https://chat.example.org'] 1 30/m/ip, 100/1.5h", ran.stderr
    assert settings_of("print(s.ALLAUTH_TRUSTED_PROXY_COUNT)").stdout.strip() == "0"


def settings_of(code: str, **given: str) -> subprocess.CompletedProcess[str]:
    env = {
        "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "EMBEDDED": "no", "SECRET_KEY": "x", "MASTER_KEYS": "ab" * 32, **given,
    }  # fmt: skip
    whole = f"import chatclone_site.settings as s\n{code}"
    return subprocess.run([sys.executable, "-c", whole], cwd=ROOT, capture_output=True, text=True, env=env)


def compose() -> dict[str, dict[str, object]]:
    return dict(yaml.safe_load((ROOT / "docker/compose.yaml").read_text())["services"])


def test_compose_is_what_it_claims() -> None:
    services = compose()
    assert set(services) == {
        "web",
        "ingest",
        "train",
        "train-gpu",
        "reply",
        "reply-gpu",
        "scheduler",
        "migrate",
        "db",
        "redis",
        "keys",
    }
    assert services["keys"]["command"][1:5] == ["--save", "", "--appendonly", "no"], "open keys are never written to a disk"
    assert "volumes" not in services["keys"]
    text = (ROOT / "docker/compose.yaml").read_text()
    assert ":latest" not in text
    assert not re.search(r"(PASSWORD|SECRET_KEY|MASTER_KEYS):\s*['\"]?\w", text), "a secret must not have a default"
    for name, service in services.items():
        image = str(service.get("image", ""))
        assert not image or re.search(r":[\w.-]*\d", image), name
        if name != "migrate":
            assert "healthcheck" in service, name
        if "image" not in service:
            assert service["build"]["context"] == "..", name
            assert service.get("read_only") is True, name
    for name in ("train-gpu", "reply-gpu"):
        assert services[name]["profiles"] == ["gpu"]
    assert (
        "--appendonly yes" in " ".join(services["redis"]["command"])
        if isinstance(services["redis"]["command"], list)
        else "--appendonly yes" in str(services["redis"]["command"])
    )


SITE_ENV = [{"path": "site.env", "required": False}]


def test_every_setting_reaches_every_process_of_the_site_in_containers() -> None:
    """One file for all of them; what compose names itself must not hide a setting of that file behind an empty value."""
    workers = yaml.safe_load((ROOT / "docker/workers.yaml").read_text())["services"]
    ours = [s for s in (*compose().values(), *workers.values()) if "image" not in s]
    assert ours
    for service in ours:
        assert service["env_file"] == SITE_ENV
        hidden = {name for name, value in service["environment"].items() if str(value).endswith(":-}")}
        assert all(name.startswith("S3_") for name in hidden), hidden
    assert "/docker/site.env" in (ROOT / ".gitignore").read_text()


def test_compose_runs_the_same_commands_as_make_run() -> None:
    services = compose()
    for process in [processes.web("0.0.0.0", 8000), *processes.workers()]:
        assert services[process.name]["command"] == ["python", *process.command], process.name


def test_workers_of_other_machines_are_those_of_the_site() -> None:
    text = (ROOT / "docker/workers.yaml").read_text()
    services = yaml.safe_load(text)["services"]
    assert set(services) == {"train", "reply", "train-gpu", "reply-gpu"}
    for name, service in services.items():
        there = compose()[name]
        assert service["command"] == there["command"], name
        assert service["healthcheck"] == there["healthcheck"], name
        assert service["build"] == there["build"], name
        assert service["read_only"] is True
        assert service["environment"]["S3_BUCKET"].startswith("${S3_BUCKET:?"), "without shared storage it could not work"
    assert not re.search(r"(PASSWORD|SECRET_KEY|MASTER_KEYS):\s*['\"]?\w", text), "a secret must not have a default"


def test_the_image_is_not_root_and_the_web_has_no_torch() -> None:
    text = (ROOT / "docker/Dockerfile").read_text()
    stages = dict(re.findall(r"^FROM .*? AS (\w+)\n(.*?)(?=^FROM|\Z)", text, re.M | re.S))
    assert {"web", "worker", "gpu"} <= set(stages)
    assert "torch" not in stages["web"]
    assert "torch" in stages["worker"]
    assert all("USER app" in stages[s] for s in ("web", "worker", "gpu"))


def test_only_what_images_are_made_of_is_sent_to_their_builder() -> None:
    """Without it the builder gets `data/`, with everybody's keys, and the environment of this machine."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] != "#"]
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "docker/Dockerfile").read_text(), re.M)
    assert lines[0] == "*"
    assert {line[1:] for line in lines[1:]} == {path.split("/")[0] for some in copied for path in some.split()}


def test_no_address_of_a_registry_is_in_the_repository() -> None:
    bad = re.compile(r"https?://[\w.-]*(?:pypi|pythonhosted|npmjs|registry\.|download\.pytorch|index-url)", re.I)
    for path in tracked():
        if path.suffix in (".lock", ".json", ".toml", ".txt", ".in", ".sh", ".yaml", ".cfg") or path.name in (
            ".npmrc",
            "Makefile",
            "Dockerfile",
        ):
            assert not bad.search(path.read_text(errors="replace")), path
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert all("resolved" not in p for p in lock["packages"].values())


def test_the_repository_stays_small_and_clean() -> None:
    files = tracked()
    assert sum(p.stat().st_size for p in files) < 80 * 2**20
    assert not [p for p in files if p.suffix in (".bin", ".pt", ".pkl", ".ckpt")]
    assert not [p for p in files if "node_modules" in p.parts]


def test_the_base_ships_with_card_and_notice() -> None:
    base = ROOT / "apps/personas/base"
    assert (base / "model.safetensors").stat().st_size <= 25 * 2**20
    card = (base / "README.md").read_text()
    for word in ("licence", "limits", "bits per byte", "Cyrillic"):
        assert word.lower() in card.lower(), word
    for name in ("self_dialogue", "gitter", "irc", "CaSiNo", "STAR", "Taskmaster", "QMSum"):
        assert name.lower() in (ROOT / "NOTICE").read_text().lower(), name
    assert "Apache License" in (ROOT / "LICENSE").read_text()
    assert list(base.glob("training.jsonl"))


def test_names_of_private_things_are_not_logged() -> None:
    """Log calls name states and ids, never text: no f-strings, no exception messages."""
    for path in (ROOT / "apps").rglob("*.py"):
        for line in path.read_text().splitlines():
            if re.search(r"\blog\.(?:info|warning|error|debug)\(", line):
                assert 'f"' not in line, (path, line)
                assert "exc_info" not in line, (path, line)
            assert "log.exception" not in line, (path, line)
