// The sheets for everything that is not just words.

import {act, askContact, askLocation, fill, pickFile, setReply, taken, voice} from "./acts.js";
import {closeSheet, el, has, openSheet, state, words} from "./dom.js";
import {emojiNode, icon} from "./icons.js";

const EMOJI = ["❤️", "👍", "😂", "😮", "😢", "😍"];
const later = run => () => { closeSheet(); run(); };
const sampled = kind => () => act(kind, taken());

// What a hand finds first: name, picture, kind that the platform must have, and what it does.
const FIRST = [
  ["Photo", "photo", "image", () => pickFile("image/*", "image")],
  ["Video", "film", "video", () => pickFile("video/*", "video")],
  ["File", "file", "document", () => pickFile("", "document")],
  ["Voice", "mic", "voice", later(voice)],
  ["Sample photo", "photo", "image", later(sampled("image"))],
  ["Sample video", "film", "video", later(sampled("video"))],
  ["Sample file", "file", "document", later(sampled("document"))],
  ["Sample voice", "mic", "voice", later(sampled("voice"))],
  ["Album", "photo", "images", later(() => act("images"))],
  ["Sticker", "sticker", "sticker", later(sampled("sticker"))],
  ["Like", "heart", "like", later(() => act("like"))],
  ["Heart", "heart", "like_heart", later(() => act("like_heart"))],
  ["Location", "pin", "location", () => askLocation()],
  ["Contact", "person", "contacts", () => askContact()],
  ["Reply to story", "story", "story_reply", () => askStory("story_reply")],
  ["Mention in story", "at", "story_mention", () => askStory("story_mention")],
  ["Share a post", "forward", "post", later(() => act("post"))],
  ["Share a reel", "film", "reel", later(() => act("reel"))],
  ["Share a link", "link", "link", () => askKind("link")],
  ["View once", "once", "view_once", later(() => act("view_once"))],
  ["Order", "cart", "order", later(() => act("order"))],
  ["By an ad", "tag", "advertisement", later(() => act("advertisement"))],
];

export function openMenu() {
  const shown = FIRST.filter(([, , kind]) => has(kind)).map(([name, drawing, , run]) => el("button", {type: "button", onclick: run}, el("span", {}, icon(drawing, 24)), name));
  openSheet("Send something else", el("div", {className: "kinds"}, ...shown),
    el("div", {className: "go"}, el("button", {type: "button", textContent: "Everything that Meta tells of …", onclick: openAll})));
}

// Every kind of the platform in the order of its name.
export function openAll() {
  const kinds = Object.keys(state.kinds[state.platform]).sort();
  const groups = [["Messages", kind => !isEvent(kind)], ["Events, receipts and other writers", isEvent]];
  const grid = rows => el("div", {className: "kinds plain"}, ...rows.map(kind => el("button", {type: "button", onclick: () => askKind(kind)}, words(kind))));
  openSheet("Everything", ...groups.flatMap(([title, fits]) => [el("h3", {textContent: title}), grid(kinds.filter(fits))]));
}
const EVENTS = /^(native_|other_|group_|call|opt_|notifications_|marketing_|link_account|unlink_|pass_|take_|request_|app_roles|policy_|feedback|unknown_event|standby|read|delivered|played|sent|failed|error|identity|self_|reaction|unreact|edit|unsend)/;
const isEvent = kind => EVENTS.test(kind) && kind !== "call_permission_reply";

export function askKind(kind) {
  const names = state.kinds[state.platform][kind];
  if (!names.length) { closeSheet(); act(kind); return; }
  const fields = names.map(name => ({name, label: words(name.replace(/([A-Z])/g, " $1").toLowerCase()), hint: "as usual"}));
  fill(words(kind), fields, given => act(kind, given), {back: openAll, intro: "What stays empty is as usual."});
}
function askStory(kind) {
  const title = kind === "story_reply" ? "Reply to their story" : "Mention them in your story";
  const fields = kind === "story_reply" ? [{name: "text", value: "Love this!"}] : [];
  if (!fields.length) {
    openSheet(title, el("div", {className: "go"}, el("button", {type: "button", textContent: "A photo of mine", onclick: () => pickFile("image/*", kind)}),
      el("button", {type: "button", className: "yes", textContent: "The sample", onclick: later(() => act(kind))})));
    return;
  }
  fill(title, fields, given => act(kind, given));
}

// What can be done to one message.
export function openMessage(message) {
  const target = {messageId: message.id}, own = message.reacted.customer;
  const emoji = EMOJI.map(one => el("button", {type: "button", "aria-label": own === one ? `Take ${one} off` : `React with ${one}`, "aria-pressed": String(own === one),
    onclick: later(() => own === one ? act("unreact", target) : act("reaction", {...target, emoji: one}))}, emojiNode(one)));
  const line = (drawing, text, run, className = "") => el("button", {type: "button", className, onclick: later(run)}, icon(drawing, 18), ` ${text}`);
  const lines = [line("reply", "Reply", () => setReply(message))];
  if (message.text) lines.push(line("copy", "Copy the text", () => navigator.clipboard?.writeText(message.text)));
  if (message.text && has("forward")) lines.push(line("forward", "Forward it to this business", () => act("forward", {text: message.text})));
  if (message.inbound && has("edit") && message.text) lines.push(line("pencil", "Edit", () => fill("Edit the message", [{name: "text", value: message.text, lines: 3}], given => act("edit", {...target, ...given}), {go: "Save"})));
  if (own) lines.push(line("heart", "Take my reaction off", () => act("unreact", target)));
  if (message.inbound && has("unsend")) lines.push(line("trash", "Unsend", () => act("unsend", target), "bad"));
  openSheet("Message", el("div", {className: "emoji"}, ...emoji), el("div", {className: "lines"}, ...lines));
}
