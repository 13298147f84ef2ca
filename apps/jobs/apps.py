"""Jobs as a Django app."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "apps.jobs"

    def ready(self) -> None:
        from apps.accounts import registry
        from apps.jobs import services
        from apps.jobs.holdings import HOLDING

        registry.register(HOLDING)
        registry.register_sweep("jobs", services.sweep)
        registry.unlocked.register(services.unlocked)
