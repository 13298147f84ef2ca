// A field that goes on by itself: the first way as ghost text, three as chips; a tap or Tab takes one.

import { along, paint } from "site/ghost.js";
import { copy, forget, offer } from "site/offer.js";

const BURST_MS = 120; // keys closer together than this ask once
const root = document.querySelector("#keyboard");
if (root) {
  const [field, ghost, chips, whom, copying, empty, problem, announce] = ["#field", "#ghost", "#suggest", "#whom", "#copy", "#empty", "#problem", "#announce"].map((s) => document.querySelector(s));
  let timer = 0;
  let choices = [];
  let made = ""; // what they go on from

  function show(found) {
    [choices, made] = [found, field.value];
    paint(ghost, field, choices[0] ?? "");
    chips.replaceChildren(...choices.map((choice) => {
      const chip = Object.assign(document.createElement("button"), { type: "button", textContent: `…${choice.trim()}` });
      chip.addEventListener("pointerdown", (event) => event.preventDefault()); // the phone's keyboard stays open
      chip.addEventListener("click", () => take(choice));
      return chip;
    }));
  }

  function take(choice) {
    field.value = (/\s$/.test(field.value) ? field.value + choice.trimStart() : field.value + choice).slice(0, field.maxLength);
    field.focus();
    announce.textContent = `Added: ${choice.trim()}`;
    changed();
  }

  function changed() {
    clearTimeout(timer);
    forget();
    show(along(choices, made, field.value));
    copying.disabled = !field.value.trim();
    copying.textContent = "Copy";
    if (field.value.trim()) timer = setTimeout(ask, BURST_MS);
  }

  async function ask() {
    let sentence = "";
    try {
      const text = field.value;
      const found = await offer(root.dataset.offer, "ways", text, whom.value);
      if (found && text === field.value) show(found);
    } catch (error) { sentence = error.message; }
    problem.textContent = sentence;
    problem.hidden = !sentence;
  }

  field.addEventListener("input", changed);
  field.addEventListener("scroll", () => { ghost.scrollTop = field.scrollTop; });
  whom.addEventListener("change", () => { choices = []; changed(); });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Tab" && !event.shiftKey && choices[0] && field.value.trim()) { event.preventDefault(); take(choices[0]); }
    else if (event.key === "Escape") { clearTimeout(timer); forget(); show([]); } // the next Tab leaves the field
  });
  copying.addEventListener("click", async () => {
    copying.textContent = await copy(field.value) ? "Copied" : "Select it by hand";
    announce.textContent = copying.textContent;
  });
  empty.addEventListener("click", () => { field.value = ""; changed(); field.focus(); });
}
