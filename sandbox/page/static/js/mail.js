// The third pane: a mailbox to write from and read in.

import { html, useEffect, useRef, useState } from "../vendor/preact-htm.js";
import { base64, get, htmlUrl, mailUrl, post } from "./api.js";
import { Icon, People } from "./parts.js";
import { attempt, choose, deskNow, letters, memory, remember, state, toast, writer, writers } from "./store.js";
import { exactTime, shortDay, size, t, told, whenShort } from "./words.js";

const key = (address, folder, uid) => `${address} ${folder} ${uid}`;
const unread = (address) => letters(address, "INBOX").filter((one) => !memory.letters[key(address, "INBOX", one.uid)]).length;
const bare = (words) => words.replace(/\s*<[^>]*>\s*$/, "").replace(/^"|"$/g, "") || words;
const addressIn = (words) => /<([^>]*)>\s*$/.exec(words)?.[1] || words.trim();

function List({ box, folder, onOpen }) {
  const found = letters(box.address, folder);
  if (!found.length) return html`<div class="nothing">${folder === "INBOX" ? t("noLetters") : t("noSent")}</div>`;
  return html`<ul class="letters">
    ${found.map((one) => {
      const fresh = folder === "INBOX" && !box.desk && !memory.letters[key(box.address, folder, one.uid)];
      return html`<li key=${one.uid}>
        <button type="button" class="letter-row ${fresh ? "fresh" : ""}" onClick=${() => onOpen(one.uid)}>
          <span class="letter-who">${fresh && html`<span class="dot" role="img" aria-label=${t("unread")}></span>`}${bare(folder === "INBOX" ? one.from : one.to)}</span>
          <time>${whenShort(new Date(one.received_at), deskNow())}</time>
          <span class="letter-subject">${one.subject || t("noSubject")}</span>
        </button>
      </li>`;
    })}
  </ul>`;
}

function Reading({ box, folder, uid, onBack, onReply }) {
  const [letter, setLetter] = useState(null);
  const [mode, setMode] = useState("plain");
  const { address } = box;
  useEffect(() => {
    let here = true;
    setLetter(null);
    attempt(() => get(mailUrl(address, folder, uid))).then((found) => {
      if (!here || !found) return;
      setLetter(found);
      setMode(found.text || !found.html ? "plain" : "html");
    });
    if (!memory.letters[key(address, folder, uid)]) remember((m) => (m.letters[key(address, folder, uid)] = 1));
    return () => (here = false);
  }, [address, folder, uid]);
  if (!letter) return html`<div class="nothing">…</div>`;
  const tab = (name, words) => html`<button type="button" role="tab" aria-selected=${mode === name} class=${mode === name ? "chosen" : ""} onClick=${() => setMode(name)}>${words}</button>`;
  return html`<article class="reading" aria-label=${letter.subject}>
    <div class="reading-bar">
      <button type="button" class="plain round" aria-label=${t("back")} onClick=${onBack}><${Icon} name="back" /></button>
      <div class="tabs" role="tablist">${tab("plain", t("plain"))}${letter.html && tab("html", t("html"))}${tab("headers", t("headers"))}</div>
      ${!box.desk && folder === "INBOX" && html`<button type="button" class="soft" aria-label=${t("reply")} onClick=${() => onReply(letter)}><${Icon} name="reply" /><span>${t("reply")}</span></button>`}
    </div>
    <h3>${letter.subject || t("noSubject")}</h3>
    <dl>
      <dt>${t("from")}</dt><dd>${letter.from}</dd>
      <dt>${t("to")}</dt><dd>${letter.to}</dd>
      <dt>${t("received")}</dt><dd>${shortDay(new Date(letter.received_at))}, ${exactTime(new Date(letter.received_at))}</dd>
    </dl>
    ${letter.attachments.length > 0 &&
    html`<ul class="chips" aria-label=${t("attachments")}>
      ${letter.attachments.map(
        (one) => html`<li><a class="chip" href=${mailUrl(address, folder, uid, `/attachments/${one.number}`)} download=${one.name}>📎 ${one.name} <small>${size(one.size)}</small></a></li>`,
      )}
    </ul>`}
    ${mode === "plain" && html`<div class="letter-text">${letter.text || html`<span class="faint">${t("noSubject")}</span>`}</div>`}
    ${mode === "html" && html`<iframe class="letter-html" sandbox="" referrerpolicy="no-referrer" title=${t("letterFrame")} src=${htmlUrl(address, folder, uid)}></iframe>`}
    ${mode === "headers" && html`<pre class="letter-headers">${letter.headers.map(([name, value]) => html`<b>${name}:</b> ${value}${"\n"}`)}</pre>`}
  </article>`;
}

function quoted(letter) {
  return `\n\n> ${(letter.text || "").trimEnd().split("\n").join("\n> ")}\n`;
}

