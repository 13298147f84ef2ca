"""Pages that look over everything: statistics, people, the corpus as a download."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import owned, user
from apps.accounts.services import open_vault
from apps.accounts.streaming import download
from apps.archives import dialogues, forgetting, matching, naming, relations, selectors, services
from apps.archives.models import Forgotten, Person
from apps.archives.moments import moment
from apps.jobs import selectors as jobs
from apps.jobs.causes import Expected
from apps.jobs.telling import refusals


@login_required
@require_safe
def statistics(request: HttpRequest) -> HttpResponse:
    """What people love to know about their chats, before any training."""
    vault = open_vault(user(request).pk)
    roster = selectors.roster(vault)
    report, whole = selectors.report(vault, roster)
    me = roster.me.id.hex if roster.me else ""
    people = [
        {
            "name": report.names[who], "me": who == me, "messages": count, "words": report.words[who] / count,
            "reply": report.reply_time(who),
        }
        for who, count in report.messages.most_common(20)
    ]  # fmt: skip
    span, months = over_time(report.months, report.my_months)
    context = {
        "people": people, "whole": whole, "total": report.messages.total(),
        "months": bars(months), "span": span,
        "hours": bars([(f"{h:02}", report.hours[h], 0) for h in range(24)]),
        "weekdays": bars([(day, report.weekdays[n], 0) for n, day in enumerate(WEEKDAYS)]),
        "words": report.favourite[me].most_common(24), "emoji": report.emoji[me].most_common(12),
        "languages": report.languages.most_common(6),
        "longest": [(n, moment(at), title) for n, at, title in report.longest],
    }  # fmt: skip
    return render(request, "archives/statistics.html", context)


#: So many bars can be told apart on a phone.
MOST_BARS = 72
_SPANS = (("Month", 1), ("Quarter", 3), ("Year", 12))


def over_time(months: Mapping[str, int], mine: Mapping[str, int]) -> tuple[str, list[tuple[str, int, int]]]:
    """What a bar is, and (label, messages, mine) of each from the first month ("2019-07") to the last, pauses too.

    Months become quarters, and these years, where there would be more than `MOST_BARS`.
    """
    numbers = {month: int(month[:4]) * 12 + int(month[5:7]) - 1 for month in months}
    if not numbers:
        return "Month", []
    first, last = min(numbers.values()), max(numbers.values())
    name, size = next(((n, s) for n, s in _SPANS if last // s - first // s < MOST_BARS), _SPANS[-1])
    counts, own = Counter[int](), Counter[int]()
    for month, number in numbers.items():
        counts[number // size] += months[month]
        own[number // size] += mine.get(month, 0)
    begin = max(first // size, last // size + 1 - MOST_BARS)  # a message of the year 68 is a mistake
    return name, [(_label(at * size, size), counts[at], own[at]) for at in range(begin, last // size + 1)]


def _label(month: int, size: int) -> str:
    year, of_it = divmod(month, 12)
    return f"{year}-{of_it + 1:02}" if size == 1 else f"{year} Q{of_it // 3 + 1}" if size == 3 else str(year)


WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def bars(rows: list[tuple[str, int, int]]) -> list[dict[str, Any]]:
    """Bars of a chart 100 high: label, count, part of it, and where each is drawn."""
    top = max((count for _, count, _ in rows), default=0) or 1
    width = 100 / max(1, len(rows))
    return [
        {
            "label": label, "count": count, "part": part, "x": round(n * width, 2), "width": round(width * 0.82, 2),
            "height": round(100 * count / top, 2), "y": round(100 - 100 * count / top, 2),
            "part_height": round(100 * part / top, 2), "part_y": round(100 - 100 * part / top, 2),
        }
        for n, (label, count, part) in enumerate(rows)
    ]  # fmt: skip


@login_required
@require_safe
def people_page(request: HttpRequest) -> HttpResponse:
    """Everybody who writes, who may be one person, and who was joined."""
    vault = open_vault(user(request).pk)
    job = jobs.newest(vault.owner_id, services.FORGET)
    roster = selectors.roster(vault)
    joined: dict[UUID, list[tuple[UUID, str, list[str]]]] = {}
    places = selectors.platforms_before(vault.owner_id)
    for pk, name, into in selectors.merged(vault):
        joined.setdefault(into, []).append((pk, name, places.get(pk, [])))
    said = relations.shown(vault)
    rows = [(p, joined.get(p.id, []), said.get(p.id, "")) for p in roster.ordered() if p.messages or p.id in joined]
    context = {
        "relations": list(dict.fromkeys((*relations.OFFERED, *sorted(said.values())))), "longest": relations.LONGEST, "rows": rows, "suggestions": matching.suggestions(vault, roster), "people": [p for p, *_ in rows],
        "forgotten": forgetting.listing(vault), "job": job, "state": jobs.state(job) if job else None,
    }  # fmt: skip
    return render(request, "archives/people.html", context)


@login_required
@require_POST
def join_person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    person = owned(Person, user(request), person_id)
    with refusals(request):
        services.join_people(person=person, into=_other(request, "Please choose who this is."))
        messages.success(request, "They are one person now. You can split them again here.")
    return redirect("people")


def _other(request: HttpRequest, otherwise: str) -> Person:
    """Whom somebody is compared with. Raises `Expected` with the sentence `otherwise` where nobody was chosen."""
    try:
        chosen = UUID(request.POST.get("into", ""))
    except ValueError:
        raise Expected(otherwise) from None
    return owned(Person, user(request), chosen)


@login_required
@require_POST
def split_person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    services.split_person(person=owned(Person, user(request), person_id))
    messages.success(request, "They are two again.")
    return redirect("people")


@login_required
@require_POST
def part_people(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """They are two: what was suggested is not suggested again."""
    person = owned(Person, user(request), person_id)
    with refusals(request):
        services.keep_people_apart(person=person, other=_other(request, "Please choose who this is not."))
        messages.success(request, "They stay two, and this is not suggested again.")
    return redirect("people")


@login_required
@require_POST
def leave_person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Never learn from somebody, or learn from them again."""
    person, left_out = owned(Person, user(request), person_id), request.POST.get("back") != "yes"
    try:
        services.leave_person_out(person=person, left_out=left_out)
    except Expected as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Left out from the next training on." if left_out else "They are learnt from again.")
    return redirect("people")


