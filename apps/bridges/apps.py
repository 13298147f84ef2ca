"""The bridges as a Django app."""

from django.apps import AppConfig


class BridgesConfig(AppConfig):
    name = "apps.bridges"

    def ready(self) -> None:
        from apps.accounts import registry
        from apps.archives import dependents
        from apps.bridges import services
        from apps.bridges.holdings import HOLDING

        registry.register(HOLDING)
        dependents.register_hiding(services.hide)