function Compose({ box, answer, onDone }) {
  const [to, setTo] = useState(answer ? addressIn(answer.from) : state.about.mailbox);
  const [subject, setSubject] = useState(answer ? (/^re:/i.test(answer.subject) ? answer.subject : `Re: ${answer.subject}`) : "");
  const [text, setText] = useState(answer ? quoted(answer) : "");
  const [files, setFiles] = useState([]);
  const [busy, setBusy] = useState(false);
  const first = useRef(null);
  const body = useRef(null);
  useEffect(() => {
    if (!answer) return first.current?.focus();
    body.current?.focus();
    body.current?.setSelectionRange(0, 0);
    return undefined;
  }, []);

  async function send(event) {
    event?.preventDefault();
    if (busy) return;
    setBusy(true);
    const attachments = await Promise.all(files.map(async (file) => ({ name: file.name, type: file.type, base64: await base64(file) })));
    const threaded = answer && { in_reply_to: answer.message_id, references: `${answer.references} ${answer.message_id}`.trim() };
    const sent = await attempt(() => post("page/letters", { from: `${box.name} <${box.address}>`, to: [to], subject, text, attachments, ...threaded }));
    setBusy(false);
    if (!sent) return;
    toast(t("letterGone"));
    onDone(true);
  }

  const onKeyDown = (event) => {
    if (event.key === "Escape") onDone(false);
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
  };
  return html`<form class="compose" onSubmit=${send} onKeyDown=${onKeyDown}>
    <label><span>${t("from")}</span><output>${`${box.name} <${box.address}>`}</output></label>
    <label><span>${t("to")}</span><input type="email" required value=${to} onInput=${(event) => setTo(event.target.value)} /></label>
    <label><span>${t("subject")}</span><input ref=${first} name="subject" value=${subject} onInput=${(event) => setSubject(event.target.value)} /></label>
    <textarea ref=${body} name="text" aria-label=${t("text")} value=${text} onInput=${(event) => setText(event.target.value)}></textarea>
    ${files.length > 0 &&
    html`<div class="chips">
      ${files.map((file, n) => html`<span class="chip">${file.name} <small>${size(file.size)}</small><button type="button" class="plain" aria-label="${t("delete")}: ${file.name}" onClick=${() => setFiles(files.filter((_, at) => at !== n))}>×</button></span>`)}
    </div>`}
    <div class="compose-bar">
      <label class="plain round" title=${t("attach")}><${Icon} name="attach" /><input class="unseen" type="file" multiple aria-label=${t("attach")} onChange=${(event) => (setFiles([...files, ...event.target.files]), (event.target.value = ""))} /></label>
      <span class="stretch"></span>
      <button type="button" class="soft" onClick=${() => onDone(false)}>${t("cancel")}</button>
      <button type="submit" class="primary" disabled=${busy}>${t("send")}</button>
    </div>
  </form>`;
}

function Examples({ onSent }) {
  const found = state.about.examples.filter((one) => one.kind === "mail");
  const send = async (one) => {
    const sent = await attempt(() => post(`page/examples/${one.id}`, {}));
    if (!sent) return;
    onSent(sent);
    toast(told(one.hint));
  };
  return html`<div class="examples" role="group" aria-label=${t("examples")}>
    <span>${t("examples")}:</span>
    ${found.map((one) => html`<button type="button" key=${one.id} id="example-${one.id}" title=${told(one.hint)} onClick=${() => send(one)}>${told(one.title)}</button>`)}
  </div>`;
}

export function MailPane() {
  const box = writer();
  const [folder, setFolder] = useState("INBOX");
  const [asked, setView] = useState({ name: "list" });
  const list = () => setView({ name: "list" });
  // A letter belongs to its mailbox: in another one there is the list.
  const view = asked.address === box.address ? asked : { name: "list" };
  useEffect(list, [box.address, folder]);
  const people = writers().map((one) => ({
    id: one.address,
    name: one.name,
    hint: one.address,
    bot: one.desk,
    fresh: !one.desk && one.address !== box.address && unread(one.address) > 0,
  }));
  const tab = (name, words, count) => html`<button type="button" role="tab" aria-selected=${folder === name} class=${folder === name ? "chosen" : ""} onClick=${() => (setFolder(name), list())}>
    ${words}${count > 0 && html` <span class="count">${count}</span>`}
  </button>`;
  return html`<section class="pane mail" aria-label=${t("mailPane")}>
    <header class="pane-head">
      <h2>${t("mailPane")}</h2>
      <${People} people=${people} value=${box.address} onChoose=${(id) => choose("writer", id)} label=${t("beWho")} />
    </header>
    <${Examples} onSent=${(sent) => (choose("writer", sent.address), setFolder("INBOX"), list())} />
    ${view.name === "list" &&
    html`<div class="mail-bar">
        <div class="tabs" role="tablist">${tab("INBOX", t("inbox"), box.desk ? 0 : unread(box.address))}${!box.desk && tab("Sent", t("sent"), 0)}</div>
        ${!box.desk && html`<button type="button" class="primary" onClick=${() => setView({ name: "compose", address: box.address })}><${Icon} name="pen" />${t("compose")}</button>`}
      </div>
      <div class="mail-owner">${box.name} · ${box.address}</div>
      ${box.desk && html`<div class="hint">${t("readOnly")}</div>`}
      <${List} box=${box} folder=${box.desk ? "INBOX" : folder} onOpen=${(uid) => setView({ name: "letter", address: box.address, uid })} />`}
    ${view.name === "letter" &&
    html`<${Reading} box=${box} folder=${box.desk ? "INBOX" : folder} uid=${view.uid} onBack=${list} onReply=${(answer) => setView({ name: "compose", address: box.address, answer })} />`}
    ${view.name === "compose" && html`<${Compose} box=${box} answer=${view.answer} onDone=${(sent) => (sent && setFolder("INBOX"), list())} />`}
  </section>`;
}
