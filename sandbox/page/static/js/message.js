// One message as Telegram shows it: a bubble with what it answers, carries and says, and the buttons under it.

import { html } from "../vendor/preact-htm.js";
import { act } from "./api.js";
import { Media, preview } from "./media.js";
import { Avatar, Icon, nameColour } from "./parts.js";
import { attempt, changed, nameOf, openedHere, pressKey, state } from "./store.js";
import { Formatted, safeUrl } from "./text.js";
import { clockTime, exactTime, t } from "./words.js";

export function serviceWords(message) {
  const who = nameOf(message.from);
  if (message.forum_topic_created) return t("topicCreated", who, message.forum_topic_created.name);
  if (message.forum_topic_edited) return t("topicEdited", who, message.forum_topic_edited.name);
  if (message.forum_topic_closed) return t("topicClosed", who);
  if (message.forum_topic_reopened) return t("topicReopened", who);
  if (message.pinned_message) return t("pinnedIt", who, preview(message.pinned_message).split("\n")[0].slice(0, 40));
  if (message.new_chat_members) return message.new_chat_members.map((one) => t("joined", nameOf(one))).join(", ");
  if (message.left_chat_member) return t("left", nameOf(message.left_chat_member));
  if (message.new_chat_title) return message.new_chat_title;
  return "";
}

async function press(me, message, button) {
  const key = pressKey(message.chat_id, message.message_id, me);
  if (button.url) {
    const safe = safeUrl(button.url);
    if (safe && !openedHere(safe)) window.open(safe, "_blank", "noopener,noreferrer");
    return;
  }
  if (button.copy_text) {
    await attempt(() => navigator.clipboard.writeText(button.copy_text.text));
    return;
  }
  if (!button.callback_data || state.pressed.has(key)) return;
  state.pressed.add(key);
  changed();
  setTimeout(() => state.pressed.delete(key) && changed(), 15000);
  const done = await attempt(() => act("press", { person: me, message: message.message_id, button: button.callback_data, chat: message.chat_id }));
  if (!done) state.pressed.delete(key);
}

function Keyboard({ me, message }) {
  const rows = message.reply_markup?.inline_keyboard;
  if (!rows?.length) return null;
  const busy = state.pressed.has(pressKey(message.chat_id, message.message_id, me));
  return html`<div class="keyboard ${busy ? "busy" : ""}">
    ${rows.map(
      (row) => html`<div class="keys">
        ${row.map(
          (button) => html`<button type="button" class="key" disabled=${!(button.callback_data || button.url || button.copy_text)} onClick=${() => press(me, message, button)}>
            ${button.text}${button.url && html`<span class="outward" aria-hidden="true">↗</span>`}
          </button>`,
        )}
      </div>`,
    )}
  </div>`;
}

function Answered({ message, onJump }) {
  const target = message.reply_preview;
  if (!target || (message.topic_id && target.message_id === message.topic_id)) return null;
  const words = message.quote?.text || target.text;
  return html`<button type="button" class="answered ${nameColour(target.from?.id)}" onClick=${() => onJump?.(target.message_id)}>
    <b>${target.deleted ? t("deletedMessage") : nameOf(target.from)}</b>
    <span>${target.deleted ? "" : words}</span>
  </button>`;
}

function Reactions({ message }) {
  const emoji = Object.values(message.reactions || {}).flat().map((one) => one.emoji).filter(Boolean);
  return emoji.length ? html`<div class="reactions">${emoji.map((one) => html`<span>${one}</span>`)}</div>` : null;
}

// `album` holds the messages of one album; a single message is an album of one.
export function Bubble({ album, me, group, first, chosen, onReply, onJump, onCommand, id }) {
  const message = album[album.length - 1];
  const worded = album.find((one) => one.caption || one.text) || message;
  const mine = message.from.id === me;
  const pictures = album.filter((one) => one.photo || one.video);
  const others = album.filter((one) => !pictures.includes(one));
  const edited = album.some((one) => one.edit_date);
  const clicked = (event) => {
    if (event.target.closest("a, button, audio, video, summary, .spoiler") || String(window.getSelection())) return;
    onReply(worded);
  };
  return html`<li class="message ${mine ? "mine" : "theirs"} ${first ? "first" : ""} ${chosen ? "chosen" : ""}" id=${id} data-message=${message.message_id}>
    ${group && !mine && (first ? html`<${Avatar} id=${message.from.id} name=${nameOf(message.from)} bot=${message.from.is_bot} />` : html`<span class="avatar gap"></span>`)}
    <div class="column">
      <div class="bubble ${pictures.length && !worded.caption ? "bare" : ""}" onClick=${clicked}>
        ${group && first && !mine && html`<div class="sender ${nameColour(message.from.id)}">${nameOf(message.from)}</div>`}
        ${message.forward_origin && html`<div class="forwarded">${t("forwarded")}</div>`}
        <${Answered} message=${album[0]} onJump=${onJump} />
        ${pictures.length > 0 && html`<div class="pictures n${Math.min(pictures.length, 4)}">${pictures.map((one) => html`<${Media} message=${one} key=${one.message_id} />`)}</div>`}
        ${others.map((one) => html`<${Media} message=${one} key=${one.message_id} />`)}
        ${(worded.text || worded.caption) &&
        html`<${Formatted} text=${worded.text ?? worded.caption} entities=${worded.entities || worded.caption_entities || []} onCommand=${onCommand} />`}
        <${Reactions} message=${message} />
        <span class="stamp" title=${exactTime(message.date * 1000)}>
          ${edited && html`<span class="edited">${t("edited")}</span>`} ${clockTime(message.date * 1000)}${mine && html`<${Icon} name="check" />`}
        </span>
      </div>
      <${Keyboard} me=${me} message=${message} />
    </div>
    <button type="button" class="quick" tabindex="-1" title=${t("reply")} aria-label=${t("reply")} onClick=${() => onReply(worded)}><${Icon} name="reply" /></button>
  </li>`;
}
