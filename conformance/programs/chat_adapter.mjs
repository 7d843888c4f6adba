// @chat-adapter/whatsapp with chat: a bot that answers on WhatsApp.
import { createWhatsAppAdapter } from "@chat-adapter/whatsapp";
import { SIM, VERSION, ask, check, expect, hear, skip, whatsapp } from "../stage.mjs";

const stage = await whatsapp();
const quiet = { debug() {}, info() {}, warn: console.error, error: console.error, child: () => quiet };
const adapter = createWhatsAppAdapter({
  accessToken: stage.token,
  appSecret: process.env.META_APP_SECRET,
  verifyToken: process.env.META_VERIFY_TOKEN,
  phoneNumberId: stage.number,
  apiUrl: SIM,
  apiVersion: VERSION,
  userName: "bot",
  logger: quiet,
});
const heard = [];
const kept = new Map();
const state = {
  get: async (key) => kept.get(key) ?? null,
  set: async (key, value) => void kept.set(key, value),
  delete: async (key) => void kept.delete(key),
  getList: async (key) => kept.get(key) ?? [],
  appendToList: async (key, value) => void kept.set(key, [...(kept.get(key) ?? []), value]),
};
await adapter.initialize({
  processMessage: (_adapter, threadId, message) => heard.push({ threadId, message }),
  processReaction: (event) => heard.push({ reaction: event }),
  processAction: (event) => heard.push({ action: event }),
  getState: () => state,
  getUserName: () => "bot",
  getLogger: () => quiet,
});

async function receive(said) {
  const headers = { "x-hub-signature-256": said.headers["x-hub-signature-256"], "content-type": "application/json" };
  const request = new Request("http://hook.test/", { method: "POST", body: said.body, headers });
  const answer = await adapter.handleWebhook(request);
  expect(answer.status === 200, `${answer.status}`);
  for (let turn = 0; turn < 100 && !heard.length; turn += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  const { message, threadId, ...other } = heard.shift() ?? {};
  return typeof message === "function" ? { message: await message(), threadId } : { message, threadId, ...other };
}

await check("handleWebhook: handshake", async () => {
  const query = new URLSearchParams({
    "hub.mode": "subscribe", "hub.challenge": "42", "hub.verify_token": process.env.META_VERIFY_TOKEN,
  });
  const answer = await adapter.handleWebhook(new Request(`http://hook.test/?${query}`));
  expect((await answer.text()) === "42");
});
const first = await check("handleWebhook: text", async () => {
  const found = await receive(stage.said);
  expect(found.message.text === "Is this available?", found);
  return found;
});
await check("handleWebhook: a wrong signature", async () => {
  const request = new Request("http://hook.test/", { method: "POST", body: stage.said.body, headers: { "x-hub-signature-256": "sha256=00" } });
  expect((await adapter.handleWebhook(request)).status === 401);
});
await check("postMessage", async () => {
  await adapter.postMessage(first.threadId, "Yes");
  const { items } = await ask(`${SIM}/sim/outbox?platform=WHATSAPP`);
  expect(items.some((item) => item.text === "Yes"), items);
});
await check("startTyping", () => adapter.startTyping(first.threadId));
await check("addReaction", async () => {
  await adapter.addReaction(first.threadId, stage.said.ids[0], "👍");
  const { items } = await ask(`${SIM}/sim/outbox?platform=WHATSAPP`);
  expect(items.some((item) => item.kind === "reaction"), items);
});
await check("handleWebhook: image", async () => {
  const { message } = await receive(await hear("WHATSAPP", { accountId: stage.number, kind: "image", caption: "look" }));
  expect(message.attachments[0].type === "image", message);
});
skip("downloadMedia", "it fetches from public https addresses only");
