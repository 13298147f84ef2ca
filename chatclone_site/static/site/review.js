// The review with the keyboard: j and k move, x leaves the value in. Progress while all is scrubbed anew.

import "site/archive.js";

const rows = [...document.querySelectorAll("#review tbody tr")];
let at = -1;

function move(step) {
  if (!rows.length) return;
  at = Math.min(rows.length - 1, Math.max(0, at + step));
  rows[at].querySelector(".veil").focus();
}

document.addEventListener("keydown", (event) => {
  if (event.target.matches("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "x" && rows[at]) rows[at].querySelector("button[value=keep]")?.click();
});
