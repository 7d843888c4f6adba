// What the frontend does, in types: it compiles as long as no field that it relies on is renamed or removed.
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

type Integration = components["schemas"]["Integration"];
type Platform = components["schemas"]["Platform"];
type Failure = components["schemas"]["Error"];
type Code = components["schemas"]["ErrorCode"];

const api = createClient<paths>({ baseUrl: "http://localhost:8000" });

/** A failure in words for a person, whatever it was. */
function explain(failure: Failure): string {
  const success: false = failure.success;
  const code: Code = failure.code;
  const wrong = Object.entries(failure.fields ?? {}).map(([name, faults]) => `${name}: ${faults.join(" ")}`);
  return [success, code, failure.message, failure.resolution ?? "", ...wrong].join("\n");
}

export async function logIn(email: string, password: string): Promise<string> {
  const { data, error } = await api.POST("/api/auth/token", { body: { email, password } });
  if (error) throw new Error(explain(error));
  const { accessToken, refreshToken, expiresIn } = data;
  const again = await api.POST("/api/auth/token/refresh", { body: { refreshToken } });
  return again.data?.accessToken ?? `${accessToken} for ${expiresIn} seconds`;
}

export async function whoAmI(): Promise<string[]> {
  const { data, error } = await api.GET("/api/me");
  if (error) throw new Error(explain(error));
  return data.businesses.map(({ id, name, role }) => `${data.user.email} is ${role} of ${name} (${id})`);
}

// --- given: the settings page ---

export async function listIntegrations(): Promise<{ shown: Integration[]; offered: Platform[] }> {
  const { data, error } = await api.GET("/api/integrations", {
    params: { header: { "X-Business-Id": "demo-shop" } },
  });
  if (error) throw new Error(explain(error));
  const success: true = data.success;
  return { shown: success ? data.integrations : [], offered: Object.values(data.platforms) };
}

export function describe(integration: Integration): string {
  const status: "CONNECTED" | "DISCONNECTED" | "ERROR" | "PENDING" = integration.status;
  const masked: (string | null)[] = [
    integration.accessToken,
    integration.refreshToken,
    integration.pageAccessToken,
    integration.webhookSecret,
  ];
  const times: (string | null)[] = [
    integration.tokenExpiresAt,
    integration.lastTestedAt,
    integration.lastErrorAt,
    integration.createdAt,
    integration.updatedAt,
  ];
  const account = [
    integration.platformAccountId,
    integration.platformAccountName,
    integration.platformPageId,
    integration.platformPageName,
  ];
  const lists: string[] = [...integration.permissions, ...integration.features];
  return [
    integration.id,
    integration.businessId,
    integration.platform,
    status,
    integration.webhookUrl,
    integration.webhookSubscribed,
    integration.reconnecting,
    integration.lastError,
    integration.lastErrorCode,
    integration.lastErrorResolution,
    integration.connectionAttempts,
    integration.health,
    JSON.stringify(integration.metadata),
    JSON.stringify(integration.settings),
    ...masked,
    ...times,
    ...account,
    ...lists,
  ].join(" ");
}

export async function connect(returnTo: string): Promise<Integration> {
  const { data, error } = await api.POST("/api/integrations/connect", {
    body: { platform: "INSTAGRAM", flow: "oauth", returnTo },
  });
  if (error) throw new Error(explain(error));
  if (data.authorizationUrl) window.location.assign(data.authorizationUrl);
  console.info(data.message);
  return data.integration;
}

export async function test(id: string): Promise<string> {
  const { data, error } = await api.POST("/api/integrations/{id}/test", { params: { path: { id } } });
  if (error) throw new Error(explain(error));
  const { platform, accountName, webhookActive, tokenValid } = data.details;
  const failing = data.checks.filter((check) => !check.ok).map((check) => check.resolution ?? check.message);
  return [data.success, data.message, platform, accountName, webhookActive, tokenValid, ...failing].join(" ");
}

export async function refresh(id: string): Promise<Date | null> {
  const { data, error } = await api.POST("/api/integrations/{id}/refresh", { params: { path: { id } } });
  if (error) throw new Error(explain(error));
  console.info(data.message);
  return data.expiresAt === null ? null : new Date(data.expiresAt);
}

export async function disconnect(id: string): Promise<string> {
  const { data, error } = await api.DELETE("/api/integrations/{id}", { params: { path: { id } } });
  if (error) throw new Error(explain(error));
  return data.message;
}

// --- connecting, to its end ---

export async function finish(id: string, ticket: string): Promise<Integration> {
  const path = { id };
  const { data, error } = await api.POST("/api/integrations/{id}/finish", { params: { path }, body: { ticket } });
  if (error) throw new Error(explain(error));
  if (data.outcome === "connected") return data.integration;
  const listed = await api.GET("/api/integrations/{id}/accounts", { params: { path } });
  const account = listed.data?.accounts.find((one) => one.selectable);
  if (!account) throw new Error(listed.data?.accounts[0]?.reason ?? "There is no account.");
  const selected = await api.POST("/api/integrations/{id}/select", {
    params: { path },
    body: { accountId: account.accountId, replace: false },
  });
  if (selected.error) throw new Error(explain(selected.error));
  return selected.data.integration;
}

// --- the inbox ---

export async function* everyConversation(): AsyncGenerator<components["schemas"]["Conversation"]> {
  let cursor: string | null | undefined;
  do {
    const { data, error } = await api.GET("/api/conversations", {
      params: { query: { platform: "WHATSAPP", unread: "true", q: "carla", limit: 50, ...(cursor ? { cursor } : {}) } },
    });
    if (error) throw new Error(explain(error));
    yield* data.conversations;
    cursor = data.nextCursor;
  } while (cursor);
}

export function mayWrite(conversation: components["schemas"]["Conversation"]): boolean {
  const { window, channel, contact, lastMessage } = conversation;
  console.info(contact.name ?? contact.username ?? contact.phone, lastMessage?.text, window.closesAt);
  return window.state === "OPEN" && channel.status === "CONNECTED" && window.allowed.includes("TEXT");
}

export async function messagesOf(id: string): Promise<string[]> {
  const { data, error } = await api.GET("/api/conversations/{id}/messages", { params: { path: { id } } });
  if (error) throw new Error(explain(error));
  return data.messages.map((message) => {
    const by = message.author.kind === "CONTACT" ? "customer" : (message.author.name ?? "somebody");
    const failed = message.status === "FAILED" ? message.error?.resolution : null;
    return `${message.sentAt} ${by}: ${message.text} ${message.reactions.map((one) => one.emoji).join("")} ${failed ?? ""}`;
  });
}

export async function reply(id: string, text: string, key: string): Promise<string> {
  const { data, error } = await api.POST("/api/conversations/{id}/messages", {
    params: { path: { id }, header: { "Idempotency-Key": key } },
    body: { type: "TEXT", text },
  });
  if (error) {
    if (error.code === "window_closed") return `Only ${(error.allowed ?? []).join(", ")} may be sent.`;
    throw new Error(explain(error));
  }
  return `${data.message.status}, in ${data.messages.length} parts`;
}

export async function look(id: string): Promise<void> {
  const params = { path: { id } };
  await api.POST("/api/conversations/{id}/read", { params });
  await api.POST("/api/conversations/{id}/typing", { params, body: { on: true } });
  await api.PATCH("/api/conversations/{id}", { params, body: { status: "CLOSED" } });
  await api.POST("/api/messages/{id}/retry", { params, body: { confirm: true } });
}
