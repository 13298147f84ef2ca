"""How people get their export, for the help boxes of the upload page."""

from __future__ import annotations

HELP: dict[str, tuple[str, tuple[str, ...]]] = {
    "facebook": (
        "Facebook Messenger",
        (
            "On facebook.com open Settings, then “Download your information”.",
            "Choose “Messages” only, format JSON, media quality low, date range all time.",
            "Facebook mails you when the zip is ready. Drop that zip (or all of its parts) here.",
            "Encrypted chats: in Messenger open Settings, Privacy & safety, End-to-end encrypted chats, and download the secure storage data too.",
        ),
    ),
    "instagram": (
        "Instagram",
        (
            "In the Accounts Center open “Your information and permissions”, then “Download your information”.",
            "Choose “Messages” only, format JSON, date range all time. Drop the zip here.",
        ),
    ),
    "whatsapp": (
        "WhatsApp",
        (
            "On the phone open a chat, then ⋮ or its name, “Export chat”, “Without media”.",
            "Do that for each chat that matters. Drop all the files here at once: then we can tell which of the senders is you.",
        ),
    ),
    "telegram": (
        "Telegram Desktop",
        (
            "In Telegram Desktop (not the phone app) open Settings, Advanced, “Export Telegram data”.",
            "Tick personal chats and the groups you want; untick photos and files; choose “Machine-readable JSON”. Web pages work too.",
            "Drop the result.json that it writes. One chat alone: open it, menu ⋮, “Export chat history”.",
        ),
    ),
    "linkedin": (
        "LinkedIn",
        (
            "Settings, Data privacy, “Get a copy of your data”. Tick “Messages” (and Profile, so that we know who you are).",
            "LinkedIn mails a zip within minutes, and a larger one a day later. Either works, both together too.",
        ),
    ),
    "google": (
        "Google Chat and Hangouts",
        ("On takeout.google.com deselect everything, then tick “Google Chat” and “Hangouts”.", "Drop the zip, or all its parts, here."),
    ),
    "discord": (
        "Discord",
        (
            "User Settings, Data & Privacy, “Request all of my data”. The zip holds only what you wrote.",
            "For both sides of a chat use DiscordChatExporter and its JSON format.",
        ),
    ),
    "slack": ("Slack", ("Workspace settings, “Import/Export data”, “Export”. Owners and admins can do it; the zip holds the public channels.",)),
    "sms": ("Text messages (Android)", ("With the app “SMS Backup & Restore” make a local backup of messages, and drop the .xml here.",)),
    "imessage": (
        "iMessage",
        (
            "On a Mac: the file ~/Library/Messages/chat.db (quit Messages first), or its export by imessage-exporter as text.",
        ),
    ),
    "signal": ("Signal", ("Signal Desktop: Settings, Chats, “Export chats” as plain text; drop main.jsonl. Folders of signal-export work too.",)),
    "twitter": ("X (Twitter)", ("Settings, Your account, “Download an archive of your data”. Drop the zip here.",)),
    "skype": ("Skype", ("The export you downloaded before Skype closed: a .tar file, or its messages.json.",)),
    "dating": ("Tinder and Hinge", ("Ask for your data in the app’s privacy settings. It holds only your own side: good for style.",)),
    "jsonl": (
        "Anything else",
        ("One JSON object a line with conversation, sender, sent_at and text. The documentation has a page about it: docs/format.md.",),
    ),
}  # fmt: skip
