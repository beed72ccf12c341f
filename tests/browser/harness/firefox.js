// Firefox, driven by geckodriver: WebDriver over plain requests. Playwright drives its own build of Firefox alone.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import zlib from "node:zlib";

/** For one step of a page; loading a model on a slow machine is one. */
const TIMEOUT_MS = 90_000;
/**
 * Upon this signal, SIGRTMIN + 1 of glibc, Firefox collects all garbage and writes about:memory's report into its folder
 * for temporary files.
 */
const MINIMIZE_AND_REPORT = 35;
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf"; // WebDriver's own name for a reference to an element

export const KEYS = { enter: "\uE007", escape: "\uE00C", down: "\uE015" };

/** A Firefox with one empty window; `prefs` are settings of about:config. */
export async function launchFirefox({ prefs = {} } = {}) {
  const temporary = await mkdtemp(path.join(os.tmpdir(), "firefox-"));
  const driver = spawn(process.env.GECKODRIVER ?? "geckodriver", ["--port", "0", "--websocket-port", "0"], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, TMPDIR: temporary },
  });
  const failed = once(driver, "error").then(() => {
    throw new Error("no geckodriver on PATH: run scripts/setup, and these tests through scripts/test page");
  });
  const address = await Promise.race([addressOf(driver), failed]);
  failed.catch(() => {});
  const options = { args: ["-headless"], prefs };
  if (process.env.FIREFOX) options.binary = process.env.FIREFOX;
  const timeouts = { script: TIMEOUT_MS };
  const capabilities = { alwaysMatch: { browserName: "firefox", timeouts, "moz:firefoxOptions": options } };
  try {
    const { sessionId, capabilities: given } = await ask(`${address}/session`, "POST", { capabilities });
    return new Firefox(`${address}/session/${sessionId}`, driver, { temporary, process: given["moz:processID"] });
  } catch (error) {
    driver.kill();
    throw error;
  }
}

async function addressOf(driver) {
  for await (const line of createInterface(driver.stdout)) {
    const [, address] = /Listening on (\S+)/.exec(line) ?? [];
    if (address !== undefined) return `http://${address}`;
  }
  throw new Error("geckodriver ended before it listened");
}

async function ask(url, method, body) {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`geckodriver, ${method} ${url}: ${value.error}: ${value.message}`);
  return value;
}

class Firefox {
  #session;
  #driver;
  #temporary;
  #process;

  constructor(session, driver, { temporary, process }) {
    this.#session = session;
    this.#driver = driver;
    this.#temporary = temporary;
    this.#process = process;
  }

  goto(url) {
    return this.#post("url", { url });
  }

  /** As a person does it: WebDriver's own command passes service workers by. */
  async reload() {
    await this.evaluate(() => {
      document.documentElement.dataset.old = "";
      setTimeout(() => location.reload());
    });
    await this.until(() => document.documentElement.dataset.old === undefined && document.readyState === "complete");
  }

  /** What `code`, a function, gives or promises in the page; `args` are its arguments. */
  evaluate(code, ...args) {
    return this.#post("execute/sync", { script: `return (${code})(...arguments)`, args });
  }

  /** Resolves with the first value of `code` that counts as true. */
  async until(code, ...args) {
    const deadline = Date.now() + TIMEOUT_MS;
    for (;;) {
      const value = await this.evaluate(code, ...args);
      if (value) return value;
      if (Date.now() > deadline) throw new Error(`never true: (${code})(${JSON.stringify(args).slice(1, -1)})`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Resolves when `text` is seen in the page. */
  untilSeen(text) {
    return this.until((text) => document.body.innerText.includes(text), text);
  }

  async click(selector) {
    await this.#post(`element/${await this.#find(selector)}/click`, {});
  }

  /** Types `text` key by key; into a file input, the path of a file. */
  async type(selector, text) {
    await this.#post(`element/${await this.#find(selector)}/value`, { text });
  }

  /** Types into whatever has the focus. */
  async press(key) {
    const actions = [
      { type: "keyDown", value: key },
      { type: "keyUp", value: key },
    ];
    await this.#post("actions", { actions: [{ type: "key", id: "keyboard", actions }] });
  }

  /** The frame that `selector` finds is what the next calls are about. */
  async enterFrame(selector) {
    await this.#post("frame", { id: { [ELEMENT]: await this.#find(selector) } });
  }

  /** A picture of the window, as PNG. */
  async screenshot() {
    return Buffer.from(await ask(`${this.#session}/screenshot`, "GET"), "base64");
  }

  /** Bytes that the processes of pages hold when all garbage is collected: the trees "explicit" of about:memory. Linux alone. */
  async pageBytes() {
    process.kill(this.#process, MINIMIZE_AND_REPORT);
    const deadline = Date.now() + TIMEOUT_MS;
    for (;;) {
      const name = (await readdir(this.#temporary)).find((name) => name.startsWith("unified-memory-report-"));
      if (name !== undefined) {
        const file = path.join(this.#temporary, name);
        const { reports } = JSON.parse(await promisify(zlib.gunzip)(await readFile(file)));
        await rm(file);
        const counted = reports.filter(({ path, process }) => path.startsWith("explicit/") && process.startsWith("web"));
        return counted.reduce((sum, { amount }) => sum + amount, 0);
      }
      if (Date.now() > deadline) throw new Error("Firefox wrote no report on its memory");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async close() {
    await ask(this.#session, "DELETE");
    this.#driver.kill();
    if (this.#driver.exitCode === null) await once(this.#driver, "exit");
    await rm(this.#temporary, { recursive: true, force: true });
  }

  #post(path, body) {
    return ask(`${this.#session}/${path}`, "POST", body);
  }

  async #find(selector) {
    return (await this.#post("element", { using: "css selector", value: selector }))[ELEMENT];
  }
}
