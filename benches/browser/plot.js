// The result as a picture: for each measurement a bar for each peer, with its spread, as a plain SVG.

const WIDTH = 720;
const LEFT = 190;
const RIGHT = 120;
const BAR = 18;
const COLOURS = ["#0f6b5c", "#c77f3a"];
const INK = "#59635d"; // readable on white and on black

/**
 * @param {string[]} peers names, ours first
 * @param {{ label: string, unit: string, values: { median: number, p10: number, p90: number }[] }[]} rows
 */
export function plot(peers, rows) {
  const rowHeight = BAR * peers.length + 26;
  const top = 44;
  const height = top + rows.length * rowHeight + 8;
  const text = (x, y, content, extra = "") => `<text x="${x}" y="${y}" fill="${INK}" ${extra}>${escape(content)}</text>`;
  const parts = peers.map((name, i) => {
    const x = LEFT + i * 220;
    return `<rect x="${x}" y="14" width="12" height="12" rx="3" fill="${COLOURS[i]}"/>${text(x + 18, 25, name)}`;
  });
  rows.forEach(({ label, unit, values }, row) => {
    const y = top + row * rowHeight;
    const scale = (WIDTH - LEFT - RIGHT) / Math.max(...values.map((value) => value.p90));
    parts.push(text(LEFT - 12, y + BAR * peers.length * 0.5 + 5, label, 'text-anchor="end"'));
    values.forEach(({ median, p10, p90 }, i) => {
      const middle = y + i * BAR + BAR / 2;
      const x = (value) => (LEFT + value * scale).toFixed(1);
      parts.push(
        `<rect x="${LEFT}" y="${y + i * BAR + 1}" width="${(median * scale).toFixed(1)}" height="${BAR - 3}" rx="3" fill="${COLOURS[i]}"/>`,
        `<path d="M${x(p10)} ${middle}H${x(p90)}" stroke="${INK}" stroke-width="2"/>`,
        text(Number(x(p90)) + 8, middle + 4, `${format(median)} ${unit}`),
      );
    });
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="14">
<title>${escape(peers.join(" and "))}: medians, with the middle four fifths of the samples as a line</title>
${parts.join("\n")}
</svg>
`;
}

export const format = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

const escape = (content) => content.replace(/[&<>]/g, (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[character]);
