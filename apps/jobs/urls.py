"""Jobs over HTTP."""

from django.urls import path

from apps.jobs import views

urlpatterns = [
    path("<uuid:job_id>", views.state, name="job"),
    path("<uuid:job_id>/stop", views.stop, name="job-stop"),
]
