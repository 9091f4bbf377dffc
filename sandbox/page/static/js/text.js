// Telegram's formatting: a text and its entities become elements. Offsets count UTF-16 units, as JavaScript's strings do.

import { html, useState } from "../vendor/preact-htm.js";
import { openedHere } from "./store.js";

// Addresses of strangers open only when they are what they look like.
export function safeUrl(url) {
  try {
    const parsed = new URL(/^[a-z][a-z0-9+.-]*:/i.test(url) ? url : `https://${url}`);
    return ["http:", "https:", "mailto:", "tg:", "tel:"].includes(parsed.protocol) ? parsed.href : null;
  } catch {
    return null;
  }
}

function Link({ url, children }) {
  const safe = safeUrl(url);
  return safe ? html`<a href=${safe} target="_blank" rel="noopener noreferrer" onClick=${(event) => openedHere(safe) && event.preventDefault()}>${children}</a>` : html`<span>${children}</span>`;
}

function Spoiler({ children }) {
  const [open, setOpen] = useState(false);
  return html`<span
    class="spoiler ${open ? "open" : ""}"
    role="button"
    tabindex="0"
    onClick=${(event) => (event.stopPropagation(), setOpen(true))}
    onKeyDown=${(event) => event.key === "Enter" && setOpen(true)}
    >${children}</span
  >`;
}

function Quote({ folded, children }) {
  const [open, setOpen] = useState(!folded);
  if (!folded) return html`<blockquote>${children}</blockquote>`;
  return html`<blockquote class=${open ? "" : "folded"}>
    ${children}<button type="button" class="fold" aria-expanded=${open} onClick=${() => setOpen(!open)}>${open ? "▴" : "▾"}</button>
  </blockquote>`;
}

function wrapped(entity, inside, words, onCommand) {
  switch (entity.type) {
    case "bold":
      return html`<b>${inside}</b>`;
    case "italic":
      return html`<i>${inside}</i>`;
    case "underline":
      return html`<u>${inside}</u>`;
    case "strikethrough":
      return html`<s>${inside}</s>`;
    case "spoiler":
      return html`<${Spoiler}>${inside}<//>`;
    case "code":
      return html`<code>${inside}</code>`;
    case "pre":
      return html`<pre><code>${inside}</code></pre>`;
    case "blockquote":
    case "expandable_blockquote":
      return html`<${Quote} folded=${entity.type !== "blockquote"}>${inside}<//>`;
    case "text_link":
      return html`<${Link} url=${entity.url}>${inside}<//>`;
    case "url":
      return html`<${Link} url=${words}>${inside}<//>`;
    case "email":
      return html`<${Link} url=${`mailto:${words}`}>${inside}<//>`;
    case "bot_command":
      return html`<button type="button" class="command" onClick=${() => onCommand?.(words)}>${inside}</button>`;
    case "mention":
    case "text_mention":
    case "hashtag":
    case "cashtag":
    case "phone_number":
      return html`<span class="mention">${inside}</span>`;
    default:
      return html`<span>${inside}</span>`;
  }
}

// Entities are nested; one that crosses another's end is cut there, and its rest goes on behind.
function nodes(text, entities, from, to, onCommand) {
  const found = [];
  let at = from;
  let rest = entities;
  while (rest.length) {
    const [first, ...others] = rest;
    const begin = Math.max(first.offset, at);
    const end = Math.min(first.offset + first.length, to);
    rest = others;
    if (begin >= end) continue;
    const inner = [];
    const after = [];
    for (const one of others) {
      if (one.offset >= end) after.push(one);
      else {
        inner.push(one);
        const over = one.offset + one.length - end;
        if (over > 0) after.push({ ...one, offset: end, length: over });
      }
    }
    if (begin > at) found.push(text.slice(at, begin));
    found.push(wrapped(first, nodes(text, inner, begin, end, onCommand), text.slice(begin, end), onCommand));
    at = end;
    rest = after;
  }
  if (at < to) found.push(text.slice(at, to));
  return found;
}

export function Formatted({ text, entities = [], onCommand }) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return html`<span class="words">${nodes(text, sorted, 0, text.length, onCommand)}</span>`;
}