@login_required
@require_POST
def relate_person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """What somebody is to the owner: one of the list, or own words; nothing takes it back."""
    person = owned(Person, user(request), person_id)
    words = request.POST.get("own", "").strip() or request.POST.get("relation", "")
    with refusals(request):
        relations.put(person=person, words=words)
        messages.success(request, "Saved. Your personas hear it from the next training on.")
    return redirect("people")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def forget_person(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """What goes with somebody, asked once more; then the job that does it."""
    person = selectors.settled(owned(Person, user(request), person_id))
    vault = open_vault(person.owner_id)
    if request.method == "POST":
        with refusals(request):
            if request.POST.get("word", "").strip().lower() != "forget":
                raise Expected("Nothing was forgotten. Please type the word forget.")
            forgetting.start(person=person)
        return redirect("people")
    view = selectors.roster(vault).people[person.pk]
    return render(request, "archives/forget.html", {"person": view, "personas": forgetting.imitating(person)})


@login_required
@require_POST
def undo_forgetting(request: HttpRequest, forgotten_id: UUID) -> HttpResponse:
    forgetting.undo(row=owned(Forgotten, user(request), forgotten_id))
    messages.success(request, "The next upload with their messages brings them back.")
    return redirect("people")


@login_required
@require_safe
def corpus(request: HttpRequest) -> HttpResponseBase:
    """All that may be learnt from, scrubbed, in one of several shapes (docs/format.md)."""
    vault = open_vault(user(request).pk)
    shape: dialogues.Shape = next((s for s in dialogues.SHAPES if s == request.GET.get("shape")), "dialogues")
    names, real = request.GET.get("names") == "yes", naming.of(vault)
    roster = selectors.roster(vault)
    me = roster.me.id.hex if roster.me else ""

    def pieces() -> Iterator[bytes]:
        for said in selectors.spoken(vault, roster):
            told = real.told(said) if names else said
            yield "".join(dialogues.rows(told, me, shape, names=names)).encode()

    name = dialogues.SHAPES[shape]
    return download(pieces(), name, "text/plain" if name.endswith(".txt") else "application/jsonl")
