// The options of a command, as its usage lists them.

import { parseArgs } from "node:util";

/** Ends the command with `message` and its usage. */
export function refuse(usage, message) {
  const [, command] = /^usage: (\S+)/.exec(usage);
  console.error(`${command}: ${message}\n\n${usage}`);
  process.exit(2);
}

/** The values of the options in `defaults`, by name; one whose default is undefined may be missing. */
export function readOptions(usage, defaults) {
  const options = Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, { type: "string", default: value }]));
  let values;
  try {
    ({ values } = parseArgs({ options: { ...options, help: { type: "boolean", default: false } } }));
  } catch (error) {
    refuse(usage, error.message);
  }
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  return values;
}
