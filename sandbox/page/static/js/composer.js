// Where one writes: text, files, commands; Enter sends, Shift+Enter breaks the line, Escape gives up a reply or an edit.

import { html, useEffect, useRef, useState } from "../vendor/preact-htm.js";
import { act, base64 } from "./api.js";
import { preview } from "./media.js";
import { Icon } from "./parts.js";
import { attempt, nameOf, state } from "./store.js";
import { language, size, t } from "./words.js";

const PHOTO = /^image\/(jpeg|png|webp)$/;
const ALBUM = 10;

// The commands the bot offers in a chat, by the scopes of the Bot API, the narrowest first.
export function commandsFor(chat) {
  const kinds = chat > 0 ? ["chat", "all_private_chats", "default"] : ["chat_administrators", "chat", "all_chat_administrators", "all_group_chats", "default"];
  const spoken = (chat > 0 && state.people.get(chat)?.language_code) || language();
  const lists = Object.entries(state.bot?.commands || {}).map(([key, list]) => {
    const cut = key.lastIndexOf("/");
    return { scope: JSON.parse(key.slice(0, cut)), language: key.slice(cut + 1), list };
  });
  for (const kind of kinds) {
    const fitting = lists.filter((one) => one.scope.type === kind && (one.scope.chat_id === undefined || one.scope.chat_id === chat));
    const found = fitting.find((one) => one.language === spoken) || fitting.find((one) => one.language === "");
    if (found) return found.list;
  }
  return [];
}

async function sendFiles(files, where, caption, asFiles) {
  const items = await Promise.all(
    files.map(async (file) => ({
      kind: !asFiles && PHOTO.test(file.type) ? "photo" : !asFiles && file.type.startsWith("video/") ? "video" : "document",
      data: await base64(file),
      name: file.name,
      mime_type: file.type || undefined,
    })),
  );
  // Telegram does not mix pictures and documents in an album.
  const seen = items.filter((one) => one.kind !== "document");
  const documents = items.filter((one) => one.kind === "document");
  let words = caption;
  for (const group of [seen, documents]) {
    for (let at = 0; at < group.length; at += ALBUM) {
      const album = group.slice(at, at + ALBUM);
      album[0] = { ...album[0], caption: words };
      words = "";
      if (album.length === 1) await act("send", { ...where, ...album[0] });
      else await act("send_album", { ...where, items: album });
    }
  }
}

