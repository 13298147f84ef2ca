"""What is said where nobody reads anything of an upload: what it seems to be, and what to do."""

from __future__ import annotations

import re

from apps.archives.formats.types import Member

_SIGNAL_PAGE = re.compile(rb"<span class=['\"]?time\b[^>]*>[^<]*</span>\s*<span class=['\"]?sender\b")
_HINTS = (
    (re.compile(r"\.dht(?:\.db)?$", re.I), "This is Discord History Tracker's database. Please export with DiscordChatExporter as JSON instead."),
    (re.compile(r"\.(?:crypt\d+|enc)$", re.I), "This is an encrypted backup that only the phone can open. Please export the chat as text instead."),
    (re.compile(r"\.(?:zip|tgz|tar|gz|7z|rar)$", re.I), "There is another archive inside this one. Please unpack the outer one and upload what is inside."),
)  # fmt: skip
#: Exports that hold other things than messages, told by the names of their files or of what was uploaded.
_WITHOUT = (
    (
        re.compile(
            r"(?:^|/)(?:your_instagram_activity|followers_and_following|personal_information/personal_information|login_and_profile_creation)(?:/|\.json)"
            r"|(?:^|/)account_information/personal_information\.json$|^instagram[-_][^/]*\.zip$",
            re.I,
        ),
        "This is a download from Instagram, without messages. Please ask for it again and choose “Messages”, format JSON, date range all time.",
    ),
    (
        re.compile(
            r"(?:^|/)(?:your_facebook_activity|your_activity_across_facebook|profile_information|friends_and_followers|about_you|"
            r"apps_and_websites_off_of_facebook|logged_information|personal_information/profile_information)/|^facebook[-_][^/]*\.zip$",
            re.I,
        ),
        "This is a download from Facebook, without messages. Please ask for it again and choose “Messages”, format JSON, date range all time.",
    ),
    (
        re.compile(r"(?:^|/)(?:Connections|Invitations|Profile|Ad_Targeting|Company Follows|Endorsement_[^/]*)\.csv$|LinkedInDataExport", re.I),
        "This is a download from LinkedIn, without messages.csv. Please ask for it again and tick “Messages”, and Profile.",
    ),
    (
        re.compile(r"(?:^|/)(?:data/(?:follower|following|like|account|profile|manifest)|tweets?|tweet-headers)\.js$|^twitter-[^/]*\.zip$", re.I),
        "This is a part of an archive from X (Twitter), without direct messages. Please upload the whole zip, or its direct-messages.js.",
    ),
    (
        re.compile(r"(?:^|/)export_results\.html$|(?:^|/)lists/(?:contacts|frequent|sessions|profile_pictures|saved_music)\.html$|(?:^|/)DataExport_[^/]*/", re.I),
        "This is an export of Telegram, without chats. Please export again, tick personal chats and the groups you want, and choose “Machine-readable JSON”.",
    ),
    (
        re.compile(r"(?:^|/)whatsapp_(?:account|connections|user)_?[^/]*/|(?:^|/)(?:IMG|VID|AUD|PTT|STK|DOC)-\d{8}-WA\d+\.|(?:^|/)\d{8}-(?:PHOTO|VIDEO|AUDIO|STICKER|GIF)-\d{4}-|^WhatsApp Chat", re.I),
        "This is from WhatsApp, without a chat. Please open a chat on the phone, then “Export chat”, and upload the .txt or .zip that it makes.",
    ),
    (
        re.compile(r"(?:^|/)(?:servers/index\.json|account/user\.json|activity/(?:analytics|reporting|tns|modeling)/)", re.I),
        "This is a package from Discord, without messages. Please ask for it again with “Messages” ticked, or export chats with DiscordChatExporter as JSON.",
    ),
    (
        re.compile(r"(?:^|/)Takeout/|(?:^|/)archive_browser\.html$|^takeout-[^/]*\.(?:zip|tgz)$", re.I),
        "This is a Google Takeout, without Google Chat and Hangouts. Please make it again: deselect everything, then tick “Google Chat” and “Hangouts”.",
    ),
)  # fmt: skip


def nothing(members: list[Member], pages: list[bytes], *, hurt: bool) -> str:
    """The sentence of a refusal. `pages`: how web pages begin that nobody claims; `hurt`: whether something is damaged."""
    if hurt:
        return "The files in this archive are damaged. Please download the export again."
    for pattern, sentence in _HINTS:
        if any(pattern.search(m.name) for m in members):
            return sentence
    if any(b"chatlog__message" in head or b"chatlog" in head for head in pages):
        return "This is DiscordChatExporter's web page. Please export again and choose JSON."
    if any(_SIGNAL_PAGE.search(head) for head in pages):
        return "This is signal-export's web page. Please upload the folder it lies in, with chat.md or data.json."
    for pattern, sentence in _WITHOUT:
        if any(pattern.search(m.name) or pattern.search(m.upload) for m in members):
            return sentence
    if pages:
        return (
            "These web pages are no export of messages that we know. Please export again, as JSON where there is a choice."
        )
    return (
        "No messages of a known kind were found. Upload the export as it came (zip or folder), "
        "or see “How to get your export” for what each platform offers."
    )
