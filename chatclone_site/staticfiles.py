"""Static files under hashed names, module imports rewritten to them; no build step."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import FileSystemFinder
from whitenoise.storage import CompressedManifestStaticFilesStorage


class PageStorage(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True


class PageFinder(FileSystemFinder):
    """The site's own files, and of the libraries' folders only what pages ask for (`VENDOR_FILES`).

    Libraries bring every form of themselves, their tests too: compressing all of it took most of the time of a first start.
    """

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[Any]:
        """(path, storage) of every file that is collected."""
        for path, storage in super().list(ignore_patterns):
            prefix = getattr(storage, "prefix", None)
            if not prefix or f"{prefix}/{path}" in settings.VENDOR_FILES:
                yield path, storage
