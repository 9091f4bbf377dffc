// The first pane: Telegram of one of several people, in a private chat with the bot.

import { html, useEffect } from "../vendor/preact-htm.js";
import { act, post } from "./api.js";
import { Chat } from "./chat.js";
import { Avatar, Icon, People, Popover } from "./parts.js";
import { attempt, choose, memory, nameOf, person, requester, see, shown, state } from "./store.js";
import { t, told } from "./words.js";

const fresh = (id) => id !== requester() && [...(state.messages.get(id)?.keys() || [])].some((one) => one > (memory.chats[id] || 0));

function Menu({ me, blocked }) {
  const item = (words, work, danger) => html`<button type="button" class="item ${danger ? "danger" : ""}" onClick=${work}>${words}</button>`;
  return html`<${Popover} label=${t("more")} class="plain round" content=${html`<${Icon} name="more" />`} panel="right">
    ${(close) => {
      const doing = (work) => () => (close(), attempt(work));
      return html`
        ${!blocked && item(t("sendPlace"), doing(() => act("send_location", { person: me, latitude: 57.62656, longitude: 39.89381 })))}
        ${!blocked && item(t("sendContact"), doing(() => act("send_contact", { person: me, phone_number: "+79000000000" })))}
        ${blocked ? item(t("unblock"), doing(() => act("start", { person: me }))) : item(t("block"), doing(() => act("block", { person: me })), true)}
        ${item(t("deleteChat"), doing(() => act("delete_chat", { person: me })), true)}
      `;
    }}
  <//>`;
}

export function Requester() {
  const me = requester();
  const chat = state.chats.get(me);
  const messages = shown(me);
  const people = state.about.requesters.map((id) => ({ id, name: nameOf(person(id)), hint: person(id)?.language_code, fresh: fresh(id) }));
  const examples = state.about.examples.filter((one) => one.kind === "telegram");
  const started = chat?.started;
  useEffect(() => see(me), [me, messages.length]);
  const wide = (words) => html`<div class="wide-button"><button type="button" onClick=${() => attempt(() => act("start", { person: me }))}>${words}</button></div>`;
  const footer = chat?.blocked ? html`<div class="blocked-note">${t("blockedNote")}</div>${wide(t("unblock"))}` : !started && messages.length === 0 ? wide(t("start")) : null;
  const empty = html`<div class="welcome">
    <${Avatar} bot big id=${state.bot.id} name=${nameOf(state.bot)} />
    <p>${t("emptyChat")}</p>
    ${examples.map((one) => html`<button type="button" class="suggestion" title=${told(one.hint)} onClick=${() => attempt(() => post(`page/examples/${one.id}`, { person: me }))}>${told(one.title)}</button>`)}
  </div>`;
  return html`<section class="pane requester" aria-label=${t("requesterLabel")}>
    <header class="pane-head">
      <h2>${t("requesterPane")}</h2>
      <${People} people=${people} value=${me} onChoose=${(id) => choose("requester", id)} label=${t("beWho")} />
    </header>
    <div class="chat-head">
      <${Avatar} id=${state.bot.id} name=${nameOf(state.bot)} bot />
      <span class="chat-title"><b>${nameOf(state.bot)}</b><small>${t("bot")}</small></span>
      <${Menu} me=${me} blocked=${chat?.blocked} />
    </div>
    <${Chat} chat=${me} me=${me} messages=${messages} empty=${empty} footer=${footer} label="${t("requesterLabel")}: ${nameOf(person(me))}" />
  </section>`;
}
