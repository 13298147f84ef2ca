// Talking: one socket, turns as the server has them, pieces of the running one by number.

import { socket, uuid } from "site/page.js";

const page = document.querySelector("#talk");
const list = document.querySelector("#turns");
const note = list.querySelector(".note"); // says that this is an imitation; the first thing in every talk
const announce = document.querySelector("#announce");
const form = document.querySelector("#say");
const field = form?.querySelector("textarea");
const chips = document.querySelector("#suggest");
const problem = document.querySelector("#problem");
const studio = page.dataset.kind === "studio";
const name = page.dataset.name;
const draftKey = `draft:${page.dataset.id}`;

let line = null;
let turns = [];
const outbox = new Map();

// the socket

function connect() {
  line = socket(`/ws/talk/${page.dataset.id}`);
  line.addEventListener("open", () => { for (const frame of outbox.values()) line.send(JSON.stringify(frame)); });
  line.addEventListener("message", (message) => receive(JSON.parse(message.data)));
  line.addEventListener("close", (event) => {
    if (event.code === 4404) { say("This conversation is no longer there."); return; }
    setTimeout(connect, 800);
  });
}

function send(frame) {
  if (frame.id) outbox.set(frame.id, frame);
  if (line.readyState === WebSocket.OPEN) line.send(JSON.stringify(frame));
}

function receive(frame) {
  if (frame.type === "turns") { turns = frame.turns; settle(); render(); }
  else if (frame.type === "turn") { replace(frame.turn); }
  else if (frame.type === "pieces") { pieces(frame); }
  else if (frame.type === "suggestions") { suggestions(frame); }
  else if (frame.type === "error") { giveBack(outbox.get(frame.id)); outbox.delete(frame.id); say(frame.sentence); }
}

function giveBack(frame) {
  if (frame?.type !== "say" || !field) return; // nothing that was typed is lost
  field.value = field.value ? `${frame.text}\n${field.value}` : frame.text;
  localStorage.setItem(draftKey, field.value);
  grow();
}

function settle() {
  for (const turn of turns) outbox.delete(turn.clientId);
  const last = turns.at(-1);
  if (last?.persona && last.state === "done" && page.dataset.live === last.id) {
    announce.textContent = last.lines.flatMap((l) => l.bubbles).join(". ");
    page.dataset.live = "";
  }
  if (last && ["waiting", "writing"].includes(last.state)) page.dataset.live = last.id;
}

function replace(turn) {
  turns = turns.map((one) => (one.id === turn.id ? turn : one));
  render();
}

function pieces({ turn: id, n, ops }) {
  const turn = turns.find((one) => one.id === id);
  if (!turn || n !== turn.n + 1) return; // the server fills gaps itself
  turn.n = n;
  for (const [kind, value] of ops) {
    if (kind === "turn") { turn.lines.push({ speaker: value, bubbles: [] }); continue; }
    if (!turn.lines.length) turn.lines.push({ speaker: "", bubbles: [] });
    const bubbles = turn.lines.at(-1).bubbles;
    if (kind === "bubble") bubbles.push("");
    else if (bubbles.length) bubbles[bubbles.length - 1] += value;
    else bubbles.push(value);
  }
  requestAnimationFrame(() => {
    const now = turns.find((one) => one.id === id); // it may have been replaced by the finished one meanwhile
    if (now) draw(now);
  });
}

// the page

