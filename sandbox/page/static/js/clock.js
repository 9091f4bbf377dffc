// The desk's clock, and the ways to move it.

import { html, useEffect, useReducer } from "../vendor/preact-htm.js";
import { post } from "./api.js";
import { Icon, Popover } from "./parts.js";
import { attempt, changed, deskNow, remember, state } from "./store.js";
import { clockTime, exactTime, shortDay, t, told, weekDay } from "./words.js";

async function move(how) {
  const desk = await attempt(() => post("page/clock", how));
  if (!desk) return;
  state.desk = desk;
  remember((m) => (m.moved = true));
  changed();
}

function Ticking() {
  const [, tick] = useReducer((n) => n + 1, 0);
  useEffect(() => {
    const timer = setInterval(tick, 1000);
    return () => clearInterval(timer);
  }, []);
  const now = deskNow();
  return html`<span class="clock-face"><b>${exactTime(now)}</b><small>${weekDay(now)}</small></span>`;
}

function To({ words, target, how, close }) {
  return html`<button type="button" class="item two" disabled=${!target} onClick=${() => (close(), move(how))}>
    <b>${words}</b>
    <small>${target ? `${told(target.title)} · ${shortDay(new Date(target.at))}, ${clockTime(new Date(target.at))}` : t("nothingDue")}</small>
  </button>`;
}

export function ClockControl() {
  const { offset, next, due, ready } = state.desk;
  const hours = Math.round(offset / 3600);
  const step = (words, how) => html`<button type="button" class="soft" disabled=${!ready} onClick=${() => move(how)}>${words}</button>`;
  return html`<div class="clock" role="group" aria-label=${t("deskTime")}>
    <${Popover} id="clock" label=${t("deskTime")} class="clock-button" content=${html`<${Icon} name="clock" /><${Ticking} />`} panel="clock-panel">
      ${(close) => html`
        <${To} words=${t("toNext")} target=${next} how=${{ to: "next" }} close=${close} />
        <${To} words=${t("toDue")} target=${due} how=${{ to: "due" }} close=${close} />
        ${offset > 60 && html`<p class="faint">${t("ahead", Math.floor(hours / 24), hours % 24)}</p>`}
        <p class="faint">${t("noWayBack")}</p>
      `}
    <//>
    <div class="steps">${step(t("hour"), { hours: 1 })}${step(t("day"), { days: 1 })}${step(t("week"), { days: 7 })}</div>
  </div>`;
}
