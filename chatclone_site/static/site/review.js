// The review with the keyboard, live counts of words, and progress while all is scrubbed anew.

import "site/archive.js";
import { csrf } from "site/page.js";

const rows = [...document.querySelectorAll("#review tbody tr")];
const place = "review-at";
let at = -1;

function stand(number) {
  if (!rows.length) return;
  at = Math.min(rows.length - 1, Math.max(0, number));
  rows[at].querySelector(".veil").focus();
}

// A decision loads the page again: the place is kept, also where the decided row has sunk and the next one stands there.
function decide(selector, step) {
  const button = rows[at]?.querySelector(selector);
  if (!button) return;
  sessionStorage.setItem(place, at + step);
  button.click();
}

function undo() {
  const here = rows[at]?.querySelector("button.undo") ?? document.querySelector("#undo-last");
  if (!here) return;
  sessionStorage.setItem(place, Math.max(0, at));
  here.click();
}

const keys = {
  j: () => stand(at + 1),
  k: () => stand(at - 1),
  a: () => decide("button[value=seen]", 0),
  e: () => decide("button[value=keep]", 1),
  x: () => decide("button[value=keep]", 1),
  c: () => rows[at]?.querySelector("select")?.focus(),
  u: undo,
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("select") && rows[at]?.contains(event.target)) {
    if (event.key === "Enter") { event.preventDefault(); decide("button[value=kind]", 1); }
    if (event.key === "Escape") stand(at);
    return;
  }
  if (event.target.matches("input:not([type=checkbox]), textarea, select")) return;
  keys[event.key]?.();
});
document.querySelector("#review")?.addEventListener("focusin", (event) => {
  const row = rows.indexOf(event.target.closest("tr"));
  if (row >= 0) at = row;
});
const kept = sessionStorage.getItem(place);
sessionStorage.removeItem(place);
if (kept !== null) stand(Number(kept));

for (const field of document.querySelectorAll("input[data-count]")) {
  const says = document.getElementById(field.dataset.count);
  let waiting;
  let asked = 0;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const mine = ++asked;
      const body = new URLSearchParams({ value: field.value });
      const answer = await fetch("/archives/review/count", { method: "POST", headers: { "X-CSRFToken": csrf() }, body }).catch(() => null);
      if (mine === asked) says.textContent = answer?.ok ? (await answer.json()).says : "";
    }, 350);
  });
}
