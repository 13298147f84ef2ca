"""Privacy as a Django app."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "apps.privacy"

    def ready(self) -> None:
        from apps.accounts import registry
        from apps.privacy import services
        from apps.privacy.holdings import HOLDING

        registry.register(HOLDING)
        registry.register_sweep("privacy", services.sweep)
