// yaksearch in Node 20 and later: the browser's module, with threads for workers and files for addresses.

import { availableParallelism } from "node:os";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { host } from "./lib/host.js";
import { ThreadWorker } from "./lib/thread-worker.js";

host.spawnWorker = () => new ThreadWorker(new URL("./node-worker.js", import.meta.url));
host.base = () => pathToFileURL(`${process.cwd()}/`).href;
host.processors = availableParallelism;

export * from "./yaksearch.js";
