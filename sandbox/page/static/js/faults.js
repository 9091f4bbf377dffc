// Breaking Telegram, IMAP or SMTP for a while, and seeing that nothing is lost.

import { html, useEffect, useReducer, useState } from "../vendor/preact-htm.js";
import { post, remove } from "./api.js";
import { Icon, Popover } from "./parts.js";
import { attempt, state } from "./store.js";
import { t } from "./words.js";

const LENGTHS = [15, 60, 300, null];

const words = (service, name) => (name === "errors" && t("faultErrors")[service]) || t("fault")[name];

function Service({ service, seconds }) {
  const [name, setName] = useState(state.about.breakable[service][0]);
  const id = `fault-${service}`;
  return html`<div class="fault-row">
    <label for=${id}>${t("service")[service]}</label>
    <select id=${id} value=${name} onChange=${(event) => setName(event.target.value)}>
      ${state.about.breakable[service].map((one) => html`<option value=${one}>${words(service, one)}</option>`)}
    </select>
    <button type="button" class="danger soft" id="break-${service}" onClick=${() => attempt(() => post("page/faults", { service, name, seconds }))}>${t("breakIt")}</button>
  </div>`;
}

function Panel() {
  const [seconds, setSeconds] = useState(60);
  return html`<p class="faint">${t("faultsHint")}</p>
    <label class="fault-row"
      ><span>${t("faultsFor")}</span>
      <select value=${String(seconds)} onChange=${(event) => setSeconds(event.target.value === "null" ? null : Number(event.target.value))}>
        ${LENGTHS.map((one) => html`<option value=${String(one)}>${one === null ? t("untilMended") : t("seconds", one)}</option>`)}
      </select></label
    >
    ${Object.keys(state.about.breakable).map((service) => html`<${Service} service=${service} seconds=${seconds} key=${service} />`)}`;
}

export function Faults() {
  return html`<${Popover} id="faults" label=${t("faults")} class="soft fault-button" content=${html`<${Icon} name="bolt" /><span>${t("faults")}</span>`} panel="fault-panel right">
    ${() => html`<${Panel} />`}
  <//>`;
}

// What is broken now, for everybody to see, and how much waits because of it.
export function Broken() {
  const [, tick] = useReducer((n) => n + 1, 0);
  const some = state.faults.length > 0;
  useEffect(() => {
    if (!some) return undefined;
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, [some]);
  const left = (one) => (one.ends == null ? "" : ` · ${Math.max(0, Math.ceil((one.ends - Date.now()) / 1000))} s`);
  return html`<div class="broken" role="status">
    ${state.faults.map(
      (one) => html`<span class="broken-one" key=${one.id} data-service=${one.service}>
        <${Icon} name="bolt" /><span><b>${t("short")[one.service]}</b> ${words(one.service, one.name)}${left(one)}</span>
        <button type="button" onClick=${() => attempt(() => remove(`page/faults?id=${one.id}`))}>${t("mend")}</button>
      </span>`,
    )}
    ${some && html`<${Queues} />`}
  </div>`;
}

// How much waits, and that nothing is lost.
export function Queues() {
  const { inbound, outbox, parked } = state.desk.queues;
  return html`<span class="queue ${inbound + outbox ? "waits" : ""}">${t("queues", inbound, outbox)}</span>
    ${parked > 0 && html`<span class="queue parked">${t("parked", parked)}</span>`}`;
}
