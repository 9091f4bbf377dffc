// The page: three panes side by side, or one at a time where there is no room; the desk's own controls around them.

import { html, render, useEffect } from "../vendor/preact-htm.js";
import { ClockControl } from "./clock.js";
import { Broken, Faults } from "./faults.js";
import { Guide } from "./guide.js";
import { MailPane } from "./mail.js";
import { Requester } from "./requester.js";
import { Staff } from "./staff.js";
import { changed, choice, choose, dismiss, follow, letters, memory, state, useStore } from "./store.js";
import { Timeline } from "./timeline.js";
import { LANGUAGES, language, t } from "./words.js";

const TABS = { requester: "requesterPane", staff: "staffPane", mail: "mailPane", desk: "deskPane" };

function Header() {
  return html`<header class="top">
    <div class="brand">
      <img src="static/icon.svg" alt="" width="28" height="28" />
      <div><h1>Rightsdesk</h1><small>${state.about.title}</small></div>
    </div>
    <${ClockControl} />
    <div class="top-side">
      <${Faults} />
      <div class="languages" role="group" aria-label=${t("language")}>
        ${Object.entries(LANGUAGES).map(
          ([code, name]) => html`<button type="button" lang=${code} title=${name} aria-pressed=${language() === code} onClick=${() => choose("language", code)}>${code.toUpperCase()}</button>`,
        )}
      </div>
    </div>
  </header>`;
}

function Toasts() {
  return html`<div class="toasts" role="status" aria-live="polite">
    ${state.toasts.map((one) => html`<button type="button" key=${one.id} class="toast ${one.kind}" onClick=${() => dismiss(one.id)}>${one.text}</button>`)}
  </div>`;
}

function Alert() {
  const close = () => {
    state.alert = null;
    changed();
  };
  useEffect(() => {
    const escape = (event) => event.key === "Escape" && close();
    document.addEventListener("keydown", escape);
    return () => document.removeEventListener("keydown", escape);
  }, []);
  return html`<div class="veil" onClick=${close}>
    <div class="alert" role="alertdialog" aria-modal="true" aria-label=${state.alert}>
      <p>${state.alert}</p>
      <button type="button" class="primary" ref=${(button) => button?.focus()} onClick=${close}>${t("ok")}</button>
    </div>
  </div>`;
}

// On a small page: which tabs have something new.
function freshTabs() {
  const seen = (chat, map, id) => [...(state.messages.get(chat)?.keys() || [])].some((one) => one > (map[id] || 0));
  return {
    requester: state.about.requesters.some((id) => seen(id, memory.chats, id)),
    staff: false,
    mail: state.about.writers.some((one) => letters(one.address, "INBOX").some((letter) => !memory.letters[`${one.address} INBOX ${letter.uid}`])),
    desk: state.faults.length > 0,
  };
}

function Tabs() {
  const fresh = freshTabs();
  return html`<nav class="bottom-tabs" role="tablist">
    ${Object.entries(TABS).map(
      ([name, words]) => html`<button type="button" role="tab" key=${name} aria-selected=${choice.tab === name} onClick=${() => choose("tab", name)}>
        ${t(words)}${fresh[name] && choice.tab !== name && html`<span class="dot" role="img" aria-label=${t("unread")}></span>`}
      </button>`,
    )}
  </nav>`;
}

function Page() {
  useStore();
  useEffect(() => {
    document.documentElement.lang = language();
    document.title = t("title");
  });
  if (!state.loaded) return html`<div class="loading" role="status"><img src="static/icon.svg" alt="" width="56" height="56" /><p>${t("loading")}</p></div>`;
  return html`<div class="page tab-${choice.tab}">
    <${Header} />
    ${!state.connected && html`<div class="banner" role="alert">${t("offline")}</div>`}
    ${state.connected && !state.desk.ready && html`<div class="banner calm" role="status">${t("loading")}</div>`}
    <${Guide} />
    <${Broken} />
    <main class="panes">
      <${Requester} />
      <${Staff} />
      <${MailPane} />
    </main>
    <${Timeline} />
    <${Tabs} />
    <${Toasts} />
    ${state.alert && html`<${Alert} />`}
  </div>`;
}

render(html`<${Page} />`, document.getElementById("page"));
follow();
