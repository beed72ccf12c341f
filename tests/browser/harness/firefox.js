// Firefox, driven by geckodriver: WebDriver over plain requests. Playwright drives its own build of Firefox alone.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** For one step of a page; loading a model on a slow machine is one. */
const TIMEOUT_MS = 90_000;
const ELEMENT = "element-6066-11e4-a52e-4f735466cecf"; // WebDriver's own name for a reference to an element

export const KEYS = { enter: "\uE007", escape: "\uE00C", down: "\uE015" };

/** A Firefox with one empty window; `prefs` are settings of about:config. */
export async function launchFirefox({ prefs = {} } = {}) {
  const driver = spawn(process.env.GECKODRIVER ?? "geckodriver", ["--port", "0", "--websocket-port", "0"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const failed = once(driver, "error").then(() => {
    throw new Error("no geckodriver on PATH: run scripts/setup, and these tests through scripts/test page");
  });
  const address = await Promise.race([addressOf(driver), failed]);
  failed.catch(() => {});
  const options = { args: ["-headless"], prefs };
  if (process.env.FIREFOX) options.binary = process.env.FIREFOX;
  const capabilities = { alwaysMatch: { browserName: "firefox", "moz:firefoxOptions": options } };
  try {
    const { sessionId } = await ask(`${address}/session`, "POST", { capabilities });
    return new Firefox(`${address}/session/${sessionId}`, driver);
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

  constructor(session, driver) {
    this.#session = session;
    this.#driver = driver;
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

  /** What `code`, a function, gives in the page; `args` are its arguments. */
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

  async close() {
    await ask(this.#session, "DELETE");
    this.#driver.kill();
    if (this.#driver.exitCode === null) await once(this.#driver, "exit");
  }

  #post(path, body) {
    return ask(`${this.#session}/${path}`, "POST", body);
  }

  async #find(selector) {
    return (await this.#post("element", { using: "css selector", value: selector }))[ELEMENT];
  }
}
