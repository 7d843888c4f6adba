// How a message looks to the customer.

import {button, clockTime, el, state, words} from "./dom.js";
import {emojiNode, icon} from "./icons.js";

export const ICONS = {image: "photo", images: "photo", video: "film", audio: "note", voice: "mic", document: "file", sticker: "sticker", animated_sticker: "sticker", sticker_before: "sticker", sticker_twice: "sticker", like: "heart",
  like_heart: "heart", location: "pin", contacts: "person", order: "cart", postback: "tap", quick_reply: "tap", button_reply: "tap", list_reply: "list", referral: "link", link: "link", link_before: "link", post: "photo", share: "forward", reel: "film",
  media_share: "forward", story: "story", story_reply: "story", story_mention: "at", product: "tag", product_inquiry: "tag", advertisement: "tag", flow_reply: "form", flow_reply_broken: "form", address_reply: "form", forward: "forward",
  frequent_forward: "forward", view_once: "once", ephemeral: "clock", unavailable: "warning", unsupported: "warning", unsupported_type: "warning", lost_media: "warning", appointment: "calendar", command: "tap", unknown: "help", reaction: "heart"};
const PLACEHOLDERS = {unsupported: "Something that the business cannot see here", view_once: "A photo to be seen once", unavailable: "Seen in the business's app only", ephemeral: "A message that vanishes",
  lost_media: "A photo that got lost", unknown: "Something new"};
const BARE = ["sticker", "sticker_before", "sticker_twice", "animated_sticker", "like", "like_heart"];
const LINK = /(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]'])/g;
const MARKS = [[/```([^`]+)```/, "code"], [/`([^`\n]+)`/, "code"], [/(?<![\w*])\*([^*\n]+)\*(?![\w*])/, "b"], [/(?<![\w_])_([^_\n]+)_(?![\w_])/, "i"], [/(?<![\w~])~([^~\n]+)~(?![\w~])/, "s"]];

export function size(bytes) { return bytes >= 1048576 ? `${(bytes / 1048576).toFixed(1)} MB` : bytes >= 1024 ? `${Math.round(bytes / 1024)} KB` : `${bytes} bytes`; }

// Words with their links; on WhatsApp also with its bold, italic, struck out and fixed letters.
export function rich(text) {
  return text.split(LINK).flatMap((part, place) => place % 2 ? [anchor(part, part)] : marked(part));
}
function marked(text) {
  if (state.platform !== "WHATSAPP") return [text];
  for (const [pattern, tag] of MARKS) {
    const found = pattern.exec(text);
    if (found) return [...marked(text.slice(0, found.index)), el(tag, {}, ...(tag === "code" ? [found[1]] : marked(found[1]))), ...marked(text.slice(found.index + found[0].length))];
  }
  return [text];
}
// Whatever an address is made of, a tap on it never runs anything here.
const anchor = (href, ...content) => el("a", {href: /^(https?:|\/)/i.test(href) ? href : "#", target: "_blank", rel: "noopener noreferrer"}, ...content);
const two = (first, second) => el("span", {}, el("strong", {textContent: first}), second ? el("small", {textContent: second}) : "");

// A picture that cannot be had leaves a drawing in its place.
function image(url, alt, className = "") {
  const node = el("img", {alt, className, loading: "lazy"});
  node.onerror = () => node.replaceWith(el("span", {className: "lost", role: "img", "aria-label": alt || "Picture", title: url}, icon("photo", 40)));
  node.src = url;
  return node;
}
function picture(url, className = "") { return anchor(url, image(url, className === "sticker" ? "Sticker" : "Picture", className)); }
function film(url) { return el("video", {src: url, controls: true, preload: "metadata"}); }
function sound(message, url, medium, on) {
  const player = el("audio", {src: url, controls: true, preload: "metadata"});
  player.addEventListener("play", () => on.played(message), {once: true});
  return el("div", {className: "sound"}, el("b", {title: medium === "voice" ? "Voice message" : "Audio"}, icon(ICONS[medium], 24)), player);
}
function paper(url, detail) {
  const about = [detail.size ? size(detail.size) : "", (detail.mimeType || "").split(";")[0]].filter(Boolean).join(" · ");
  const node = anchor(url, el("b", {}, icon("file", 28)), two(detail.name || url.split("/").pop().split("?")[0] || "File", about || "Open the file"));
  node.className = "file";
  return node;
}
function place(detail, text) {
  const lat = Number(detail.lat ?? detail.latitude), long = Number(detail.long ?? detail.longitude), where = `${lat.toFixed(5)}, ${long.toFixed(5)}`;
  const card = anchor(`https://www.openstreetmap.org/?mlat=${lat}&mlon=${long}#map=16/${lat}/${long}`, map(lat, long), two(text || detail.name || "Location", [detail.address, where].filter(Boolean).join(" · ")));
  card.className = "place";
  return card;
}
// A sketch of streets around a pin: nothing is fetched from anywhere.
function map(lat, long) {
  const turn = Math.round((lat * 37 + long * 53) % 24), shift = Math.round(Math.abs(lat * 91) % 30);
  const frame = el("div");
  frame.innerHTML = `<svg viewBox="0 0 300 96" preserveAspectRatio="xMidYMid slice" aria-hidden="true"><rect width="300" height="96" fill="#dfe8d8"/><g transform="rotate(${turn} 150 48)" stroke="#fff" stroke-width="7"><path d="M-40 ${20 + shift}H340M-40 ${70 + shift / 2}H340M${60 + shift} -60V160M${150 - shift} -60V160M${230 + shift} -60V160"/><path stroke="#f6d98b" stroke-width="9" d="M-40 ${-10 + shift}L340 ${110 - shift}"/></g><path d="M150 62c-9-12-15-19-15-27a15 15 0 0 1 30 0c0 8-6 15-15 27z" fill="#e5484d"/><circle cx="150" cy="34" r="5.5" fill="#fff"/></svg>`;
  return frame.firstChild;
}
function card(one) {
  return el("div", {className: "person-card"}, el("b", {}, icon("person", 28)), two(one.name, [...(one.phones || []), ...(one.emails || []), one.company].filter(Boolean).join(" · ")));
}
function linkCard(one, above) {
  const node = one.url ? anchor(one.url, two(one.title, `${above}${host(one.url)}`)) : el("div", {}, two(one.title, above));
  node.className = "link";
  return node;
}
const host = url => { try { return new URL(url).host; } catch { return url; } };

