// Bubbles in the rhythm of somebody who types: each comes whole, after as long as it takes to write. A switch shows words at once.

import { LIVE } from "site/line.js";

const KEY = "rhythm"; // "typed" or "once"; says nothing about anybody
const PACE = { pause: 350, letter: 28, longest: 3500 }; // milliseconds; a version may bring its own

export class Rhythm {
  // `moved(turn)` is called when another bubble may be shown.
  constructor(moved, pace) {
    this.moved = moved;
    this.pace = { ...PACE, ...pace };
    this.shown = new Map(); // turn -> bubbles that may be seen
    this.timer = null;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.typed = (localStorage.getItem(KEY) ?? (calm ? "once" : "typed")) === "typed";
  }

  choose(typed) {
    this.typed = typed;
    localStorage.setItem(KEY, typed ? "typed" : "once");
    if (!typed) this.hurry();
  }

  // Follow a turn that is being written; what was there when the page came is not typed again.
  follow(turn, already) {
    if (!this.typed || !turn.persona || this.shown.has(turn.id)) return;
    if (LIVE.includes(turn.state)) this.shown.set(turn.id, already ? bubbles(turn).length : 0);
  }

  limit(turn) { return this.shown.get(turn.id) ?? Infinity; }

  typing(turn) { return this.shown.has(turn.id); }

  step(turn) {
    if (!this.shown.has(turn.id) || this.timer) return;
    const all = bubbles(turn), done = !LIVE.includes(turn.state), at = this.shown.get(turn.id);
    if (done && at >= all.length) { this.shown.delete(turn.id); this.moved(turn.id); return; }
    if (at >= all.length - (done ? 0 : 1)) return; // the next one is still being written
    const wait = Math.min(this.pace.longest, this.pace.pause + this.pace.letter * all[at].length);
    this.timer = setTimeout(() => {
      this.timer = null;
      if (this.shown.has(turn.id)) this.shown.set(turn.id, at + 1);
      this.moved(turn.id);
    }, wait);
  }

  // Somebody went on: what was still to be typed before that is there at once.
  pass(turn) {
    if (!this.shown.delete(turn.id)) return;
    clearTimeout(this.timer);
    this.timer = null;
  }

  hurry() {
    clearTimeout(this.timer);
    this.timer = null;
    const waiting = [...this.shown.keys()];
    this.shown.clear();
    waiting.forEach((id) => this.moved(id));
    return waiting.length > 0;
  }
}

export function bubbles(turn) {
  return turn.lines.flatMap((line) => line.bubbles);
}
