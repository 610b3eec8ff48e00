// Places, follows and cancels orders and reads the feed, with types that are made from the OpenAPI document.
// Prints what it saw as JSON. The test of the clients checks this program with strict types and runs it.
import { setTimeout as wait } from "node:timers/promises";
import createClient from "openapi-fetch";
import type { components, paths } from "./notifications.js";

type Schemas = components["schemas"];

const { API, TOKEN, PERSON } = process.env;
if (!API || !TOKEN || !PERSON) throw new Error("API, TOKEN and PERSON are needed");
const client = createClient<paths>({ baseUrl: API, headers: { Authorization: `Bearer ${TOKEN}` } });
const deadline = Date.now() + 60_000;

const recipient: Schemas["ChainRecipient"] = {
  recipientPerson: {
    nationalIdentityNumber: PERSON,
    channelSchema: "EmailPreferred",
    emailSettings: { subject: "A letter", body: "Log in to read it." },
    smsSettings: { body: "You have a letter." },
  },
};

async function place(order: Schemas["OrderChain"]): Promise<Schemas["ChainReceiptAnswer"]> {
  const { data, error } = await client.POST("/notifications/api/v1/future/orders", { body: order });
  if (!data) throw new Error(JSON.stringify(error));
  return data;
}

async function follow(id: string): Promise<Schemas["ShipmentAnswer"]> {
  for (;;) {
    const { data, error } = await client.GET("/notifications/api/v1/future/shipment/{id}", { params: { path: { id } } });
    if (!data) throw new Error(JSON.stringify(error));
    if (data.status === "Order_Completed" || Date.now() > deadline) return data;
    await wait(100);
  }
}

async function ended(id: string): Promise<Schemas["FeedEntryAnswer"]> {
  let seq = 0;
  while (Date.now() < deadline) {
    const { data, error } = await client.GET("/notifications/api/v1/future/shipment/feed", { params: { query: { seq } } });
    if (!data) throw new Error(JSON.stringify(error));
    for (const entry of data) {
      seq = entry.sequenceNumber;
      if (entry.shipmentId === id) return entry;
    }
    await wait(100);
  }
  throw new Error(`${id} is not in the feed`);
}

async function cancel(id: string): Promise<Schemas["ChainCancellationAnswer"]> {
  const { data, error } = await client.PUT("/notifications/api/v1/future/orders/{id}/cancel", { params: { path: { id } } });
  if (!data) throw new Error(JSON.stringify(error));
  return data;
}

const { shipmentId } = (await place({ idempotencyId: "typescript-now", recipient })).notification;
const shipment = await follow(shipmentId);
const entry = await ended(shipmentId);
const later = await place({
  idempotencyId: "typescript-later",
  requestedSendTime: "2035-05-02T07:00:00Z",
  recipient,
  reminders: [{ delayDays: 7, recipient }],
});
const chain = await cancel(later.notificationOrderId);
console.log(
  JSON.stringify({
    status: shipment.status,
    results: shipment.recipients.map((each) => each.status),
    feed: entry.status,
    cancelled: chain.shipments.map((each) => each.cancelled),
  }),
);
