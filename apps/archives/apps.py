"""Archives as a Django app."""

from django.apps import AppConfig


class ArchivesConfig(AppConfig):
    name = "apps.archives"

    def ready(self) -> None:
        from apps.accounts import closing, registry
        from apps.archives import conversations, naming, services, uploads
        from apps.archives.holdings import HOLDING
        from apps.jobs import kinds
        from apps.privacy import burning

        registry.register(HOLDING)
        kinds.register(kinds.Kind(services.INGEST, "ingest", ended=services.forget_uploads, per_owner=1))
        kinds.register(kinds.Kind(services.RESCRUB, "ingest", per_owner=1))
        kinds.register(kinds.Kind(services.FORGET, "ingest", per_owner=1))
        kinds.register(kinds.Kind(services.STRANGERS, "ingest", per_owner=1))
        registry.register_sweep("archives", uploads.sweep)
        burning.before.register(conversations.burnt)
        closing.dropping.register(naming.forget)
