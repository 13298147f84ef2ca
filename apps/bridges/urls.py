"""Pages of doors."""

from django.urls import path

from apps.bridges import views

urlpatterns = [
    path("<uuid:persona_id>", views.doors, name="doors"),
    path("<uuid:persona_id>/key", views.new_key, name="door-key"),
    path("<uuid:persona_id>/link", views.new_link, name="door-link"),
    path("<uuid:persona_id>/room", views.new_invitation, name="door-room"),
    path("<uuid:door_id>/end", views.end, name="door-end"),
]
