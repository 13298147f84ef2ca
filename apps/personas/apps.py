"""Personas as a Django app."""

from django.apps import AppConfig


class PersonasConfig(AppConfig):
    name = "apps.personas"

    def ready(self) -> None:
        from apps.accounts import closing, registry
        from apps.archives import dependents
        from apps.jobs import kinds
        from apps.personas import game, selectors, services
        from apps.personas.holdings import HOLDING
        from apps.personas.selectors import TRAIN
        from apps.personas.tone_filter import TONE

        registry.register(HOLDING)
        registry.register_sweep("personas", services.sweep)
        kinds.register(kinds.Kind(TRAIN, "train", attempts=5, per_owner=1, at_will=True))
        kinds.register(kinds.Kind(TONE, "train", per_owner=1))
        dependents.register("personas", dependents.Dependent(services.dependents, services.delete_many, selectors.imitating))
        dependents.hide.register(services.hide)
        dependents.gone.register(game.drop)
        dependents.lost.register(services.lost)
        closing.dropping.register(services.close)
