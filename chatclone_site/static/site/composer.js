// Where one types: drafts that survive, keys, and ways to go on.

import { along, paint } from "site/ghost.js";
import { uuid } from "site/page.js";
import { button } from "site/paper.js";

export class Composer {
  // `told`: say(text, editing), draft(text), ask(id, text), escape(), last() -> my last turn.
  constructor(form, told) {
    this.form = form;
    this.field = form.querySelector("textarea");
    this.chips = document.querySelector("#suggest");
    this.ghost = document.querySelector("#ghost");
    [this.choices, this.made] = [[], ""];
    this.editing = document.querySelector("#editing");
    this.told = told;
    this.kept = null; // what was being typed before an earlier line was edited
    this.turn = null;
    form.addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.field.addEventListener("input", () => { this.grow(); this.save(); this.offer(along(this.choices, this.made, this.field.value)); this.ask(); });
    this.field.addEventListener("scroll", () => { this.ghost.scrollTop = this.field.scrollTop; });
    this.field.addEventListener("keydown", (event) => this.key(event));
    document.querySelector("#leave-edit")?.addEventListener("click", () => this.leave());
    for (const name of ["pagehide", "visibilitychange"]) document.addEventListener(name, () => { if (document.hidden) this.flush(); });
    addEventListener("pagehide", () => this.flush());
    addEventListener("resize", () => this.grow());
    form.querySelector("button").disabled = false; // until now it would have left the page
    this.saved = this.field.value;
    this.grow();
  }

  key(event) {
    const first = this.chips.querySelector("button");
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.submit(); }
    else if (event.key === "Tab" && !event.shiftKey && first && this.field.value.trim()) { event.preventDefault(); first.click(); }
    else if (event.key === "ArrowUp" && !this.field.value && this.told.last()) { event.preventDefault(); this.edit(this.told.last()); }
  }

  submit() {
    const text = this.field.value.trim();
    if (!text) return;
    const { turn, kept } = this;
    [this.turn, this.kept, this.saved] = [null, null, ""]; // what is said is no draft any more, also on the server
    this.set(kept ?? "");
    this.show();
    this.told.say(text, turn?.id);
    this.save();
  }

  edit(turn) {
    if (!this.turn) this.kept = this.field.value;
    this.turn = turn;
    this.set(turn.lines.at(-1).bubbles.join("\n\n")); // before it may stand the opening, which stays
    this.show();
    this.field.focus();
  }

  // Back to what was being typed; false when nothing was being edited.
  leave() {
    if (!this.turn) return false;
    this.turn = null;
    this.set(this.kept ?? "");
    this.kept = null;
    this.show();
    this.field.focus();
    return true;
  }

  show() { if (this.editing) this.editing.hidden = !this.turn; }

  // The draft as the server has it, where nothing was typed yet: the page may be older than what was typed last.
  meet(draft) {
    if (!draft || this.field.value !== this.saved) return;
    this.set(draft);
    this.saved = draft;
  }

  // What could not be said; `turn` is the earlier line that it was to stand in the place of.
  giveBack(text, turn) {
    if (turn) { this.edit(turn); this.set(text); }
    else this.set(this.field.value ? `${text}\n${this.field.value}` : text);
    this.save();
  }

  set(text) {
    this.field.value = text;
    clearTimeout(this.timer);
    this.offer([]);
    this.grow();
  }

  grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight + 2}px`;
  }

  save() {
    clearTimeout(this.saving);
    this.saving = setTimeout(() => this.flush(), 400);
  }

  flush() {
    clearTimeout(this.saving);
    const text = this.turn ? this.kept : this.field.value;
    if (text === this.saved) return;
    if (this.told.draft(text)) this.saved = text;
    else this.save(); // the line is down: a little later
  }

  ask() {
    clearTimeout(this.timer);
    const text = this.field.value;
    this.newest = null; // what comes for the letters before is late
    if (text.trim().length < 3) { this.offer([]); return; }
    this.timer = setTimeout(() => { this.newest = uuid(); this.told.ask(this.newest, text); }, 120);
  }

  suggestions({ id, choices }) {
    if (id === this.newest) this.offer(choices);
  }

  offer(choices) {
    [this.choices, this.made] = [choices, this.field.value];
    paint(this.ghost, this.field, choices[0] ?? "");
    this.chips.replaceChildren(...choices.map((choice, i) => {
      const chip = button(`…${choice.trim()}`, () => this.take(choice));
      chip.className = "";
      if (i === 0) chip.title = "Tab takes this one";
      return chip;
    }));
  }

  take(choice) {
    this.field.value += /\s$/.test(this.field.value) ? choice.trimStart() : choice;
    this.field.focus();
    this.grow();
    this.save();
    this.offer([]);
    this.ask();
  }
}
