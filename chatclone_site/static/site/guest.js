// Talking as a guest: the talk lives in this tab (sessionStorage), the server is told it with every message and keeps nothing.

import { csrf } from "site/page.js";

const page = document.querySelector("#guest");
const list = document.querySelector("#turns");
const announce = document.querySelector("#announce");
const problem = document.querySelector("#problem");
const form = document.querySelector("#say");
const field = document.querySelector("#field");
const stop = document.querySelector("#stop");
const { say: address, name, id } = page.dataset;
const place = `guest:${id}`;
const TOLD = 40; // lines that the server is told; older ones do not fit into its memory anyway

let lines = [];
let running = null;
try { lines = JSON.parse(sessionStorage.getItem(place)) ?? []; } catch { /* then from the beginning */ }

function node(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function article(line) {
  const made = node("article", line.state ?? "done");
  const group = node("div", `bubbles ${line.mine ? "mine" : ""}`);
  made.setAttribute("aria-label", line.mine ? "You" : `${name}, AI imitation`);
  if (!line.mine) { made.dataset.generated = "ai"; const who = node("span", "who", name); who.dir = "auto"; group.append(who); }
  for (const text of line.text.split("\n\n")) {
    if (!text.trim() && line.state !== "writing") continue;
    const bubble = node("div", "bubble", text);
    bubble.dir = "auto";
    group.append(bubble);
  }
  made.append(group);
  return made;
}

function render() {
  const stay = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  for (const old of list.querySelectorAll("article")) old.remove();
  list.append(...lines.map(article));
  if (stay) list.scrollTop = list.scrollHeight;
  stop.hidden = !running;
}

function keep() {
  sessionStorage.setItem(place, JSON.stringify(lines.filter((line) => line.mine || line.text.trim())));
}

function tell(sentence) {
  problem.textContent = sentence;
  problem.hidden = !sentence;
}

async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) if (part.startsWith("data: ")) yield JSON.parse(part.slice(6));
  }
}

async function answer(said) {
  const reply = { mine: false, text: "", state: "writing" };
  running = new AbortController();
  const body = JSON.stringify({ lines: lines.slice(-TOLD).map(({ mine, text }) => ({ mine, text })) });
  lines.push(reply);
  render();
  let trouble = "The connection broke off. Please try again.";
  try {
    const head = { "Content-Type": "application/json", "X-CSRFToken": csrf() };
    const response = await fetch(address, { method: "POST", body, headers: head, signal: running.signal });
    if (response.status === 404) trouble = "This link has ended. Ask whoever sent it to you for another.";
    else if (!response.ok) trouble = (await response.json()).error.message;
    else for await (const event of events(response.body)) {
      if (event.text) { reply.text += event.text; requestAnimationFrame(render); }
      else if (event.error) trouble = event.error;
      else if (event.end) trouble = "";
    }
  } catch { if (running.signal.aborted) trouble = ""; }
  running = null;
  reply.state = "done";
  if (trouble && !reply.text) { // nothing that was typed is lost
    lines = lines.filter((line) => line !== reply && line !== said);
    field.value = field.value ? `${said.text}\n${field.value}` : said.text;
  }
  if (reply.text) announce.textContent = reply.text;
  else lines = lines.filter((line) => line !== reply);
  tell(trouble);
  keep();
  render();
  grow();
}

function submit() {
  const text = field.value.trim();
  if (!text || running) return;
  const said = { mine: true, text };
  lines.push(said);
  field.value = "";
  tell("");
  keep();
  grow();
  answer(said);
}

function grow() {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
field.addEventListener("input", grow);
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit(); }
  else if (event.key === "Escape") running?.abort();
});
stop.addEventListener("click", () => running?.abort());
document.querySelector("#forget").addEventListener("click", () => {
  running?.abort();
  lines = [];
  sessionStorage.removeItem(place);
  render();
  field.focus();
});
document.querySelector("#save").addEventListener("click", () => {
  const text = lines.map((line) => `${line.mine ? "You" : `${name} (AI imitation)`}: ${line.text}`).join("\n\n");
  const link = node("a");
  link.href = URL.createObjectURL(new Blob([`Generated by AI: an imitation of ${name}.\n\n${text}\n`], { type: "text/plain" }));
  link.download = "talk-with-an-ai-imitation.txt";
  link.click();
  URL.revokeObjectURL(link.href);
});
render();
