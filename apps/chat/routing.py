"""Sockets of the chat."""

from django.urls import path

from apps.chat.consumers import TalkConsumer

websocket_urlpatterns = [path("ws/talk/<uuid:conversation_id>", TalkConsumer.as_asgi())]
