// What every program in JavaScript needs: the world, a customer who writes, what the callback got, and a report.

export const SIM = process.env.SIM_URL;
export const HOOK = process.env.HOOK_URL;
export const VERSION = "v25.0";
const PATIENCE = 10_000;

export async function ask(url, body) {
  const options = body === undefined
    ? {}
    : { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } };
  const answer = await fetch(url, options);
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return answer.json();
}

export const world = () => ask(`${SIM}/sim/world`);

// A customer does something: what the control door says, and the webhook that came of it.
export async function hear(platform, about = {}) {
  const before = (await ask(`${HOOK}/received`)).length;
  const said = await ask(`${SIM}/sim/inbound`, { platform, ...about });
  const wanted = said.ids[0].replaceAll("/", "\\/");
  for (const until = Date.now() + PATIENCE; Date.now() < until;) {
    for (const row of (await ask(`${HOOK}/received`)).slice(before)) {
      const body = Buffer.from(row.body, "base64").toString("utf8");
      if (body.includes(wanted)) return { ...said, body, headers: row.headers };
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no webhook about ${JSON.stringify(said)}`);
}

// Do it and say how it went; what it gave, or undefined where it failed.
export async function check(call, act) {
  try {
    const result = await act();
    report(call, true, "");
    return result;
  } catch (error) {
    console.error(error);
    report(call, false, String(error?.message ?? error));
    return undefined;
  }
}

// Say that the program cannot do this against any other host than Meta's.
export const skip = (call, why) => report(call, null, why);

function report(call, ok, note) {
  process.stdout.write(`${JSON.stringify({ call, ok, note: note.replace(/\s+/g, " ").slice(0, 300) })}\n`);
}

export function expect(condition, what = "the answer is not as expected") {
  if (!condition) throw new Error(typeof what === "string" ? what : JSON.stringify(what));
}

// A subscribed number with its token, and a customer who has written just now.
export async function whatsapp() {
  const account = (await world()).businessAccounts[0];
  const number = account.phoneNumbers[0];
  await graph(`${account.id}/subscribed_apps`, account.accessToken);
  const said = await hear("WHATSAPP", { accountId: number.id, text: "Is this available?" });
  return { account, number: number.id, display: number.display, token: account.accessToken, said, customer: said.from };
}

export async function graph(path, token, body = {}) {
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${token}` };
  const answer = await fetch(`${SIM}/${VERSION}/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  return answer.json();
}