function medium(message, on) {
  const {detail} = message, urls = detail.urls || (detail.url ? [detail.url] : []);
  if (!urls.length || detail.deleted) return null;
  if (detail.medium === "audio" || detail.medium === "voice") return sound(message, urls[0], detail.medium, on);
  if (detail.medium === "document") return paper(urls[0], detail);
  const parts = urls.map(url => detail.medium === "video" ? film(url) : picture(url, /sticker/.test(detail.medium) ? "sticker" : ""));
  return el("div", {className: "media" + (urls.length > 1 ? " album" : "") + (detail.story ? " small" : "")}, ...parts);
}
function head({header}) {
  if (!header) return null;
  if (header.type === "text") return el("b", {className: "head", textContent: header.text});
  if (header.type === "location") return place({lat: (header.location || header).latitude, long: (header.location || header).longitude, address: (header.location || header).address}, (header.location || header).name);
  const url = header.url || header.link || "";
  return header.type === "document" ? paper(url, header) : el("div", {className: "media"}, header.type === "video" ? film(url) : picture(url));
}
function form(text) {
  let given = null;
  try { given = JSON.parse(text); } catch { return el("div", {className: "label", textContent: "An answer that got damaged"}); }
  const rows = Object.entries(given).filter(([name]) => name !== "flow_token").map(([name, value]) => el("tr", {}, el("td", {textContent: words(name)}), el("td", {textContent: typeof value === "object" ? Object.values(value).join(", ") : value})));
  return el("table", {}, ...rows);
}
const order = rows => el("table", {}, ...rows.map(one => el("tr", {}, el("td", {textContent: `${one.quantity} ×`}), el("td", {textContent: one.name}), el("td", {textContent: one.price}))));

function content(message, on) {
  const {detail, kind, text} = message, parts = [];
  if (detail.deleted) return [el("div", {className: "body", textContent: message.inbound ? "You unsent this message" : "This message was deleted"})];
  if (detail.forwarded) parts.push(el("small", {className: "label"}, icon("forward", 14), detail.forwarded === "frequently" ? " Forwarded many times" : " Forwarded"));
  if (detail.story) parts.push(el("small", {className: "label", textContent: "You replied to their story"}));
  if (kind === "story_mention") parts.push(el("small", {className: "label", textContent: "You mentioned them in your story"}));
  if (detail.referral) parts.push(linkCard(detail.referral, detail.referral.url ? "You came by " : "You asked about this"));
  parts.push(head(detail), medium(message, on));
  if (detail.contacts) parts.push(...detail.contacts.map(card));
  if (detail.link) parts.push(linkCard(detail.link, ""));
  const isPlace = kind === "location";
  if (isPlace) parts.push(place(detail, text));
  const shown = isPlace || detail.contacts || (detail.cards && !detail.template && !message.inbound) || text === detail.link?.title ? "" : text;
  if (shown) parts.push(el("div", {className: "body"}, ...(["postback", "referral", "appointment"].includes(kind) ? [icon(ICONS[kind], 16), " "] : []), ...rich(shown)));
  if (detail.form) parts.push(form(detail.form));
  if (detail.order) parts.push(order(detail.order));
  if (detail.offer) parts.push(el("small", {className: "foot", textContent: [detail.offer.text, detail.offer.endsAt ? `until ${new Date(detail.offer.endsAt).toLocaleString("en")}` : ""].filter(Boolean).join(", ")}));
  if (detail.footer) parts.push(el("small", {className: "foot", textContent: detail.footer}));
  const found = parts.filter(Boolean);
  if (found.length || detail.cards) return found;
  return [el("div", {className: "body"}, icon(ICONS[kind] || "help", 16), ` ${PLACEHOLDERS[kind] || words(kind)}`)];
}

