"""The site itself as a Django app: it owns the page's frame and the commands that know every app."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "chatclone_site"
    label = "site_frame"

    def ready(self) -> None:
        from chatclone_site.celery import app

        app.set_default()  # bells ring through it, whatever process this is
