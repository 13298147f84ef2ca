"""Jobs over HTTP."""

from django.urls import path

from apps.jobs import views

urlpatterns = [
    path("<uuid:job_id>", views.state, name="job"),
    path("<uuid:job_id>/stop", views.stop, name="job-stop"),
    path("<uuid:job_id>/pause", views.pause, name="job-pause"),
    path("<uuid:job_id>/resume", views.resume, name="job-resume"),
    path("<uuid:job_id>/cancel", views.cancel, name="job-cancel"),
]
