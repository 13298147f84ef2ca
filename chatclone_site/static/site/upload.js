// Uploading: only text leaves the computer, and what broke off goes on. Without this script the form still works.

/* global tus */

import { csrf, duration, uuid } from "site/page.js";
import { Refused, apart, pack, prepare } from "site/slim.js";

const form = document.querySelector("#upload");
const drop = form.querySelector(".drop");
const box = document.querySelector("#progress");
const bar = box.querySelector("progress");
const words = box.querySelector("[role=status]");
const stays = box.querySelector("#stays");
const pause = box.querySelector("#pause");
const CHUNK = 16 * 1024 * 1024; // below what common proxies let through
const RETRIES = [0, 1000, 3000, 5000, 10000, 20000, ...Array(200).fill(30000)]; // counted anew after each byte of progress

function size(bytes) {
  if (bytes < 1048576) return `${Math.max(1, Math.round(bytes / 1024))} kB`;
  if (bytes < 1073741824) return `${(bytes / 1048576).toFixed(bytes < 10485760 ? 1 : 0)} MB`;
  return `${(bytes / 1073741824).toFixed(1)} GB`;
}

async function send(chosen) {
  if (!chosen.length) return;
  form.hidden = true;
  box.hidden = false;
  document.querySelector("#upload-error").hidden = true;
  words.textContent = "looking into the files …";
  try {
    const ready = [];
    const { goes, stays: left } = await apart(chosen);
    for (const item of goes) ready.push(item.files ? await pack(item.name, item.files) : await prepare(item, unasked));
    tell(ready, left);
    const address = await carry(ready);
    location.assign(address || location.pathname);
  } catch (error) {
    failed(sentence(error));
  }
}

function unasked(file) {
  return confirm(
    `${file.name} cannot be looked into here, so all of it would go up, photos too: ${size(file.blob.size)}. ` +
    "If you unpack it and choose its folder instead, photos stay on your computer. Send all of it?",
  );
}

function tell(ready, apart) {
  const left = ready.reduce((sum, item) => sum + item.stays, apart);
  const goes = ready.reduce((sum, item) => sum + item.blob.size, 0);
  const archives = ready.reduce((sum, item) => sum + item.inside, 0);
  const inner = archives === 1 ? " An archive inside stays, too" : ` ${archives} archives inside stay, too`;
  stays.textContent = left ? `${size(left)} of photos and other files stay on your computer; ${size(goes)} of messages go up.` : "";
  if (archives) stays.textContent += `${inner}: if there are chats in there, unpack it and upload them, too.`;
}

// Send every file, going on where an earlier try stopped; gives the address of the archive that they became.
async function carry(ready) {
  const answer = await fetch(form.dataset.uploads);
  const waiting = answer.ok ? (await answer.json()).uploads : [];
  const known = ready.map((item) => waiting.find((one) => one.mark === item.mark && one.length === item.blob.size));
  const begun = (group) => waiting.filter((other) => other.group === group).length;
  const open = known.find((one) => one && begun(one.group) < one.files);
  const fresh = open || { group: uuid(), files: known.filter((one) => !one).length };
  const first = known.findIndex((one) => !one); // it brings back places of what was discarded meanwhile
  const places = open ? begun(open.group) + known.filter((one) => !one).length : 0;
  const total = ready.reduce((sum, item) => sum + item.blob.size, 0);
  const began = { at: performance.now(), bytes: null };
  const here = known.map((one) => ({ url: one?.url, whole: Boolean(one) && one.arrived === one.length }));
  let before = 0;
  let address = "";
  for (const [number, item] of ready.entries()) {
    const shown = (bytes) => show(before + bytes, total, began);
    address = (await one(item, known[number], { ...fresh, places: number === first ? places : 0 }, shown, here, here[number])) || address;
    before += item.blob.size;
  }
  return address;
}

function show(done, total, began) {
  if (began.bytes === null) Object.assign(began, { at: performance.now(), bytes: done });
  bar.value = total ? done / total : 1;
  const spent = (performance.now() - began.at) / 1000;
  const left = done > began.bytes && spent > 1 ? duration(((total - done) * spent) / (done - began.bytes)) : "";
  words.textContent = `${size(done)} of ${size(total)}${left ? `, ${left} left` : ""}`;
}

