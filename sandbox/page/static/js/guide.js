// The line that leads through the first five minutes, and ticks itself.

import { html } from "../vendor/preact-htm.js";
import { Icon } from "./parts.js";
import { choose, memory, openTopic, shown, state } from "./store.js";
import { t } from "./words.js";

// The newest message of a requester in a topic: what a staff member would answer.
function toAnswer() {
  const group = state.chats.get(state.about.group);
  const topic = Math.max(0, ...(group?.topics || []).map((one) => one.message_thread_id).filter((id) => id > 1));
  if (!topic) return null;
  const posted = shown(state.about.group).filter((one) => one.topic_id === topic && one.from.is_bot && !one.service && !one.pinned);
  return { topic, message: posted[posted.length - 1]?.message_id };
}

export function Guide() {
  const { tickets, replies, alarms } = state.desk.progress;
  const done = [tickets > 0, memory.opened, replies > 0, memory.moved, alarms > 0];
  const current = done.indexOf(false);
  const point = (tab, id) => {
    choose("tab", tab);
    setTimeout(() => document.getElementById(id)?.focus(), 50);
  };
  const go = [
    () => point("mail", "example-withdrawal"),
    () => toAnswer() && openTopic(toAnswer().topic),
    () => toAnswer() && openTopic(toAnswer().topic, toAnswer().message),
    () => (choose("tab", "desk"), setTimeout(() => document.getElementById("clock")?.click(), 50)),
    () => openTopic(1),
  ];
  return html`<nav class="guide" aria-label=${t("guide")}>
    <ol>
      ${t("steps").map(
        (words, n) => html`<li key=${n} class=${done[n] ? "done" : n === current ? "current" : ""}>
          <button type="button" aria-current=${n === current ? "step" : undefined} onClick=${go[n]}>
            <span class="number">${done[n] ? html`<${Icon} name="check" />` : n + 1}</span>${words}
          </button>
        </li>`,
      )}
    </ol>
    ${current === -1 && html`<p class="guide-done">${t("guideDone")}</p>`}
  </nav>`;
}
