"""The frame: front page, home, health, and what is shown when something is missing or broken."""

from __future__ import annotations

import shutil

import redis
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from apps.accounts.access import user
from apps.accounts.services import open_vault
from apps.archives import selectors as archives
from apps.archives.models import Archive
from apps.chat import selectors as talks
from apps.jobs import selectors as jobs
from apps.personas import selectors as personas


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    return redirect("home") if request.user.is_authenticated else render(request, "front.html")


@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    owner = user(request)
    vault = open_vault(owner.pk)
    # jobs before what they make: they may end at any moment
    running = jobs.running(owner.pk)
    known = Archive.objects.filter(owner=owner).values_list("pk", flat=True)
    reading = {pk: jobs.latest(owner.pk, "archives.ingest", pk) for pk in known}
    rows = Archive.objects.filter(owner=owner, pk__in=reading).order_by("-created_at")
    context = {
        "personas": personas.listing(vault),
        "archives": [(a, archives.names(vault, a), reading[a.pk]) for a in rows],
        "running": running,
        "talks": talks.listing(vault, most=6),
    }
    return render(request, "home.html", context)


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """What makes the site installable. There is no service worker: pages of people are stored nowhere."""
    icons = [
        {"src": static("site/icon.svg"), "sizes": "any", "type": "image/svg+xml"},
        {"src": static("site/icon-192.png"), "sizes": "192x192", "type": "image/png"},
        {"src": static("site/icon-512.png"), "sizes": "512x512", "type": "image/png"},
        {"src": static("site/icon-maskable-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
    ]
    facts = {
        "id": "/", "name": "chatclone", "short_name": "chatclone", "start_url": reverse("talks"), "scope": "/",
        "display": "standalone", "background_color": "#faf7f2", "theme_color": "#faf7f2", "icons": icons,
    }  # fmt: skip
    return JsonResponse(facts, content_type="application/manifest+json")


@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Database, migrations, Redis, disk and storage; 503 with what is missing, no secrets."""
    missing = [name for name, check in CHECKS.items() if not check()]
    return JsonResponse({"ready": not missing, "missing": missing}, status=503 if missing else 200)


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except DatabaseError:
        return False


def _migrations() -> bool:
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False


def _redis() -> bool:
    try:
        client = redis.Redis.from_url(settings.REDIS, socket_timeout=1, socket_connect_timeout=1)
        return bool(client.ping())
    except redis.RedisError:
        return False


def _disk() -> bool:
    usage = shutil.disk_usage(settings.DATA_DIR)
    return usage.free > usage.total * settings.DISK_FLOOR


def _storage() -> bool:
    try:
        default_storage.exists("ready")
        return True
    except Exception:  # a store may be away in as many ways as there are stores
        return False


CHECKS = {"database": _database, "migrations": _migrations, "redis": _redis, "disk": _disk, "storage": _storage}


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    return render(request, "500.html", status=500)


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _refused(request, 400, "That could not be understood", "Please go back, load the page again and try once more.")


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _refused(request, 403, "This is not open to you", "Perhaps you are signed in as somebody else, or not any more.")


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token, or from another address than `SITE_URL`."""
    sentence = "The page was open for too long, or this browser keeps no cookies. Please go back, load the page again and send it once more."
    return _refused(request, 403, "Nothing was done", sentence)


def _refused(request: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    return render(request, "refused.html", {"title": title, "sentence": sentence}, status=status)
