// Small parts that every pane uses.

import { html, useEffect, useLayoutEffect, useRef, useState } from "../vendor/preact-htm.js";
import { t } from "./words.js";

const HUES = [212, 152, 28, 286, 338, 186, 48, 254];
const hue = (id) => HUES[Math.abs([...String(id)].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) | 0, 7)) % HUES.length];

export const nameColour = (id) => `name-${HUES.indexOf(hue(id))}`;

export function Avatar({ id, name, bot, big }) {
  const letters = (name || "?").split(/\s+/).map((word) => [...word][0]).slice(0, 2).join("").toUpperCase();
  return html`<span class="avatar hue-${HUES.indexOf(hue(id))} ${big ? "big" : ""}" aria-hidden="true">${bot ? html`<img src="static/icon.svg" alt="" />` : letters}</span>`;
}

// Who one is: one round picture a person; a dot says that something new is there.
export function People({ people, value, onChoose, label }) {
  return html`<div class="people" role="group" aria-label=${label}>
    ${people.map(
      (one) => html`<button
        type="button"
        key=${one.id}
        class="person ${one.id === value ? "chosen" : ""}"
        aria-pressed=${one.id === value}
        title=${[one.name, one.hint].filter(Boolean).join(" · ")}
        onClick=${() => onChoose(one.id)}
      >
        <${Avatar} id=${one.id} name=${one.name} bot=${one.bot} />
        <span class="person-name">${one.name}</span>
        ${one.fresh && html`<span class="dot" role="img" aria-label=${t("unread")}></span>`}
      </button>`,
    )}
  </div>`;
}

// A button that opens a small panel. Escape, a click elsewhere or `close` closes it.
export function Popover({ id, label, title, content, class: name = "", panel = "", children }) {
  const [open, setOpen] = useState(false);
  const root = useRef(null);
  const close = () => setOpen(false);
  useLayoutEffect(() => {
    if (!open) return undefined;
    const outside = (event) => !root.current?.contains(event.target) && close();
    const escape = (event) => {
      if (event.key !== "Escape") return;
      close();
      root.current?.querySelector("button")?.focus();
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("keydown", escape);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("keydown", escape);
    };
  }, [open]);
  return html`<div class="popover" ref=${root}>
    <button type="button" id=${id} class=${name} title=${title || label} aria-label=${label} aria-expanded=${open} aria-haspopup="true" onClick=${() => setOpen(!open)}>
      ${content}
    </button>
    ${open && html`<div class="panel ${panel}" role="group" aria-label=${label}>${children(close)}</div>`}
  </div>`;
}

export function Icon({ name }) {
  const paths = {
    send: "M3 20l18-8L3 4v6l12 2-12 2z",
    attach: "M16.5 6.5v9a4.5 4.5 0 0 1-9 0V5.8a3 3 0 0 1 6 0v9a1.4 1.4 0 0 1-2.8 0V7.2h-1.5v7.6a2.9 2.9 0 0 0 5.8 0v-9a4.5 4.5 0 0 0-9 0v9.7a6 6 0 0 0 12 0v-9z",
    back: "M20 11H7.8l5.6-5.6L12 4l-8 8 8 8 1.4-1.4L7.8 13H20z",
    more: "M12 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4zm0 2a2 2 0 1 0 0 4 2 2 0 0 0 0-4zm0 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
    close: "M18.3 5.7L12 12l6.3 6.3-1.4 1.4L10.6 13.4 4.3 19.7 2.9 18.3 9.2 12 2.9 5.7 4.3 4.3l6.3 6.3 6.3-6.3z",
    reply: "M10 9V5l-7 7 7 7v-4.1c5 0 8.5 1.6 11 5.1-1-5-4-10-11-11z",
    pin: "M14 4v5l2.5 3v1.5H13V20l-1 2-1-2v-6.5H7.5V12L10 9V4H9V2.5h6V4z",
    file: "M6 2h8l5 5v13a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2zm7 1.8V8h4.2z",
    clock: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm0 18a8 8 0 1 1 0-16 8 8 0 0 1 0 16zm.8-13h-1.6v6l5 3 .8-1.3-4.2-2.5z",
    bolt: "M13 2L4 14h6l-1 8 9-12h-6z",
    pen: "M3 17.2V21h3.8L17.8 10l-3.8-3.8zM20.7 7a1 1 0 0 0 0-1.4l-2.3-2.3a1 1 0 0 0-1.4 0l-1.8 1.8L19 8.9z",
    slash: "M8 20L14 4h2L10 20z",
    lock: "M17 9V7A5 5 0 0 0 7 7v2H5v12h14V9zM9 7a3 3 0 0 1 6 0v2H9z",
    check: "M9 16.2L4.8 12l-1.4 1.4L9 19 21 7l-1.4-1.4z",
  };
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d=${paths[name]} /></svg>`;
}

// A list that stays at its end until one scrolls up: only going up means that one wants to look at something else.
export function useStickyEnd(key, count) {
  const box = useRef(null);
  const atEnd = useRef(true);
  const top = useRef(0);
  const toEnd = () => {
    const list = box.current;
    if (list && atEnd.current) list.scrollTop = list.scrollHeight;
  };
  useLayoutEffect(() => {
    atEnd.current = true;
    top.current = 0;
  }, [key]);
  useLayoutEffect(toEnd, [key, count]);
  useLayoutEffect(() => {
    const list = box.current;
    if (!list) return undefined;
    const follow = new ResizeObserver(toEnd);
    for (const one of [list, ...list.children]) follow.observe(one);
    return () => follow.disconnect();
  }, [key, count]);
  const onScroll = () => {
    const list = box.current;
    if (!list) return;
    if (list.scrollHeight - list.scrollTop - list.clientHeight < 60) atEnd.current = true;
    else if (list.scrollTop < top.current) atEnd.current = false;
    top.current = list.scrollTop;
  };
  return { box, onScroll };
}
