// Loaded into Azurite by the bench, before its own code: writes method and address of every call into the file that
// TABLE_LOG names. Azurite's own access log writes each call by itself, which took a fifth of the time of a call.
"use strict";

const { subscribe } = require("node:diagnostics_channel");
const { createWriteStream } = require("node:fs");

const WRITE_AFTER_MS = 20; // many calls share a write

const log = createWriteStream(process.env.TABLE_LOG, { flags: "a" });
let calls = [];

function write() {
  log.write(calls.join(""));
  calls = [];
}

subscribe("http.server.request.start", ({ request }) => {
  if (calls.push(`${request.method} ${request.url}\n`) === 1) setTimeout(write, WRITE_AFTER_MS);
});
