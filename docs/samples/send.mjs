// Posts what stands in a file to the connector, signed: node send.mjs FILE (Node 18 or newer)
//
// CONNECTOR_WEBHOOK is the address and CONNECTOR_SECRET the secret (whsec_...) that the panel has shown.
import { createHmac, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";

const body = readFileSync(process.argv[2]);
const key = Buffer.from(process.env.CONNECTOR_SECRET.replace(/^whsec_/, ""), "base64");

const id = "msg_" + randomUUID(); // the same whenever this message is sent again
const timestamp = String(Math.floor(Date.now() / 1000)); // of this attempt
const signature = createHmac("sha256", key)
  .update(`${id}.${timestamp}.`).update(body) // the bytes that are sent, not the JSON again
  .digest("base64");

const answer = await fetch(process.env.CONNECTOR_WEBHOOK, {
  method: "POST",
  headers: {
    "Content-Type": "application/json",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": "v1," + signature,
  },
  body,
  signal: AbortSignal.timeout(30_000),
});
console.log(answer.status, await answer.text());
// 429 and 5xx, like no answer at all: send it again later, under the same webhook-id.
process.exitCode = answer.ok ? 0 : 1;
