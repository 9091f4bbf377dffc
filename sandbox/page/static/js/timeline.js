// How the last message went through the desk: inbound → ticket → outbox, as it happens.

import { html } from "../vendor/preact-htm.js";
import { Queues } from "./faults.js";
import { openTopic, state } from "./store.js";
import { clockTime, exactTime, lawDay, t, told } from "./words.js";

function Source({ source }) {
  if (source.kind === "clock") {
    return html`<div class="step source">
      <h3>${t("clockSpoke")} <small>${clockTime(new Date(source.at))}</small></h3>
      <p>⏰ ${told(source.words)}</p>
    </div>`;
  }
  return html`<div class="step source ${source.state}">
    <h3>${t("inbound")} <small>#${source.id} · ${exactTime(new Date(source.at))}</small></h3>
    <p>${t("source")[source.kind] || source.kind}</p>
    <p><span class="state ${source.state}">${t("rowState")[source.state] || source.state}</span>
      ${source.outcome && html` <span class="faint">${t("outcome")[source.outcome] || source.outcome}</span>`}
      ${source.attempts > 1 && html` <span class="faint">${t("attempt", source.attempts)}</span>`}</p>
    ${source.error && html`<p class="why">${source.error}</p>`}
  </div>`;
}

function Ticket({ ticket }) {
  if (!ticket) return html`<div class="step none"><h3>${t("ticket")}</h3><p class="faint">${t("noTicket")}</p></div>`;
  return html`<div class="step ticket ${ticket.overdue ? "overdue" : ""}">
    <h3>
      ${ticket.topic ? html`<button type="button" class="link" onClick=${() => openTopic(ticket.topic)}>${t("ticket")} № ${ticket.number}</button>` : `${t("ticket")} № ${ticket.number}`}
      <small>${t("status")[ticket.status]}${ticket.overdue ? ` · ${t("overdue")}` : ""}</small>
    </h3>
    <p class="kinds" title=${ticket.kinds.map(told).join(" · ")}>${ticket.kinds.map(told).join(" · ")}</p>
    ${(ticket.safe || ticket.immediate) &&
    html`<p class="dates">
      ${ticket.immediate && html`<span>⚡️ <b>${t("atOnce")}</b></span>`}
      ${ticket.safe && ticket.safe !== ticket.due && html`<span>${t("safeBy")} <b>${lawDay(ticket.safe)}</b></span>`} ${ticket.due && html`<span>${t("dueBy")} <b>${lawDay(ticket.due)}</b></span>`}
    </p>`}
  </div>`;
}

function Row({ row }) {
  const tried = row.state === "waiting" && row.attempts > 0;
  const later = row.state === "waiting" && new Date(row.next_try_at) > Date.now() + (state.desk.offset || 0) * 1000;
  const title = [`#${row.id}`, t("rowState")[row.state], row.attempts > 1 ? t("attempt", row.attempts) : "", row.error].filter(Boolean).join(" · ");
  return html`<li class="out ${row.state} ${tried ? "tried" : ""}" title=${title}>
    <span class="mark" aria-hidden="true">${{ sent: "✓", waiting: "…", parked: "!", dropped: "–" }[row.state]}</span>
    <span>${t("act")[row.act] || row.act}</span>
    <small>${t("channel")[row.channel] || row.channel}${later ? ` · ${t("again", exactTime(new Date(row.next_try_at)))}` : ""}${tried ? ` · ${t("attempt", row.attempts)}` : ""}</small>
    <span class="unseen">${t("rowState")[row.state]}</span>
  </li>`;
}

export function Timeline() {
  const timeline = state.desk.timeline;
  return html`<section class="timeline" aria-label=${t("timeline")}>
    <div class="timeline-head"><h2>${t("timeline")}</h2><${Queues} /></div>
    ${timeline
      ? html`<div class="way">
          <${Source} source=${timeline.source} />
          <span class="arrow" aria-hidden="true">→</span>
          <${Ticket} ticket=${timeline.ticket} />
          <span class="arrow" aria-hidden="true">→</span>
          <div class="step outs"><h3>${t("outbox")}</h3><ul>${timeline.outbox.map((row) => html`<${Row} row=${row} key=${row.id} />`)}</ul></div>
        </div>`
      : html`<p class="faint">${t("timelineEmpty")}</p>`}
  </section>`;
}
