"""Pages for guests."""

from django.urls import path

from apps.bridges import guests

urlpatterns = [
    path("<str:token>", guests.guest, name="guest"),
    path("<str:token>/say", guests.say, name="guest-say"),
]
