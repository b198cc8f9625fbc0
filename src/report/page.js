"use strict";
const table = document.querySelector("table.rows");
const rows = [...table.tBodies[0].rows];
const find = document.querySelector("#find");
const shown = document.querySelector("#shown");
const picks = [...document.querySelectorAll("select[data-column]")];
const texts = new Map();
const textOf = (row) => {
  if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
  return texts.get(row);
};
const cellOf = (row, column) => row.cells[column].textContent;

for (const pick of picks) {
  const words = new Set(rows.map((row) => cellOf(row, pick.dataset.column)));
  for (const word of [...words].sort()) {
    const option = document.createElement("option");
    option.value = "=" + word;
    option.textContent = word || "(none)";
    pick.append(option);
  }
}

function filter() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const row of rows) {
    const passes =
      picks.every((pick) => !pick.value || pick.value === "=" + cellOf(row, pick.dataset.column)) &&
      words.every((word) => textOf(row).includes(word));
    row.hidden = !passes;
    count += passes;
  }
  shown.textContent = count === rows.length ? "" : count + " of " + rows.length + " shown";
}

let waiting;
find.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(filter, 150);
});
picks.forEach((pick) => pick.addEventListener("change", filter));
document.querySelector("form").addEventListener("submit", (event) => event.preventDefault());

[...table.tHead.rows[0].cells].forEach((head, column) => {
  const button = head.querySelector("button");
  if (!button) return;
  let down = head.dataset.holds === "number";
  button.addEventListener("click", () => {
    const number = head.dataset.holds === "number";
    const key = (row) => (number ? parseFloat(cellOf(row, column)) : cellOf(row, column));
    const order = (a, b) => {
      if (number) return (isNaN(a) ? -Infinity : a) - (isNaN(b) ? -Infinity : b) || 0;
      return a.localeCompare(b);
    };
    const keyed = rows.map((row) => [key(row), row]);
    keyed.sort((a, b) => order(a[0], b[0]) * (down ? -1 : 1));
    keyed.forEach(([, row]) => table.tBodies[0].append(row));
    down = !down;
  });
});
