"use strict";
const fs = require("node:fs");
const path = require("node:path");

/** The files of a site, by their paths with "/", sorted; hidden ones are no part of it. */
exports.filesBelow = (folder) =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => path.relative(folder, path.join(entry.parentPath ?? entry.path, entry.name)).split(path.sep).join("/"))
    .sort();