function node(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function lineNode({ speaker, bubbles }, turn) {
  const group = node("div", `bubbles ${!turn.persona ? "mine" : studio && speaker === "" ? "mine" : ""}`);
  if (turn.persona) group.append(node("span", "who", speaker || name));
  for (const text of bubbles) {
    if (!text.trim() && turn.state !== "writing") continue;
    const bubble = node("div", "bubble", text);
    bubble.dir = "auto";
    group.append(bubble);
  }
  return group;
}

const SAYS = {
  waiting: "is about to write…", writing: "is writing…", stopped: "stopped", interrupted: "was interrupted; what was written is kept",
};

function foot(turn, isLast) {
  const made = node("div", "turn-foot");
  if (turn.persona && SAYS[turn.state]) made.append(node("span", "", turn.cause || SAYS[turn.state]));
  const button = (label, act) => { const b = node("button", "plain", label); b.type = "button"; b.addEventListener("click", act); made.append(b); };
  if (["waiting", "writing"].includes(turn.state)) button("Stop", () => send({ type: "stop", turn: turn.id }));
  else if (turn.persona && isLast) {
    button(turn.state === "interrupted" ? "Try again" : "Say it differently", () =>
      send({ type: "again", turn: turn.id, id: uuid(), sampling: sampling() }));
  }
  return made;
}

function article(turn, isLast) {
  const made = node("article", turn.state);
  made.dataset.id = turn.id;
  if (turn.generated) made.dataset.generated = "ai";
  made.setAttribute("aria-label", turn.persona ? `${name}, AI imitation` : "You");
  for (const one of turn.lines) made.append(lineNode(one, turn));
  made.append(foot(turn, isLast));
  return made;
}

function atBottom() { return list.scrollHeight - list.scrollTop - list.clientHeight < 80; }

function render() {
  const stay = atBottom() || !list.dataset.drawn;
  list.replaceChildren(note, ...turns.map((turn, i) => article(turn, i === turns.length - 1)));
  list.dataset.drawn = "yes";
  if (!turns.length) list.append(node("p", "soft", studio ? "Press Invent, and watch a conversation that never was." : `Say something to ${name}.`));
  if (stay) list.scrollTop = list.scrollHeight;
  const busy = turns.some((t) => ["waiting", "writing"].includes(t.state));
  document.querySelector("#invent")?.toggleAttribute("disabled", busy);
}

function draw(turn) {
  const stay = atBottom();
  const old = list.querySelector(`[data-id="${turn.id}"]`);
  if (old) old.replaceWith(article(turn, turn === turns.at(-1)));
  if (stay) list.scrollTop = list.scrollHeight;
}

function say(sentence) {
  problem.textContent = sentence;
  problem.hidden = !sentence;
}

function sampling() {
  const values = {};
  for (const knob of document.querySelectorAll(".knobs input")) values[knob.name] = Number(knob.value);
  return values;
}

for (const knob of document.querySelectorAll(".knobs input")) {
  const shown = knob.parentElement.querySelector("output");
  const show = () => { shown.textContent = knob.value; };
  knob.addEventListener("input", show);
  show();
}

// saying

function submit() {
  const text = field.value.trim();
  if (!text) return;
  say("");
  send({ type: "say", id: uuid(), text, sampling: sampling() });
  field.value = "";
  localStorage.removeItem(draftKey);
  chips.replaceChildren();
  grow();
}

function grow() {
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight + 2}px`;
}

let newest = "";
let timer = null;
function ask() {
  clearTimeout(timer);
  const text = field.value;
  if (text.trim().length < 3) { chips.replaceChildren(); return; }
  timer = setTimeout(() => {
    newest = uuid();
    if (line.readyState === WebSocket.OPEN) line.send(JSON.stringify({ type: "suggest", id: newest, text }));
  }, 180);
}

function suggestions({ id, choices }) {
  if (id !== newest) return;
  chips.replaceChildren(...choices.map((choice, i) => {
    const chip = node("button", "", `…${choice.trim()}`);
    chip.type = "button";
    if (i === 0) chip.title = "Tab takes this one";
    chip.addEventListener("click", () => take(choice));
    return chip;
  }));
}

function take(choice) {
  const glue = /\s$/.test(field.value) ? choice.trimStart() : choice;
  field.value += glue;
  field.focus();
  grow();
  ask();
}

if (form) {
  field.value = localStorage.getItem(draftKey) ?? "";
  form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  field.addEventListener("input", () => { localStorage.setItem(draftKey, field.value); grow(); ask(); });
  field.addEventListener("keydown", (event) => {
    const first = chips.querySelector("button");
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit(); }
    else if (event.key === "Tab" && !event.shiftKey && first && field.value.trim()) { event.preventDefault(); first.click(); }
    else if (event.key === "Escape") chips.replaceChildren();
  });
}
document.querySelector("#invent")?.addEventListener("click", () => {
  say("");
  const count = Number(document.querySelector("#count").value);
  send({ type: "invent", id: uuid(), count, sampling: sampling() });
});
connect();
