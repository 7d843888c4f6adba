// whatsapp-api-js: a client of the WhatsApp Cloud API. Its host is fixed, but the fetch that it uses can be given to it.
import { WhatsAppAPI } from "whatsapp-api-js";
import { ActionButtons, Body, Button, Interactive, Text } from "whatsapp-api-js/messages";
import { SIM, VERSION, check, expect, hear, whatsapp } from "../stage.mjs";

const stage = await whatsapp();
const client = new WhatsAppAPI({
  token: stage.token,
  appSecret: process.env.META_APP_SECRET,
  webhookVerifyToken: process.env.META_VERIFY_TOKEN,
  v: VERSION,
  ponyfill: { fetch: (url, options) => fetch(String(url).replace("https://graph.facebook.com", SIM), options) },
});

const receive = (said) => client.post(JSON.parse(said.body), said.body, said.headers["x-hub-signature-256"]);

await check("get: handshake", async () => {
  const asked = { "hub.mode": "subscribe", "hub.challenge": "42", "hub.verify_token": process.env.META_VERIFY_TOKEN };
  expect((await client.get(asked)) === "42");
});
await check("post: text", async () => {
  let heard;
  client.on.message = ({ message }) => { heard = message; };
  await receive(stage.said);
  expect(heard.text.body === "Is this available?", heard);
});
await check("post: a wrong signature", async () => {
  const wrong = { ...stage.said, body: `${stage.said.body} ` };
  const refused = await receive(wrong).then(() => false, () => true);
  expect(refused);
});
await check("sendMessage: text", async () => {
  const answer = await client.sendMessage(stage.number, stage.customer, new Text("Yes"));
  expect(answer.messages?.[0].id.startsWith("wamid."), answer);
});
await check("sendMessage: buttons", async () => {
  const buttons = new ActionButtons(new Button("yes", "Yes"), new Button("no", "No"));
  const answer = await client.sendMessage(stage.number, stage.customer, new Interactive(buttons, new Body("Shall we?")));
  expect(answer.messages?.[0].id, answer);
});
await check("markAsRead", async () => {
  expect((await client.markAsRead(stage.number, stage.said.ids[0], "text")).success === true);
});
await check("uploadMedia, retrieveMedia, fetchMedia", async () => {
  const form = new FormData();
  form.set("file", new Blob(["hello"], { type: "text/plain" }), "a.txt");
  const { id } = await client.uploadMedia(stage.number, form);
  const { url } = await client.retrieveMedia(id, stage.number);
  expect((await (await client.fetchMedia(url)).text()) === "hello");
});
await check("post: status", async () => {
  let heard;
  client.on.status = (args) => { heard = args; };
  await receive(await hear("WHATSAPP", { accountId: stage.number, kind: "read" }));
  expect(heard.status === "read", heard);
});