// Throw away what the site has of this drop, whole files first: the rest of it must never look complete and be read.
async function discard(here) {
  const headers = { "X-CSRFToken": csrf(), "Tus-Resumable": "1.0.0" };
  for (const file of [...here].sort((a, b) => b.whole - a.whole)) {
    if (file.url) await fetch(file.url, { method: "DELETE", headers }).catch(() => {});
  }
}

function one(item, known, { group, files, places }, shown, here, place) {
  return new Promise((resolve, reject) => {
    const upload = new tus.Upload(item.blob, {
      endpoint: form.dataset.uploads,
      uploadUrl: known?.url,
      chunkSize: CHUNK,
      retryDelays: RETRIES,
      storeFingerprintForResuming: false, // the server knows what it has, for every browser of this account
      headers: { "X-CSRFToken": csrf() },
      metadata: { filename: item.name, mark: item.mark, group, files: String(files), ...(places ? { places: String(places) } : {}) },
      onProgress: shown,
      onShouldRetry: (error) => {
        const status = error.originalResponse?.getStatus() ?? 0;
        if (status === 507 || (status >= 400 && status < 500 && ![409, 423, 429, 460].includes(status))) return false;
        words.textContent = "The connection is away. What has arrived is kept; it goes on by itself.";
        return true;
      },
      onError: reject,
      onUploadUrlAvailable: () => { place.url = upload.url; },
      onSuccess: ({ lastResponse }) => { place.whole = true; resolve(lastResponse.getHeader("Archive-Location")); },
    });
    pause.onclick = () => {
      const going = pause.textContent === "Pause";
      pause.textContent = going ? "Go on" : "Pause";
      if (going) { upload.abort(); words.textContent = "Paused. You can close this page, too: choose the same files again to go on."; } else upload.start();
    };
    box.querySelector("#cancel").onclick = async () => {
      await upload.abort().catch(() => {});
      await discard(here);
      location.reload();
    };
    upload.start();
  });
}

function sentence(error) {
  if (error instanceof Refused) return error.message;
  try {
    return JSON.parse(error.originalResponse.getBody()).error;
  } catch {
    return "The upload broke off. What has arrived is kept: please choose the same files again.";
  }
}

function failed(text) {
  form.hidden = false;
  box.hidden = true;
  const place = document.querySelector("#upload-error");
  place.textContent = text;
  place.hidden = false;
  place.focus();
  for (const input of form.querySelectorAll("input[type=file]")) input.value = "";
}

// What was dropped: files, and folders as { name, files: [{ path, file }] }.
async function dropped(items) {
  const entries = [...items].filter((item) => item.kind === "file").map((item) => item.webkitGetAsEntry?.() || item.getAsFile());
  const found = [];
  for (const entry of entries) {
    if (entry instanceof File) found.push(entry);
    else if (entry.isFile) found.push(await new Promise((done, failed) => entry.file(done, failed)));
    else found.push({ name: entry.name, files: await below(entry, `${entry.name}/`) });
  }
  return found;
}

async function below(folder, path) {
  const reader = folder.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed)); // a hundred at a time
    if (!some.length) return found;
    for (const entry of some) {
      if (entry.isFile) found.push({ path: path + entry.name, file: await new Promise((done, failed) => entry.file(done, failed)) });
      else found.push(...(await below(entry, `${path}${entry.name}/`)));
    }
  }
}

form.querySelector("#files").addEventListener("change", (event) => send([...event.target.files]));
const folder = form.querySelector("#folder");
folder.addEventListener("change", () => {
  const files = [...folder.files].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
  if (files.length) send([{ name: files[0].path.split("/")[0], files }]);
});
folder.closest("[hidden]").hidden = false;
form.querySelector("button[type=submit]").hidden = true;
for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
}
for (const name of ["dragleave", "drop"]) {
  drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.remove("over"); });
}
drop.addEventListener("drop", async (event) => send(await dropped(event.dataTransfer.items)));
