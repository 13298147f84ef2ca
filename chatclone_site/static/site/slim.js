// What leaves the computer: of a zip or a folder only the members that may hold text. The server's rules say which;
// the same input gives the same bytes, so that an upload broken off today goes on tomorrow.

/* global zip */

const rules = JSON.parse(document.querySelector("#rules").textContent);

zip.configure({ useWebWorkers: false });

export class Refused extends Error {}

const aside = new RegExp(rules.aside.join("|"), "i");

function wanted(path) {
  const parts = path.split("/");
  const last = parts.at(-1);
  if (parts.some((part) => rules.junk.includes(part)) || last.startsWith("._")) return false;
  return rules.textual.some((end) => last.toLowerCase().endsWith(end)) && !aside.test(path);
}

// The archives inside, which nobody would open: only their names go up, for the receipt.
function inside(paths) {
  const junk = (path) => path.split("/").some((part) => rules.junk.includes(part));
  return paths.filter((path) => !junk(path) && rules.packed.some((end) => path.toLowerCase().endsWith(end))).sort();
}

const DATED = { lastModDate: new Date(1980, 0, 1), extendedTimestamp: false, level: 6 };

async function named(writer, paths) {
  for (const path of paths) await writer.add(path, new zip.TextReader(""), { ...DATED, level: 0 });
}

// Of several files that are chosen together: those that stay, as in a zip. One that is called nothing known is looked into.
export async function apart(chosen) {
  const goes = [];
  let stays = 0;
  for (const item of chosen) {
    if (chosen.length > 1 && !item.files && media(item.name) && !(await isZip(item))) stays += item.size;
    else goes.push(item);
  }
  if (!goes.length) throw new Refused(rules.nothing);
  return { goes, stays };
}

// By its ending, whatever a browser put behind it: "IMG_1.jpg (2)".
function media(name) {
  const plain = name.replace(/ ?\(\d{1,3}\)$/, "").toLowerCase();
  return /\.[a-z][a-z0-9]{1,4}$/.test(plain) && ![...rules.textual, ...rules.packed].some((end) => plain.endsWith(end));
}

async function isZip(file) {
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  return head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4;
}

// Zips of that size and more hold photos: where they cannot be looked into, nothing goes up unasked.
const ASKED = 8 * 1024 * 1024;

// A file as it goes up: { name, blob, stays (bytes left here), inside (archives among them), mark (by which the same choice is known again) }. `ask` is asked
// before a large zip goes up whole because its members cannot be told apart here.
export async function prepare(file, ask) {
  const whole = { name: file.name, blob: file, stays: 0, inside: 0, mark: mark(file.name, file.size, file.lastModified, file.size) };
  if (!(await isZip(file))) return whole;
  let entries;
  try {
    entries = (await new zip.ZipReader(new zip.BlobReader(file)).getEntries()).filter((entry) => !entry.directory);
  } catch {
    return unread(whole, ask); // the server says what is wrong with it
  }
  if (entries.some((entry) => entry.encrypted)) throw new Refused(rules.locked);
  const kept = entries.filter((entry) => wanted(entry.filename));
  if (kept.length === entries.length || entries.length < 2) return whole;
  if (!kept.length) throw new Refused(rules.nothing);
  try {
    const left = inside(entries.map((entry) => entry.filename));
    const blob = await copied(kept, left);
    return { name: file.name, blob, stays: file.size - blob.size, inside: left.length, mark: mark(file.name, file.size, file.lastModified, blob.size) };
  } catch {
    return unread(whole, ask);
  }
}

function unread(whole, ask) {
  if (whole.blob.size >= ASKED && !ask(whole)) throw new Refused(rules.unread);
  return whole;
}

// The packed bytes of the members as they are, in a zip of their own.
async function copied(entries, left) {
  const writer = new zip.ZipWriter(new zip.BlobWriter("application/zip"));
  for (const entry of entries) {
    const packed = await entry.getData(new zip.BlobWriter(), { passThrough: true, checkOverlappingEntry: true });
    await writer.add(entry.filename, new zip.BlobReader(packed), { entry, passThrough: true });
  }
  await named(writer, left);
  return writer.close();
}

// A folder: [{ path, file }] become one zip of those that may hold text.
export async function pack(name, files) {
  const kept = files.filter(({ path }) => wanted(path)).sort((a, b) => (a.path < b.path ? -1 : 1));
  if (!kept.length) throw new Refused(rules.nothing);
  const writer = new zip.ZipWriter(new zip.BlobWriter("application/zip"), DATED);
  for (const { path, file } of kept) await writer.add(path, new zip.BlobReader(file));
  const left = inside(files.map(({ path }) => path));
  await named(writer, left);
  const blob = await writer.close();
  const size = files.reduce((sum, { file }) => sum + file.size, 0);
  const latest = Math.max(...kept.map(({ file }) => file.lastModified));
  const stays = files.reduce((sum, { path, file }) => sum + (wanted(path) ? 0 : file.size), 0);
  // How a browser packs may change with its version; then this is another upload.
  return { name: `${name}.zip`, blob, stays, inside: left.length, mark: mark(name, size, latest, blob.size, kept.length, navigator.userAgent) };
}

function mark(...facts) {
  return facts.join("|").slice(0, 500);
}
