// Takes the calls of a webhook: verifies each and prints it once, however often it is sent.
//
//     npx tsc webhook_receiver.ts && WEBHOOK_SECRET=whsec_... PORT=8090 node webhook_receiver.js
//
// It needs no package. The npm package `standardwebhooks` does the same as `isSigned`. During a rotation give both
// secrets, with a comma between them. A real receiver keeps the numbers it knows in its database.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";

interface Entry {
  sequenceNumber: number;
  shipmentId: string;
  sendersReference?: string;
  status: string;
}
interface WebhookEvent {
  type: string;
  timestamp: string;
  data: Entry;
}

const TOLERANCE_SECONDS = 300;
const secrets = (process.env["WEBHOOK_SECRET"] ?? "").split(",");
const known = new Set<number>();

function isSigned(body: Buffer, headers: IncomingHttpHeaders): boolean {
  const id = String(headers["webhook-id"]);
  const timestamp = String(headers["webhook-timestamp"]);
  const age = Math.abs(Date.now() / 1000 - Number(timestamp));
  if (!(age <= TOLERANCE_SECONDS)) return false; // an old call that somebody sends again
  const given = String(headers["webhook-signature"]).split(" ");
  return secrets.some((secret) => {
    const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
    const expected = Buffer.from("v1," + createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64"));
    return given.some((each) => {
      const signature = Buffer.from(each);
      return signature.length === expected.length && timingSafeEqual(signature, expected);
    });
  });
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

const server = createServer(async (request, response) => {
  const body = await bodyOf(request);
  if (!isSigned(body, request.headers)) {
    response.writeHead(401).end();
    return;
  }
  const event = JSON.parse(body.toString("utf8")) as WebhookEvent;
  if (event.type.startsWith("shipment.")) {
    const again = known.has(event.data.sequenceNumber);
    known.add(event.data.sequenceNumber);
    console.log(`${event.data.sequenceNumber} ${event.data.status}${again ? " (again)" : ""}`);
  }
  response.writeHead(204).end();
});
server.listen(Number(process.env["PORT"] ?? 8090), "127.0.0.1", () => {
  const address = server.address();
  if (address !== null && typeof address === "object") console.log(`listening on http://127.0.0.1:${address.port}/`);
});
