// The built site, served by scripts/serve as a user would.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const SERVE = fileURLToPath(new URL("../../../scripts/serve", import.meta.url));
/** The folder under test; another build of the site can be named. */
export const ROOT = process.env.YAKSEARCH_SITE ?? fileURLToPath(new URL("../../../www", import.meta.url));

export const MODEL = "models/yak-e5-small-ko/";
export const CATALOGUE = "data/catalogue.index";
const BUILT = ["pkg/yaksearch.js", "pkg/simd128.wasm", `${MODEL}manifest.json`, CATALOGUE];

/** Starts `scripts/serve` with `args` and gives the process and the address that it prints. */
export async function serve(...args) {
  const child = spawn(SERVE, args, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "exit").then(([code]) => {
    throw new Error(`scripts/serve ${args.join(" ")} ended with ${code} before it printed an address`);
  });
  const [address] = await Promise.race([once(createInterface(child.stdout), "line"), ended]);
  ended.catch(() => {}); // from here on its end is expected
  return { child, address };
}

/** The site on a free port. `stop` ends the server. */
export async function startSite() {
  const missing = BUILT.filter((file) => !existsSync(`${ROOT}/${file}`));
  if (missing.length > 0) throw new Error(`${ROOT} lacks ${missing.join(", ")}: run scripts/build first`);
  const { child, address } = await serve("--port", "0", "--root", ROOT);
  return {
    address,
    async stop() {
      child.kill();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}
