// Ways to go on as they fit what stands in a field, and the first of them as ghost text behind it.

// What is left of choices that were made for `before` now that `now` is typed: those that it follows, and nothing of the others.
export function along(choices, before, now) {
  if (!now.startsWith(before)) return [];
  const added = now.slice(before.length);
  return choices.filter((choice) => choice.length > added.length && choice.startsWith(added)).map((choice) => choice.slice(added.length));
}

// Paint `rest` behind what stands in the field; only at its end, where it would be put.
export function paint(layer, field, rest) {
  const typed = Object.assign(document.createElement("span"), { textContent: field.value });
  const ahead = Object.assign(document.createElement("i"), { textContent: field.selectionStart === field.value.length ? rest : "" });
  layer.replaceChildren(typed, ahead);
  layer.scrollTop = field.scrollTop;
}
