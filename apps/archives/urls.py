"""Pages of archives."""

from django.urls import path

from apps.archives import insight, looking, review, tus, views

urlpatterns = [
    path("new", views.upload, name="upload"),
    path("uploads", tus.every, name="uploads"),
    path("uploads/<uuid:upload_id>", tus.one, name="upload-file"),
    path("uploads/<uuid:upload_id>/discard", views.discard_upload, name="upload-discard"),
    path("groups/<uuid:group>/finish", views.finish_uploads, name="uploads-finish"),
    path("sample/<slug:kind>", views.try_sample, name="sample"),
    path("<uuid:archive_id>", views.archive, name="archive"),
    path("<uuid:archive_id>/select", views.select, name="archive-select"),
    path("<uuid:archive_id>/me", views.choose_me, name="archive-me"),
    path("<uuid:archive_id>/delete", views.delete, name="archive-delete"),
    path("review", review.review, name="review"),
    path("review/decide", review.decide, name="review-decide"),
    path("review/apply", review.apply, name="review-apply"),
    path("review/period", review.period, name="review-period"),
    path("review/burn", review.burn, name="review-burn"),
    path("review/<uuid:decision_id>/undo", review.undo, name="review-undo"),
    path("review/count", looking.count, name="review-count"),
    path("review/strangers", looking.look_for_strangers, name="review-strangers"),
    path("review/strangers/take", looking.take_strangers, name="review-strangers-take"),
    path("review/compare/<uuid:conversation_id>", looking.compare, name="review-compare"),
    path("review/sensitive/<uuid:conversation_id>", review.sensitive_one, name="review-sensitive"),
    path("review/sensitive/<uuid:conversation_id>/leave", review.leave_one, name="review-leave"),
    path("people", insight.people_page, name="people"),
    path("people/<uuid:person_id>/join", insight.join_person, name="person-join"),
    path("people/<uuid:person_id>/split", insight.split_person, name="person-split"),
    path("people/<uuid:person_id>/two", insight.part_people, name="person-two"),
    path("people/<uuid:person_id>/leave", insight.leave_person, name="person-leave"),
    path("people/<uuid:person_id>/relation", insight.relate_person, name="person-relation"),
    path("people/<uuid:person_id>/forget", insight.forget_person, name="person-forget"),
    path("people/forgotten/<uuid:forgotten_id>/undo", insight.undo_forgetting, name="forgotten-undo"),
    path("statistics", insight.statistics, name="statistics"),
    path("conversations/<uuid:conversation_id>", views.conversation, name="archived-conversation"),
    path("conversations/<uuid:conversation_id>/dates", views.switch_dates, name="conversation-dates"),
    path("corpus", insight.corpus, name="corpus"),
]
