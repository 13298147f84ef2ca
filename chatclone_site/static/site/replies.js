// Several answers to what was pasted; one click copies one.

import { copy, offer } from "site/offer.js";

const form = document.querySelector("#paste");
if (form) {
  const [message, whom, go, again, problem, announce, section] = ["#message", "#whom", "#go", "#again", "#problem", "#announce", "#answers"].map((s) => document.querySelector(s));
  const list = section.querySelector("ul");

  function row(text, number) {
    const made = document.createElement("li");
    const said = Object.assign(document.createElement("p"), { textContent: text, dir: "auto", id: `reply-${number}` });
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: "Copy" });
    button.setAttribute("aria-describedby", said.id);
    button.addEventListener("click", async () => {
      const done = await copy(text);
      button.textContent = done ? "Copied" : "Select it by hand";
      announce.textContent = button.textContent;
    });
    made.append(said, button);
    return made;
  }

  async function ask() {
    const text = message.value.trim();
    if (!text) return;
    go.disabled = again.disabled = true;
    problem.hidden = true;
    announce.textContent = "Writing";
    let sentence = "";
    try {
      const choices = await offer(form.dataset.offer, "answers", text, whom.value);
      if (choices?.length) {
        list.replaceChildren(...choices.map(row));
        section.hidden = false;
        announce.textContent = `${choices.length} replies`;
      } else if (choices) sentence = "Nothing fit to be said. Please try again.";
    } catch (error) { sentence = error.message; }
    problem.textContent = sentence;
    problem.hidden = !sentence;
    go.disabled = again.disabled = false;
  }

  form.addEventListener("submit", (event) => { event.preventDefault(); ask(); });
  again.addEventListener("click", ask);
  go.disabled = false;
}
