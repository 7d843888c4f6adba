// facebook-nodejs-business-sdk: Meta's own client for Node.
import sdk from "facebook-nodejs-business-sdk";
import { SIM, VERSION, check, expect, hear, world } from "../stage.mjs";

const { FacebookAdsApi, Page, User, WhatsAppBusinessAccount } = sdk;
// The address and the version are constants of the class.
Object.defineProperty(FacebookAdsApi, "GRAPH", { get: () => SIM });
Object.defineProperty(FacebookAdsApi, "VERSION", { get: () => VERSION });
const known = await world();
const agency = known.users.find((user) => user.name === "Agency Person");
const shown = known.pages[0];
const withToken = (token) => FacebookAdsApi.init(token, "en_US", false);

withToken(agency.accessToken);
await check("User.get", async () => expect((await new User("me").get(["id", "name"])).id === agency.id));
await check("User.getAccounts, page by page", async () => {
  let rows = await new User("me").getAccounts(["id", "name"], { limit: 2 });
  let found = rows.length;
  while (rows.hasNext()) {
    rows = await rows.next();
    found += rows.length;
  }
  expect(found === 3, `${found} Pages`);
});
await check("User.getPermissions", async () => {
  const rows = await new User("me").getPermissions(["permission", "status"]);
  expect(rows.some((row) => row.permission === "pages_messaging"), rows);
});
withToken(shown.accessToken);
const page = new Page(shown.id);
await check("Page.createSubscribedApp, getSubscribedApps", async () => {
  await page.createSubscribedApp([], { subscribed_fields: ["messages", "message_echoes"] });
  const [row] = await page.getSubscribedApps([]);
  expect(row.id === process.env.META_APP_ID, row);
});
const { from } = await hear("MESSENGER", { accountId: shown.id, text: "Is this available?" });
await check("Page.createMessage", () =>
  page.createMessage([], { recipient: { id: from }, message: { text: "Yes" }, messaging_type: "RESPONSE" }));
await check("Page.getConversations", async () => {
  const [row] = await page.getConversations(["participants", "messages{message}"], { platform: "messenger" });
  expect(row.messages.data[0].message === "Yes", row);
});
await check("a refusal becomes its error", async () => {
  const error = await page.createMessage([], { recipient: { id: "1" }, message: { text: "hi" } }).catch((it) => it);
  expect(error.response?.code === 100, error);
});
const account = known.businessAccounts[0];
withToken(account.accessToken);
await check("WhatsAppBusinessAccount.getPhoneNumbers", async () => {
  const rows = await new WhatsAppBusinessAccount(account.id).getPhoneNumbers(["id", "verified_name"]);
  expect(rows[0].id === account.phoneNumbers[0].id, rows);
});
