#!/usr/bin/env node
// Prints how many bytes each file of a site has, as it is and as servers send it, and holds them against a budget.
//
//   sizes.js SITE [BUDGET]
//
// precompress.js has made the compressed files before. BUDGET is a list of limits, each over one or more files together:
// { "name", "for", "files", "raw" | "gzip" | "brotli": bytes }; of "files", those that end in "/" are whole folders, and "*"
// stands for any part of a name. Every file of the site must be under a limit.

"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { filesBelow } = require("./files-below.js");

/** The columns, and the file that is sent. */
const ENDINGS = { raw: "", gzip: ".gz", brotli: ".br" };
const COLUMNS = Object.keys(ENDINGS);

/** What servers send for `file`: the file itself where it was not worth compressing. */
function sizesOf(file) {
  const raw = fs.statSync(file).size;
  return COLUMNS.map((column) => fs.statSync(file + ENDINGS[column], { throwIfNoEntry: false })?.size ?? raw);
}

const sumOf = (rows) => rows.reduce((sum, row) => sum.map((bytes, i) => bytes + row[i]), COLUMNS.map(() => 0));

function printTable(rows) {
  const width = Math.max(...rows.map(([name]) => name.length));
  for (const [name, ...cells] of rows) {
    console.log(name.padEnd(width) + cells.map((cell) => String(cell).padStart(12)).join(""));
  }
}

/** Whether a name is one that `pattern` means. */
function matcher(pattern) {
  const expression = pattern.replace(/[.+]/g, "\\$&").replaceAll("*", "[^/]*");
  const whole = new RegExp(`^${expression}${pattern.endsWith("/") ? "" : "$"}`);
  return (name) => whole.test(name);
}

/** What is wrong with `limit`, and its row of the table. */
function check(limit, sizes) {
  const column = COLUMNS.find((column) => column in limit);
  const all = [...sizes.keys()];
  const missing = limit.files.filter((pattern) => !all.some(matcher(pattern)));
  const names = all.filter((name) => limit.files.some((pattern) => matcher(pattern)(name)));
  const bytes = sumOf(names.map((name) => sizes.get(name)))[COLUMNS.indexOf(column)];
  const troubles = missing.map((pattern) => `${limit.name}: the site has no ${pattern}`);
  if (bytes > limit[column]) {
    const over = `${bytes} bytes (${column}), ${bytes - limit[column]} over the limit`;
    troubles.push(`${limit.name}: ${over}. What it is for: ${limit.for}`);
  }
  return { row: [limit.name, column, bytes, limit[column]], names, troubles };
}

function main() {
  const [site, budget] = process.argv.slice(2);
  const names = filesBelow(site).filter((name) => !/\.(gz|br)$/.test(name));
  const sizes = new Map(names.map((name) => [name, sizesOf(path.join(site, name))]));
  printTable([["bytes", ...COLUMNS], ...[...sizes].map(([name, row]) => [name, ...row]), ["total", ...sumOf([...sizes.values()])]]);
  if (budget === undefined) return;

  const limits = JSON.parse(fs.readFileSync(budget, "utf8"));
  const checks = limits.map((limit) => check(limit, sizes));
  console.log();
  printTable([["budget", "sent as", "bytes", "limit"], ...checks.map(({ row }) => row)]);
  const covered = new Set(checks.flatMap((check) => check.names));
  const troubles = checks.flatMap((check) => check.troubles);
  troubles.push(...names.filter((name) => !covered.has(name)).map((name) => `${name} is under no limit`));
  for (const trouble of troubles) process.stderr.write(`error: ${trouble}\n`);
  if (troubles.length === 0) return;
  process.stderr.write(`    make it smaller, or change ${budget} and say there why\n`);
  process.exitCode = 1;
}

main();
