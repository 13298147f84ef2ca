// Turns on the page: bubbles, what can be done with each, and the arrows between alternatives.

import { LIVE } from "site/line.js";

const SAYS = { waiting: "is about to write…", writing: "is writing…", stopped: "stopped", interrupted: "was interrupted; what was written is kept" };

export function node(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

export function button(label, act, title) {
  const made = node("button", "plain", label);
  made.type = "button";
  if (title) { made.title = title; made.setAttribute("aria-label", title); }
  made.addEventListener("click", act);
  return made;
}

// Invented times have no zone: they are shown as they were chosen.
const minute = (seconds) => (seconds === undefined ? "" : new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " "));

function when(seconds) {
  const made = node("time", "when", minute(seconds));
  made.dateTime = minute(seconds).replace(" ", "T");
  return made;
}

export class Paper {
  // `told`: name, mine(turn, line) -> on my side?, acts(turn, last, typing) and lineActs(turn, line, index) -> buttons, rhythm, empty
  // (a sentence), named (whether lines say whose they are), choose(id).
  constructor(list, told) {
    Object.assign(this, { list, told, note: list.querySelector(".note"), kept: new Map(), stuck: true });
    let last = 0; // only who scrolls up lets go of the end
    list.addEventListener("scroll", () => {
      if (this.atBottom()) this.stuck = true;
      else if (list.scrollTop < last - 4) this.stuck = false;
      last = list.scrollTop;
    });
    new ResizeObserver(() => { if (this.stuck) list.scrollTop = list.scrollHeight; }).observe(list); // a keyboard that opens, say
  }

  atBottom() { return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 80; }

  render(turns) {
    const stay = this.stuck;
    this.turns = turns;
    const held = this.held();
    let version = turns.find((turn) => turn.persona)?.version;
    const articles = turns.map((turn, i) => {
      const changed = turn.persona && turn.version && turn.version !== version;
      if (turn.persona) version = turn.version;
      return this.article(turn, i === turns.length - 1, changed);
    });
    this.kept = new Map(articles.map((one) => [one.dataset.id, one]));
    const wanted = [this.note, ...articles, ...(turns.length ? [] : [node("p", "soft empty", this.told.empty)])].filter(Boolean);
    for (const child of [...this.list.children]) if (!wanted.includes(child)) child.remove();
    wanted.forEach((child, i) => { if (this.list.children[i] !== child) this.list.insertBefore(child, this.list.children[i] ?? null); });
    this.hold(held);
    if (stay) this.list.scrollTop = this.list.scrollHeight;
  }

  draw(turn) { if (this.turns) this.render(this.turns.map((one) => (one.id === turn.id ? turn : one))); }

  // The button that was used keeps the focus, also where its turn was replaced by another.
  held() {
    const act = this.list.contains(document.activeElement) ? document.activeElement.getAttribute("aria-label") ?? document.activeElement.textContent : "";
    const at = document.activeElement.closest?.("article");
    return act && at ? { act, place: [...this.list.querySelectorAll("article")].indexOf(at) } : null;
  }

  hold(held) {
    if (!held || this.list.contains(document.activeElement)) return;
    const article = this.list.querySelectorAll("article")[held.place];
    const same = [...(article?.querySelectorAll("button, summary") ?? [])].find((one) => (one.getAttribute("aria-label") ?? one.textContent) === held.act && !one.disabled);
    (same ?? this.list).focus({ preventScroll: true });
  }

  article(turn, last, changed) {
    const limit = this.told.rhythm?.limit(turn) ?? Infinity;
    const typing = !turn.before && this.told.rhythm?.typing(turn); // who stands in a line is not typing yet
    const sign = JSON.stringify([turn, last, limit, typing, changed]);
    const old = this.kept.get(turn.id);
    if (old && old.sign === sign) return old;
    const made = node("article", typing ? "typing" : turn.state);
    made.sign = sign;
    made.dataset.id = turn.id;
    if (turn.generated) made.dataset.generated = "ai";
    const whose = this.told.named ? "Invented lines" : `${this.told.name}, AI imitation`;
    made.setAttribute("aria-label", turn.persona ? whose : "You");
    let left = limit;
    turn.lines.forEach((line, i) => {
      if (left <= 0) return;
      const acts = LIVE.includes(turn.state) ? [] : [...(this.told.lineActs?.(turn, line, i) ?? [])];
      if (!last && i === turn.lines.length - 1) acts.push(...this.told.acts(turn, last, typing));
      made.append(this.group(turn, line, left, acts));
      left -= line.bubbles.length;
    });
    if (typing) made.append(this.dots());
    const foot = this.foot(turn, last, typing, changed);
    if (foot.childElementCount) made.append(foot);
    return made;
  }

  group(turn, line, limit, acts) {
    const made = node("div", `bubbles ${this.told.mine(turn, line) ? "mine" : ""}`);
    if (this.told.named) {
      const head = node("span", "who", (line.speaker || this.told.name) + (turn.persona && !line.own ? "" : ", written by you"));
      head.dir = "auto";
      const top = node("div", "headed");
      top.append(head, ...(line.at?.length ? [when(line.at[0])] : []));
      made.append(top);
    }
    for (const [i, text] of line.bubbles.slice(0, limit).entries()) {
      if (!text.trim() && turn.state !== "writing") continue;
      if (i && line.at?.[i] !== undefined && minute(line.at[i]) !== minute(line.at[i - 1])) made.append(when(line.at[i]));
      const bubble = node("div", "bubble", text);
      bubble.dir = "auto";
      made.append(bubble);
    }
    if (acts.length && made.lastElementChild?.className === "bubble") { // beside the last bubble
      const row = node("div", "beside");
      row.append(made.lastElementChild, this.menu(acts));
      made.append(row);
    }
    return made;
  }

  dots() {
    const made = node("div", "bubbles");
    const bubble = node("div", "bubble dots");
    bubble.append(node("i"), node("i"), node("i"));
    bubble.setAttribute("aria-hidden", "true");
    made.append(bubble);
    return made;
  }

  foot(turn, last, typing, changed) {
    const made = node("div", "turn-foot");
    if (turn.before) made.append(node("span", "", `waiting: ${turn.before} before you`));
    else if (typing) made.append(node("span", "", SAYS.writing));
    else if (turn.persona && SAYS[turn.state]) made.append(node("span", "", turn.cause || SAYS[turn.state]));
    if (turn.held && !LIVE.includes(turn.state)) made.append(node("span", "held", "the guard held something back here"));
    if (turn.choices?.length > 1 && !LIVE.includes(turn.state)) made.append(this.arrows(turn));
    if (changed) made.append(node("span", "", `version ${turn.version}`));
    if (last || !turn.lines.length) made.append(...this.told.acts(turn, last, typing));
    return made;
  }

  menu(acts) {
    const made = node("details", "acts");
    const summary = node("summary", "", "⋯");
    summary.setAttribute("aria-label", "What can be done with this line");
    made.append(summary, ...acts);
    return made;
  }

  arrows(turn) {
    const at = turn.choices.indexOf(turn.id), count = turn.choices.length;
    const made = node("span", "arrows");
    made.setAttribute("role", "group");
    made.setAttribute("aria-label", `${at + 1} of ${count}`);
    const to = (place) => () => this.told.choose(turn.choices[place]);
    const back = button("‹", to(at - 1), "The one before"), on = button("›", to(at + 1), "The next one");
    back.disabled = at === 0;
    on.disabled = at === count - 1;
    made.append(back, node("span", "", `${at + 1} of ${count}`), on);
    return made;
  }
}