export function Composer({ me, chat, topic, reply, editing, onDone, placeholder, hint }) {
  const [text, setText] = useState("");
  const [files, setFiles] = useState([]);
  const [asFiles, setAsFiles] = useState(false);
  const [busy, setBusy] = useState(false);
  const [marked, setMarked] = useState(0);
  const area = useRef(null);
  const picker = useRef(null);

  useEffect(() => {
    if (editing) setText(editing.text || editing.caption || "");
    if (editing || reply) area.current?.focus();
  }, [editing, reply]);
  useEffect(() => {
    const box = area.current;
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, 160)}px`;
  }, [text]);

  const typed = /^\/(\w*)$/.exec(text)?.[1];
  const offered = typed === undefined || editing ? [] : commandsFor(chat).filter((one) => one.command.startsWith(typed));

  const add = (list) => setFiles([...files, ...list]);

  // What is sent leaves the field at once, and comes back when it could not be sent.
  async function send(words = text) {
    if (busy || (!words.trim() && !files.length)) return;
    const sending = files;
    const where = { person: me, chat, topic: topic || undefined, reply_to: reply?.message_id };
    setBusy(true);
    setText("");
    setFiles([]);
    onDone();
    const sent = await attempt(async () => {
      if (editing) await act("edit", { person: me, chat, message: editing.message_id, text: words });
      else if (sending.length) await sendFiles(sending, where, words.trim(), asFiles);
      else await act("say", { ...where, text: words.trim() });
      return true;
    });
    setBusy(false);
    if (sent) return;
    setText((now) => now || words);
    setFiles((now) => (now.length ? now : sending));
  }

  function onKeyDown(event) {
    if (offered.length && ["ArrowDown", "ArrowUp"].includes(event.key)) {
      event.preventDefault();
      setMarked((marked + (event.key === "ArrowDown" ? 1 : offered.length - 1)) % offered.length);
    } else if (offered.length && event.key === "Tab" && !event.shiftKey) {
      event.preventDefault();
      setText(`/${offered[marked % offered.length].command} `);
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      const choice = offered[marked % offered.length];
      send(choice && typed !== choice.command && marked ? `/${choice.command}` : text);
      setMarked(0);
    } else if (event.key === "Escape" && (reply || editing || files.length)) {
      event.stopPropagation();
      if (editing) setText("");
      setFiles([]);
      onDone();
    }
  }

  const about = editing || reply;
  return html`<form
    class="composer"
    onSubmit=${(event) => (event.preventDefault(), send())}
    onDragOver=${(event) => event.preventDefault()}
    onDrop=${(event) => (event.preventDefault(), add([...event.dataTransfer.files]))}
  >
    ${about &&
    html`<div class="about">
      <${Icon} name=${editing ? "pen" : "reply"} />
      <span class="about-words"><b>${editing ? t("editing") : `${t("replyTo")} ${nameOf(reply.from)}`}</b><span>${preview(about)}</span></span>
      <button type="button" class="plain" aria-label=${t("cancel")} onClick=${() => (editing && setText(""), onDone())}><${Icon} name="close" /></button>
    </div>`}
    ${hint && html`<div class="hint">${hint}</div>`}
    ${files.length > 0 &&
    html`<div class="chips">
      ${files.map(
        (file, n) => html`<span class="chip">${file.name} <small>${size(file.size)}</small>
          <button type="button" class="plain" aria-label="${t("delete")}: ${file.name}" onClick=${() => setFiles(files.filter((_, at) => at !== n))}>×</button></span>`,
      )}
      ${files.some((file) => PHOTO.test(file.type)) &&
      html`<label class="tick"><input type="checkbox" checked=${asFiles} onChange=${() => setAsFiles(!asFiles)} /> ${t("asFile")}</label>`}
    </div>`}
    ${offered.length > 0 &&
    html`<ul class="offered" role="listbox" aria-label=${t("commands")}>
      ${offered.map(
        (one, n) => html`<li role="option" aria-selected=${n === marked % offered.length}>
          <button type="button" tabindex="-1" onClick=${() => (setText(`/${one.command} `), area.current.focus())}><b>/${one.command}</b> <span>${one.description}</span></button>
        </li>`,
      )}
    </ul>`}
    <div class="line">
      <button type="button" class="plain round" title=${t("attach")} aria-label=${t("attach")} onClick=${() => picker.current.click()}><${Icon} name="attach" /></button>
      <input type="file" multiple hidden ref=${picker} onChange=${(event) => (add([...event.target.files]), (event.target.value = ""))} />
      <textarea
        ref=${area}
        rows="1"
        value=${text}
        placeholder=${placeholder || t("write")}
        aria-label=${placeholder || t("write")}
        maxlength="4096"
        onInput=${(event) => (setText(event.target.value), setMarked(0))}
        onKeyDown=${onKeyDown}
        onPaste=${(event) => event.clipboardData.files.length && (event.preventDefault(), add([...event.clipboardData.files]))}
      ></textarea>
      ${!text && !files.length && commandsFor(chat).length > 0 &&
      html`<button type="button" class="plain round slash" title=${t("commands")} aria-label=${t("commands")} onClick=${() => (setText("/"), area.current.focus())}>/</button>`}
      <button type="submit" class="round primary" title=${t("send")} aria-label=${t("send")} disabled=${busy || (!text.trim() && !files.length)}><${Icon} name="send" /></button>
    </div>
  </form>`;
}
