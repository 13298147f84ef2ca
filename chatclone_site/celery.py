"""The Celery app. A message is only a doorbell: it carries ids, the rows are the truth."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatclone_site.settings")

app = Celery("chatclone")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
