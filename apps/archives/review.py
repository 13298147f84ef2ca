"""The review: what was taken out, by unique value, and what the owner decides about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import counted, owned, user
from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
from apps.archives import counting, findings, languages, selectors, sensitive, services, strangers
from apps.archives.forms import WindowForm
from apps.archives.models import Archive, Conversation
from apps.jobs import selectors as jobs
from apps.jobs.causes import Expected
from apps.privacy import selectors as privacy
from apps.privacy import services as deciding
from apps.privacy.models import Decision

PAGE = 100
#: So many decisions have their counts on the page; so many conversations are linked to be compared.
COUNTED, COMPARED = 100, 200
Decisions = list[tuple[Decision, str, str]]


@login_required
@require_safe
def review(request: HttpRequest) -> HttpResponse:
    owner = user(request)
    vault = open_vault(owner.pk)
    looking = jobs.latest(owner.pk, services.STRANGERS, owner.pk)
    job = looking if looking and looking.active else jobs.latest(owner.pk, services.RESCRUB, owner.pk)
    groups = findings.groups(vault)
    kinds = sorted({g.kind for g in groups})
    decisions = privacy.decisions(vault)
    kind = request.GET.get("kind", "")
    shown = [g for g in groups if g.kind == kind] if kind in kinds else groups
    first = counted(request.GET.get("page", "")) * PAGE
    talks, uncounted = sensitive.listing(vault)
    context = {
        "talks": talks, "uncounted": uncounted, "markable": findings.MARKABLE, "conversations": _titles(vault),
        "looked": sum(g.decision is not None for g in shown), "left": sum(g.decision is None for g in shown),
        "last": decisions[0][0] if decisions else None, "looking": looking, "strangers": strangers.open_ones(vault),
        "groups": shown[first : first + PAGE], "total": len(shown), "first": first, "next": first // PAGE + 1 if first + PAGE < len(shown) else None,
        "kinds": kinds, "kind": kind, **_lists(vault, decisions), "burnt": not groups,
        "waiting": privacy.undecided_work(owner.pk), "days": settings.LEDGER_DAYS, "estimate": _estimate(vault), "window": _window(owner.pk), "job": job, "state": jobs.state(job) if job else None,
    }  # fmt: skip
    return render(request, "archives/review.html", context)


def _lists(vault: Vault, decisions: Decisions) -> dict[str, list[tuple[Decision, str, str, str]]]:
    """What the owner keeps, takes out and calls otherwise, each with how often it stands in the conversations now."""
    told = [d for d in decisions if d[0].action != Decision.Action.SEEN]
    counts = counting.counts(vault, [value for _, _, value in told[:COUNTED]], patience=1.0)
    lines = [(row, kind, value, str(counts.get(counting.key(value), ""))) for row, kind, value in told]
    actions = {"kept": Decision.Action.KEEP, "taken": Decision.Action.TAKE, "marked": Decision.Action.KIND}
    return {name: [line for line in lines if line[0].action == action] for name, action in actions.items()}


def _titles(vault: Vault) -> list[tuple[UUID, str, bool]]:
    """Conversations for the view of before and after, and whether they are left out; those with most messages first."""
    rows = Conversation.objects.filter(owner_id=vault.owner_id, messages__gt=0).order_by("-messages")[:COMPARED]
    return [(row.pk, str(vault.unseal(row, "title", row.title)), row.left_out) for row in rows]


def _estimate(vault: Vault) -> dict[str, Any] | None:
    """How many invented secrets were found when an archive was read last, and the range of the share, in per cent."""
    for row in Archive.objects.filter(owner_id=vault.owner_id).exclude(receipt=None).order_by("-created_at"):
        if found := (selectors.receipt(vault, row) or {}).get("estimate"):
            return {
                **found, "low": f"{100 * found['low']:.1f}", "high": f"{100 * found['high']:.1f}", "at": row.created_at,
                "foreign": languages.named(found.get("foreign", ())),
            }  # fmt: skip
    return None


def _window(owner_id: UUID) -> WindowForm:
    since, until = selectors.window(owner_id)
    return WindowForm(initial={"since": since, "until": until})


def _back(request: HttpRequest) -> HttpResponse:
    back = request.POST.get("back", "")
    return redirect(back if back.startswith("/archives/review?") else "review")


@login_required
@require_POST
def decide(request: HttpRequest) -> HttpResponse:
    """Keep a value, take one out always, or say of what kind it is."""
    vault = open_vault(user(request).pk)
    value, kind, action = (request.POST.get(name, "") for name in ("value", "kind", "action"))
    kinds = findings.MARKABLE if action == Decision.Action.KIND else findings.KINDS
    if not value.strip() or action not in Decision.Action.values or kind not in kinds:
        messages.error(request, "Please give a word or number, and what should become of it.")
    else:
        try:
            services.decide(vault=vault, kind=kind, value=value.strip()[:500], action=action)
        except Expected as e:
            messages.error(request, str(e))
    return _back(request)


@login_required
@require_POST
def undo(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    row = owned(Decision, user(request), decision_id)
    services.undo_decision(row)
    return _back(request)


@login_required
@require_POST
def apply(request: HttpRequest) -> HttpResponse:
    """Scrub all conversations anew, as the owner decides today."""
    services.start_rescrub(owner_id=user(request).pk)
    return redirect("review")


@login_required
@require_POST
def period(request: HttpRequest) -> HttpResponse:
    """Learn from one period only."""
    form = WindowForm(request.POST)
    if form.is_valid():
        services.set_window(owner_id=user(request).pk, **form.cleaned_data)
        messages.success(request, "Saved. This counts from the next training on.")
    else:
        messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
    return redirect("review")


@login_required
@require_POST
def burn(request: HttpRequest) -> HttpResponse:
    """Forget what stood there, for good."""
    deciding.burn(owner_id=user(request).pk)
    messages.success(request, "Burnt. What was taken out can never be put back, by you or by anybody.")
    return redirect("review")


@login_required
@require_safe
def sensitive_one(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """The flagged messages of one conversation, scrubbed, each veiled until held."""
    row = owned(Conversation, user(request), conversation_id)
    vault = open_vault(user(request).pk)
    title = str(vault.unseal(row, "title", row.title))
    lines = sensitive.flagged(vault, row, selectors.roster(vault))
    context = {"conversation": row, "title": title, "lines": lines[: sensitive.MOST], "total": len(lines)}
    return render(request, "archives/sensitive.html", context)


@login_required
@require_POST
def leave_one(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """Leave one conversation out of what is learnt from, or take it back in."""
    row = owned(Conversation, user(request), conversation_id)
    left_out = request.POST.get("back") != "yes"
    services.set_left_out(row, left_out=left_out)
    messages.success(request, "Left out from the next training on." if left_out else "It is learnt from again.")
    return redirect("review")
