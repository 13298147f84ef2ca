"""Keys in lines of programs, links without their beginning, names of accounts; and what only looks like them."""

from __future__ import annotations

import time

import pytest

from apps.privacy.scrub import conversation, engine
from apps.privacy.scrub.conversation import Line

HEX = "e9873d79c6d87dc0fb6a5778633389f4453213303da61f20bd67fc233aa33262"
ASSIGNED = [
    ("DB_PASSWORD=hunter2", "DB_PASSWORD=[password]"), ("MYSQL_ROOT_PASSWORD: Sonne123", "MYSQL_ROOT_PASSWORD: [password]"), ('my_password = "Sonne 123"', 'my_password = "[password]"'),
    ("db_pass=Sonne123", "db_pass=[password]"), ("adminPassword: Sonne123", "adminPassword: [password]"), ("ADMIN_TOKEN=abc123def456", "ADMIN_TOKEN=[key]"), ("SECRET=Sonne123", "SECRET=[key]"),
    ("SECRET_KEY=django-insecure-5e^vvkp%29atk4g0)%w$x8j9&qp%plj(*lq15%2-", "SECRET_KEY=[key]"), ("AccountKey=" + "haDcS0NFR3PcbLAhAUHN" * 4 + "abcdef==", "AccountKey=[key]"),
    (f"my eth private key is {HEX}", "my eth private key is [key]"), (f"token {HEX}", "token [key]"), (f"wandb key {HEX[:40]}", "wandb key [key]"), (f"sk_{HEX[:48]}", "[key]"),
    (f"access_token$production${HEX[:16]}${HEX[:32]}", "[key]"), ("oauth:z3bwlhkwzk0p7a3rp0eej9ni1nz13j", "[key]"), ("3f56f1e7-b316-15f2-ce3a-768567cd5ec6:fx", "[key]"), (f"sntryu_{HEX}", "[key]"),
    ("curl -u anna:Sonne123 example.org", "curl -u anna:[password] example.org"), ("mysql -u root -pSonne123", "mysql -u root -p[password]"),
]  # fmt: skip
LINKS = [
    ("wa.me/4915123456789", "[link]"), ("see instagram.com/anna.kov, ok", "see [link], ok"), ("t.me/annakov", "[link]"), ("linkedin.com/in/anna-kovac-123", "[link]"), ("paypal.me/annakov", "[link]"),
    ("docs.google.com/document/d/1aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789AbCdEfGhI/edit", "[url]"), ("meet.google.com/abc-defg-hij", "[link]"),
    ("discord anna#1234", "discord [handle]"), ("@ann see moss/wiki#9221", "[handle] see moss/wiki#9221"), ("cashapp $annakov", "cashapp [handle]"), ("venmo @anna-kov", "venmo [handle]"), ("insta: anna", "insta: [handle]"), ("ig: sunshine", "ig: [handle]"),
]  # fmt: skip
LEFT = [
    "DB_PASSWORD=$PASS", 'db_password = os.environ["X"]', "user_pass = getpass()", f"the key commit is {HEX[:40]}", "max_tokens=4096", "next_token = lexer.next()", "reset_token: None", "sortKey = lastName1",
    "by_pass: maybe", "primaryKey: true", "apiKey: process.env.KEY", "my_pass = user.password", "mysql -u root -p", "psql -h localhost -p 5432 db", "curl -u $USER:$PASS x", "mkdir -p src/apps", f"sha256 {HEX}", "csrf_token = get_token(1)",
    "facebook.com is down", "and/or t.me", "x.com", "discord issue #1234", "it cost $5000 via cashapp", "the $user var", "c# channel#1234", "ig: maybe", "tg: yes", "twitter: lol", "make SUBDIRS=$PWD modules",
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), ASSIGNED + LINKS)
def test_found(text: str, expected: str) -> None:
    assert engine.scrub(text).text == expected


@pytest.mark.parametrize("text", LEFT)
def test_left_alone(text: str) -> None:
    assert engine.scrub(text).text == text


def test_keys_of_the_keyboard_are_no_password() -> None:
    said = [Line("a", 0.0, "what do you press at login?"), Line("b", 5.0, "ctrl+alt+f1")]
    assert conversation.scrub(said)[1].text == "ctrl+alt+f1"


@pytest.mark.parametrize(
    "piece", ["_pass=", "DB_PASSWORD=", "a_", "curl -u ", "mysql -p", "token ", "@a-", "t.me/", "a.b/", "$a "]
)
def test_long_lines_of_half_keys_are_read_in_time(piece: str) -> None:
    line = (piece * 5_000)[:10_000]
    engine.find(line)
    begun = time.process_time()
    engine.find(line)
    assert time.process_time() - begun < 0.5
