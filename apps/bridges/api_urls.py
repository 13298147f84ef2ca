"""Addresses of the API for programs."""

from django.urls import path, re_path

from apps.bridges import api

urlpatterns = [
    path("openapi.json", api.document, name="api-document"),
    path("models", api.models, name="api-models"),
    path("models/<str:name>", api.model, name="api-model"),
    path("chat/completions", api.chat, name="api-chat"),
    path("completions", api.completions, name="api-completions"),
    path("reply", api.reply, name="api-reply"),
    re_path(r"^(?P<elsewhere>.*)$", api.nothing, name="api-nothing"),  # also /v1/ itself, which <path:> would not be
]
