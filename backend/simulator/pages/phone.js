// The customer's phone: whose it is, what was said, and what to write.

import {act, askFlow, askList, askLocation, hooks, sendFile, setReply, taken, voice} from "./acts.js";
import {bubble} from "./bubbles.js";
import {$, LABELS, account, ask, button, clockTime, closeSheet, el, person, say, settle, state, words} from "./dom.js";
import {icon} from "./icons.js";
import {openMenu, openMessage} from "./menu.js";

// The panel

function choose(platform) {
  const first = state.data.accounts.find(one => one.platform === platform);
  go({platform, account: first ? first.id : "", customer: ""});
}
function go(place) {
  Object.assign(state, place);
  setReply(null);
  drawOptions();
  refresh();
}
function remember() {
  history.replaceState(null, "", `#${[state.platform, state.account, state.customer].map(encodeURIComponent).join("/")}`);
}
function drawPanel() {
  document.body.className = state.platform;
  settle($("platforms"), Object.keys(LABELS).map(name => kept(`tab ${name}`, name === state.platform, () => button(LABELS[name], () => choose(name), {"aria-pressed": String(name === state.platform)}))));
  const here = state.data.accounts.filter(one => one.platform === state.platform);
  if (document.activeElement !== $("accounts")) settle($("accounts"), here.map(one => kept(`account ${one.id}`, [one.connected, one.name], () => el("option", {value: one.id, textContent: `${one.connected ? "● " : "○ "}${one.owner}: ${one.name}`}))));
  $("accounts").value = state.account;
  settle($("people"), state.data.customers.map(one => kept(`person ${one.accountId}/${one.id}`, [one, one.id === state.customer], () => personRow(one))));
  drawUnconnected();
  $("now").textContent = new Date(state.data.now).toLocaleString([], {weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit"});
}
function personRow(one) {
  const about = one.last || (one.username ? `@${one.username}` : one.platform === "WHATSAPP" ? `+${one.id}` : one.id);
  return el("button", {type: "button", className: "person", "aria-pressed": String(one.id === state.customer), onclick: () => { $("panel").classList.remove("open"); go({customer: one.id}); }},
    el("img", {src: `/sim/picture/${one.accountId}/${one.id}.svg`, alt: ""}), el("span", {}, el("b", {textContent: one.name}), el("small", {textContent: about})), one.unread ? el("i", {textContent: one.unread, title: "not read yet"}) : "");
}
function drawUnconnected() {
  const one = account(), none = !state.data.accounts.some(row => row.connected);
  $("unconnected").hidden = Boolean(one && one.connected);
  if ($("unconnected").hidden) return;
  settle($("unconnected"), [kept("unconnected", [none, state.platform], () => el("div", {},
    el("p", {}, el("b", {textContent: none ? "No business is connected yet." : "This account is not connected."})),
    el("p", {textContent: "You can write all the same: messages are kept here, but they reach nobody."}),
    el("ol", {}, el("li", {textContent: "Sign in to the product as the owner of a business."}), el("li", {textContent: `Connect ${LABELS[state.platform]} there.`}), el("li", {textContent: "The account shows a filled dot here; write to it."}))))]);
}
function drawOptions() {
  const options = state.options[state.platform] || {};
  state.chosen = Object.fromEntries(Object.entries(state.chosen).filter(([name, value]) => (options[name] || []).includes(value)));
  $("options").replaceChildren(...Object.entries(options).map(([name, values]) => el("label", {}, name, el("select", {onchange: event => { state.chosen[name] = event.target.value; if (event.target.value === values[0]) delete state.chosen[name]; }},
    ...values.map((value, place) => el("option", {value, textContent: place ? value : `${value} (usual)`, selected: state.chosen[name] === value}))))));
}

// The conversation

const cache = new Map();
function kept(name, about, make) {
  const key = JSON.stringify(about), former = cache.get(name);
  if (former && former.key === key) return former.node;
  const node = make();
  cache.set(name, {key, node});
  return node;
}
const on = {
  tap: (message, one) => act(one.kind, {title: one.title, payload: one.payload, messageId: message.id, ...(state.platform === "WHATSAPP" ? {replyTo: message.id} : {})}),
  list: askList,
  flow: askFlow,
  location: message => askLocation(state.platform === "WHATSAPP" ? {replyTo: message.id} : {}),
  copy: async code => { try { await navigator.clipboard.writeText(code); say(`Copied ${code}`); } catch { say(`The code is ${code}`); } },
  more: openMessage,
  react: (message, emoji) => message.reacted.customer === emoji ? act("unreact", {messageId: message.id}) : act("reaction", {messageId: message.id, emoji}),
  unreact: message => act("unreact", {messageId: message.id}),
  played: message => { if (state.platform === "WHATSAPP" && !message.inbound && message.status !== "played") act("played", {messageId: message.id}); },
};
function drawHead() {
  const one = account();
  $("time").textContent = clockTime(state.data.now);
  $("label").textContent = LABELS[state.platform];
  $("name").textContent = one ? one.name : "";
  $("about").textContent = state.data.typing ? "is writing …" : person() ? `to ${person().name}` : "";
  const face = one ? `/sim/picture/${one.id}.svg` : "";
  if ($("face").getAttribute("src") !== face) $("face").src = face;
}
function drawTalk() {
  const {messages, typing} = state.data, talk = $("talk"), place = `${state.account}/${state.customer}`;
  const isNew = drawTalk.last !== messages.at(-1)?.id || drawTalk.typing !== typing;
  const rows = messages.flatMap((message, index) => {
    const before = messages[index - 1], day = new Date(message.at).toDateString(), isNewDay = !before || day !== new Date(before.at).toDateString();
    const isTurn = Boolean(before) && before.inbound !== message.inbound, quoted = message.replyTo && messages.find(one => one.id === message.replyTo)?.text;
    const row = kept(`message ${message.id}`, [message, isTurn, quoted], () => bubble(message, messages, isTurn, on));
    return isNewDay ? [kept(`day ${place} ${day}`, day, () => el("div", {className: "day", textContent: day})), row] : [row];
  });
  if (!messages.length) rows.push(kept("empty", place, () => el("div", {className: "empty", textContent: person() ? `${person().name} has not written yet. Say hello.` : "Choose who you are."})));
  const chips = chipsBelow(messages.at(-1));
  if (chips) rows.push(chips);
  if (typing) rows.push(kept("dots", 0, () => el("div", {className: "dots", role: "img", "aria-label": "The business is writing"}, el("i"), el("i"), el("i"))));
  settle(talk, rows);
  if (drawTalk.place !== place || (isNew && messages.at(-1)?.inbound)) drawTalk.pinned = true;
  toEnd();
  Object.assign(drawTalk, {place, typing, last: messages.at(-1)?.id});
}
// Pictures come late: whoever was at the end stays there.
function toEnd() { if (drawTalk.pinned) $("talk").scrollTop = $("talk").scrollHeight; }
// Quick replies stand below the newest message only, and go when something is said.
function chipsBelow(message) {
  const chips = message && !message.inbound && !message.detail.template ? (message.detail.buttons || []).filter(one => one.kind === "quick_reply") : [];
  return chips.length ? kept(`chips ${message.id}`, chips, () => el("div", {className: "chips", role: "group", "aria-label": "Quick replies"}, ...chips.map(one => button(one.title, () => on.tap(message, one))))) : null;
}
async function look() {
  const unread = state.data.messages.some(one => !one.inbound && one.status !== "read" && one.status !== "played" && !one.detail.by);
  if (unread && $("receipts").checked && !document.hidden) await act("read");
}
async function refresh() {
  const {account: accountId, customer: customerId} = state;
  const data = await ask(`/sim/phone?${new URLSearchParams({accountId, customerId})}`);
  if (accountId !== state.account || customerId !== state.customer) return;
  state.data = data;
  if (!state.platform || !account()) { const first = data.accounts.find(one => !state.platform || one.platform === state.platform) || data.accounts[0]; Object.assign(state, {platform: first.platform, account: first.id, customer: ""}); drawOptions(); return refresh(); }
  if (!person() && data.customers.length) { state.customer = data.customers[0].id; return refresh(); }
  remember();
  drawPanel(); drawHead(); drawTalk();
}
hooks.refresh = refresh;

// Hands

document.querySelectorAll("[data-icon]").forEach(one => one.append(icon(one.dataset.icon)));
document.querySelectorAll("[data-skip]").forEach(one => { one.onclick = async () => { await ask("/sim/clock", {advanceSeconds: Number(one.dataset.skip)}); refresh(); }; });
$("accounts").onchange = event => { const {value} = event.target; event.target.blur(); go({account: value, customer: ""}); };
$("panel-button").onclick = () => { $("panel").classList.add("open"); $("platforms").querySelector("button").focus(); };
document.addEventListener("pointerdown", event => { if (!$("panel").contains(event.target) && event.target.closest("#panel-button") === null) $("panel").classList.remove("open"); });
document.addEventListener("keydown", event => { if (event.key === "Escape") { closeSheet(); $("panel").classList.remove("open"); } });
$("veil").onclick = closeSheet;
$("plus").onclick = openMenu;
$("voice").onclick = voice;
$("text").oninput = () => { $("text").style.height = "auto"; $("text").style.height = `${$("text").scrollHeight + 2}px`; };
$("text").onkeydown = event => { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); $("write").requestSubmit(); } };
$("write").onsubmit = event => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (!text) return;
  $("text").value = "";
  $("text").oninput();
  act("text", {text, ...taken()});
};
$("add").onsubmit = async event => {
  event.preventDefault();
  const input = event.target.querySelector("input"), name = input.value.trim();
  if (!name) return;
  input.value = "";
  const digits = String(Math.floor(1e9 + Math.random() * 9e9));
  state.customer = state.platform === "WHATSAPP" ? `1${digits}` : digits + digits.slice(0, 6);
  await act("text", {name, text: "Hello!"});
};
for (const name of ["load", "loadedmetadata"]) $("talk").addEventListener(name, toEnd, true);
$("talk").onscroll = () => { drawTalk.pinned = $("talk").scrollHeight - $("talk").scrollTop - $("talk").clientHeight < 60; };
new ResizeObserver(toEnd).observe($("talk"));
const screen = $("screen");
screen.ondragover = event => { event.preventDefault(); screen.classList.add("drop"); };
screen.ondragleave = () => screen.classList.remove("drop");
screen.ondrop = event => { event.preventDefault(); screen.classList.remove("drop"); for (const file of event.dataTransfer.files) sendFile(file); };
$("text").onpaste = event => { const file = event.clipboardData.files[0]; if (file) { event.preventDefault(); sendFile(file); } };

async function begin() {
  try { Object.assign(state, await ask("/sim/kinds")); } catch { return setTimeout(begin, 1000); }
  const [platform = "", accountId = "", customer = ""] = location.hash.slice(1).split("/").map(decodeURIComponent);
  Object.assign(state, {platform: platform in LABELS ? platform : "", account: accountId, customer});
  drawOptions();
  for (;;) {
    try { await refresh(); await look(); } catch (error) { say(error instanceof TypeError && !/fetch/i.test(error.message) ? `The page has a fault: ${error.message}` : "The simulator does not answer."); }
    await new Promise(done => setTimeout(done, 1000));
  }
}
begin();
