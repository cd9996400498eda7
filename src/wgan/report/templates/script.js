"use strict";
// Tables sort by the buttons of their heads, and a search box filters one. Without a script all is shown, in order.

function key(cell) {
  return cell.dataset.sort ?? cell.textContent.trim();
}

function compare(a, b) {
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return a.localeCompare(b, "en", { numeric: true });
}

function sort(button) {
  const head = button.closest("th");
  const body = button.closest("table").tBodies[0];
  const column = head.cellIndex;
  const down = head.getAttribute("aria-sort") === "ascending";
  for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const rows = [...body.rows].sort((a, b) => compare(key(a.cells[column]), key(b.cells[column])));
  body.append(...(down ? rows.reverse() : rows));
}

function filter(box) {
  const rows = [...document.getElementById(box.dataset.filters).tBodies[0].rows];
  const words = box.querySelector("input").value.toLowerCase().split(/\s+/).filter(Boolean);
  const outcome = box.querySelector("[aria-pressed=true]")?.dataset.outcome;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word)) || (outcome !== undefined && row.dataset.outcome !== outcome);
  }
  const status = box.querySelector("[role=status]");
  status.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} ${status.dataset.of} shown`;
}

for (const button of document.querySelectorAll("button.sort")) button.addEventListener("click", () => sort(button));

for (const box of document.querySelectorAll("[data-filters]")) {
  box.querySelector("input").addEventListener("input", () => filter(box));
  const buttons = [...box.querySelectorAll("[aria-pressed]")];
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const pressed = button.getAttribute("aria-pressed") === "true";
      for (const other of buttons) other.setAttribute("aria-pressed", String(other === button && !pressed));
      filter(box);
    });
  }
  filter(box);
}
document.documentElement.classList.add("scripted");
