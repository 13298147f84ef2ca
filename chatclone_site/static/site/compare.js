// Two talks side by side: one line goes to both, each answers in its column.

import { LIVE, Line } from "site/line.js";
import { uuid } from "site/page.js";
import { button, Paper } from "site/paper.js";
import { bubbles } from "site/rhythm.js";

const problem = document.querySelector("#problem");
const announce = document.querySelector("#announce");
const field = document.querySelector("#field");
const heard = new Set(); // answers that screen readers are told of once they are there
const lines = [...document.querySelectorAll(".turns")].map(column);

function column(list) {
  const line = new Line(list.dataset.id, { turns: () => render(), piece: () => render(), failed: (sentence, frame) => failed(sentence, frame) });
  const paper = new Paper(list, {
    name: list.dataset.name,
    empty: "",
    mine: (turn) => !turn.persona,
    choose: (id) => line.send({ type: "choose", turn: id }),
    acts: (turn, last) => {
      if (LIVE.includes(turn.state)) return [button("Stop", () => line.send({ type: "stop", turn: turn.id }))];
      if (!turn.persona || !last) return [];
      const label = turn.state === "interrupted" ? "Try again" : "Say it differently";
      return [button(label, () => line.send({ type: "again", id: uuid(), turn: turn.id }))];
    },
  });
  const render = () => {
    paper.render(line.turns);
    if (line.live) heard.add(line.live.id);
    const last = line.turns.at(-1);
    if (last && !LIVE.includes(last.state) && heard.delete(last.id)) announce.textContent = `${list.dataset.name}: ${bubbles(last).join(". ")}`;
  };
  return line;
}

function failed(sentence, frame) {
  problem.textContent = sentence;
  problem.hidden = !sentence;
  if (frame?.type === "say" && !field.value) field.value = frame.text;
}

document.querySelector("#say").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = field.value.trim();
  if (!text) return;
  if (lines.some((line) => line.live)) { failed("Both must have answered first. Wait a moment, or stop them."); return; }
  failed("");
  for (const line of lines) line.send({ type: "say", id: uuid(), text });
  field.value = "";
});
for (const prompt of document.querySelectorAll("[data-prompt]")) {
  prompt.addEventListener("click", () => { field.value = prompt.textContent; field.form.requestSubmit(); });
}
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); field.form.requestSubmit(); }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const line of lines) if (line.live) line.send({ type: "stop", turn: line.live.id });
});
document.querySelector("#say button").disabled = false;
