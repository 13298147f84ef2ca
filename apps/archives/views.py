"""Upload, progress and receipt."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import owned, user
from apps.accounts.services import open_vault
from apps.archives import dependents, languages, sample, selectors, services, uploads
from apps.archives.formats import container
from apps.archives.formats.help import HELP
from apps.archives.forms import WindowForm
from apps.archives.models import Archive, Conversation, Person, Upload
from apps.archives.receiving import SealedUpload, SealedUploadHandler
from apps.jobs import selectors as jobs
from apps.jobs.causes import Expected


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        files = [f for f in request.FILES.getlist("files") if isinstance(f, SealedUpload)]
        refused = request.META.get(SealedUploadHandler.REASON)
        if files and not refused:
            archive = services.receive(owner_id=user(request).pk, uploads=files)
            return _arrived(request, archive)
        sentence = str(refused or "No file arrived. Please choose the export you downloaded.")
        if _by_script(request):
            return JsonResponse({"error": sentence}, status=refused.status if refused else 400)
        messages.error(request, sentence)
    waiting = uploads.waiting(open_vault(user(request).pk))
    groups = {w.group: [each for each in waiting if each.group == w.group] for w in waiting}
    drops = [(group, files, any(each.whole for each in files)) for group, files in groups.items()]
    context = {"help": HELP, "drops": drops, "rules": container.RULES, "days": settings.UPLOAD_DAYS}
    return render(request, "archives/upload.html", context)


@login_required
@require_POST
def discard_upload(request: HttpRequest, upload_id: UUID) -> HttpResponse:
    try:
        uploads.end(upload=owned(Upload, user(request), upload_id))
    except uploads.Conflict:
        messages.error(request, "This file is being read already.")
    else:
        messages.success(request, "Discarded.")
    return redirect("upload")


@login_required
@require_POST
def finish_uploads(request: HttpRequest, group: UUID) -> HttpResponse:
    """Read the files of a group that have arrived, without those that have not."""
    try:
        archive = uploads.finish(owner_id=user(request).pk, group=group)
    except uploads.NotThere:
        raise Http404 from None
    if archive is None:
        messages.error(request, "None of these files has arrived whole yet. Choose them again to go on.")
        return redirect("upload")
    return redirect("archive", archive.pk)


def _by_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _arrived(request: HttpRequest, archive: Archive) -> HttpResponse:
    address = reverse("archive", args=[archive.pk])
    return JsonResponse({"url": address}) if _by_script(request) else redirect(address)


@login_required
@require_POST
def try_sample(request: HttpRequest, kind: str) -> HttpResponse:
    name, content = sample.shipped(kind)
    archive = services.receive_bytes(owner_id=user(request).pk, name=name, content=content)
    return redirect("archive", archive.pk)


@login_required
@require_safe
def archive(request: HttpRequest, archive_id: UUID) -> HttpResponse:
    owner = user(request)
    job = jobs.latest(owner.pk, services.INGEST, archive_id)  # before what it makes: it may end at any moment
    row = owned(Archive, owner, archive_id)
    vault = open_vault(owner.pk)
    receipt = selectors.receipt(vault, row)
    context = {
        "archive": row, "names": selectors.names(vault, row), "job": job, "state": jobs.state(job) if job else None,
        "receipt": receipt, "ready": receipt is not None, "learners": dependents.of(owner.pk, row.pk),
    }  # fmt: skip
    if receipt is not None:
        roster = selectors.roster(vault)
        since, until = selectors.window(owner.pk)
        found = selectors.conversations(vault, roster, row)
        if estimate := receipt.get("estimate"):
            context |= {
                "low": f"{100 * estimate['low']:.1f}", "high": f"{100 * estimate['high']:.1f}",
                "foreign": languages.named(estimate.get("foreign", ())),
            }  # fmt: skip
        context |= {
            "conversations": found, "languages": selectors.by_language(found), "roster": roster.ordered(), "me": roster.me,
            "window": WindowForm(initial={"since": since, "until": until}),
        }  # fmt: skip
    return render(request, "archives/archive.html", context)


@login_required
@require_POST
def select(request: HttpRequest, archive_id: UUID) -> HttpResponse:
    """Which conversations of this archive are learnt from, and which period."""
    owner = user(request)
    row = owned(Archive, owner, archive_id)
    form = WindowForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
        return redirect("archive", row.pk)
    here = set(Conversation.objects.filter(owner=owner, sources__archive=row).values_list("pk", flat=True))
    elsewhere = set(Conversation.objects.filter(owner=owner, left_out=True).values_list("pk", flat=True)) - here
    kept = {pk for pk in here if str(pk) in request.POST.getlist("keep")}
    kept = selectors.with_languages(
        open_vault(owner.pk), row, kept, set(request.POST.getlist("language")), set(request.POST.getlist("was"))
    )
    services.leave_out(owner_id=owner.pk, conversation_ids=elsewhere | (here - kept))
    services.set_window(owner_id=owner.pk, since=form.cleaned_data["since"], until=form.cleaned_data["until"])
    messages.success(request, "Saved. This counts from the next training on.")
    return redirect("archive", row.pk)


@login_required
@require_POST
def choose_me(request: HttpRequest, archive_id: UUID) -> HttpResponse:
    owner = user(request)
    row = owned(Archive, owner, archive_id)
    if not request.POST.get("person"):
        messages.error(request, "Please choose who you are.")
        return redirect("archive", row.pk)
    person = owned(Person, owner, request.POST["person"])
    services.choose_me(owner_id=owner.pk, person=person)
    messages.success(request, "Thank you. That is you from now on.")
    return redirect("archive", row.pk)


@login_required
@require_POST
def delete(request: HttpRequest, archive_id: UUID) -> HttpResponse:
    row = owned(Archive, user(request), archive_id)
    chosen = set(request.POST.getlist("also"))
    learners = {pk for pk, _ in dependents.of(row.owner_id, archive_id) if str(pk) in chosen}
    try:
        services.delete(archive=row)
    except Expected as error:
        messages.error(request, str(error))
        return redirect("archive", archive_id)
    dependents.delete(row.owner_id, learners)  # last: a deletion that is refused takes nothing
    messages.success(request, "The archive and everything that only it brought were deleted.")
    return redirect("home")


def _delete_conversation(request: HttpRequest, row: Conversation) -> HttpResponse:
    chosen = set(request.POST.getlist("also"))
    known = {pk for pk, _ in _learners(row)}
    try:
        services.delete_conversation(row)
    except Expected as error:
        messages.error(request, str(error))
        return redirect("archived-conversation", row.pk)
    dependents.delete(user(request).pk, {pk for pk in known if str(pk) in chosen})
    messages.success(request, "The conversation was deleted.")
    return redirect("home")


def _learners(row: Conversation) -> list[tuple[UUID, str]]:
    """Personas that may have learnt from a conversation."""
    found = {pair for s in row.sources.all() for pair in dependents.of(row.owner_id, s.archive_id)}
    return sorted(found, key=lambda pair: pair[1])


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def conversation(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """What the model will read of one conversation: the scrubbed text; and its delete button."""
    owner = user(request)
    row = owned(Conversation, owner, conversation_id)
    vault = open_vault(owner.pk)
    if request.method == "POST":
        return _delete_conversation(request, row)
    roster = selectors.roster(vault)
    view = next(v for v in selectors.conversations(vault, roster) if v.id == row.pk)
    lines = selectors.preview(vault, row, roster)
    return render(request, "archives/conversation.html", {"conversation": view, "lines": lines, "learners": _learners(row)})


@login_required
@require_POST
def switch_dates(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    row = owned(Conversation, user(request), conversation_id)
    try:
        services.switch_dates(row)
    except Expected as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The dates are read the other way now.")
    return redirect("archived-conversation", row.pk)
