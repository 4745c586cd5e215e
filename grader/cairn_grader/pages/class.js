"use strict";
/*
 * Sorts and filters the table of submissions, which is complete without it. It moves and hides
 * rows that are there, and writes texts; it makes no markup.
 */
(() => {
  const root = document.documentElement;
  root.dataset.errors = "0";
  addEventListener("error", () => {
    root.dataset.errors = String(Number(root.dataset.errors) + 1);
  });

  const byId = (id) => document.getElementById(id);
  const table = byId("submissions");
  const body = table.tBodies[0];
  const find = byId("find");
  const state = byId("state");
  const failed = byId("failed");
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

  const rows = [...body.rows].map((element, place) => ({
    element,
    place,
    link: element.querySelector("a"),
    text: `${element.cells[0].textContent} ${element.dataset.find ?? ""}`.toLowerCase(),
    failed: new Set((element.dataset.failed ?? "").split(" ")),
  }));

  const fits = (row, words) => {
    const wanted = state.value;
    if (wanted === "notes" && !row.element.dataset.notes) return false;
    if (wanted && wanted !== "notes" && row.element.dataset.state !== wanted) return false;
    if (failed.value && !row.failed.has(failed.value)) return false;
    return words.every((word) => row.text.includes(word));
  };

  const filter = () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const place = failed.selectedOptions[0]?.dataset.anchor ?? "";
    let shown = 0;
    for (const row of rows) {
      const visible = fits(row, words);
      row.element.hidden = !visible;
      row.link.hash = place;
      shown += Number(visible);
    }
    byId("shown").textContent = shown === rows.length
      ? `All ${shown} are shown.` : `${shown} of ${rows.length} are shown.`;
    byId("nobody").hidden = shown > 0;
    byId("all").disabled = !(find.value || state.value || failed.value);
    for (const pick of document.querySelectorAll(".pick button")) {
      pick.setAttribute("aria-pressed", String(pick.parentElement.dataset.test === failed.value));
    }
  };

  const value = (row, column, kind) => {
    const cell = row.element.cells[column];
    const text = cell.dataset.value ?? cell.textContent;
    return kind === "text" ? text : Number(text);
  };

  const sort = (head, column) => {
    const kind = head.dataset.kind;
    const first = kind === "number" ? "descending" : "ascending";
    const second = kind === "number" ? "ascending" : "descending";
    const order = head.getAttribute("aria-sort") === first ? second : first;
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    for (const row of rows) row.key = value(row, column, kind);
    const compare = kind === "text" ? collator.compare : (a, b) => a - b;
    rows.sort((a, b) => sign * compare(a.key, b.key) || a.place - b.place);
    body.append(...rows.map((row) => row.element));
  };

  /* A button takes the place of an element's text. */
  const makeButton = (element, action) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = element.textContent;
    button.addEventListener("click", action);
    element.replaceChildren(button);
    return button;
  };

  [...table.tHead.rows[0].cells].forEach((head, column) => {
    makeButton(head, () => sort(head, column));
  });
  for (const pick of document.querySelectorAll(".pick")) {
    const button = makeButton(pick, () => {
      failed.value = failed.value === pick.dataset.test ? "" : pick.dataset.test;
      filter();
      if (failed.value) byId("table").scrollIntoView({ block: "start" });
    });
    button.title = "Show the submissions that fail this test";
  }
  find.addEventListener("input", filter);
  state.addEventListener("change", filter);
  failed.addEventListener("change", filter);
  byId("all").addEventListener("click", () => {
    find.value = state.value = failed.value = "";
    filter();
    find.focus();
  });
  /* A browser that comes back to the page restores what was chosen. */
  addEventListener("pageshow", filter);
  byId("controls").hidden = false;
  table.tHead.rows[0].cells[0].setAttribute("aria-sort", "ascending");
  filter();
  root.dataset.ready = "yes";
})();
