// @great-detail/whatsapp: a client of the WhatsApp Business Platform.
import Client from "@great-detail/whatsapp";
import { SIM, VERSION, check, expect, whatsapp } from "../stage.mjs";

const stage = await whatsapp();
const phoneNumberID = stage.number;
const sdk = new Client({
  prefixUrl: SIM,
  graphVersion: VERSION,
  request: { headers: { Authorization: `Bearer ${stage.token}` } },
});

await check("webhook.register: handshake", async () => {
  const query = { "hub.mode": "subscribe", "hub.challenge": "42", "hub.verify_token": "mine" };
  const asked = await sdk.webhook.register({ method: "GET", query, headers: {} });
  expect(asked.verifyToken === "mine" && asked.accept() === "42");
});
await check("webhook.eventNotification: both signatures", async () => {
  const headers = { ...stage.said.headers };
  const heard = await sdk.webhook.eventNotification({ method: "POST", query: {}, headers, body: stage.said.body });
  const secret = process.env.META_APP_SECRET;
  expect(await heard.signature.sha256.check(secret), "sha256");
  expect(await heard.signature.sha1.check(secret), "sha1");
  expect(!(await heard.signature.sha256.check("guess")), "anything is believed");
});
await check("message.createMessage: text", async () => {
  const sent = await sdk.message.createMessage({ phoneNumberID, to: `+${stage.customer}`, type: "text", text: { body: "Yes" } }).json();
  expect(sent.messages[0].id.startsWith("wamid."), sent);
});
await check("message.createStatus: read", async () => {
  const read = await sdk.message.createStatus({ phoneNumberID, status: "read", messageID: stage.said.ids[0], message_id: stage.said.ids[0] }).json();
  expect(read.success === true, read);
});
await check("media.upload, getURL, download, delete", async () => {
  // A download takes no header from the client: it wants the token each time.
  const headers = { Authorization: `Bearer ${stage.token}` };
  const file = new Blob(["hello"], { type: "text/plain" });
  const { id } = await sdk.media.upload({ phoneNumberID, file, filename: "a.txt", mimeType: "text/plain" }).json();
  const { url } = await sdk.media.getURL({ mediaID: id, phoneNumberID }).json();
  expect((await sdk.media.download({ mediaURL: url, request: { headers } }).text()) === "hello");
  expect((await sdk.media.delete({ mediaID: id, phoneNumberID }).json()).success === true);
});
await check("phoneNumbers.listPhoneNumbers, getPhoneNumber", async () => {
  const { data } = await sdk.phoneNumbers.listPhoneNumbers({ businessAccountID: stage.account.id }).json();
  expect(data[0].id === phoneNumberID, data);
  expect((await sdk.phoneNumbers.getPhoneNumber({ phoneNumberID }).json()).id === phoneNumberID);
});
await check("subscribedApps.createSubscription, listSubscriptions", async () => {
  expect((await sdk.subscribedApps.createSubscription({ businessAccountID: stage.account.id }).json()).success === true);
  const { data } = await sdk.subscribedApps.listSubscriptions({ businessAccountID: stage.account.id }).json();
  expect(data[0].whatsapp_business_api_data.id === process.env.META_APP_ID, data);
});
await check("template.list", async () => {
  const { data } = await sdk.template.list(stage.account.id, {}).json();
  expect(data.some((row) => row.name === "hello_world"), data);
});
await check("whatsappBusinessAccount.get", async () => {
  expect((await sdk.whatsappBusinessAccount.get(stage.account.id).json()).id === stage.account.id);
});
