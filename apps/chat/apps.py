"""The chat as a Django app."""

from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "apps.chat"

    def ready(self) -> None:
        from django.conf import settings

        from apps.accounts import registry
        from apps.archives import dependents
        from apps.chat import keeping, services
        from apps.chat.holdings import HOLDING
        from apps.jobs import kinds
        from apps.personas import leaving

        registry.register(HOLDING)
        registry.register_sweep("chat", keeping.sweep)
        leaving.before.register(services.delete_of)
        dependents.hide.register(services.hide)
        most = settings.REPLIES_AT_ONCE
        kinds.register(
            kinds.Kind(services.REPLY, "reply", attempts=1, ended=services.interrupted, per_owner=most, lease_seconds=9)
        )
