// How the question was understood: one line a note.

import { find } from "./find.js";
import { words } from "./words.js";

const list = find("notes", HTMLUListElement);

/** @param {import("../yaksearch.js").SpokenNote[]} notes */
export function showNotes(notes) {
  list.replaceChildren(
    ...notes.map((note) => {
      const item = document.createElement("li");
      item.textContent = words.note(note);
      return item;
    }),
  );
}
