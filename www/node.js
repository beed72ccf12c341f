// yaksearch in Node 20 and later: the browser's module, with threads for workers and files for addresses.

import { availableParallelism } from "node:os";
import { pathToFileURL } from "node:url";
import { host } from "./lib/host.js";
import { ThreadWorker } from "./lib/thread-worker.js";

host.spawnWorker = () => new ThreadWorker(new URL("./node-worker.js", import.meta.url));
// What has no scheme is a path, in which "#" and "%" are letters. One letter and a colon are a drive.
host.resolve = (address) =>
  address instanceof URL || /^[a-z][a-z\d+.-]+:/i.test(address) ? new URL(address) : pathToFileURL(address);
host.processors = availableParallelism;

export * from "./yaksearch.js";
