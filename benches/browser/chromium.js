// The Chromium that is measured.

import { existsSync } from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";

/** Starts the executable `named`, or else chromium on PATH. */
export function launch(named) {
  return chromium.launch({
    executablePath: named || find(),
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"],
  });
}

function find() {
  const folders = (process.env.PATH ?? "").split(path.delimiter);
  const found = folders.map((folder) => path.join(folder, "chromium")).find((file) => existsSync(file));
  if (found === undefined) throw new Error("no chromium on PATH: install it or name it with --chromium");
  return found;
}
