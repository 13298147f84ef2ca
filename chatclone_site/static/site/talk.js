// The page of one conversation: the line, the paper and the composer put together.

import { Composer } from "site/composer.js";
import { LIVE, Line } from "site/line.js";
import { uuid } from "site/page.js";
import { button, Paper } from "site/paper.js";
import { bubbles, Rhythm } from "site/rhythm.js";

const page = document.querySelector("#talk").dataset;
const announce = document.querySelector("#announce");
const problem = document.querySelector("#problem");
const away = document.querySelector("#away");
const help = document.querySelector("#help");
const typed = document.querySelector("#typed");
const invent = document.querySelector("#invent");
const studio = page.kind === "studio";
const form = document.querySelector("#say");
const seat = document.querySelector("#seat"); // in an invented conversation: for whom I write
const people = seat ? [...seat.options].slice(1).map((option) => option.textContent) : [];
let heard = ""; // the answer that is told to screen readers once it is there

const rhythm = new Rhythm(() => render(), page.pace ? JSON.parse(page.pace) : {});
const line = new Line(page.id, {
  turns: render,
  piece: render,
  met: (frame) => composer.meet(frame.draft),
  suggestions: (frame) => composer.suggestions(frame),
  failed,
  away: (gone) => { away.hidden = !gone; },
});
addEventListener("beforeunload", (event) => { if (line.outbox.size) event.preventDefault(); }); // said, and not heard yet
const paper = new Paper(document.querySelector("#turns"), {
  name: page.name,
  rhythm,
  named: studio,
  empty: studio ? "Press Invent, and watch a conversation that never was." : `Say something to ${page.name}.`,
  mine: (turn, one) => (studio ? one.speaker === "" : !turn.persona),
  choose: (id) => line.send({ type: "choose", turn: id }),
  acts,
  lineActs: studio ? lineActs : null,
});
const composer = new Composer(form, {
  say: (text, instead) => {
    tell("");
    const more = { ...(instead ? { instead } : {}), ...(seat?.value ? { seat: Number(seat.value) } : {}) };
    line.send({ type: "say", id: uuid(), text, sampling: sampling(), ...more });
  },
  draft: (text) => line.put({ type: "draft", text }),
  ask: (id, text) => !studio && line.put({ type: "suggest", id, text }),
  last: () => line.turns.findLast((turn) => !turn.persona),
});

function render() {
  for (const turn of line.turns) rhythm.follow(turn, !line.met);
  for (const turn of line.turns.slice(0, -1)) rhythm.pass(turn);
  paper.render(line.turns);
  const last = line.turns.at(-1);
  if (last) rhythm.step(last);
  if (line.live) heard = line.live.id;
  if (last?.id === heard && !LIVE.includes(last.state) && !rhythm.typing(last)) {
    announce.textContent = studio
      ? last.lines.map((one) => `${one.speaker || page.name}: ${one.bubbles.join(". ")}`).join(" ")
      : `${page.name}: ${bubbles(last).join(". ")}`;
    heard = "";
  }
  invent?.toggleAttribute("disabled", Boolean(line.live));
}

function acts(turn, last, typing) {
  if (LIVE.includes(turn.state)) return [button("Stop", () => line.send({ type: "stop", turn: turn.id }))];
  if (typing) return [button("Show all", () => rhythm.hurry())];
  const found = [];
  const verb = (type, more) => () => { tell(""); line.send({ type, id: uuid(), sampling: sampling(), ...more }); };
  if (turn.persona) found.push(button(turn.state === "interrupted" ? "Try again" : "Say it differently", verb("again", { turn: turn.id })));
  if (turn.persona && last && !studio) found.push(button("Say more", verb("more")));
  if (turn.persona && !studio) found.push(button("Why?", () => { location.href = `/talk/why/${turn.id}`; }, "Why did it say that?"));
  if (turn.persona && !studio) found.push(button("Not like that", () => { location.href = `/talk/correct/${turn.id}`; }, "Not like that: I’d say …"));
  if (!turn.persona) found.push(button("Edit", () => edit(turn)));
  if (!last && !studio) found.push(button("Back to here", () => line.send({ type: "rewind", turn: turn.id })));
  if (last && turn.after?.length) found.push(button("Forward again", () => line.send({ type: "choose", turn: turn.after.at(-1) })));
  return found;
}

// Any line of an invented conversation: go on from there, or write it oneself; what followed stays within reach.
function lineActs(turn, one, index) {
  const back = (lines) => () => {
    tell("");
    line.send(lines < turn.lines.length ? { type: "cut", id: uuid(), turn: turn.id, lines } : { type: "rewind", turn: turn.id });
  };
  const found = [button("Go on from here", back(index + 1))];
  const mine = !one.speaker || people.includes(one.speaker); // nobody writes for a visitor
  if (mine && turn.persona && (index || turn.parent)) {
    const before = index ? back(index) : () => line.send({ type: "rewind", turn: turn.parent });
    found.push(button("Write this line myself", () => { before(); sit(one.speaker ? people.indexOf(one.speaker) : people.length - 1); }));
  }
  return found;
}

function edit(turn) {
  if (seat) sit(turn.lines.at(-1).speaker ? people.indexOf(turn.lines.at(-1).speaker) : people.length - 1);
  composer.edit(turn);
}

// Take a seat (its number), or hand it back ("").
function sit(place) {
  seat.value = place;
  document.querySelector("#watching").hidden = seat.value !== "";
  document.querySelector("#hand-back").hidden = form.hidden = seat.value === "";
  if (seat.value !== "") composer.field.focus();
}
seat?.addEventListener("change", () => sit(seat.value));
document.querySelector("#hand-back")?.addEventListener("click", () => { composer.leave(); sit(""); });

function failed(sentence, frame) {
  const instead = frame?.instead && line.turns.find((turn) => turn.id === frame.instead);
  if (frame?.type === "say") composer.giveBack(frame.text, instead); // nothing that was typed is lost
  tell(sentence);
}

function tell(sentence) {
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

typed.checked = rhythm.typed;
typed.addEventListener("change", () => { rhythm.choose(typed.checked); render(); });
invent?.addEventListener("click", () => {
  tell("");
  line.send({ type: "invent", id: uuid(), count: Number(document.querySelector("#count").value), sampling: sampling() });
});

// keys

document.querySelector("#help-open").addEventListener("click", () => help.showModal());
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select");
  if (event.key === "?" && !typing && !help.open) { event.preventDefault(); help.showModal(); }
  else if (event.key === "Escape" && !help.open) escape();
});

function escape() {
  if (composer.leave()) return;
  if (line.live) line.send({ type: "stop", turn: line.live.id });
  else if (!rhythm.hurry()) composer.offer([]);
}
