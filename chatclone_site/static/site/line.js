// One conversation over one socket: turns as the server has them, pieces of the running one by number, nothing sent twice.

import { socket } from "site/page.js";

export const LIVE = ["waiting", "writing"];
const PATIENCE_MS = 2_000; // a connection that comes back sooner is nobody's concern

export function apply(turn, ops) {
  for (const [kind, value] of ops) {
    if (kind === "turn") { turn.lines.push({ speaker: value, bubbles: [] }); continue; }
    if (!turn.lines.length) turn.lines.push({ speaker: "", bubbles: [] });
    const line = turn.lines.at(-1), bubbles = line.bubbles;
    if (kind === "bubble") { bubbles.push(""); if (value) (line.at ??= []).push(Number(value)); }
    else if (bubbles.length) bubbles[bubbles.length - 1] += value;
    else bubbles.push(value);
  }
}

export class Line {
  // `on` is told: turns() when they changed, piece(turn), suggestions(frame), met(first frame), failed(sentence, frame that failed),
  // away(whether there has been no connection for a while).
  constructor(id, on) {
    Object.assign(this, { id, on, turns: [], outbox: new Map(), met: false });
    this.connect();
  }

  connect() {
    this.wire = socket(`/ws/talk/${this.id}`);
    this.wire.addEventListener("open", () => {
      clearTimeout(this.missing);
      this.missing = null;
      this.on.away?.(false);
      for (const frame of this.outbox.values()) this.put(frame);
    });
    this.wire.addEventListener("message", (message) => this.take(JSON.parse(message.data)));
    this.wire.addEventListener("close", (event) => {
      if (event.code === 4404 || event.code === 4401) this.end(event.reason || "This conversation is no longer there.");
      else if (event.code === 4423) location.reload(); // locked: the server leads to the passphrase
      else {
        this.missing ??= setTimeout(() => this.on.away?.(true), PATIENCE_MS);
        setTimeout(() => this.connect(), 800);
      }
    });
  }

  // There is no way back on this page: what was said and not heard is given back, now and from now on.
  end(reason) {
    this.over = reason;
    const lost = [...this.outbox.values()];
    this.outbox.clear();
    this.on.away?.(false);
    for (const frame of lost.length ? lost : [undefined]) this.on.failed(reason, frame);
  }

  get open() { return this.wire.readyState === WebSocket.OPEN; }

  // Whether it went out.
  put(frame) {
    if (this.open) this.wire.send(JSON.stringify(frame));
    return this.open;
  }

  // What carries an id is sent again until a turn with that id has come back; the rest is asked for again by whoever wants it.
  send(frame) {
    if (this.over) { this.on.failed(this.over, frame); return; }
    if (frame.id) this.outbox.set(frame.id, frame);
    if (!this.put(frame) && !frame.id) this.on.failed("There is no connection just now. Please press that again in a moment.", frame);
  }

  get live() { return this.turns.find((turn) => LIVE.includes(turn.state)); }

  take(frame) {
    if (frame.type === "turns") {
      this.turns = frame.turns;
      for (const turn of this.turns) this.outbox.delete(turn.clientId);
      this.on.turns();
      if (!this.met) this.on.met?.(frame);
      this.met = true;
    } else if (frame.type === "turn") {
      this.turns = this.turns.map((one) => (one.id === frame.turn.id ? { ...one, ...frame.turn } : one));
      this.on.turns();
    } else if (frame.type === "pieces") this.pieces(frame);
    else if (frame.type === "suggestions") this.on.suggestions?.(frame);
    else if (frame.type === "error") {
      const failed = this.outbox.get(frame.id);
      this.outbox.delete(frame.id);
      this.on.failed(frame.sentence, failed);
    }
  }

  pieces({ turn: id, n, ops }) {
    const turn = this.turns.find((one) => one.id === id);
    if (!turn || n !== turn.n + 1) return; // the server fills gaps itself
    turn.n = n;
    apply(turn, ops);
    requestAnimationFrame(() => {
      const now = this.turns.find((one) => one.id === id); // it may have been replaced by the finished one meanwhile
      if (now) this.on.piece(now);
    });
  }
}
