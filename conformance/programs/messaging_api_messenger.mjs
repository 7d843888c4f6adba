// messaging-api-messenger: a client of the Messenger Platform.
import messenger from "messaging-api-messenger";
import { SIM, VERSION, check, expect, graph, hear, world } from "../stage.mjs";

const page = (await world()).pages[0];
const client = new messenger.MessengerClient({
  accessToken: page.accessToken,
  appId: process.env.META_APP_ID,
  appSecret: process.env.META_APP_SECRET,
  version: VERSION.slice(1),
  origin: SIM,
});

await check("getPageInfo", async () => expect((await client.getPageInfo()).id === page.id));
await check("debugToken", async () => expect((await client.debugToken()).type === "PAGE"));
await graph(`${page.id}/subscribed_apps`, page.accessToken, { subscribed_fields: "messages" });
const { from } = await hear("MESSENGER", { accountId: page.id, text: "Is this available?" });
await check("getUserProfile", async () => expect((await client.getUserProfile(from)).id === from));
await check("typingOn, markSeen", async () => {
  expect((await client.typingOn(from)).recipientId === from);
  expect((await client.markSeen(from)).recipientId === from);
});
await check("sendText", async () => expect((await client.sendText(from, "Yes")).messageId.startsWith("m_")));
await check("sendText with quick replies", async () => {
  const quickReplies = [{ contentType: "text", title: "Blue", payload: "BLUE" }];
  expect((await client.sendText(from, "Which one?", { quickReplies })).messageId);
});
await check("sendButtonTemplate", async () => {
  const buttons = [{ type: "postback", title: "Start", payload: "START" }];
  expect((await client.sendButtonTemplate(from, "Shall we?", buttons)).messageId);
});
await check("sendImage: by address", async () => expect((await client.sendImage(from, `${SIM}/a.png`)).messageId));
await check("sendImage: a file", async () => {
  const file = Buffer.from("89504e470d0a1a0a", "hex");
  expect((await client.sendImage(from, file, { filename: "a.png" })).messageId);
});
await check("uploadImage", async () => {
  const { attachmentId } = await client.uploadImage(`${SIM}/a.png`, { isReusable: true });
  expect((await client.sendImage(from, { attachmentId })).messageId);
});
await check("sendBatch", async () => {
  const { MessengerBatch } = messenger;
  const rows = await client.sendBatch([MessengerBatch.sendText(from, "one"), MessengerBatch.sendText(from, "two")]);
  expect(rows.length === 2 && rows.every((row) => row.code === 200), rows);
});
await check("setGetStarted, getGetStarted", async () => {
  await client.setGetStarted("GET_STARTED");
  expect((await client.getGetStarted()).payload === "GET_STARTED");
});
