// A chat: its messages by days and albums, and the composer under them.

import { html, useEffect, useState } from "../vendor/preact-htm.js";
import { act } from "./api.js";
import { Composer } from "./composer.js";
import { Bubble, serviceWords } from "./message.js";
import { useStickyEnd } from "./parts.js";
import { attempt, state } from "./store.js";
import { dayKey, dayName, t } from "./words.js";

// Messages that belong together: an album is one entry.
function gathered(messages) {
  const entries = [];
  for (const message of messages) {
    const last = entries[entries.length - 1];
    if (message.media_group_id && last?.[0].media_group_id === message.media_group_id) last.push(message);
    else entries.push([message]);
  }
  return entries;
}

const domId = (chat, message) => `m${chat}-${message}`;

export function jumpTo(chat, message) {
  const found = document.getElementById(domId(chat, message));
  if (!found) return;
  const list = found.closest(".log");
  found.scrollIntoView({ block: found.offsetHeight > list.clientHeight ? "start" : "center", behavior: "smooth" });
  found.classList.remove("flash");
  void found.offsetWidth;
  found.classList.add("flash");
}

function Entries({ entries, chat, me, group, cursor, onReply, onCommand }) {
  const shown = [];
  let day = "";
  let sender = null;
  for (const album of entries) {
    const message = album[0];
    const when = message.date * 1000;
    if (dayKey(when) !== day) {
      day = dayKey(when);
      sender = null;
      shown.push(html`<li class="day" key=${`day${day}`}><span>${dayName(when)}</span></li>`);
    }
    if (message.service) {
      sender = null;
      const words = serviceWords(message);
      if (words) shown.push(html`<li class="service" key=${message.message_id} id=${domId(chat, message.message_id)}><span>${words}</span></li>`);
      continue;
    }
    shown.push(html`<${Bubble}
      key=${message.message_id}
      id=${domId(chat, album[album.length - 1].message_id)}
      album=${album}
      me=${me}
      group=${group}
      first=${sender !== message.from.id}
      chosen=${cursor !== null && album.some((one) => one.message_id === cursor)}
      onReply=${onReply}
      onCommand=${onCommand}
      onJump=${(id) => jumpTo(chat, id)}
    />`);
    sender = message.from.id;
  }
  return shown;
}

// The reply keyboard under the text field, as `reply_keyboard` of the sandbox finds it.
function keyboardOf(messages) {
  for (const message of [...messages].reverse()) {
    const markup = message.reply_markup || {};
    if (markup.remove_keyboard) return null;
    if (markup.keyboard) return markup.keyboard;
  }
  return null;
}

// `place` names the chat for the memory of the list; `hints` are { idle, reply } and `words` the placeholders likewise.
export function Chat({ chat, topic, me, messages, group, empty, hints = {}, words = {}, footer, asked, label }) {
  const place = `${chat}:${topic || ""}:${me}`;
  const [reply, setReply] = useState(null);
  const [editing, setEditing] = useState(null);
  const [cursor, setCursor] = useState(null);
  const entries = gathered(messages);
  const last = messages[messages.length - 1];
  const { box, onScroll } = useStickyEnd(place, `${messages.length} ${last?.edit_date || ""}`);
  const keyboard = group ? null : keyboardOf(messages);
  const typing = (state.typing.get(`${chat}:${topic > 1 ? topic : ""}`) || 0) > Date.now();

  useEffect(() => {
    setReply(null);
    setEditing(null);
    setCursor(null);
  }, [place]);
  useEffect(() => {
    if (asked) setReply(messages.find((one) => one.message_id === asked.message) || null);
  }, [asked]);

  const say = (text) => attempt(() => act("say", { person: me, chat, topic: topic || undefined, text }));
  const begin = (message) => (setEditing(null), setReply(message));

  function onKeyDown(event) {
    const ids = entries.filter((album) => !album[0].service).map((album) => album[album.length - 1].message_id);
    const at = ids.indexOf(cursor);
    const current = messages.find((one) => one.message_id === cursor);
    if (event.target !== event.currentTarget) return;
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault();
      const next = event.key === "ArrowUp" ? (at < 0 ? ids.length - 1 : Math.max(0, at - 1)) : Math.min(ids.length - 1, at + 1);
      setCursor(ids[next] ?? null);
      document.getElementById(domId(chat, ids[next]))?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && current) {
      event.preventDefault();
      begin(current);
    } else if (event.key === "e" && current?.from.id === me) {
      event.preventDefault();
      setReply(null);
      setEditing(current);
    } else if (event.key === "Delete" && current) {
      attempt(() => act("delete", { person: me, chat, message: current.message_id }));
    } else if (event.key === "Escape") setCursor(null);
  }

  const own = reply && reply.from.id === me;
  return html`<div class="chat">
    <ol
      class="log"
      ref=${box}
      onScroll=${onScroll}
      tabindex="0"
      role="log"
      aria-label=${label}
      aria-activedescendant=${cursor === null ? undefined : domId(chat, cursor)}
      onKeyDown=${onKeyDown}
    >
      ${messages.length === 0 && html`<li class="empty">${empty}</li>`}
      <${Entries} entries=${entries} chat=${chat} me=${me} group=${group} cursor=${cursor} onReply=${begin} onCommand=${say} />
      ${typing && html`<li class="typing" aria-live="polite">${t("typing")}</li>`}
    </ol>
    ${own &&
    html`<div class="own-message">
      <button type="button" onClick=${() => (setEditing(reply), setReply(null))}>${t("edit")}</button>
      <button
        type="button"
        class="danger"
        onClick=${() => (attempt(() => act("delete", { person: me, chat, message: reply.message_id })), setReply(null))}
      >
        ${t("delete")}
      </button>
    </div>`}
    ${footer ||
    html`<${Composer}
      key=${place}
      me=${me}
      chat=${chat}
      topic=${topic}
      reply=${reply}
      editing=${editing}
      hint=${editing ? null : reply ? hints.reply : hints.idle}
      placeholder=${reply ? words.reply : words.idle}
      onDone=${() => (setReply(null), setEditing(null))}
    />`}
    ${keyboard &&
    html`<div class="reply-keys">
      ${keyboard.map(
        (row) => html`<div class="keys">${row.map((key) => html`<button type="button" class="key" onClick=${() => say(key.text ?? key)}>${key.text ?? key}</button>`)}</div>`,
      )}
    </div>`}
  </div>`;
}
