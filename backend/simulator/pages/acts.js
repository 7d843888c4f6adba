// What the customer does: every act goes through here, and so do files and voices.

import {$, ask, button, closeSheet, el, openSheet, person, say, state, words} from "./dom.js";
import {icon} from "./icons.js";

export const hooks = {refresh: async () => {}};

export async function act(kind, fields = {}) {
  try {
    const sent = {...state.chosen, platform: state.platform, accountId: state.account, from: state.customer, kind, ...fields};
    const answer = await ask("/sim/inbound", sent);
    if (answer.note && kind !== "read") say(answer.note);
    await hooks.refresh();
    return answer;
  } catch (error) { say(error.message); }
}
export function taken() {
  const reply = state.reply ? {replyTo: state.reply.id} : {};
  setReply(null);
  return reply;
}
export function setReply(message) {
  state.reply = message;
  $("reply").hidden = !message;
  if (!message) return;
  $("reply").replaceChildren(el("span", {textContent: `Reply to ${message.inbound ? "yourself" : "the business"}: ${message.text || words(message.kind)}`}), el("button", {type: "button", onclick: () => setReply(null), "aria-label": "Do not reply"}, icon("close", 16)));
  $("text").focus();
}

// Files

const FAMILIES = {image: "image", video: "video", audio: "audio"};
export async function sendFile(file, kind = "", fields = {}) {
  const guessed = kind || FAMILIES[file.type.split("/")[0]] || "document", caption = $("text").value.trim();
  say(`Sending ${file.name} …`);
  try {
    const query = new URLSearchParams({accountId: state.account, name: file.name});
    const response = await fetch(`/sim/media?${query}`, {method: "POST", headers: {"Content-Type": file.type || "application/octet-stream"}, body: file});
    const put = await response.json();
    if (!response.ok) throw new Error(put.error);
    if (caption && ["image", "video", "document"].includes(guessed)) { $("text").value = ""; fields = {caption, text: caption, ...fields}; }
    $("note").hidden = true;
    await act(guessed, {mediaId: put.id, filename: file.name, ...taken(), ...fields});
  } catch (error) { say(error.message); }
}
export function pickFile(accept, kind = "", fields = {}) {
  const input = $("file");
  Object.assign(input, {accept, value: "", onchange: () => { if (input.files[0]) { closeSheet(); sendFile(input.files[0], kind, fields); } }});
  input.click();
}

// A voice: recorded where there is a microphone, else the sample.

let recorder = null;
export async function voice() {
  if (recorder) { recorder.stop(); return; }
  let stream = null;
  try { stream = await navigator.mediaDevices.getUserMedia({audio: true}); } catch { return askVoice(); }
  const type = ["audio/ogg;codecs=opus", "audio/mp4", "audio/webm;codecs=opus"].find(one => MediaRecorder.isTypeSupported(one)), parts = [];
  recorder = new MediaRecorder(stream, type ? {mimeType: type} : {});
  recorder.ondataavailable = event => parts.push(event.data);
  recorder.onstop = () => {
    stream.getTracks().forEach(one => one.stop());
    const mime = recorder.mimeType || type;
    recorder = null;
    $("voice").classList.remove("live");
    $("voice").setAttribute("aria-label", "Record a voice message");
    sendFile(new File(parts, `voice.${mime.includes("ogg") ? "ogg" : mime.includes("mp4") ? "m4a" : "webm"}`, {type: mime}), "voice");
  };
  recorder.start();
  $("voice").classList.add("live");
  $("voice").setAttribute("aria-label", "Stop, and send the voice message");
  say("Recording. Press again to send.");
}
function askVoice() {
  openSheet("Voice message", el("p", {textContent: "There is no microphone here, or it may not be used. Send the sample, or a sound file."}),
    el("div", {className: "go"}, button("A sound file", () => pickFile("audio/*", "voice")), button("The sample", () => { closeSheet(); act("voice", taken()); }, {className: "yes"})));
}

// Forms

export function fill(title, fields, run, {intro = "", go = "Send", back = null} = {}) {
  const inputs = fields.map(one => field(one));
  const form = el("form", {onsubmit: event => {
    event.preventDefault();
    const given = Object.fromEntries(inputs.map(one => [one.name, one.value.trim()]).filter(([, value]) => value));
    closeSheet();
    run(given);
  }}, ...inputs.map((one, place) => el("label", {className: "field"}, fields[place].label || words(fields[place].name), one)),
    el("div", {className: "go"}, back ? button("Back", back) : "", el("button", {className: "yes", textContent: go})));
  openSheet(title, intro ? el("p", {textContent: intro}) : "", form);
}
function field({name, value = "", type = "text", lines = 1, choices = null, hint = ""}) {
  if (choices) return el("select", {name}, ...choices.map(one => el("option", {value: one, textContent: one})));
  if (lines > 1) return el("textarea", {name, rows: lines, value, placeholder: hint});
  return el("input", {name, type, value, placeholder: hint, ...(type === "number" ? {step: "any"} : {})});
}
export function askLocation(reply = {}) {
  const fields = [{name: "name", value: "Alexanderplatz", label: "Name of the place"}, {name: "latitude", value: "52.5219", type: "number"}, {name: "longitude", value: "13.4132", type: "number"}];
  if (state.platform === "WHATSAPP") fields.push({name: "address", value: "Alexanderplatz 1, Berlin"});
  fill("Send a location", fields, given => act("location", {...taken(), ...reply, ...given}));
}
export function askContact() {
  fill("Share a contact", [{name: "name", value: "Lucía Gómez"}, {name: "phone", value: "+1 650 555 2319"}, {name: "email"}, {name: "company"}], given => act("contacts", given));
}
export function askFlow(message, one) {
  const {flow} = message.detail, extra = Object.keys((flow && flow.data) || {}).filter(name => typeof flow.data[name] !== "object").slice(0, 4);
  const fields = [{name: "name", value: person().name}, {name: "day", choices: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]}, {name: "note", lines: 2, hint: "Anything else?"}, ...extra.map(name => ({name, value: String(flow.data[name])}))];
  fill(one.title, fields, given => act("flow_reply", {responseJson: JSON.stringify({flow_token: one.payload || "unused", ...given}), replyTo: message.id}), {intro: flow ? `Form ${flow.id}${flow.screen ? `, screen ${flow.screen}` : ""}` : "", go: "Submit"});
}
export function askList(message) {
  const {list} = message.detail, name = "row";
  const rows = list.sections.flatMap(section => [section.title ? el("h3", {textContent: section.title}) : "", ...section.rows.map(one => el("label", {className: "choice"},
    el("span", {}, one.title, one.description ? el("small", {textContent: one.description}) : ""), Object.assign(el("input", {type: "radio", name, required: true}), {row: one})))]).filter(Boolean);
  const form = el("form", {onsubmit: event => {
    event.preventDefault();
    const {row} = form.querySelector("input:checked");
    closeSheet();
    act("list_reply", {title: row.title, payload: row.payload, ...(row.description ? {description: row.description} : {}), replyTo: message.id});
  }}, ...rows, el("div", {className: "go"}, el("button", {className: "yes", textContent: "Send"})));
  openSheet(list.button, form);
}
