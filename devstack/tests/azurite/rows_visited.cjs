// node rows_visited.cjs ENTRY ROWS [PRELOAD]
//
// Fills a table of Azurite's store with ROWS rows, half of them in one partition, and prints as JSON how many of
// them each kind of call looks at, in this table and in what is loaded from its file. A row counts when one of its
// keys was read. ENTRY is Azurite's program, PRELOAD a module that is loaded before its own code.
"use strict";

const { createRequire } = require("node:module");

const [, , entry, rows, preload] = process.argv;
process.argv[1] = entry;
if (preload !== undefined) require(preload);
const Store = createRequire(entry)("./persistence/LokiTableMetadataStore").default;

const TABLE = ["rows", "account"];
const CONTEXT = { contextID: "1" };
const seen = new Set();

function entity(PartitionKey, RowKey) {
  return { PartitionKey, RowKey, properties: { PartitionKey, RowKey, Filling: "x" }, lastModifiedTime: "now", eTag: "1" };
}

function watch(row) {
  for (const key of ["PartitionKey", "RowKey"]) {
    const value = row[key];
    Object.defineProperty(row, key, { enumerable: true, get: () => (seen.add(row), value) });
  }
  return row;
}

const keyOf = (number) => String(number).padStart(6, "0");
const token = (text) => Buffer.from(text).toString("base64");

async function rolledBack(store, calls) {
  await store.beginBatchTransaction("batch");
  for (const call of calls) await call();
  await store.endBatchTransaction("account", "rows", "batch", CONTEXT, false);
}

function callsOn(store) {
  const middle = (place) => keyOf(Math.floor(rows / 8) * 2 + 2 * place); // even numbers lie in the large partition
  const query = (filter, top, ...next) => store.queryTableEntities(CONTEXT, "account", "rows", { filter, top }, ...next);
  const within = `PartitionKey eq 'large' and RowKey gt '${middle(0)}' and RowKey lt '${middle(10)}'`;
  const row = (place) => entity("large", middle(place));
  return {
    read: () => store.queryTableEntitiesWithPartitionAndRowKey(CONTEXT, ...TABLE, "large", middle(1)),
    insert: () => store.insertTableEntity(CONTEXT, ...TABLE, entity("large", `${middle(2)}-new`), ""),
    conflict: () => store.insertTableEntity(CONTEXT, ...TABLE, row(3), "").catch(() => {}),
    merge: () => store.insertOrMergeTableEntity(CONTEXT, ...TABLE, row(4), "*", ""),
    replace: () => store.insertOrUpdateTableEntity(CONTEXT, ...TABLE, row(5), "*", ""),
    upsert: () => store.insertOrUpdateTableEntity(CONTEXT, ...TABLE, row(6), undefined, ""),
    delete: () => store.deleteTableEntity(CONTEXT, ...TABLE, "large", middle(7), "*", ""),
    range: () => query(within),
    "first page": () => query("PartitionKey eq 'large'", 10),
    "later page": () => query("PartitionKey eq 'large'", 10, token("large"), token(middle(20))),
    "page of the table": () => query(undefined, 10, token("large"), token(middle(40))),
    rollback: () =>
      rolledBack(store, [
        () => store.insertTableEntity(CONTEXT, ...TABLE, entity("large", `${middle(60)}-new`), "batch"),
        () => store.insertOrMergeTableEntity(CONTEXT, ...TABLE, row(61), "*", "batch"),
        () => store.insertOrUpdateTableEntity(CONTEXT, ...TABLE, row(62), "*", "batch"),
        () => store.deleteTableEntity(CONTEXT, ...TABLE, "large", middle(63), "*", "batch"),
      ]),
  };
}

async function filled() {
  const store = new Store("unused", true);
  await store.init();
  await store.createTable(CONTEXT, { account: "account", table: "rows" });
  for (let number = 0; number < rows; number += 1) {
    const partition = number % 2 === 0 ? "large" : `small-${keyOf(number - (number % 100))}`;
    await store.insertTableEntity(CONTEXT, ...TABLE, watch(entity(partition, keyOf(number))), "");
  }
  return store;
}

async function loaded(text) {
  const store = new Store(__filename, true); // it asks only whether this file exists: its file system is in memory
  const { db } = store;
  await new Promise((done) => db.persistenceAdapter.saveDatabase(__filename, text, done));
  const load = db.loadJSONObject;
  db.loadJSONObject = function (content, ...options) {
    content.collections.find(({ name }) => name === "account$rows").data.forEach(watch);
    load.call(this, content, ...options);
  };
  await store.init();
  return store;
}

async function visits(store) {
  const visited = {};
  for (const [kind, call] of Object.entries(callsOn(store))) {
    seen.clear();
    await call();
    visited[kind] = seen.size;
  }
  return visited;
}

async function main() {
  const store = await filled();
  const text = store.db.serialize();
  console.log(JSON.stringify({ filled: await visits(store), loaded: await visits(await loaded(text)) }));
}

main();
