"""The bridges as a Django app."""

from django.apps import AppConfig


class BridgesConfig(AppConfig):
    name = "apps.bridges"

    def ready(self) -> None:
        from apps.accounts import registry
        from apps.archives import dependents
        from apps.bridges import rooms, services
        from apps.bridges.holdings import HOLDING
        from apps.chat import visiting

        registry.register(HOLDING)
        visiting.register(rooms.Porter())
        dependents.hide.register(services.hide)
