// Small helpers of the phone's page, and what all of its parts share.

import {icon} from "./icons.js";

export const $ = id => document.getElementById(id);
export const LABELS = {MESSENGER: "Messenger", INSTAGRAM: "Instagram", WHATSAPP: "WhatsApp"};
export const state = {platform: "", account: "", customer: "", data: null, kinds: {}, options: {}, chosen: {}, reply: null};

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.startsWith("aria-") || name.startsWith("data-") || name === "role") node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children.filter(child => child !== null && child !== undefined && child !== ""));
  return node;
}
export const button = (text, onclick, more = {}) => el("button", {type: "button", textContent: text, onclick, ...more});
export const words = kind => kind.replaceAll("_", " ");
export const clockTime = at => new Date(at).toLocaleTimeString([], {hour: "2-digit", minute: "2-digit"});
export const person = () => state.data.customers.find(one => one.id === state.customer);
export const account = () => state.data.accounts.find(one => one.id === state.account);
export const has = kind => kind in (state.kinds[state.platform] || {});

export async function ask(path, body) {
  const response = await fetch(path, body && {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)});
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error || response.status);
  return answer;
}
export function say(text) {
  $("note").textContent = text;
  $("note").hidden = false;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { $("note").hidden = true; }, 5000);
}

// Changes the children to these and leaves alone those that stay: a film goes on playing.
export function settle(parent, nodes) {
  let at = parent.firstChild;
  for (const node of nodes) {
    if (node === at) at = at.nextSibling;
    else parent.insertBefore(node, at);
  }
  while (at) { const next = at.nextSibling; at.remove(); at = next; }
}

// A sheet over the conversation; everything behind it is out of reach until it closes.
const behind = () => [...$("screen").children].filter(one => !["sheet", "note", "veil"].includes(one.id));
export function openSheet(title, ...content) {
  if ($("sheet").hidden) openSheet.from = document.activeElement;
  $("sheet").replaceChildren(el("header", {}, el("h2", {id: "sheet-title", textContent: title}), el("button", {type: "button", className: "close", onclick: closeSheet, "aria-label": "Close"}, icon("close", 18))), ...content);
  $("sheet").hidden = $("veil").hidden = false;
  behind().forEach(one => { one.inert = true; });
  ($("sheet").querySelector("[autofocus], input, textarea") || $("sheet").querySelectorAll("button")[1] || $("sheet").firstChild.lastChild).focus();
}
export function closeSheet() {
  if ($("sheet").hidden) return;
  $("sheet").hidden = $("veil").hidden = true;
  behind().forEach(one => { one.inert = false; });
  if (openSheet.from && openSheet.from.isConnected) openSheet.from.focus();
}
