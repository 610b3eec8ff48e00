// Loaded into Azurite before its own code: keeps the rows of every table in a tree, ordered by partition key and row
// key. Azurite itself looks a row up by scanning its partition, and scans and sorts the whole table for every query,
// so that every stored row makes every call slower. Real Table Storage has this index, and no other.
//
// Answers stay the same, because the tree only offers fewer rows: Azurite's own code still evaluates filters and
// continuation tokens, checks conditions, rolls transactions back, and reads and writes its file.
"use strict";

const { createRequire } = require("node:module");

const azurite = createRequire(process.argv[1]);
const BTree = azurite("sorted-btree").default;
const Store = azurite("./persistence/LokiTableMetadataStore").default;
const parse = azurite("./persistence/QueryInterpreter/QueryParser").default;

const UNPARSED = new Set([undefined, "", "true", "false"]); // filters that Azurite does not parse either
const LOW = new Set(["eq", "ge", "gt"]);
const HIGH = new Set(["eq", "le", "lt"]);

function compare(one, other) {
  if (one.PartitionKey !== other.PartitionKey) return one.PartitionKey < other.PartitionKey ? -1 : 1;
  if (one.RowKey !== other.RowKey) return one.RowKey < other.RowKey ? -1 : 1;
  return 0;
}

// The rows of one table, in place of its LokiJS collection.
class Rows {
  constructor(collection) {
    this.name = collection.name;
    this.dirty = collection.dirty; // tells LokiJS to save; it takes the flag back itself
    this.empty = { ...collection, data: [], binaryIndices: {} };
    this.tree = new BTree(collection.data.map((row) => [row, row]), compare);
  }

  findOne(keys) {
    return this.tree.get(keys) ?? null;
  }

  insert(row) {
    this.tree.set(row, row);
    this.dirty = true;
  }

  update(row) {
    this.insert(row);
  }

  remove(row) {
    this.tree.delete(row);
    this.dirty = true;
  }

  // Yields the rows within the bounds of both keys, in order, beginning at the row that `token` names, if any.
  *between({ PartitionKey: partition, RowKey: row }, token) {
    const single = partition.low === partition.high;
    const first = { PartitionKey: partition.low, RowKey: single ? row.low : "" };
    for (const found of this.tree.keys(compare(first, token) < 0 ? token : first)) {
      if (found.PartitionKey > partition.high || (single && found.RowKey > row.high)) return;
      yield found;
    }
  }

  // What LokiJS writes to the file; Azurite can also load it without this module.
  toJSON() {
    const meta = { revision: 0, created: 0 };
    const data = this.tree.keysArray().map((row, index) => ({ ...row, meta, $loki: index + 1 }));
    return { ...this.empty, data, maxId: data.length };
  }
}

// A query on rows that are already in order; it reads no more of them than are asked for.
class Chain {
  constructor(rows) {
    this.rows = rows;
    this.tests = [];
  }

  where(test) {
    this.tests.push(test);
    return this;
  }

  sort() {
    return this;
  }

  limit(most) {
    this.most = most;
    return this;
  }

  data() {
    const found = [];
    for (const row of this.rows) {
      if (this.tests.every((test) => test(row))) found.push(row);
      if (found.length >= this.most) break;
    }
    return found;
  }
}

// Returns inclusive bounds between which the keys of every match of a filter lie.
function keyBounds(filter) {
  const keys = { PartitionKey: { low: "" }, RowKey: { low: "" } };
  if (!UNPARSED.has(filter)) narrow(keys, parse(filter));
  return keys;
}

function narrow(keys, { name, left, right }) {
  if (name === "and") {
    narrow(keys, left);
    narrow(keys, right);
  } else if (left?.name === "id" && Object.hasOwn(keys, left.identifier) && right.name === "constant") {
    const bounds = keys[left.identifier];
    if (typeof right.value !== "string") return;
    if (LOW.has(name) && right.value > bounds.low) bounds.low = right.value;
    if (HIGH.has(name) && !(right.value >= bounds.high)) bounds.high = right.value;
  }
}

function indexTables(store) {
  const others = [store.TABLES_COLLECTION, store.SERVICES_COLLECTION];
  store.db.collections = store.db.collections.map((collection) =>
    collection instanceof Rows || others.includes(collection.name) ? collection : new Rows(collection),
  );
}

const { loadDB, createCollectionForTable, queryTableEntities } = Store.prototype;

Store.prototype.loadDB = async function () {
  await loadDB.call(this);
  indexTables(this);
};

Store.prototype.createCollectionForTable = function (table) {
  createCollectionForTable.call(this, table);
  indexTables(this);
};

Store.prototype.queryTableEntities = function (context, account, table, options, nextPartition, nextRow) {
  const token = {
    PartitionKey: this.decodeContinuationHeader(nextPartition) ?? "",
    RowKey: this.decodeContinuationHeader(nextRow) ?? "",
  };
  const narrowed = Object.create(this);
  narrowed.getEntityCollection = (...named) => {
    const rows = this.getEntityCollection(...named);
    return { chain: () => new Chain(rows.between(keyBounds(options.filter), token)) };
  };
  return queryTableEntities.call(narrowed, context, account, table, options, nextPartition, nextRow);
};
