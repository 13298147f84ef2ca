"""Of the libraries only what pages ask for is collected, and all of that."""

import re
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders

NAMED = re.compile(r"static '(vendor/[^']+)'")


def test_pages_get_what_they_name_and_nothing_else_is_collected() -> None:
    templates = "".join(path.read_text() for path in (settings.BASE_DIR / "templates").rglob("*.html"))
    named = set(NAMED.findall(templates))
    assert named and named <= settings.VENDOR_FILES
    collected = {
        f"{storage.prefix}/{path}"
        for finder in get_finders()
        for path, storage in finder.list(None)
        if (getattr(storage, "prefix", None) or "").startswith("vendor/")
    }
    there = {name for name in settings.VENDOR_FILES if (settings.BASE_DIR / "node_modules").exists()}
    assert collected == there
    mapped = {name for name in collected if "sourceMappingURL=" in _text(name)}
    assert {f"{name}.map" for name in mapped if name.endswith(".js")} <= collected


def _text(name: str) -> str:
    _, library, path = name.split("/", 2)
    place = {prefix.removeprefix("vendor/"): root for prefix, root in settings.STATICFILES_DIRS[1:]}[library]
    return (Path(place) / path).read_text(errors="replace")
