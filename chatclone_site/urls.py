"""Every page of the site."""

from django.urls import include, path

from apps.accounts import views as accounts
from chatclone_site import views

urlpatterns = [
    path("", views.front, name="front"),
    path("manifest.webmanifest", views.manifest, name="manifest"),
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
    path("erasure-key", accounts.erasure_key, name="erasure-key"),
    path("accounts/", include("allauth.urls")),
    path("account/", include("apps.accounts.urls")),
    path("jobs/", include("apps.jobs.urls")),
    path("archives/", include("apps.archives.urls")),
    path("personas/", include("apps.personas.urls")),
    path("talk/", include("apps.chat.urls")),
    path("consent/", include("apps.privacy.urls")),
    path("doors/", include("apps.bridges.urls")),
    path("guest/", include("apps.bridges.guest_urls")),
    path("v1/", include("apps.bridges.api_urls")),
    path("home/", views.home, name="home"),
]
handler400 = "chatclone_site.views.not_understood"
handler403 = "chatclone_site.views.not_allowed"
handler404 = "chatclone_site.views.not_found"
handler500 = "chatclone_site.views.broken"
