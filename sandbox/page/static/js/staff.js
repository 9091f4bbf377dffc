// The second pane: the staff group with its topics, the pinned card on top, replies and notes.

import { html, useEffect, useState } from "../vendor/preact-htm.js";
import { Chat, jumpTo } from "./chat.js";
import { preview } from "./media.js";
import { Icon, People } from "./parts.js";
import { memory, nameOf, person, remember, choose, shown, staff, state } from "./store.js";
import { plural, t, whenShort } from "./words.js";

const GENERAL = 1;
const topicOf = (message) => message.topic_id || GENERAL;

export const topicMessages = (topic) => shown(state.about.group).filter((one) => topicOf(one) === topic);

// The topics as Telegram lists them: General first, then what was written to last.
function topics(me) {
  const group = state.chats.get(state.about.group);
  const found = new Map([[GENERAL, { message_thread_id: GENERAL, name: t("general"), icon_color: 0 }]]);
  for (const one of group?.topics || []) if (one.message_thread_id !== GENERAL) found.set(one.message_thread_id, one);
  const byTopic = new Map();
  for (const message of shown(state.about.group)) byTopic.set(topicOf(message), [...(byTopic.get(topicOf(message)) || []), message]);
  return [...found.values()]
    .map((topic) => {
      const messages = (byTopic.get(topic.message_thread_id) || []).filter((one) => !one.service);
      const last = messages[messages.length - 1];
      const seen = memory.topics[`${me}:${topic.message_thread_id}`] || 0;
      return { ...topic, last, unread: messages.filter((one) => one.message_id > seen && one.from.id !== me).length };
    })
    .sort((a, b) => (b.message_thread_id === GENERAL) - (a.message_thread_id === GENERAL) || (b.last?.message_id || 0) - (a.last?.message_id || 0));
}

function TopicIcon({ topic }) {
  if (topic.message_thread_id === GENERAL) return html`<span class="topic-icon general" aria-hidden="true">#</span>`;
  const emoji = state.about.icons[topic.icon_custom_emoji_id];
  if (emoji) return html`<span class="topic-icon" aria-hidden="true">${emoji}</span>`;
  return html`<span class="topic-icon letter" aria-hidden="true">${[...topic.name][0]}</span>`;
}

function TopicList({ list, current, onOpen }) {
  return html`<nav class="topics" aria-label=${t("topics")}>
    <ul>
      ${list.map(
        (topic) => html`<li key=${topic.message_thread_id}>
          <button
            type="button"
            class="topic ${topic.message_thread_id === current ? "chosen" : ""}"
            aria-current=${topic.message_thread_id === current ? "true" : undefined}
            data-topic=${topic.message_thread_id}
            onClick=${() => onOpen(topic.message_thread_id)}
          >
            <${TopicIcon} topic=${topic} />
            <span class="topic-about">
              <span class="topic-name" title=${topic.name}>${topic.name}</span>
              <span class="topic-last">${topic.last ? preview(topic.last).replace(/\s+/g, " ") : ""}</span>
            </span>
            <span class="topic-side">
              <small>${topic.last ? whenShort((topic.last.edit_date || topic.last.date) * 1000, Date.now() + (state.desk?.offset || 0) * 1000) : ""}</small>
              ${topic.unread > 0 && html`<span class="count" aria-label="${t("unread")}: ${topic.unread}">${plural(topic.unread)}</span>`}
              ${topic.closed && html`<${Icon} name="lock" />`}
            </span>
          </button>
        </li>`,
      )}
    </ul>
  </nav>`;
}

function Pinned({ messages }) {
  const pinned = messages.filter((one) => one.pinned);
  const card = pinned[pinned.length - 1];
  if (!card) return null;
  const words = preview({ ...card, text: (card.text || card.caption || "").replace(/\s*\n\s*/g, " · ") });
  return html`<button type="button" class="pinned" onClick=${() => jumpTo(card.chat_id, card.message_id)}>
    <${Icon} name="pin" />
    <span><b>${t("pinned")}</b><span class="pinned-words">${words}</span></span>
  </button>`;
}

export function Staff() {
  const { wish } = state;
  const me = staff();
  const [current, setCurrent] = useState(null);
  const [asked, setAsked] = useState(null);
  const list = topics(me);
  const topic = list.find((one) => one.message_thread_id === current);
  const messages = topicMessages(current ?? GENERAL);
  const lastId = messages.length ? messages[messages.length - 1].message_id : 0;
  const group = state.chats.get(state.about.group);

  useEffect(() => {
    if (!wish) return;
    setCurrent(wish.topic);
    if (wish.message) setAsked({ message: wish.message });
  }, [wish]);
  useEffect(() => {
    const seen = `${me}:${current}`;
    if (topic && (memory.topics[seen] || 0) < lastId) remember((m) => ((m.topics[seen] = lastId), (m.opened = m.opened || current !== GENERAL)));
  }, [me, current, lastId, Boolean(topic)]);

  const people = state.about.staff.map((id) => ({ id, name: nameOf(person(id)) }));
  const general = current === GENERAL;
  return html`<section class="pane staff ${topic ? "in-topic" : ""}" aria-label=${t("staffPane")}>
    <header class="pane-head">
      <h2>${t("staffPane")}</h2>
      <${People} people=${people} value=${me} onChoose=${(id) => choose("staff", id)} label=${t("beWho")} />
    </header>
    <div class="group">
      <div class="group-side">
        <div class="group-title" title=${group?.title}>${group?.title}</div>
        <${TopicList} list=${list} current=${current} onOpen=${(id) => (setAsked(null), setCurrent(id))} />
      </div>
      <div class="group-main">
        ${topic
          ? html`<div class="chat-head">
                <button type="button" class="plain round only-small" aria-label=${t("back")} onClick=${() => setCurrent(null)}><${Icon} name="back" /></button>
                <${TopicIcon} topic=${topic} />
                <span class="chat-title"><b title=${topic.name}>${topic.name}</b><small>${topic.closed ? t("closed") : group?.title}</small></span>
              </div>
              <${Pinned} messages=${messages} />
              <${Chat}
                chat=${state.about.group}
                topic=${current}
                me=${me}
                group
                messages=${messages}
                asked=${asked}
                empty=${t("emptyTopic")}
                hints=${{ idle: general ? t("generalHint") : t("noteHint"), reply: general ? null : t("answerHint") }}
                words=${{ idle: general ? t("write") : t("writeNote"), reply: t("writeReply") }}
                label="${t("staffPane")}: ${topic.name}"
              />`
          : html`<div class="nothing choose">${t("chooseTopic")}</div>`}
      </div>
    </div>
  </section>`;
}
