"""Pages of personas."""

from django.urls import path

from apps.personas import asking, playing, versions, views

urlpatterns = [
    path("new", views.new, name="persona-new"),
    path("times/<uuid:person_id>", views.times, name="persona-times"),
    path("<uuid:persona_id>", views.persona, name="persona"),
    path("<uuid:persona_id>/train", views.train, name="persona-train"),
    path("<uuid:persona_id>/tone", views.tone, name="persona-tone"),
    path("<uuid:persona_id>/ask", asking.ask, name="persona-ask"),
    path("<uuid:persona_id>/memorial", asking.memorial, name="persona-memorial"),
    path("versions/<uuid:version_id>/again", versions.again, name="version-again"),
    path("versions/<uuid:version_id>/remedy", versions.remedy, name="version-remedy"),
    path("versions/<uuid:version_id>/delete", versions.delete, name="version-delete"),
    path("versions/<uuid:version_id>/note", versions.note, name="version-note"),
    path("versions/<uuid:version_id>/current", versions.roll_back, name="version-current"),
    path("versions/<uuid:version_id>/words", versions.words, name="version-words"),
    path("corrections/<uuid:correction_id>/remove", versions.remove_correction, name="correction-remove"),
    path("versions/<uuid:version_id>/go-on", versions.go_on, name="version-go-on"),
    path("versions/<uuid:version_id>/sharpen", versions.sharpen, name="version-sharpen"),
    path("<uuid:persona_id>/delete", views.delete, name="persona-delete"),
    path("<uuid:persona_id>/voice.zip", views.download, name="persona-download"),
    path("<uuid:persona_id>/merged.zip", views.merged, name="persona-merged"),
    path("<uuid:persona_id>/voice.gguf", views.gguf, name="persona-gguf"),
    path("<uuid:persona_id>/bring", views.bring, name="persona-bring"),
    path("<uuid:persona_id>/game", playing.play, name="game"),
    path("<uuid:persona_id>/game/invite", playing.invite, name="game-invite"),
    path("game/<uuid:link_id>/revoke", playing.revoke, name="game-revoke"),
    path("game/<str:token>", playing.guest, name="game-guest"),
]
