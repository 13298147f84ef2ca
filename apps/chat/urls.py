"""Pages of the chat."""

from django.urls import path

from apps.chat import comparing, correcting, offered, reasons, views

urlpatterns = [
    path("new/<uuid:persona_id>", views.begin, name="talk-new"),
    path("", views.talks, name="talks"),
    path("compare", comparing.compare, name="talk-compare"),
    path("why/<uuid:turn_id>", reasons.reason, name="talk-why"),
    path("correct/<uuid:turn_id>", correcting.correct, name="talk-correct"),
    path("replies/<uuid:persona_id>", offered.replies, name="talk-replies"),
    path("keyboard/<uuid:persona_id>", offered.keyboard, name="talk-keyboard"),
    path("keyboard/<uuid:persona_id>/manifest", offered.manifest, name="talk-keyboard-manifest"),
    path("offer/<uuid:persona_id>", offered.offer, name="talk-offer"),
    path("<uuid:conversation_id>", views.talk, name="talk"),
    path("<uuid:conversation_id>/change", views.change, name="talk-change"),
    path("<uuid:conversation_id>/download", views.download, name="talk-download"),
    path("<uuid:conversation_id>/delete", views.delete, name="talk-delete"),
]
