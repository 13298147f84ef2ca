// Following a job: the socket says what changed since event n; when it is away the row is asked every two seconds.

import { csrf, duration, socket } from "site/page.js";

export function follow(id, show) {
  let after = 0;
  let ended = false;
  let polling = null;

  function take(frame) {
    for (const event of frame.events) after = event.number;
    show(frame.job, frame.events);
    ended = !frame.job.active && frame.events.length === 0;
    if (!frame.job.active && frame.events.length) poll();
  }

  async function poll() {
    try {
      const answer = await fetch(`/jobs/${id}?after=${after}`, { headers: { Accept: "application/json" } });
      if (answer.ok) take(await answer.json());
      else ended = answer.status === 404;
    } catch { /* the next round asks again */ }
  }

  function connect() {
    if (ended) return;
    const line = socket(`/ws/jobs/${id}?after=${after}`);
    const late = setTimeout(startPolling, 3000);
    line.addEventListener("message", (message) => {
      clearTimeout(late);
      stopPolling();
      take(JSON.parse(message.data));
    });
    line.addEventListener("close", (event) => {
      clearTimeout(late);
      if (event.code === 4423) { location.reload(); return; } // locked: the server leads to the passphrase
      if (!ended) { startPolling(); setTimeout(connect, 2500); }
    });
  }

  function startPolling() { polling ??= setInterval(() => (ended ? stopPolling() : poll()), 2000); }
  function stopPolling() { clearInterval(polling); polling = null; }

  connect();
}

// One of pause, resume, stop, cancel.
export function ask(id, verb) {
  return fetch(`/jobs/${id}/${verb}`, { method: "POST", headers: { "X-CSRFToken": csrf() } });
}

export function progressText(job) {
  if (job.state === "queued" && job.stage.startsWith("waits for")) return job.stage;
  if (job.stopping) return "stopping; what is there is kept";
  if (job.state === "queued") {
    const wait = job.wait ? `, it begins in ${duration(job.wait)}` : "";
    return job.place > 0 ? `waiting: ${job.place} before you${wait}` : "waiting for a worker";
  }
  if (job.state === "paused") return "paused; press Go on and it goes on where it was, or from the beginning if what it learns from has changed";
  if (job.pausing) return "pausing at the next step";
  const left = job.secondsLeft ? `, ${duration(job.secondsLeft)} left` : "";
  return `${job.stage || "working"}${left}`;
}
