// Watching a training: place in the queue, curves, sample replies, all from the job's numbered events.

import uPlot from "uplot";
import { ask, follow, progressText } from "site/job.js";

const STATES = { queued: "Queued", running: "Running", paused: "Paused" };
const box = document.querySelector("#training");
if (box) {
  const bar = box.querySelector("progress");
  const words = box.querySelector("#stage");
  const speed = box.querySelector("#speed");
  const samples = document.querySelector("#samples");
  const earlier = document.querySelector("#earlier");
  const table = document.querySelector("#curve-table tbody");
  const points = new Map();
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  let plot = null;
  let was = box.dataset.state;

  function draw() {
    const steps = [...points.keys()].sort((a, b) => a - b);
    const column = (name) => steps.map((step) => points.get(step)[name] ?? null);
    const data = [steps, column("loss"), column("held")];
    const place = document.querySelector("#curve");
    document.querySelector("#curves").hidden = steps.length < 2;
    if (!plot && steps.length > 1) {
      const axis = { stroke: color("--soft"), grid: { stroke: color("--line") } };
      plot = new uPlot({
        width: place.clientWidth, height: 240, cursor: { y: false }, scales: { x: { time: false } },
        axes: [{ ...axis, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] }, axis],
        series: [
          { label: "step" },
          { label: "while reading", stroke: color("--soft"), width: 1.5, spanGaps: true },
          { label: "on what it never read", stroke: color("--accent"), width: 2.5, spanGaps: true, points: { show: true } },
        ],
      }, data, place);
      new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: 240 })).observe(place);
    } else plot?.setData(data);
  }

  function sample(event) {
    const item = document.createElement("section");
    item.className = "card";
    const title = document.createElement("h3");
    title.textContent = `After step ${event.step}`;
    item.append(title);
    for (const { question, reply } of event.replies) {
      item.append(bubbles([question], ""), bubbles(reply.length ? reply : ["…"], "mine"));
    }
    samples.prepend(item);
    document.querySelector("#asked").hidden = false;
    for (const old of [...samples.children].slice(box.dataset.state === "done" ? 1 : 3)) earlier.prepend(old);
    earlier.parentElement.hidden = !earlier.children.length;
  }

  function bubbles(texts, side) {
    const group = document.createElement("div");
    group.className = `bubbles ${side}`;
    for (const text of texts) {
      const bubble = document.createElement("div");
      bubble.className = "bubble";
      bubble.dir = "auto";
      bubble.textContent = text;
      group.append(bubble);
    }
    return group;
  }

  follow(box.dataset.id, (job, events) => {
    bar.value = job.done;
    words.textContent = job.active ? progressText(job) : "";
    buttons(job);
    for (const event of events) {
      const point = points.get(event.step) ?? {};
      if (event.event === "step") {
        points.set(event.step, { ...point, loss: event.loss });
        speed.textContent = `${Math.round(event.tokens_s).toLocaleString()} tokens a second`;
      } else if (event.event === "held_out" && event.loss !== null) {
        points.set(event.step, { ...point, held: event.loss });
        const row = table.insertRow();
        row.insertCell().textContent = event.step;
        row.insertCell().textContent = event.loss.toFixed(3);
      } else if (event.event === "sample") sample(event);
    }
    if (events.length) draw();
    if (!job.active && was !== job.state && ["queued", "running", "paused"].includes(was)) {
      was = job.state;
      setTimeout(() => location.reload(), 800);
    }
  });
  function buttons(job) {
    const paused = job.state === "paused" || job.pausing, ending = !job.active || job.stopping;
    box.querySelector("#pause").hidden = ending || paused;
    box.querySelector("#resume").hidden = ending || !paused;
    box.querySelector("#stop").hidden = ending;
    box.querySelector("#cancel").hidden = !job.active;
    const version = document.querySelector(`[data-of="${box.dataset.id}"]`);
    if (version && STATES[job.state]) version.textContent = STATES[job.state];
    box.querySelector("h2").textContent = job.state === "paused" ? "Paused" : job.active ? "Learning" : box.querySelector("h2").textContent;
  }

  for (const verb of ["pause", "resume", "stop", "cancel"]) {
    box.querySelector(`#${verb}`).addEventListener("click", () => {
      if (verb !== "cancel" || confirm("Cancel this training? What it has learnt so far is thrown away.")) ask(box.dataset.id, verb);
    });
  }
}
