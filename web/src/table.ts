/** A plain table. Every cell is text: nothing that the chain says is ever parsed as markup. */

export interface Cell {
  text: string;
  title?: string;
  number?: boolean;
}

export function table(heads: Cell[], rows: Cell[][], empty: string): HTMLElement {
  if (rows.length === 0) {
    const none = document.createElement("p");
    none.className = "quiet";
    none.textContent = empty;
    return none;
  }
  const element = document.createElement("table");
  const head = element.createTHead().insertRow();
  for (const cell of heads) head.append(made("th", cell));
  const body = element.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const cell of row) line.append(made("td", cell));
  }
  return element;
}

function made(tag: "th" | "td", cell: Cell): HTMLTableCellElement {
  const element = document.createElement(tag);
  element.textContent = cell.text;
  if (cell.title) element.title = cell.title;
  if (cell.number) element.className = "number";
  if (tag === "th") element.scope = "col";
  return element;
}
