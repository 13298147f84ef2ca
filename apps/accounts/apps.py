"""Accounts as a Django app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apps.accounts"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_out

        from apps.accounts import locking, registry, services
        from apps.accounts.holdings import HOLDING

        registry.register(HOLDING)
        registry.register_sweep("accounts", services.sweep)
        # the one signal of the house: every way of logging out, also one that is not ours, passes here
        user_logged_out.connect(locking.left, dispatch_uid="passphrase lock")
