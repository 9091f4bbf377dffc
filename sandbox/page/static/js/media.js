// What a message carries besides words: pictures, files, sound, places, contacts.

import { html } from "../vendor/preact-htm.js";
import { fileUrl } from "./api.js";
import { Icon } from "./parts.js";
import { size, t } from "./words.js";

export function fileOf(message) {
  return message.document || message.audio || message.voice || message.video || message.video_note || message.animation || message.sticker;
}

function Picture({ file, name, class: kind = "" }) {
  const url = fileUrl(file.file_id);
  return html`<a class="picture ${kind}" href=${url} target="_blank" rel="noopener" title=${name || t("photo")}>
    <img src=${url} alt=${name || t("photo")} width=${file.width || undefined} height=${file.height || undefined} loading="lazy" />
  </a>`;
}

function FileRow({ file, name }) {
  return html`<a class="file" href=${fileUrl(file.file_id)} download=${name} title=${t("download")}>
    <span class="file-icon"><${Icon} name="file" /></span>
    <span class="file-about"><span class="file-name">${name}</span><span class="file-size">${size(file.file_size || 0)}</span></span>
  </a>`;
}

export function Media({ message }) {
  const { photo, document, video, animation, voice, audio, sticker, video_note: round, location, contact } = message;
  if (photo) return html`<${Picture} file=${photo[photo.length - 1]} />`;
  if (animation) {
    if ((animation.mime_type || "").startsWith("image/")) return html`<${Picture} file=${animation} name=${animation.file_name} />`;
    return html`<video class="video" controls muted src=${fileUrl(animation.file_id)}></video>`;
  }
  if (sticker) return html`<${Picture} file=${sticker} name=${sticker.emoji} class="sticker" />`;
  if (video || round) return html`<video class="video" controls preload="none" src=${fileUrl((video || round).file_id)}></video>`;
  if (voice || audio) {
    const file = voice || audio;
    return html`<div class="sound">
      ${audio && html`<${FileRow} file=${file} name=${file.file_name || audio.title || t("file")} />`}
      <audio controls preload="none" src=${fileUrl(file.file_id)}></audio>
    </div>`;
  }
  if (document) return html`<${FileRow} file=${document} name=${document.file_name || t("file")} />`;
  if (location) return html`<div class="place">📍 ${location.latitude.toFixed(5)}, ${location.longitude.toFixed(5)}</div>`;
  if (contact) return html`<div class="place">👤 ${[contact.first_name, contact.last_name].filter(Boolean).join(" ")}<br />${contact.phone_number}</div>`;
  return null;
}

export function preview(message) {
  if (!message) return "";
  const words = message.text || message.caption;
  if (words) return words.slice(0, 120);
  if (message.photo) return `🖼 ${t("photo")}`;
  const file = fileOf(message);
  if (file) return `📎 ${file.file_name || t("file")}`;
  if (message.location) return `📍 ${t("location")}`;
  if (message.contact) return `👤 ${t("contact")}`;
  return "";
}
