"""The page that the holder of a consent link opens."""

from django.urls import path

from apps.privacy import views

urlpatterns = [path("<str:token>", views.consent, name="consent")]
