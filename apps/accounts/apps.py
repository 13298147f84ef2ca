"""Accounts as a Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apps.accounts"

    def ready(self) -> None:
        from apps.accounts import registry, services
        from apps.accounts.holdings import HOLDING

        registry.register(HOLDING)
        registry.register_sweep("accounts", services.sweep)
