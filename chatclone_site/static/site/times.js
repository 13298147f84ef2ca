// Honest times on the training page: asks again until the machine was measured, for some minutes at most, and when the base or
// private mode changes. Models of the hub are not measured.

import { duration } from "site/page.js";

const box = document.querySelector("#presets");
const choices = document.querySelectorAll("input[name=base], input[name=private]");
const OFTEN = 120;
const UNKNOWN = "how long is not known for this model";
let asked = 0;

async function ask(left = OFTEN, number = ++asked) {
  const base = document.querySelector("input[name=base]:checked")?.value ?? "builtin";
  const hidden = document.querySelector("input[name=private]")?.checked ? "&private=on" : "";
  const answer = await fetch(`${box.dataset.times}?base=${encodeURIComponent(base)}${hidden}`);
  if (!answer.ok) return;
  const told = await answer.json();
  if (number !== asked) return; // another base was chosen meanwhile
  const again = told.measured && left > 0;
  let missing = false;
  for (const preset of told.presets) {
    const place = box.querySelector(`[data-preset="${preset.name}"]`);
    missing ||= preset.seconds === null;
    const waiting = again ? "measuring this machine…" : UNKNOWN;
    place.textContent = preset.seconds === null ? waiting : duration(preset.seconds);
  }
  if (missing && again) setTimeout(() => number === asked && ask(left - 1, number), 2500);
}

if (box) {
  ask();
  for (const choice of choices) choice.addEventListener("change", () => ask());
}
