// A project in a folder of its own, with the packed tarball installed as a user would.

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const HERE = fileURLToPath(new URL(".", import.meta.url));
const ROOT = path.join(HERE, "../..");
const MODEL = "models/yak-e5-small-ko";
const CATALOGUE = "data/catalogue.index";

/** Runs scripts/pack; the tarball's path. */
export async function pack(folder) {
  const { stdout } = await run(path.join(ROOT, "scripts/pack"), [folder]);
  return path.join(folder, stdout.trim().split("\n").at(-1));
}

/** The code blocks of the package's README, by language and in order. */
export async function readmeExamples() {
  const text = await readFile(path.join(ROOT, "npm/README.md"), "utf8");
  const blocks = [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, code]) => ({ language, code }));
  return {
    page: only(blocks, ({ language }) => language === "html"),
    viteConfig: only(blocks, ({ code }) => code.includes("vite.config.js")),
    node: only(blocks, ({ language, code }) => language === "js" && code.includes("a path or an address")),
    search: only(blocks, ({ code }) => code.includes("index.ask")),
    longWork: only(blocks, ({ code }) => code.includes("onTruncation")),
  };
}

function only(blocks, wanted) {
  const found = blocks.filter(wanted);
  if (found.length !== 1) throw new Error(`npm/README.md has ${found.length} examples of ${wanted}`);
  return found[0].code;
}

export class Project {
  constructor(folder) {
    this.folder = folder;
  }

  /** A new project with these files and the package of `tarball`. */
  static async create(tarball, files) {
    const project = new Project(await mkdtemp(path.join(os.tmpdir(), "yaksearch-project-")));
    await project.write("package.json", JSON.stringify({ name: "project", private: true, type: "module" }));
    for (const [name, text] of Object.entries(files)) await project.write(name, text);
    await project.run("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball]);
    return project;
  }

  async write(name, text) {
    const file = path.join(this.folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }

  /** Copies the model to where pages and programs look for it. */
  async addModel(under = "") {
    await cp(path.join(ROOT, MODEL), path.join(this.folder, under, MODEL), { recursive: true });
  }

  /** The built catalogue, likewise. */
  async addCatalogue() {
    await cp(path.join(ROOT, "www", CATALOGUE), path.join(this.folder, CATALOGUE));
  }

  /** A tool that these tests installed: vite, webpack, tsc. */
  tool(name, args) {
    return this.run(path.join(HERE, "node_modules/.bin", name), args);
  }

  /** Runs a command in the project; what it printed, and with an error if it failed. */
  async run(command, args) {
    try {
      return (await run(command, args, { cwd: this.folder })).stdout;
    } catch (error) {
      throw new Error(`${command} ${args.join(" ")} ended with ${error.code}:\n${error.stdout}\n${error.stderr}`);
    }
  }

  async remove() {
    await rm(this.folder, { recursive: true, force: true });
  }
}
