"""Static files under hashed names, module imports rewritten to them; no build step."""

from whitenoise.storage import CompressedManifestStaticFilesStorage


class PageStorage(CompressedManifestStaticFilesStorage):
    support_js_module_import_aggregation = True
