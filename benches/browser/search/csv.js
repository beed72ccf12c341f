// CSV as RFC 4180 has it: quoted fields may hold commas, line breaks and doubled quotes.

/** The rows of `text` as objects by the header's names. */
export function parse(text) {
  const rows = [[""]];
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    const row = rows.at(-1);
    if (quoted) {
      if (char !== '"') row[row.length - 1] += char;
      else if (text[at + 1] === '"') row[row.length - 1] += text[++at];
      else quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === ",") row.push("");
    else if (char === "\n") rows.push([""]);
    else if (char !== "\r") row[row.length - 1] += char;
  }
  const [header, ...records] = rows.filter((row) => row.length > 1);
  return records.map((row) => Object.fromEntries(header.map((name, column) => [name, row[column] ?? ""])));
}

/** `records` as text, with the columns `header`. */
export function write(header, records) {
  const field = (value) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const rows = [header, ...records.map((record) => header.map((name) => field(record[name])))];
  return rows.map((row) => row.join(",")).join("\n") + "\n";
}
