// Asking for ways to go on, or for answers: one request at a time, a newer one ends the older.

import { csrf, uuid } from "site/page.js";

const page = uuid();
let running = null;

// The choices; null when a newer question was asked meanwhile. Throws an Error with a sentence.
export async function offer(address, kind, text, whom) {
  running?.abort();
  const mine = running = new AbortController();
  try {
    const head = { "Content-Type": "application/json", "X-CSRFToken": csrf() };
    const answer = await fetch(address, { method: "POST", headers: head, body: JSON.stringify({ kind, text, whom, page }), signal: mine.signal });
    if (answer.redirected) throw new Error("You are logged out. Please log in again.");
    const facts = await answer.json();
    if (facts.error) throw new Error(facts.error);
    return mine === running ? facts.choices : null;
  } catch (error) {
    if (mine.signal.aborted) return null;
    throw error instanceof TypeError || error instanceof SyntaxError ? new Error("The connection broke off. Please try again.") : error;
  }
}

export function forget() { running?.abort(); running = null; }

// Into the clipboard, also where the page has no permission; false when neither works.
export async function copy(text) {
  try { await navigator.clipboard.writeText(text); return true; } catch { /* the old way */ }
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "visually-hidden";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}
