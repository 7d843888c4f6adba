// Line drawings, so that the page looks the same where no font has pictures.

const PATHS = {
  plus: "M12 5v14M5 12h14",
  send: "M4 12 20 5l-5 15-3.5-6.5zM11.5 13.5 20 5",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6 6 18",
  dots: "M5 12h.01M12 12h.01M19 12h.01",
  photo: "M4 6h16v12H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01",
  film: "M4 6h11v12H4zM15 10.5l5-3v9l-5-3z",
  mic: "M12 4a3 3 0 0 1 3 3v4a3 3 0 0 1-6 0V7a3 3 0 0 1 3-3zM6 11a6 6 0 0 0 12 0M12 17v3",
  note: "M9 18V6l10-2v12M9 18a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM19 16a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z",
  file: "M7 3h7l4 4v14H7zM14 3v4h4M10 12h5M10 16h5",
  sticker: "M5 4h14v10l-6 6H5zM19 14h-6v6M9.5 9.5h.01M14.5 9.5h.01M9 12.5q3 2.5 6 0",
  pin: "M12 21c-4-5-6-8-6-11a6 6 0 0 1 12 0c0 3-2 6-6 11zM12 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4z",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM5 20c0-4 3-6 7-6s7 2 7 6",
  story: "M12 21a9 9 0 1 1 9-9M16 19.5 20 15.5M20 19.5v-4h-4",
  at: "M12 15.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM15.5 8.5v5a2.5 2.5 0 0 0 5 0V12A8.5 8.5 0 1 0 17 19",
  cart: "M4 5h2l2.5 10h9L20 8H7M9.5 19.5h.01M16.5 19.5h.01",
  reply: "M9 7 4 12l5 5M4 12h9a7 7 0 0 1 7 7",
  forward: "M15 7l5 5-5 5M20 12h-9a7 7 0 0 0-7 7",
  pencil: "M5 19l1-4L16 5l3 3L9 18zM14 7l3 3",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  copy: "M8 8h11v12H8zM5 16V4h11",
  phone: "M6 4h4l1.5 5-2.5 1.5a11 11 0 0 0 4.5 4.5L15 12.5l5 1.5v4a2 2 0 0 1-2 2A14 14 0 0 1 4 6a2 2 0 0 1 2-2z",
  form: "M6 4h12v16H6zM9 9h6M9 13h6M9 17h3",
  list: "M9 7h11M9 12h11M9 17h11M4.5 7h.01M4.5 12h.01M4.5 17h.01",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  out: "M9 6h9v9M18 6 7 17",
  tag: "M4 4h8l8 8-8 8-8-8zM8 8h.01",
  once: "M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18zM10.5 9 12.5 8v8",
  warning: "M12 4l9 16H3zM12 10v4M12 17h.01",
  help: "M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18zM9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.4-1 .9-1 1.7M12 16.5h.01",
  calendar: "M5 6h14v14H5zM5 10h14M9 3v5M15 3v5",
  tap: "M9 11V5.5a1.5 1.5 0 0 1 3 0V11l5 1.5c1 .3 1.5 1 1.3 2L17 20h-6l-4-5c-1-1.5 0-2.5 1-2z",
  heart: "M12 20s-8-5-8-10.5A4.5 4.5 0 0 1 12 7a4.5 4.5 0 0 1 8 2.5C20 15 12 20 12 20z",
  speaker: "M5 9.5h3L12 6v12l-4-3.5H5zM15 9.5a3.5 3.5 0 0 1 0 5M17.5 7a7 7 0 0 1 0 10",
  clock: "M12 21a9 9 0 1 1 0-18 9 9 0 0 1 0 18zM12 7v5l3.5 2",
};

export function icon(name, size = 22) {
  const frame = document.createElement("span");
  frame.className = "icon";
  frame.setAttribute("aria-hidden", "true");
  frame.innerHTML = `<svg viewBox="0 0 24 24" width="${size}" height="${size}" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"><path d="${PATHS[name] || PATHS.help}"/></svg>`;
  return frame;
}

// The one reaction that few fonts without colours have.
export function emojiNode(emoji) {
  if (emoji !== "👍") return document.createTextNode(emoji);
  const frame = document.createElement("span");
  frame.className = "icon";
  frame.setAttribute("role", "img");
  frame.setAttribute("aria-label", emoji);
  frame.innerHTML = '<svg viewBox="0 0 24 24" width="1em" height="1em" fill="#ffcc4d" stroke="#b8860b" stroke-width="1.2" stroke-linejoin="round"><path d="M8 21V11l4-8c2 0 2.7 1.6 2.3 3.2L13.5 10H19c1.5 0 2.3 1.300 2 2.600l-1.600 6.600c-.3 1.200-1.200 1.800-2.400 1.800zM3 11h3.5v10H3z"/></svg>';
  return frame;
}