// Everything below a message that can be tapped, except the chips below the newest one.
function taps(message, buttons, on) {
  const {detail} = message;
  const rows = detail.list ? [pressed("list", detail.list.button, () => on.list(message))] : buttons.map(one => tap(message, one, on));
  return rows.length ? el("div", {className: "buttons"}, ...rows.filter(Boolean)) : null;
}
function tap(message, one, on) {
  if (one.kind === "web_url" || one.kind === "account_link") return anchor(one.url, icon("out", 16), ` ${one.title}`);
  if (one.kind === "phone" || one.kind === "phone_number") return el("a", {href: `tel:${one.phone}`}, icon("phone", 16), ` ${one.title}`);
  if (one.kind === "copy") return pressed("copy", one.title || "Copy code", () => on.copy(one.code));
  if (one.kind === "location") return pressed("pin", one.title, () => on.location(message));
  if (one.kind === "flow_reply") return pressed("form", one.title, () => on.flow(message, one));
  return button(one.title, () => on.tap(message, one));
}
const pressed = (name, text, run) => el("button", {type: "button", onclick: run}, icon(name, 16), ` ${text}`);

const TICKS = {accepted: "✓", sent: "✓", delivered: "✓✓", read: "✓✓", played: "✓✓"};
function meta(message) {
  const read = message.status === "read" || message.status === "played", who = message.inbound ? "by the business" : "by you";
  const title = message.status === "delivered" || message.status === "sent" ? message.status : `${message.status} ${who}`;
  const ticks = TICKS[message.status] ? el("span", {className: "ticks" + (read ? " read" : ""), textContent: TICKS[message.status], title, role: "img", "aria-label": title}) : "";
  const played = message.status === "played" ? icon("speaker", 13) : "";
  const by = message.detail.by ? "by hand" : "";
  return el("div", {className: "meta"}, ...[by, message.detail.edits && !message.detail.deleted ? "edited" : "", clockTime(message.at)].filter(Boolean).map(one => el("span", {textContent: one})), played, ticks);
}
function reactions(message, on) {
  const all = Object.entries(message.reacted);
  if (!all.length) return "";
  return el("div", {className: "react"}, ...all.map(([who, emoji]) => who === "customer"
    ? el("button", {type: "button", onclick: () => on.unreact(message), title: "Take your reaction off", "aria-label": `Take your reaction ${emoji} off`}, emojiNode(emoji))
    : el("span", {title: "from the business"}, emojiNode(emoji))));
}
function quote(message, all) {
  const quoted = message.replyTo && all.find(one => one.id === message.replyTo);
  if (!quoted) return "";
  const show = () => document.querySelector(`[data-id="${CSS.escape(quoted.id)}"]`)?.scrollIntoView({block: "center", behavior: "smooth"});
  return el("button", {type: "button", className: "quote", onclick: show}, el("b", {textContent: quoted.inbound ? "You" : "The business"}), el("span", {textContent: quoted.text || words(quoted.kind)}));
}

export function bubble(message, all, isTurn, on) {
  const {detail} = message, buttons = message.inbound ? [] : (detail.buttons || []).filter(one => one.kind !== "quick_reply" || detail.template);
  const bare = BARE.includes(message.kind) && !detail.deleted, cards = detail.cards && !message.inbound;
  const box = el("div", {className: "bubble" + (bare || cards ? " bare" : "") + (cards ? " side" : "") + (buttons.length || detail.header || detail.list || detail.lat || detail.latitude ? " wide" : "")});
  box.append(quote(message, all), ...content(message, on));
  if (cards) box.append(carousel(message, on));
  box.append(meta(message), ...[cards ? null : taps(message, buttons, on)].filter(Boolean), reactions(message, on));
  if (cards) box.style.maxWidth = "92%";
  const row = el("div", {className: `row ${message.inbound ? "mine" : "theirs"}${isTurn ? " turn" : ""}${detail.deleted ? " gone" : ""}${Object.keys(message.reacted).length ? " reacted" : ""}`, "data-id": message.id}, box);
  if (!detail.deleted) row.append(el("button", {type: "button", className: "more", onclick: () => on.more(message), "aria-label": `React, reply and more: ${message.text || words(message.kind)}`}, icon("dots", 18)));
  box.ondblclick = () => on.react(message, "❤️");
  return row;
}
function carousel(message, on) {
  return el("div", {className: "cards"}, ...message.detail.cards.map(one => el("article", {}, one.imageUrl ? image(one.imageUrl, "") : "",
    el("div", {}, el("b", {textContent: one.title}), one.subtitle ? el("small", {textContent: one.subtitle}) : ""),
    one.buttons.length ? el("div", {className: "buttons"}, ...one.buttons.map(each => tap(message, each, on))) : "")));
}
