// @kapso/whatsapp-cloud-api: a client of the WhatsApp Cloud API with schemas for what it gets.
import { WhatsAppClient } from "@kapso/whatsapp-cloud-api";
import { normalizeWebhook, verifySignature } from "@kapso/whatsapp-cloud-api/server";
import { SIM, VERSION, check, expect, whatsapp } from "../stage.mjs";

const stage = await whatsapp();
const phoneNumberId = stage.number;
const client = new WhatsAppClient({ baseUrl: SIM, graphVersion: VERSION, accessToken: stage.token });

await check("verifySignature, normalizeWebhook", async () => {
  const signatureHeader = stage.said.headers["x-hub-signature-256"];
  expect(verifySignature({ appSecret: process.env.META_APP_SECRET, rawBody: Buffer.from(stage.said.body), signatureHeader }));
  const heard = normalizeWebhook(JSON.parse(stage.said.body));
  expect(heard.phoneNumberId === phoneNumberId && heard.messages[0].text.body === "Is this available?", heard);
});
await check("messages.sendText", async () => {
  const answer = await client.messages.sendText({ phoneNumberId, to: `+${stage.customer}`, body: "Yes" });
  expect(answer.messages[0].id.startsWith("wamid."), answer);
});
await check("messages.sendTemplate", async () => {
  const template = { name: "hello_world", language: { code: "en_US" } };
  expect((await client.messages.sendTemplate({ phoneNumberId, to: `+${stage.customer}`, template })).messages[0].id);
});
await check("messages.markRead", async () => {
  expect((await client.messages.markRead({ phoneNumberId, messageId: stage.said.ids[0] })).success === true);
});
await check("media.upload, get, messages.sendImage", async () => {
  const file = new Blob([Buffer.from("89504e470d0a1a0a", "hex")], { type: "image/png" });
  const { id } = await client.media.upload({ phoneNumberId, type: "image", file, fileName: "a.png" });
  expect((await client.media.get({ mediaId: id, phoneNumberId })).url);
  expect((await client.messages.sendImage({ phoneNumberId, to: `+${stage.customer}`, image: { id } })).messages[0].id);
});
await check("templates.create, list, delete", async () => {
  const businessAccountId = stage.account.id;
  const components = [{ type: "BODY", text: "See you on Monday." }];
  const made = await client.templates.create({
    businessAccountId, name: "appointment", language: "en_US", category: "UTILITY", components,
  });
  expect(made.id, made);
  const { data } = await client.templates.list({ businessAccountId, limit: 50 });
  expect(data.some((row) => row.name === "appointment"), data);
  expect((await client.templates.delete({ businessAccountId, name: "appointment" })).success === true);
});
await check("phoneNumbers.businessProfile", async () => {
  await client.phoneNumbers.businessProfile.update({ phoneNumberId, about: "Bread since 1931" });
  const { data } = await client.phoneNumbers.businessProfile.get({ phoneNumberId });
  expect(data[0].about === "Bread since 1931", data);
});
await check("a refusal becomes its error", async () => {
  const error = await client.messages.sendText({ phoneNumberId, to: "+15550000000", body: "hi" }).catch((it) => it);
  expect(error.code === 131026, error);
});
