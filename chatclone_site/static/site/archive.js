// The page of an upload: progress until it was read, then the receipt.

import { follow, progressText } from "site/job.js";

const box = document.querySelector("#job");
if (box) {
  const bar = box.querySelector("progress");
  const words = box.querySelector("p");
  let was = box.dataset.state;
  follow(box.dataset.id, (job) => {
    bar.value = job.done;
    words.textContent = job.active ? progressText(job) : "";
    if (!job.active && was !== job.state) location.reload();
    was = job.state;
  });
}
const all = document.querySelector("#keep-all");
all?.addEventListener("change", () => {
  for (const one of document.querySelectorAll("input[name=keep]")) one.checked = all.checked;
});
