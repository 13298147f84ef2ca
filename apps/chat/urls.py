"""Pages of the chat."""

from django.urls import path

from apps.chat import views

urlpatterns = [
    path("new/<uuid:persona_id>", views.begin, name="talk-new"),
    path("<uuid:conversation_id>", views.talk, name="talk"),
    path("<uuid:conversation_id>/delete", views.delete, name="talk-delete"),
]
