"""What stays at home is what no reader asks for: without it the same is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.archives.formats import container, registry
from apps.archives.formats.types import Member, Message, Owner, Refused
from apps.archives.generators.registry import GENERATORS
from apps.archives.generators.story import World

GOLDEN = Path(__file__).parent / "golden"
#: Files of real exports that hold no messages (../formats/*.md).
KEPT_AT_HOME = [
    "facebook-ann/your_facebook_activity/posts/your_posts_1.json",
    "your_activity_across_facebook/comments_and_reactions/comments.html",
    "your_instagram_activity/likes/liked_posts.json",
    "facebook-ann/ads_information/advertisers_using_your_activity.json",
    "instagram-ann/logged_information/recent_searches/word_or_phrase_searches.json",
    "facebook-ann/comments_and_reactions/comments.json",
    "package/activity/analytics/events-2024-00000-of-00001.json",
    "Activity/reporting/events-2024-00000-of-00001.json",
    "twitter-2024-01-01/data/tweets.js",
    "twitter-2024-01-01/data/tweets-part3.js",
    "twitter-2024-01-01/data/like.js",
    "twitter-2024-01-01/data/ad-impressions.js",
    "Takeout/Location History/Records.json",
    "Takeout/Location History/Semantic Location History/2021/2021_MAY.json",
    "Takeout/My Activity/Search/MyActivity.html",
    "Takeout/YouTube and YouTube Music/history/watch-history.json",
]
GO_UP = [
    "your_facebook_activity/messages/inbox/bea_1/message_1.json",
    "your_instagram_activity/messages/inbox/bea_1/message_1.html",
    "your_facebook_activity/your_facebook_activity/messages/inbox/bea_1/message_1.json",
    "your_instagram_activity/inbox/bea_1/message_1.json",
    "messages/inbox/security_and_login_information_77/message_1.json",
    "personal_information/profile_information/profile_information.json",
    "twitter-2024-01-01/data/direct-messages-part2.js",
    "twitter-2024-01-01/data/direct-message-headers.js",
    "twitter-2024-01-01/data/account.js",
    "data/main.jsonl",
    "Takeout/Google Chat/Groups/DM history/messages.json",
    "Takeout/Hangouts/Hangouts.json",
    "package/messages/c123456789012345678/messages.json",
    "location_history/WhatsApp Chat with Bea.txt",
    "Acme Slack export/marketplace/2023-04-14.json",
    "search_history/2023-01-01.json",
    "ads_information/2023-01-01.json",
    "imessage_export/marketplace/Bea.html",
    "messages/inbox/ads_information/message_1.json",
    "marketplace/result.json.txt",
]


@pytest.mark.parametrize("name", KEPT_AT_HOME)
def test_posts_searches_and_places_stay_at_home(name: str) -> None:
    assert container.textual(name)
    assert container.aside(name)


@pytest.mark.parametrize("name", GO_UP)
def test_messages_go_up_wherever_they_lie(name: str) -> None:
    assert not container.aside(name)


@pytest.mark.parametrize("name", ["export.7z", "export.rar", "export.tar.bz2", "export.tar.xz", "export.tar.zst"])
def test_an_archive_that_nobody_opens_is_none_of_the_photos(name: str) -> None:
    """So the page sends it, and a sentence comes back."""
    assert name.endswith(container.RULES["packed"])


@pytest.mark.parametrize("head", [b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh9", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"])
def test_what_is_packed_otherwise_is_refused_with_what_to_do(head: bytes, tmp_path: Path) -> None:
    path = tmp_path / "export"
    path.write_bytes(head + b"more")
    with pytest.raises(Refused, match=r"Please unpack it"):
        container.open_all([("export", path)])


def asked_for(members: list[Member]) -> list[str]:
    return [repr(r) for r in registry.read(members) if isinstance(r, Message | Owner)]


@pytest.mark.parametrize("sample", sorted(p.name for p in GOLDEN.iterdir() if (p / "input").is_dir()))
def test_golden_samples_are_read_the_same_without_it(sample: str) -> None:
    folder = GOLDEN / sample / "input"
    members = container.open_all([(p.relative_to(folder).as_posix(), p) for p in sorted(folder.rglob("*")) if p.is_file()])
    assert asked_for(members) == asked_for([m for m in members if not container.aside(m.name)])


@pytest.mark.parametrize("name", list(GENERATORS))
def test_generated_exports_are_read_the_same_without_it(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"export{GENERATORS[name].suffix}"
    GENERATORS[name].write(World(messages=60, seed=5, chats=2, groups=1), path, noise=True)
    members = container.open_all([(path.name, path)])
    if not all(m.name.endswith(".zip") for m in members):  # several chats of an iPhone
        assert asked_for(members) == asked_for([m for m in members if not container.aside(m.name)])
