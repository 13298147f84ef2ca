// Uploading with progress; without this script the form still works.

import { csrf, duration } from "site/page.js";

const form = document.querySelector("#upload");
const drop = form.querySelector(".drop");
const input = form.querySelector("input[type=file]");
const box = document.querySelector("#progress");
const bar = box.querySelector("progress");
const words = box.querySelector("p");

function megabytes(bytes) {
  return `${(bytes / 1048576).toFixed(bytes < 10485760 ? 1 : 0)} MB`;
}

function send(files) {
  if (!files.length) return;
  const body = new FormData();
  for (const file of files) body.append("files", file, file.name);
  const request = new XMLHttpRequest();
  const began = performance.now();
  form.hidden = true;
  box.hidden = false;
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    bar.value = event.loaded / event.total;
    const left = ((performance.now() - began) / 1000) * (event.total / event.loaded - 1);
    words.textContent = `${megabytes(event.loaded)} of ${megabytes(event.total)}, ${duration(left)} left`;
  });
  request.addEventListener("load", () => {
    let answer = {};
    try { answer = JSON.parse(request.responseText); } catch { /* said below */ }
    if (answer.url) location.assign(answer.url);
    else failed(answer.error || "The upload was not accepted. Please try again.");
  });
  request.addEventListener("error", () => failed("The connection broke off. Nothing was kept; please try again."));
  request.open("POST", form.action);
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("X-CSRFToken", csrf());
  request.send(body);
}

function failed(sentence) {
  form.hidden = false;
  box.hidden = true;
  const place = document.querySelector("#upload-error");
  place.textContent = sentence;
  place.hidden = false;
  place.focus();
  input.value = "";
}

input.addEventListener("change", () => send(input.files));
form.querySelector("button[type=submit]").hidden = true;
for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
}
for (const name of ["dragleave", "drop"]) {
  drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.remove("over"); });
}
drop.addEventListener("drop", (event) => send(event.dataTransfer.files));
